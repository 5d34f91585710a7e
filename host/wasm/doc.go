// Package wasm runs plugins: WebAssembly guests that speak version 1 of the
// ABI (sdk/abi). It finds them, grants them what their manifest asks for and
// the operator allows, compiles them, keeps a small pool of instances of each,
// and stops whatever exceeds its limits.
//
// A plugin goes through these steps:
//
//  1. discovered: its file was found and its manifest read. Nothing of the
//     engine has been touched; a host whose plugins nobody calls stays small.
//  2. verified: on the first call its config was checked against the
//     manifest's schema and its code rewritten so that it can be stopped
//     (package meter).
//  3. compiled: from the cache on disk where it is there.
//  4. warmed: an instance answered omakase_abi and its selftest.
//  5. serving.
//  6. draining: another generation has taken its place, or its file is gone;
//     calls that had begun go on for a while.
//  7. closed.
//
// A plugin that nobody calls for a while is let go, with all its memory, and
// goes through steps 2 to 5 again when it is needed. What fails on the way is
// failed, with the reason; it never stops the host or another plugin.
//
// An instance serves one workspace at a time: before it serves another it
// becomes what it was when it had served nobody, see [Isolation].
//
// Whatever changes about a plugin, its file, settings, grants or limits, makes
// another generation of it, see [Host.Reload]. A call belongs to one
// generation from its beginning to its end.
//
// This is the only package that imports the engine. What guests may ask for is
// in host/capability.
package wasm

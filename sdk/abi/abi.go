// Package abi is version 1 of the contract between the omakase host and its
// plugins: the specification (spec.md), JSON Schemas of everything that
// crosses the boundary, test vectors, and the manifest that a module carries
// in a custom section.
//
// It knows nothing of a WASM runtime: the host and the tools of plugin authors
// use it alike. Requests and replies as Go types are in package sdk/go/wire.
package abi

//go:generate go test -run ^TestReferenceIsCurrent$ -update

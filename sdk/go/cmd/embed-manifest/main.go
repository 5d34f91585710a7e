// Command embed-manifest puts a plugin's manifest into its WASM module, so
// that a plugin is one file.
//
//	embed-manifest [-o out.wasm] plugin.wasm plugin.json
//
// It checks the manifest first and names each mistake with its field. Without
// -o it replaces the module. A manifest that was there is replaced, so running
// it again changes nothing.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/omakase-ai/omakase/sdk/abi"
)

func main() {
	out := flag.String("o", "", "where to write the module; the default replaces it")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: embed-manifest [-o out.wasm] plugin.wasm plugin.json")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	module, manifest := flag.Arg(0), flag.Arg(1)
	if *out == "" {
		*out = module
	}
	if err := embed(module, manifest, *out); err != nil {
		fmt.Fprintln(os.Stderr, "embed-manifest:", err)
		os.Exit(1)
	}
}

func embed(module, manifest, out string) error {
	wasm, err := os.ReadFile(module)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	if _, err := abi.ParseManifest(text); err != nil {
		return fmt.Errorf("%s: %w", manifest, err)
	}
	wasm, err = abi.SetManifest(wasm, text)
	if err != nil {
		return fmt.Errorf("%s: %w", module, err)
	}
	return replace(out, wasm)
}

// replace writes a file beside its place and moves it there, so that a host
// that watches the folder never sees half a module.
func replace(name string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // after a success it is gone already
	if err := tmp.Chmod(0o644); err != nil {
		tmp.Close()
		return err
	}
	if _, err := tmp.Write(data); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

// Command gen writes the JSON codec of package wire: for each struct an
// AppendJSON and a ReadJSON method, without reflection.
//
// It runs in the folder of package wire, by go generate, reads wire.go and
// writes wire_gen.go. It knows the few field types that the wire uses and
// refuses all others, with their place.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	in := flag.String("in", "wire.go", "Go file that declares the structs")
	out := flag.String("out", "wire_gen.go", "Go file to write")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	src, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	code, err := Generate(in, src)
	if err != nil {
		return err
	}
	return os.WriteFile(out, code, 0o644)
}

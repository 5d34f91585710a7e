// Command bench measures what docs/performance.md promises, each figure beside
// its comparison in the same run, and prints one Markdown table. Absolute
// figures depend on the machine; the ratios are what counts.
//
//	go run ./bench              everything
//	go run ./bench http import  some parts
//
// It drives bin/omakase and Node servers as processes of their own, on one
// core each where taskset exists, so the product depends on nothing here.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
)

// part is a group of figures that can be asked for by name.
type part struct {
	name string
	run  func() ([]row, error)
}

func main() {
	childName := flag.String("child", "", "measure a group of the plugin runtime, for this program itself")
	dir := flag.String("dir", "", "where the guest of -child is")
	flag.Parse()
	if *childName == "relay" {
		fmt.Fprintln(os.Stderr, "bench:", runRelay())
		os.Exit(1)
	}
	if *childName != "" {
		if err := runChild(*childName, *dir); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	parts := []part{
		{"start", benchStart},
		{"memory", benchMemory},
		{"http", benchHTTP},
		{"prompt", benchPrompt},
		{"import", benchImport},
		{"search", benchSearch},
		{"order", benchOrder},
		{"tool", benchTool},
		{"plugins", benchPlugins},
		{"hostile", benchHostile},
		{"voice", benchVoice},
		{"csv", benchCSV},
	}
	var rows []row
	for _, p := range parts {
		if flag.NArg() > 0 && !slices.Contains(flag.Args(), p.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s …\n", p.name)
		got, err := p.run()
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", p.name, err)
			os.Exit(1)
		}
		rows = append(rows, got...)
	}
	print(os.Stdout, rows)
}

const binary = "bin/omakase"

// serve starts the product on a data folder of its own.
func serve(core int, dir string, env ...string) (*process, error) {
	env = append([]string{"OMAKASE_DATA_DIR=" + dir, "OMAKASE_NETWORK_ALLOW=127.0.0.0/8", "LOG_LEVEL=error"}, env...)
	p, err := start(core, env, binary, "serve")
	if err != nil {
		return nil, fmt.Errorf("%w (run make build first)", err)
	}
	return p, nil
}

// temp is a folder that lives as long as f runs.
func temp(f func(dir string) error) error {
	dir, err := os.MkdirTemp("", "omakase-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return f(dir)
}

package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/kit/project"
	"github.com/omakase-ai/omakase/sdk/recording"
)

type doctorCommand struct {
	settings
	Dir string `arg:"" optional:"" help:"Also look at this plugin's folder."`
}

// needed are the programs of each language, and how they tell their version.
var needed = []struct {
	language, program string
	version           []string
	install           string
}{
	{"Go", "go", []string{"version"}, "install Go 1.26 or newer from https://go.dev/dl/"},
	{"AssemblyScript", "node", []string{"--version"}, "install Node 20 or newer from https://nodejs.org/"},
	{"AssemblyScript", "npm", []string{"--version"}, "it comes with Node, or as a package of its own (Debian: apt-get install npm)"},
	{"C", "clang", []string{"--version"}, "Debian: apt-get install clang"},
	{"C", "wasm-ld", []string{"--version"}, "Debian: apt-get install lld"},
}

// Run looks at the machine, the configuration and a plugin's folder. That a
// language's tools are missing is no failure.
func (c *doctorCommand) Run(ctx context.Context, p *Process) error {
	for _, n := range needed {
		path, err := exec.LookPath(n.program)
		if err != nil {
			fmt.Fprintf(p.Stdout, "--    %s is not installed, so no plugins in %s\n      %s\n", n.program, n.language, n.install)
			continue
		}
		said, err := exec.CommandContext(ctx, path, n.version...).Output() //nolint:gosec // one of the programs above
		line, _, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
		if err != nil {
			line = err.Error()
		}
		fmt.Fprintf(p.Stdout, "ok    %s: %s\n", n.program, line)
	}
	l, err := c.load(p)
	if err != nil {
		return err
	}
	if l.Plugins.Dir == "" {
		fmt.Fprintln(p.Stdout, "--    plugins.dir is not set, so omakase plugin install has no place to install to\n      set it in the configuration, or OMAKASE_PLUGINS_DIR")
	} else {
		fmt.Fprintf(p.Stdout, "ok    plugins.dir is %s\n", l.Plugins.Dir)
	}
	if len(l.Network.Allow) == 0 {
		fmt.Fprintln(p.Stdout, "--    plugins reach no shop on this machine\n      for one that you run yourself: OMAKASE_NETWORK_ALLOW=127.0.0.0/8")
	}
	if c.Dir == "" {
		return nil
	}
	return c.folder(p)
}

// folder looks at a plugin's folder.
func (c *doctorCommand) folder(p *Process) error {
	made, err := project.Open(c.Dir)
	if err != nil {
		return err
	}
	if made.Language == project.Other {
		return errs.New(errs.Unsupported, "%s holds no sources in Go, AssemblyScript or C", c.Dir).
			WithHint("build the module with your own tools, then run omakase plugin build --embed MODULE")
	}
	fmt.Fprintf(p.Stdout, "ok    %s %s in %s, its sources in %q\n", made.Manifest.ID, made.Manifest.Version, c.Dir, made.Language)
	files, err := recording.Files(made.RecordingsDir())
	if err != nil {
		return errs.Wrap("listing the recordings", err)
	}
	if len(files) == 0 {
		fmt.Fprintf(p.Stdout, "--    there is no recording in %s\n      make one: omakase plugin record %s scrape --url https://SHOP\n", made.RecordingsDir(), c.Dir)
	}
	for _, file := range files {
		if _, err := recording.Read(file); err != nil {
			return &errs.Error{Kind: errs.BadData, Err: err, Hint: "record it again with omakase plugin record"}
		}
	}
	if _, err := os.Stat(made.Module()); err != nil {
		fmt.Fprintf(p.Stdout, "--    it is not built\n      omakase plugin build %s\n", c.Dir)
	}
	fmt.Fprintf(p.Stdout, "ok    %d recordings can be read\n", len(files))
	return nil
}

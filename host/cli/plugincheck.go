package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/kit/conform"
	"github.com/omakase-ai/omakase/host/kit/project"
	"github.com/omakase-ai/omakase/host/server"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/conformance"
	"github.com/omakase-ai/omakase/sdk/recording"
)

type checkCommand struct {
	settings
	File        string `arg:"" optional:"" help:"A .wasm file, or a plugin's folder (built first)."`
	Conformance bool   `help:"Test it against every clause of the ABI; without a file, this host."`
}

// Run loads the file alone, under the operator's settings for its id, and says
// what to think of it.
func (c *checkCommand) Run(ctx context.Context, p *Process) error {
	if c.File == "" {
		if !c.Conformance {
			return errs.New(errs.Invalid, "name a .wasm file or a plugin's folder").WithHint("--conformance without one tests this host")
		}
		return c.conforms(ctx, p, "this host", conformance.CheckHost(ctx, conform.Host{}, c.progress(p)))
	}
	file, folder := filepath.Clean(c.File), ""
	if project.IsDir(file) {
		folder = file
		made, err := project.Open(folder)
		if err != nil {
			return err
		}
		if file, err = made.Build(ctx); err != nil {
			return err
		}
	}
	if _, err := moduleManifest(file); err != nil {
		return err
	}
	tools, err := c.alone(p, file)
	if err != nil {
		return err
	}
	defer tools.Close()
	i := tools.Plugins.Plugins()[0]
	if i.State == wasm.Failed {
		return errs.New(errs.BadData, "%s", i.Reason).WithHint("docs/plugins.md says what a plugin must be; omakase plugin build puts plugin.json into a module")
	}
	if err := tools.Plugins.Check(ctx, i.ID); err != nil {
		return errs.Wrap(file, err)
	}
	if c.Conformance {
		g := &conform.Guest{Plugins: tools.Plugins, ID: i.ID, Kinds: i.Provides}
		if err := c.conforms(ctx, p, file, conformance.CheckGuest(ctx, g, c.progress(p))); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.Stdout, "%s is a plugin that this host can run.\n\n", file)
	shown := tools.PluginInfos()[0]
	shown.State = "enabled"
	printPlugin(p, &shown)
	return c.findings(p, file, folder, &i)
}

// alone opens a host with nothing but the file.
func (c *checkCommand) alone(p *Process, file string) (*server.Tools, error) {
	l, err := c.load(p)
	if err != nil {
		return nil, err
	}
	return quiet(l, file)
}

// quiet opens a host with nothing but a file. It logs nothing: the commands say
// what there is to say, and some calls are meant to fail.
func quiet(l *config.Loaded, file string) (*server.Tools, error) {
	alone := *l
	alone.Plugins.Dir = ""
	alone.Plugins.Settings = maps.Clone(l.Plugins.Settings)
	for id, settings := range alone.Plugins.Settings {
		settings.Enabled = nil // what is disabled may be looked at nevertheless
		alone.Plugins.Settings[id] = settings
	}
	return server.OpenTools(server.ToolOptions{Config: &alone, Files: []string{file}, Version: Version(), Log: hclog.NewNullLogger()})
}

// progress tells of each clause.
func (*checkCommand) progress(p *Process) func(conformance.Result) {
	return func(r conformance.Result) {
		if r.Err == nil {
			fmt.Fprintf(p.Stderr, "ok    %s\n", r.Clause)
			return
		}
		fmt.Fprintf(p.Stderr, "FAIL  %s\n      %v\n", r.Clause, r.Err)
	}
}

func (*checkCommand) conforms(ctx context.Context, p *Process, who string, all []conformance.Result) error {
	if ctx.Err() != nil {
		return errs.Wrap("testing "+who, ctx.Err())
	}
	if failed := conformance.Failed(all); len(failed) > 0 {
		return errs.New(errs.BadData, "%s breaks %d of %d clauses of the ABI", who, len(failed), len(all)).WithHint("sdk/abi/spec.md has them at length")
	}
	fmt.Fprintf(p.Stdout, "%s keeps all %d clauses of the ABI that were tested.\n", who, len(all))
	return nil
}

// large is the size from which a module is worth a word.
const large = 3_200_000

// findings are what the operator may want to know and the author to mend. None
// of them keeps the plugin from running.
func (c *checkCommand) findings(p *Process, file, folder string, i *wasm.Info) error {
	module, err := os.ReadFile(file)
	if err != nil {
		return errs.Wrap("reading the module", err)
	}
	o, err := abi.ReadOutline(module)
	if err != nil {
		return errs.New(errs.BadData, "%s: %v", file, err)
	}
	fmt.Fprintf(p.Stdout, "\n%d bytes, of them %d of code and %d of data. It imports %s.\n", len(module), o.Code, o.Data, imports(o.Imports))
	var notes []string
	if len(module) > large {
		notes = append(notes, "it is large: each MB takes about 6 MB of memory and 150 ms at its first start; keep out fmt, encoding/json, regexp and net/url")
	}
	if !o.HasNames {
		notes = append(notes, "its functions have no names, so traces of crashes show numbers; build it without stripping")
	}
	asked := slices.ContainsFunc(o.Imports, func(name string) bool { return name == "omakase.host_call" })
	if len(i.Grants) > 0 && !asked {
		notes = append(notes, "it asks for capabilities and never calls the host: take needs out of plugin.json")
	}
	if i.Description == "" {
		notes = append(notes, "it has no description; operators read it before they enable a plugin")
	}
	notes = append(notes, unusedNeeds(folder, i)...)
	for _, n := range notes {
		fmt.Fprintf(p.Stdout, "note: %s\n", n)
	}
	if notes == nil {
		fmt.Fprintln(p.Stdout, "There is nothing to mend.")
	}
	return nil
}

// imports sums up what a module imports.
func imports(all []string) string {
	var own []string
	wasi := 0
	for _, name := range all {
		if strings.HasPrefix(name, "wasi_") {
			wasi++
		} else {
			own = append(own, name)
		}
	}
	if wasi > 0 {
		own = append(own, fmt.Sprintf("%d functions of WASI", wasi))
	}
	if own == nil {
		return "nothing"
	}
	return strings.Join(own, ", ")
}

// unusedNeeds are notes on capabilities that the manifest asks for and that no
// recording uses: either there is no test of them or they aren't needed.
func unusedNeeds(folder string, i *wasm.Info) []string {
	if folder == "" {
		return nil
	}
	files, err := recording.Files((&project.Project{Dir: folder}).RecordingsDir())
	if err != nil || len(files) == 0 {
		return []string{"there is no recording, so nothing is tested; make one with omakase plugin record"}
	}
	used := map[string]bool{}
	for _, file := range files {
		r, err := recording.Read(file)
		if err != nil {
			return []string{err.Error()}
		}
		for _, call := range r.Calls {
			used[recording.Capability(call.Function)] = true
		}
	}
	var notes []string
	for _, g := range i.Grants {
		if !used[g.Capability] && !slices.Contains([]string{"log", "config", "clock"}, g.Capability) {
			notes = append(notes, fmt.Sprintf("it asks for %s, which no recording uses: record such a call, or take needs.%s out", g.Capability, g.Capability))
		}
	}
	return notes
}

package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/kit/project"
	"github.com/omakase-ai/omakase/sdk/go/wire"
	"github.com/omakase-ai/omakase/sdk/recording"
)

type devCommand struct {
	settings
	Dir       string  `arg:"" default:"." help:"The plugin's folder."`
	Server    string  `placeholder:"URL" help:"Also swap the plugin into this running host, whose plugins.dir is that of the configuration here."`
	Key       string  `placeholder:"KEY" help:"The host's API key, where it needs one (OMAKASE_API_KEYS)."`
	Once      bool    `help:"Do it once and don't wait for changes."`
	Tolerance float64 `default:"0.15" help:"How much more fuel a call may take than recorded."`
}

// Run builds, tests and shows the plugin whenever one of its files changes,
// until it is stopped.
func (c *devCommand) Run(ctx context.Context, p *Process) error {
	l, err := c.load(p, config.Flag{Name: "--key", Key: "server.api_keys", Value: c.Key})
	if err != nil {
		return err
	}
	if c.Server != "" && l.Plugins.Dir == "" {
		return errs.New(errs.Invalid, "--server needs the folder that the host takes plugins from").WithHint("set plugins.dir or OMAKASE_PLUGINS_DIR to the same folder as the host's")
	}
	builder := project.NewBuilder(c.Dir)
	defer func() { _ = builder.Close() }()
	state := project.Look(c.Dir)
	for begun := time.Now(); ; {
		err := c.round(ctx, p, l, builder)
		took := rounded(time.Since(begun))
		if c.Once {
			p.say("edit to result: %s", took)
			return err
		}
		if err != nil && ctx.Err() == nil {
			p.report(err)
		}
		p.say("edit to result: %s", took)
		changed, now, err := project.Await(ctx, c.Dir, state)
		if err != nil {
			return nil //nolint:nilerr // whoever stops it has seen enough
		}
		state, begun = now, time.Now()
		p.say("\n%s has changed", changed)
	}
}

// round is one time from the sources to a result.
func (c *devCommand) round(ctx context.Context, p *Process, l *config.Loaded, builder *project.Builder) error {
	made, file, err := builder.Build(ctx)
	if err != nil {
		return err
	}
	s := &stage{language: made.Language, fresh: true, project: made, file: file}
	if builder.Quick() {
		s.language = project.Other // its fuel is not that of the module which is given away
	}
	if err := s.openFile(p, l); err != nil {
		return err
	}
	defer s.Close()
	test := testCommand{Target: c.Dir, Tolerance: c.Tolerance}
	failed, total, err := test.replayAll(ctx, p, s)
	if err != nil {
		return err
	}
	if err := c.show(ctx, p, s); err != nil {
		return err
	}
	if failed > 0 {
		return errs.New(errs.Conflict, "%d of %d recordings fail", failed, total)
	}
	return c.swap(ctx, p, l, made, file)
}

// mostShown is how many products fit a terminal.
const mostShown = 12

// show lists the products that the recordings give.
func (c *devCommand) show(ctx context.Context, p *Process, s *stage) error {
	files, err := recording.Files(s.project.RecordingsDir())
	if err != nil {
		return err
	}
	shown := 0
	for _, file := range files {
		r, err := recording.Read(file)
		if err != nil || r.Operation != "scrape" && r.Operation != "extract" {
			continue
		}
		out, err := s.Replay(ctx, r, s.needs)
		if err != nil || out.Err != nil {
			continue
		}
		var found wire.ExtractReply
		if wire.DecodeReply(slices.Clone(out.Reply), &found) != nil {
			continue
		}
		for i := range found.Products {
			if shown++; shown > mostShown {
				continue
			}
			q := &found.Products[i]
			fmt.Fprintf(p.Stdout, "  %-12s %10s %-3s  %-12s %s\n", q.ID, q.Price, q.Currency, q.Availability, q.Name)
		}
	}
	if shown > mostShown {
		fmt.Fprintf(p.Stdout, "  and %d more products\n", shown-mostShown)
	}
	return nil
}

// swap puts the module into a running host's folder and lets it reload.
func (c *devCommand) swap(ctx context.Context, p *Process, l *config.Loaded, made *project.Project, file string) error {
	if c.Server == "" {
		return nil
	}
	module, err := os.ReadFile(file)
	if err != nil {
		return errs.Wrap("reading the module", err)
	}
	if err := os.MkdirAll(l.Plugins.Dir, 0o755); err != nil { //nolint:gosec // as any folder of programs
		return errs.Wrap("making plugins.dir", err)
	}
	if err := project.WriteFile(filepath.Join(l.Plugins.Dir, made.Manifest.ID+".wasm"), module, 0o644); err != nil {
		return errs.Wrap("writing into plugins.dir", err)
	}
	var done reloaded
	if err := ask(ctx, l, http.MethodPost, c.Server, "/api/admin/plugins/reload", &done); err != nil {
		return err
	}
	at := slices.IndexFunc(done.Plugins, func(r api.PluginReload) bool { return r.ID == made.Manifest.ID })
	if at >= 0 && !done.Plugins[at].OK {
		return errs.New(errs.BadData, "%s didn't take it (%s): %s", c.Server, done.Plugins[at].Outcome, done.Plugins[at].Reason)
	}
	var now listed
	if err := ask(ctx, l, http.MethodGet, c.Server, "/api/admin/plugins", &now); err != nil {
		return err
	}
	digest := fmt.Sprintf("%x", sha256.Sum256(module))
	if at < 0 || !slices.ContainsFunc(now.Plugins, func(i api.PluginInfo) bool { return i.ID == made.Manifest.ID && i.Digest == digest }) {
		return errs.New(errs.NotFound, "%s has reloaded and doesn't have this module", c.Server).
			WithHint("its plugins.dir has to be this one: %s", l.Plugins.Dir)
	}
	p.say("%s: %s, generation %d", c.Server, done.Plugins[at].Outcome, done.Plugins[at].Generation)
	return nil
}

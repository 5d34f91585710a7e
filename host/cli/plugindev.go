package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/kit/project"
	"github.com/omakase-ai/omakase/sdk/go/wire"
	"github.com/omakase-ai/omakase/sdk/recording"
)

type devCommand struct {
	settings
	Dir       string  `arg:"" default:"." help:"The plugin's folder."`
	Server    string  `placeholder:"URL" help:"Also swap the plugin into this running host, whose plugins.dir is that of the configuration here."`
	Key       string  `placeholder:"KEY" env:"OMAKASE_API_KEYS" help:"The host's API key, where it needs one."`
	Once      bool    `help:"Do it once and don't wait for changes."`
	Tolerance float64 `default:"0.15" help:"How much more fuel a call may take than recorded."`
}

// Run builds, tests and shows the plugin whenever one of its files changes,
// until it is stopped.
func (c *devCommand) Run(ctx context.Context, p *Process) error {
	l, err := c.load(p)
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
		if err != nil && ctx.Err() == nil {
			p.complain(err.Error(), errs.HintOf(err))
		}
		p.say("edit to result: %s", rounded(time.Since(begun)))
		if c.Once || ctx.Err() != nil {
			return err
		}
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
	tmp := filepath.Join(l.Plugins.Dir, "."+made.Manifest.ID+".new")
	if err := os.WriteFile(tmp, module, 0o644); err != nil { //nolint:gosec // for all to read
		return errs.Wrap("writing into plugins.dir", err)
	}
	if err := os.Rename(tmp, filepath.Join(l.Plugins.Dir, made.Manifest.ID+".wasm")); err != nil {
		return errs.Wrap("writing into plugins.dir", err)
	}
	return c.reload(ctx, p, made.Manifest.ID)
}

func (c *devCommand) reload(ctx context.Context, p *Process, id string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	url := strings.TrimSuffix(c.Server, "/") + "/api/admin/plugins/reload"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return errs.New(errs.Invalid, "--server: %v", err)
	}
	if c.Key != "" {
		key, _, _ := strings.Cut(c.Key, ",")
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := new(http.Client).Do(req)
	if err != nil {
		return errs.New(errs.Unavailable, "%v", err).WithHint("is the host running? Start it with omakase serve")
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return errs.Wrap("reading the host's answer", err)
	}
	var answer struct {
		Plugins []struct{ ID, Outcome, Reason string }
	}
	if json.Unmarshal(text, &answer) != nil || answer.Plugins == nil {
		return errs.New(errs.Unavailable, "%s answers with status %d: %s", url, resp.StatusCode, bytes.TrimSpace(text))
	}
	for _, r := range answer.Plugins {
		if r.ID == id {
			p.say("%s: %s %s", c.Server, r.Outcome, r.Reason)
		}
	}
	return nil
}

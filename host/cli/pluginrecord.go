package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/kit/project"
	"github.com/omakase-ai/omakase/host/kit/trial"
	"github.com/omakase-ai/omakase/sdk/recording"
)

type recordCommand struct {
	asked
	Out   string `short:"o" placeholder:"FILE" help:"Write here instead of into the plugin's recordings."`
	Name  string `placeholder:"NAME" help:"Name of the recording; the operation's where there is none."`
	About string `placeholder:"TEXT" help:"What the recording shows, for people."`
}

// Run makes one call and keeps it.
func (c *recordCommand) Run(ctx context.Context, p *Process) error {
	file := c.Out
	if file == "" {
		if !project.IsDir(c.Target) {
			return errs.New(errs.Invalid, "%s is no plugin's folder, so there is no place for its recordings", c.Target).WithHint("name a file with --out")
		}
		name := c.Name
		if name == "" {
			name = c.Operation
		}
		file = filepath.Join((&project.Project{Dir: c.Target}).RecordingsDir(), name+".json")
	}
	s, out, err := c.call(ctx, p)
	if err != nil {
		return err
	}
	r, err := out.Recording(s.language)
	if err != nil {
		return err
	}
	r.About = c.About
	for _, wrong := range recording.Rules(r.Operation, r.Request, r.Answer) {
		p.say("omakase: %s", wrong)
	}
	if err := keep(file, r); err != nil {
		return err
	}
	p.say("recorded in %s", file)
	return printReply(p, out)
}

type testCommand struct {
	settings
	Target     string  `arg:"" default:"." help:"A plugin's folder (built first), or a .wasm file."`
	Recordings string  `placeholder:"DIR" help:"The folder of recordings; the plugin's own where this is left out."`
	Update     bool    `help:"Take the answers and the fuel of now as the right ones."`
	Tolerance  float64 `default:"0.15" help:"How much more fuel a call may take than recorded."`
}

// Run replays every recording, without a network.
func (c *testCommand) Run(ctx context.Context, p *Process) error {
	s, err := c.open(ctx, p, c.Target, true)
	if err != nil {
		return err
	}
	defer s.Close()
	failed, total, err := c.replayAll(ctx, p, s)
	if err != nil {
		return err
	}
	if failed > 0 {
		return errs.New(errs.Conflict, "%d of %d recordings fail", failed, total).
			WithHint("where the new answers are right, run omakase plugin test --update")
	}
	return nil
}

// replayAll replays every recording and tells of each.
func (c *testCommand) replayAll(ctx context.Context, p *Process, s *stage) (failed, total int, err error) {
	dir := c.Recordings
	if dir == "" && s.project != nil {
		dir = s.project.RecordingsDir()
	}
	if dir == "" {
		return 0, 0, errs.New(errs.Invalid, "a module has no recordings of its own").WithHint("name their folder with --recordings")
	}
	files, err := recording.Files(dir)
	if err != nil {
		return 0, 0, errs.Wrap("listing the recordings", err)
	}
	if len(files) == 0 {
		return 0, 0, errs.New(errs.NotFound, "there is no recording in %s", dir).
			WithHint("make one: omakase plugin record %s scrape --url https://SHOP", c.Target)
	}
	begun := time.Now()
	for _, file := range files {
		r, err := recording.Read(file)
		if err != nil {
			return 0, 0, &errs.Error{Kind: errs.BadData, Err: err}
		}
		out, err := s.Replay(ctx, r, s.needs)
		if err != nil {
			return 0, 0, errs.Wrap(file, err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		wrong := c.verdict(s, r, out)
		if c.Update && out.Err == nil && len(out.Missing) == 0 && len(out.Unmet) == 0 {
			if wrong, err = nil, update(file, r, out, s.language); err != nil {
				return 0, 0, err
			}
		}
		if len(wrong) == 0 {
			fmt.Fprintf(p.Stdout, "ok    %s  (%s)\n", name, cost(&out.Outcome))
			continue
		}
		failed++
		fmt.Fprintf(p.Stdout, "FAIL  %s\n", name)
		for _, line := range wrong {
			fmt.Fprintf(p.Stdout, "      %s\n", line)
		}
	}
	fmt.Fprintf(p.Stdout, "%d recordings in %s\n", len(files), rounded(time.Since(begun)))
	return failed, len(files), nil
}

// verdict is what is wrong with a replay, in lines.
func (c *testCommand) verdict(s *stage, r *recording.Recording, out *trial.Replay) []string {
	var wrong []string
	for _, m := range out.Missing {
		wrong = append(wrong, "the recording has no reply to "+m, "  record it again with omakase plugin record, or ask as before")
	}
	for _, u := range out.Unmet {
		wrong = append(wrong, fmt.Sprintf("it uses %s, which plugin.json doesn't ask for: add needs.%s with a reason", u, u))
	}
	if out.Err != nil {
		return append(wrong, out.Err.Error())
	}
	if len(out.Diff) > 0 {
		wrong = append(append(wrong, "the answer differs from the recorded one:"), out.Diff...)
	}
	wrong = append(wrong, recording.Rules(r.Operation, r.Request, out.Reply)...)
	if f := trial.Fuel(r, s.language, out.Fuel, c.Tolerance); f != "" {
		wrong = append(wrong, f)
	}
	return wrong
}

// update takes the present answer and fuel into the recording.
func update(file string, r *recording.Recording, out *trial.Replay, language string) error {
	if len(out.Diff) > 0 {
		r.Answer = out.Reply
	}
	if r.Fuel == nil {
		r.Fuel = map[string]int64{}
	}
	r.Fuel[language] = out.Fuel
	return keep(file, r)
}

// keep writes a recording, whose folder is made if need be.
func keep(file string, r *recording.Recording) error {
	text, err := r.Encode()
	if err != nil {
		return errs.Wrap("writing the recording", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // recordings are for all to read
		return errs.Wrap("writing the recording", err)
	}
	return errs.Wrap("writing the recording", project.WriteFile(file, text, 0o644))
}

type benchCommand struct {
	settings
	Target     string        `arg:"" default:"." help:"A plugin's folder (built first), a .wasm file, or the id of a plugin that is installed."`
	Recordings string        `placeholder:"DIR" help:"The folder of recordings; the plugin's own where this is left out."`
	For        time.Duration `default:"1s" help:"How long each recording is replayed, and ten times at least."`
}

// Run replays each recording many times.
func (c *benchCommand) Run(ctx context.Context, p *Process) error {
	s, err := c.open(ctx, p, c.Target, false)
	if err != nil {
		return err
	}
	defer s.Close()
	dir := c.Recordings
	if dir == "" && s.project != nil {
		dir = s.project.RecordingsDir()
	}
	files, err := recording.Files(dir)
	if err != nil || len(files) == 0 {
		return errs.New(errs.NotFound, "there is no recording in %q", dir).WithHint("make one with omakase plugin record, or name a folder with --recordings")
	}
	fmt.Fprintf(p.Stdout, "%-24s %8s %10s %10s %10s %10s %8s %6s\n", "RECORDING", "CALLS", "P50", "P99", "MAX", "FUEL", "MEMORY", "ASKED")
	for _, file := range files {
		r, err := recording.Read(file)
		if err != nil {
			return &errs.Error{Kind: errs.BadData, Err: err}
		}
		b, err := s.Bench(ctx, r, c.For)
		if err != nil {
			return errs.Wrap(file, err)
		}
		fmt.Fprintf(p.Stdout, "%-24s %8d %10s %10s %10s %10d %7.1fM %6d\n", strings.TrimSuffix(filepath.Base(file), ".json"),
			b.Calls, rounded(b.P50), rounded(b.P99), rounded(b.Max), b.Fuel, float64(b.Memory)/(1<<20), b.HostCalls)
	}
	return nil
}

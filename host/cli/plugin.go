package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/wasm"
)

type listCommand struct {
	settings
	running
}

// Run lists plugins: as a host would have them, without loading them, or as a
// running one has them.
func (c *listCommand) Run(ctx context.Context, p *Process) error {
	all, err := c.plugins(ctx, p, &c.settings)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	head, work := "ID\tVERSION\tPROVIDES\tSTATE\tMAY USE\tFROM", c.Server != ""
	if work {
		head = "ID\tVERSION\tGENERATION\tSTATE\tBREAKER\tINSTANCES\tMB\tCALLS\tERRORS\tDENIALS\tP50\tP99\tFROM"
	}
	fmt.Fprintln(table, head)
	for i := range all {
		if i := &all[i]; work {
			printWork(table, i)
		} else {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
				i.ID, i.Version, strings.Join(i.Provides, " "), state(i), strings.Join(i.Grants, " "), i.Source)
		}
	}
	return errs.Wrap("writing the list", table.Flush())
}

func printWork(out io.Writer, i *api.PluginInfo) {
	breaker, s := "", i.Stats
	if i.Breaker != nil {
		breaker = i.Breaker.State
	}
	if s == nil {
		s = &api.PluginStats{}
	}
	fmt.Fprintf(out, "%s\t%s\t%d\t%s\t%s\t%d\t%.1f\t%d\t%d\t%d\t%.2f ms\t%.2f ms\t%s\n",
		i.ID, i.Version, i.Generation, i.State, breaker, s.Instances, float64(s.MemoryBytes)/(1<<20), s.Calls, s.Errors, s.Denials, s.P50MS, s.P99MS, i.Source)
}

// state is that of a process that loads nothing: enabled rather than
// discovered.
func state(i *api.PluginInfo) string {
	if i.State == string(wasm.Discovered) {
		return "enabled"
	}
	return i.State
}

type inspectCommand struct {
	settings
	running
	ID string `arg:"" help:"The plugin's id."`
}

// Run shows one plugin to the operator who is to decide about it.
func (c *inspectCommand) Run(ctx context.Context, p *Process) error {
	all, err := c.plugins(ctx, p, &c.settings)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(i api.PluginInfo) bool { return i.ID == c.ID })
	if at < 0 {
		return errs.New(errs.NotFound, "no plugin %q", c.ID).WithHint("see omakase plugin list")
	}
	i := &all[at]
	if c.Server == "" {
		i.State = state(i)
	}
	printPlugin(p, i)
	if c.Server != "" {
		printStats(p, i)
	}
	return nil
}

func printPlugin(p *Process, i *api.PluginInfo) {
	out := p.Stdout
	fmt.Fprintf(out, "%s %s\n", i.ID, i.Version)
	for _, text := range []string{i.Name, i.Description} {
		if text != "" {
			fmt.Fprintf(out, "  %s\n", text)
		}
	}
	fmt.Fprintf(out, "\n  provides  %s\n  from      %s\n  sha256    %s\n  state     %s\n",
		strings.Join(i.Provides, ", "), i.Source, i.Digest, i.State)
	if i.Error != "" {
		fmt.Fprintf(out, "  reason    %s\n", i.Error)
	}
	if len(i.Needs) > 0 {
		fmt.Fprintln(out, "\nIt asks for:")
	}
	for _, g := range i.Needs {
		verdict := "granted"
		if !g.Granted {
			verdict = "refused"
		}
		if g.Rule != "" {
			verdict += ", " + g.Rule
		}
		fmt.Fprintf(out, "  %-8s  %q\n            %s\n", g.Capability, g.Reason, verdict)
	}
	var l wasm.LimitsInfo
	if len(i.Limits) == 0 || json.Unmarshal(i.Limits, &l) != nil {
		return
	}
	fmt.Fprintf(out, "\nLimits: %d ms of work in a call of at most %d ms, %d MB of memory, %d instances, %d waiting calls, %d host calls.\n",
		l.DeadlineMS, l.TotalMS, l.MemoryMB, l.Instances, l.Queue, l.HostCalls)
	fmt.Fprintf(out, "  A request has at most %d bytes, a reply %d, a page %d, an answer %d nodes; a call holds %d bodies of %d bytes together.\n",
		l.RequestBytes, l.ReplyBytes, l.PageBytes, l.Nodes, l.Handles, l.BodyBytes)
	fmt.Fprintf(out, "  It logs %d lines in a call and %d in a second. An instance is replaced after %d calls.\n", l.LogLines, l.LogRate, l.Calls)
	if l.Fuel > 0 {
		fmt.Fprintf(out, "  A call uses at most %d units of fuel.\n", l.Fuel)
	}
	if l.Faults > 0 {
		fmt.Fprintf(out, "  After %d faults in a row it is left alone for %d ms, and longer each time.\n", l.Faults, l.PauseMS)
	}
}

// printStats shows what a plugin does in a running host.
func printStats(p *Process, i *api.PluginInfo) {
	out := p.Stdout
	fmt.Fprintf(out, "\nGeneration %d", i.Generation)
	if r := i.Reload; r != nil {
		fmt.Fprintf(out, ", %s at %s", r.Outcome, r.At.Format(time.RFC3339))
		if r.Reason != "" {
			fmt.Fprintf(out, " (%s)", r.Reason)
		}
	}
	fmt.Fprintln(out, ".")
	if b := i.Breaker; b != nil {
		fmt.Fprintf(out, "  breaker   %s, %d faults in a row\n", b.State, b.Faults)
	}
	s := i.Stats
	if s == nil {
		return
	}
	fmt.Fprintf(out, "  instances %d, %.1f MB in idle ones\n  calls     %d, of them %d failed; %d host calls, %d denials, %d units of fuel\n  latency   p50 %.2f ms, p99 %.2f ms\n",
		s.Instances, float64(s.MemoryBytes)/(1<<20), s.Calls, s.Errors, s.HostCalls, s.Denials, s.Fuel, s.P50MS, s.P99MS)
	if s.LastError != "" && s.LastErrorAt != nil {
		fmt.Fprintf(out, "  error     %s, at %s\n", s.LastError, s.LastErrorAt.Format(time.RFC3339))
	}
}

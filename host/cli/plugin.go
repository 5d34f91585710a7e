package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/wasm"
)

type listCommand struct{ settings }

// Run lists plugins without loading them.
func (c *listCommand) Run(p *Process) error {
	tools, err := c.tools(p)
	if err != nil {
		return err
	}
	defer tools.Close()
	table := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tVERSION\tPROVIDES\tSTATE\tMAY USE\tFROM")
	for _, i := range tools.Plugins.Plugins() {
		var granted []string
		for _, g := range i.Grants {
			if g.Granted {
				granted = append(granted, g.Capability)
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
			i.ID, i.Version, strings.Join(i.Provides, " "), state(&i), strings.Join(granted, " "), i.Path)
	}
	return errs.Wrap("writing the list", table.Flush())
}

// state is that of a process that loads nothing: enabled rather than
// discovered.
func state(i *wasm.Info) string {
	if i.State == wasm.Discovered {
		return "enabled"
	}
	return string(i.State)
}

type inspectCommand struct {
	settings
	ID string `arg:"" help:"The plugin's id."`
}

// Run shows one plugin to the operator who is to decide about it.
func (c *inspectCommand) Run(p *Process) error {
	tools, err := c.tools(p)
	if err != nil {
		return err
	}
	defer tools.Close()
	i, err := tools.Plugins.Plugin(c.ID)
	if err != nil {
		return err
	}
	printPlugin(p, &i)
	return nil
}

func printPlugin(p *Process, i *wasm.Info) {
	out := p.Stdout
	fmt.Fprintf(out, "%s %s\n", i.ID, i.Version)
	for _, text := range []string{i.Name, i.Description} {
		if text != "" {
			fmt.Fprintf(out, "  %s\n", text)
		}
	}
	fmt.Fprintf(out, "\n  provides  %s\n  from      %s\n  sha256    %s\n  state     %s\n",
		strings.Join(i.Provides, ", "), i.Path, i.Digest, state(i))
	if i.Reason != "" {
		fmt.Fprintf(out, "  reason    %s\n", i.Reason)
	}
	if len(i.Grants) > 0 {
		fmt.Fprintln(out, "\nIt asks for:")
	}
	for _, g := range i.Grants {
		verdict := "granted"
		if !g.Granted {
			verdict = "refused"
		}
		if g.Rule != "" {
			verdict += ", " + g.Rule
		}
		fmt.Fprintf(out, "  %-8s  %q\n            %s\n", g.Capability, g.Reason, verdict)
	}
	l := i.Limits
	fmt.Fprintf(out, "\nLimits: %d ms of work in a call of at most %d ms, %d MB of memory, %d instances, %d waiting calls, %d host calls.\n",
		l.DeadlineMS, l.TotalMS, l.MemoryMB, l.Instances, l.Queue, l.HostCalls)
}

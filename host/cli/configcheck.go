package cli

import (
	"errors"
	"fmt"

	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/trust"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/sdk/abi"
)

type configCommand struct {
	File string `arg:"" optional:"" type:"path" help:"The YAML file (OMAKASE_CONFIG)."`
}

// Run checks the file together with the environment, as serve would read both,
// and plugins' own settings by their manifests.
func (c *configCommand) Run(p *Process) error {
	l, err := (&settings{Config: c.File}).load(p)
	if err != nil {
		return withPluginMistakes(p, l, err)
	}
	tools, err := openTools(p, l)
	if err != nil {
		return err
	}
	defer tools.Close()
	set := l.Settings()
	switch {
	case l.File == "" && len(set) == 0:
		fmt.Fprintln(p.Stdout, "Nothing is set: every setting has its default.")
	case l.File == "":
		fmt.Fprintln(p.Stdout, "The environment is fine. It sets:")
	case len(set) == 0:
		fmt.Fprintf(p.Stdout, "%s is fine. It sets nothing: every setting has its default.\n", l.File)
	default:
		fmt.Fprintf(p.Stdout, "%s is fine. With the environment it sets:\n", l.File)
	}
	printSettings(p, set)
	printGrants(p, tools.Plugins.Plugins())
	return nil
}

// withPluginMistakes adds to what is wrong with a configuration what plugins
// find wrong with their part of it, so that all is said at once.
func withPluginMistakes(p *Process, l *config.Loaded, err error) error {
	wrong, ok := errors.AsType[config.Mistakes](err)
	if !ok {
		return err
	}
	tools, more := openTools(p, l)
	if more == nil {
		tools.Close()
		return err
	}
	// Anything but mistakes of plugins comes of what is said already.
	if found, ok := errors.AsType[config.Mistakes](more); ok {
		return wrong.And(found)
	}
	return err
}

// printGrants tells what the settings come to: what each plugin may do, in
// words that a person can agree to, and what it asks for in vain.
func printGrants(p *Process, plugins []wasm.Info) {
	for i := range plugins {
		q := &plugins[i]
		switch {
		case q.State == wasm.Disabled:
			fmt.Fprintf(p.Stdout, "\n%s is disabled.\n", q.ID)
			continue
		case q.State == wasm.Failed:
			fmt.Fprintf(p.Stdout, "\n%s is of no use: %s\n", q.ID, q.Reason)
			continue
		case len(q.Grants) == 0:
			fmt.Fprintf(p.Stdout, "\n%s %s works on what it is given and asks for nothing.\n", q.ID, q.Version)
			continue
		}
		fmt.Fprintf(p.Stdout, "\n%s %s\n", q.ID, q.Version)
		for _, g := range q.Grants {
			words, rule := trust.Words(g.Capability, abi.Need{Reason: g.Reason}), ""
			if g.Rule != "" {
				rule = "; " + g.Rule
			}
			if g.Granted {
				fmt.Fprintf(p.Stdout, "  may %s%s\n", words, rule)
			} else {
				fmt.Fprintf(p.Stdout, "  may not %s%s\n", words, rule)
			}
		}
	}
}

func printSettings(p *Process, set []config.Setting) {
	for _, s := range set {
		fmt.Fprintf(p.Stdout, "  %s = %s  (%s)\n", s.Key, s.Value, s.Origin)
	}
}

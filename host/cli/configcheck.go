package cli

import (
	"fmt"

	"github.com/omakase-ai/omakase/host/config"
)

type configCommand struct {
	File string `arg:"" optional:"" type:"path" help:"The YAML file (OMAKASE_CONFIG)."`
}

// Run checks the file together with the environment, as serve would read both,
// and plugins' own settings by their manifests.
func (c *configCommand) Run(p *Process) error {
	l, err := (&settings{Config: c.File}).load(p)
	if err != nil {
		return err
	}
	tools, err := openTools(p, l)
	if err != nil {
		return err
	}
	tools.Close()
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
	return nil
}

func printSettings(p *Process, set []config.Setting) {
	for _, s := range set {
		fmt.Fprintf(p.Stdout, "  %s = %s  (%s)\n", s.Key, s.Value, s.Origin)
	}
}

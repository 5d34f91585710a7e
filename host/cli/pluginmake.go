package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/kit/project"
)

type buildCommand struct {
	Dir   string `arg:"" default:"." help:"The plugin's folder."`
	Embed string `placeholder:"FILE" help:"Take this module, which was built by other means, and only put the manifest into it."`
}

// Run builds the module, and prints the name of its file.
func (c *buildCommand) Run(ctx context.Context, p *Process) error {
	project, err := project.Open(c.Dir)
	if err != nil {
		return err
	}
	file := project.Module()
	if c.Embed != "" {
		err = project.Embed(c.Embed, file)
	} else {
		file, err = project.Build(ctx)
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return errs.Wrap("looking at the module", err)
	}
	p.say("built %s %s, %d KB", project.Manifest.ID, project.Manifest.Version, (info.Size()+1023)>>10)
	fmt.Fprintln(p.Stdout, file)
	return nil
}

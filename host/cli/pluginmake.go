package cli

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"

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

type newCommand struct {
	Dir      string `arg:"" help:"The folder to make."`
	Kind     string `default:"scraper" help:"scraper, prompt or tool."`
	Language string `default:"go" short:"l" help:"go, as (AssemblyScript) or c."`
	ID       string `placeholder:"ID" help:"The plugin's id; kind and folder's name where this is left out."`
}

// Run makes the folder and says how to go on.
func (c *newCommand) Run(p *Process) error {
	made, err := project.New(project.Template{Dir: c.Dir, Kind: c.Kind, Language: c.Language, ID: c.ID})
	if err != nil {
		return err
	}
	p.say("%s is in %s. Go on with:\n", made.Manifest.ID, c.Dir)
	fmt.Fprintf(p.Stdout, "  cd %s\n  omakase plugin test\n", shellWord(c.Dir))
	if _, err := fs.Stat(p.Builtins, made.Manifest.ID+".wasm"); err == nil {
		p.say("\nA plugin %s is built in; a host that has this one takes it instead.", made.Manifest.ID)
	}
	return nil
}

// shellWord is a folder's name as a shell takes it for one word.
func shellWord(name string) string {
	if strings.HasPrefix(name, "-") {
		name = "./" + name
	}
	if strings.ContainsFunc(name, func(r rune) bool { return strings.ContainsRune(" \t\"'\\$&;()<>|*?[]#~`!{}", r) }) {
		return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return name
}

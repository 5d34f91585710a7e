// Package cli is the command line: it reads arguments, runs one command, and
// says in words and by an exit code how that went. Results go to stdout,
// everything else to stderr, so that output can be piped.
//
// What the commands do belongs to other packages; this one wires them
// together. It ends no process: only main does.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/alecthomas/kong"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/config"
)

// Exit codes, as the help of the program documents them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitConfig      = 3
	exitUnavailable = 4
	exitCancelled   = 130
)

const description = `A shop's URL in, a searchable catalogue out.

Exit codes: 0 done; 1 failed; 2 wrong use; 3 wrong configuration; 4 something
needed did not answer, so trying again may help; 130 stopped by a signal.`

// Process is what a command may touch of the process that it runs in.
type Process struct {
	Args     []string // without the program's name
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	Environ  []string // NAME=value
	Builtins fs.FS    // built-in plugins, ID.wasm in the root
}

type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve the API and work imports until a signal comes."`
	Scrape  scrapeCommand  `cmd:"" help:"Read a shop's products and print them as JSON Lines."`
	Extract extractCommand `cmd:"" help:"Read the products of one saved page or body and print them as JSON."`
	Plugin  struct {
		List    listCommand    `cmd:"" help:"List the plugins, built-in and further ones."`
		Inspect inspectCommand `cmd:"" help:"Show what a plugin is, needs and may do."`
		Reload  reloadCommand  `cmd:"" help:"Let a running server reload its plugins."`
		Check   checkCommand   `cmd:"" help:"Load a .wasm file and say whether this host can run it."`
		New     newCommand     `cmd:"" help:"Begin a plugin in a folder of its own."`
		Shop    shopCommand    `cmd:"" help:"Serve a small shop that a new scraper can read, to try it on."`
		Build   buildCommand   `cmd:"" help:"Build a plugin's folder into a module."`
		Run     runCommand     `cmd:"" help:"Call one operation and show each host call, fuel, time and memory."`
		Record  recordCommand  `cmd:"" help:"Make a call and keep it, to be replayed as a test."`
		Test    testCommand    `cmd:"" help:"Replay a plugin's recordings without a network."`
		Dev     devCommand     `cmd:"" help:"Build, test and show a plugin whenever one of its files changes."`
		Doctor  doctorCommand  `cmd:"" help:"Say what is missing to make plugins here."`
		Bench   benchCommand   `cmd:"" help:"Replay a plugin's recordings many times and measure."`
		Pack    packCommand    `cmd:"" help:"Make an archive of a plugin to give away."`
		Sign    signCommand    `cmd:"" help:"Sign a module with your key."`
		Verify  verifyCommand  `cmd:"" help:"Say whose signature a module has."`
		Install installCommand `cmd:"" help:"Check a module and put it into the folder of plugins."`
		Agree   agreeCommand   `cmd:"" help:"Agree to what a new version of a plugin asks for."`
	} `cmd:"" help:"Make plugins, look at them and try them."`
	Config struct {
		Check configCommand `cmd:"" help:"Say what is wrong with a configuration, or what it sets."`
	} `cmd:"" help:"Look at the configuration."`
	Migrate migrateCommand `cmd:"" help:"Bring the database to this version's schema."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// settings are the flags of every command that reads the configuration.
type settings struct {
	Config string `placeholder:"FILE" type:"path" help:"Read settings from this YAML file (OMAKASE_CONFIG)."`
	Data   string `placeholder:"DIR" help:"Keep everything that lasts in this folder (OMAKASE_DATA_DIR)."`
}

// load reads the configuration; flags of the command overrule it. With
// mistakes comes what could be read all the same, to look for more of them.
func (s *settings) load(p *Process, flags ...config.Flag) (*config.Loaded, error) {
	source := config.Source{File: s.Config, DotEnv: ".env", Environ: p.Environ}
	flags = append(flags, config.Flag{Name: "--data", Key: "data_dir", Value: s.Data})
	for _, f := range flags {
		if f.Value != "" {
			source.Flags = append(source.Flags, f)
		}
	}
	l, err := config.Load(source)
	if err != nil {
		return l, err
	}
	for _, w := range l.Warnings {
		fmt.Fprintln(p.Stderr, "omakase: "+w)
	}
	return l, nil
}

// Main runs one command and returns the exit code of the process. ctx ends
// when the process is asked to stop.
func Main(ctx context.Context, p Process) (code int) {
	defer func() {
		if e := recover(); e != nil {
			done, ok := e.(helpShown)
			if !ok {
				panic(e)
			}
			code = int(done)
		}
	}()
	parser, err := kong.New(&commands{},
		kong.Name("omakase"), kong.Description(description),
		kong.Writers(p.Stdout, p.Stderr), kong.Exit(func(code int) { panic(helpShown(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: false}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&p),
	)
	if err != nil {
		return p.report(errs.Wrap("building the command line", err))
	}
	parsed, err := parser.Parse(p.Args)
	if err != nil {
		return p.report(misuse(err))
	}
	return p.report(parsed.Run())
}

// helpShown carries the exit code out of kong, which has no other way to stop
// parsing once it has printed the help.
type helpShown int

// report prints an error for a person and returns the exit code for it.
func (p *Process) report(err error) int {
	var mistakes config.Mistakes
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &mistakes):
		for _, m := range mistakes {
			hint := m.Hint
			m.Hint = ""
			p.complain(m.String(), hint)
		}
		return exitConfig
	}
	p.complain(err.Error(), cmp.Or(errs.HintOf(err), fileHint(err)))
	return exitCode(errs.KindOf(err), errs.Retryable(err))
}

func (p *Process) complain(what, hint string) {
	fmt.Fprintln(p.Stderr, "omakase: "+what)
	if hint != "" {
		fmt.Fprintln(p.Stderr, "  hint: "+hint)
	}
}

func exitCode(kind errs.Kind, retryable bool) int {
	switch {
	case kind == errs.Cancelled:
		return exitCancelled
	case kind == errs.Invalid:
		return exitUsage
	case retryable:
		return exitUnavailable
	}
	return exitFailed
}

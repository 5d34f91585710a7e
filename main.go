// Command omakase turns a shop's URL into a searchable catalogue.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/omakase-ai/omakase/host/cli"
	"github.com/omakase-ai/omakase/plugins"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := cli.Main(ctx, cli.Process{
		Args:     os.Args[1:],
		Stdin:    os.Stdin,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Environ:  os.Environ(),
		Builtins: plugins.Builtin(),
	})
	stop()
	os.Exit(code)
}

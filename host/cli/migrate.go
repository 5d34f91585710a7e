package cli

import (
	"context"
	"fmt"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/server"
)

type migrateCommand struct{ settings }

// Run opens the database, which upgrades it, and closes it again. Servers do
// so at their start, too; the command is for doing it before they are rolled
// out.
func (c *migrateCommand) Run(ctx context.Context, p *Process) error {
	l, err := c.load(p)
	if err != nil {
		return err
	}
	s, err := server.OpenStore(ctx, &l.Config)
	if err != nil {
		return err
	}
	engine := s.Engine()
	if err := s.Close(); err != nil {
		return errs.Wrap("closing the database", err)
	}
	fmt.Fprintf(p.Stdout, "The %s database has the schema of omakase %s.\n", engine, Version())
	return nil
}

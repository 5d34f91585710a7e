package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/examples/hinoki/shop"
)

type shopCommand struct {
	Addr string `default:"127.0.0.1:4040" help:"Listen here."`
}

// Run serves the shop of the example until a signal comes.
func (c *shopCommand) Run(ctx context.Context, p *Process) error {
	handler, err := shop.New()
	if err != nil {
		return errs.Wrap("opening the shop", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return errs.New(errs.Unavailable, "%v", err).WithHint("choose another address with --addr 127.0.0.1:PORT")
	}
	server := http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	p.say("A shop is at http://%s. Commands on this machine reach it with OMAKASE_NETWORK_ALLOW=127.0.0.0/8.", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return errs.Wrap("serving the shop", err)
	}
	return nil
}

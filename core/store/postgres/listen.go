package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// channel carries the names of workspaces whose products changed.
const channel = "omakase_products"

// reconnect is the pause between attempts to listen again.
const reconnect = time.Second

// listener hears on one connection of its own what all processes change.
type listener struct {
	config *pgx.ConnConfig
	cancel context.CancelFunc
	done   chan struct{}
}

func newListener(config *pgx.ConnConfig) *listener {
	return &listener{config: config.Copy(), done: make(chan struct{})}
}

// start calls changed for each workspace that changes, and with "" when it
// can't be told which did, because nobody listened for a while.
func (l *listener) start(changed func(workspace string)) {
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	go func() {
		defer close(l.done)
		for ctx.Err() == nil {
			// Whatever ends a connection, the answer is another one.
			_ = l.listen(ctx, changed)
			changed("")
			select {
			case <-ctx.Done():
			case <-time.After(reconnect):
			}
		}
	}()
}

func (l *listener) listen(ctx context.Context, changed func(string)) error {
	conn, err := pgx.ConnectConfig(ctx, l.config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // it is of no more use
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	changed("")
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		changed(n.Payload)
	}
}

func (l *listener) close() error {
	l.cancel()
	<-l.done
	return nil
}

package server

import (
	"context"
	"time"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/config"
)

const (
	// sweepEvery is how often old sessions are looked for, sweepBatch how many
	// are dealt with before others get a turn at the store.
	sweepEvery = 10 * time.Minute
	sweepBatch = 100
	// lostAfter is how long nothing may happen in a session before its host is
	// taken for dead. It is beyond any silence that a session is allowed.
	lostAfter = 6 * time.Hour
)

// costs are the prices of the configuration.
func costs(c *config.Voice) api.Costs {
	table := realtime.PriceTable{}
	for model, p := range c.Prices {
		if model == "default" {
			model = ""
		}
		table[model] = realtime.Prices(p)
	}
	return api.Costs{Prices: table, Currency: c.Currency}
}

// sweep forgets voice sessions that were kept for long enough (0: none), and
// ends those that a host left open when it died, until ctx ends.
func (b *backend) sweep(ctx context.Context, retention time.Duration) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		now := time.Now()
		b.sweepAll(ctx, "closing voice sessions of dead hosts", func() (int, error) {
			return b.store.CloseVoiceSessions(ctx, now.Add(-lostAfter), "host", sweepBatch)
		})
		if retention > 0 {
			b.sweepAll(ctx, "forgetting old voice sessions", func() (int, error) {
				return b.store.ForgetVoiceSessions(ctx, now.Add(-retention), sweepBatch)
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweepAll works batch by batch until one is not full.
func (b *backend) sweepAll(ctx context.Context, what string, batch func() (int, error)) {
	for ctx.Err() == nil {
		n, err := batch()
		if err != nil && ctx.Err() == nil {
			b.log.Warn(what, "error", err)
		}
		if n > 0 {
			b.log.Info(what, "sessions", n)
		}
		if err != nil || n < sweepBatch {
			return
		}
	}
}

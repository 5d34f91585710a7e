package queue

import (
	"context"
	"database/sql"
	"time"

	"github.com/riverqueue/river"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/internal/sqltx"
	"github.com/omakase-ai/omakase/core/store"
)

// A process that has its database to itself hears of every new task. So where
// there is none, its engine needs not run: River asks the database some dozen
// times a minute, which keeps a host awake that has nothing to do, and most of
// SQLite in its memory.

const (
	// restEvery is how often the engine is asked whether it has anything left.
	restEvery = 2 * time.Second
	// wakeAgain is when an engine that couldn't start tries again.
	wakeAgain = time.Second
)

// tend starts the engine when tasks arrive and stops it when none is left,
// until ctx ends. Whoever calls it has stopped the one before.
func (r *River) tend(ctx context.Context) {
	defer close(r.tended)
	for ctx.Err() == nil {
		var next <-chan time.Time
		var arrived <-chan struct{}
		if r.running() == nil {
			arrived = r.local.arrived
		} else {
			next = time.After(r.restEvery)
		}
		select {
		case <-ctx.Done():
		case <-arrived:
			r.wake(ctx)
		case <-next:
			r.rest(ctx)
		}
	}
}

// wake starts the engine, which looks for tasks at once.
func (r *River) wake(ctx context.Context) {
	err := r.startWorker(ctx)
	if err == nil || ctx.Err() != nil {
		return
	}
	r.logger.Warn("starting the queue", "error", err)
	select {
	case <-ctx.Done():
	case <-time.After(wakeAgain):
		r.local.notify()
	}
}

// rest stops the engine where no task is left. One that comes just then is
// given back by work instead of being begun, and wakes the engine again.
func (r *River) rest(ctx context.Context) {
	r.resting.Store(true)
	left, err := r.unfinished(ctx)
	if err == nil && !left {
		if err = r.stopWorker(ctx); err == nil {
			left, err = r.unfinished(ctx)
		}
	}
	r.resting.Store(false)
	if err != nil && ctx.Err() == nil {
		r.logger.Warn("letting the queue rest", "error", err)
	}
	switch {
	case left || err != nil:
		r.local.notify()
	case r.rested != nil:
		r.rested()
	}
}

// unfinished reports whether any task is left, now or in future.
func (r *River) unfinished(ctx context.Context) (left bool, err error) {
	err = r.store.Do(ctx, func(tx store.Tx) error {
		s, err := sqltx.Of(tx)
		if err != nil {
			return err
		}
		left, err = unfinished(ctx, s.SQL)
		return err
	})
	return left, errs.Wrap("looking for tasks", err)
}

func (r *River) running() *river.Client[*sql.Tx] {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.worker
}

// Package queue runs durable tasks: what was enqueued in a committed
// transaction is worked at least once, also after a crash, and exactly once
// where the handler completes the task in the transaction of its effect.
//
// The engine is River on the store's own database. This package knows nothing
// of what tasks do.
package queue

import (
	"context"
	"encoding/json"
	"time"

	"github.com/omakase-ai/omakase/core/store"
)

// Task is what to do: a kind that a handler was registered for, and its
// arguments as JSON.
type Task struct {
	Kind string
	Args json.RawMessage
	At   time.Time // not before; zero: now
}

// Work is one attempt at a task.
type Work interface {
	Args() json.RawMessage
	// Complete marks the task as done inside tx. A handler that returns nil
	// without it is completed afterwards, so its effect may happen again after
	// a crash.
	Complete(ctx context.Context, tx store.Tx) error
}

// Handler does a task. An error makes it run again, with a growing delay.
type Handler func(ctx context.Context, w Work) error

// Queue enqueues tasks and works them. Register handlers before Start.
type Queue interface {
	// Enqueue adds a task in tx, or in a transaction of its own when tx is nil.
	Enqueue(ctx context.Context, tx store.Tx, t Task) error
	Register(kind string, h Handler)
	// Start begins to work, workers tasks at a time.
	Start(ctx context.Context, workers int) error
	// Stop takes no new task, waits for running ones until ctx ends, then
	// cancels them. What did not finish runs again after the next Start.
	Stop(ctx context.Context) error
}

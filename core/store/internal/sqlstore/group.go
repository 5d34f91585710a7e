package sqlstore

import (
	"context"
	"sync"

	"github.com/omakase-ai/omakase/core/errs"
)

const (
	savepoint = "SAVEPOINT small"
	release   = "RELEASE SAVEPOINT small"
	rewind    = "ROLLBACK TO SAVEPOINT small"
)

// maxGroup bounds how many small writes share a transaction, and so how long
// the first of them waits for the last.
const maxGroup = 64

// group collects the small writes that arrive while a transaction runs, so
// that the next one holds all of them: with one writer, the price of a commit
// is then shared by those who would have waited for each other anyway.
type group struct {
	mu      sync.Mutex
	waiting []*smallWrite
	running bool
	closed  bool
	idle    *sync.Cond
}

type smallWrite struct {
	ctx      context.Context
	fn       func(*Tx) error
	err      error
	panicked any
	done     chan struct{}
}

// small runs fn in a transaction that it may share with other small writes,
// each undone by itself when it fails.
func (s *Store) small(ctx context.Context, fn func(*Tx) error) error {
	if !s.d.OneWriter {
		return s.transact(ctx, fn)
	}
	if err := ctx.Err(); err != nil {
		return s.wrap("", err)
	}
	w := &smallWrite{ctx: ctx, fn: fn, done: make(chan struct{})}
	g := &s.group
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return s.wrap("", errClosed)
	}
	g.waiting = append(g.waiting, w)
	if !g.running {
		g.running = true
		go s.runGroups()
	}
	g.mu.Unlock()
	<-w.done
	if w.panicked != nil {
		panic(w.panicked) // in the goroutine whose function did it
	}
	return w.err
}

func (s *Store) runGroups() {
	g := &s.group
	for {
		g.mu.Lock()
		n := min(len(g.waiting), maxGroup)
		if n == 0 {
			g.running = false
			if g.idle != nil {
				g.idle.Broadcast()
			}
			g.mu.Unlock()
			return
		}
		batch := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		if len(g.waiting) == 0 {
			g.waiting = nil // lets go of the finished ones
		}
		g.mu.Unlock()
		s.runGroup(batch)
	}
}

func (s *Store) runGroup(batch []*smallWrite) {
	// The writes outlive each other's contexts; each was checked on arrival.
	err := s.transact(context.WithoutCancel(batch[0].ctx), func(tx *Tx) error {
		for _, w := range batch {
			if len(batch) == 1 {
				w.err = w.run(tx)
				return w.err
			}
			if err := s.runMember(tx, w); err != nil {
				return err
			}
		}
		return nil
	})
	for _, w := range batch {
		if w.err == nil {
			w.err = err
		}
		close(w.done)
	}
}

// runMember fails only when the transaction as a whole is of no more use.
func (s *Store) runMember(tx *Tx, w *smallWrite) error {
	if w.err = s.wrap("", w.ctx.Err()); w.err != nil {
		return nil
	}
	if _, err := tx.Exec(w.ctx, savepoint); err != nil {
		return err
	}
	mark := tx.Mark()
	if w.err = w.run(tx); w.err != nil {
		tx.Rewind(mark)
		if _, err := tx.Exec(w.ctx, rewind); err != nil {
			return err
		}
	}
	_, err := tx.Exec(w.ctx, release)
	return err
}

// run turns a panic into an error, so that the other writes of the group live.
func (w *smallWrite) run(tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.panicked = p
			err = errs.New(errs.Internal, "panic: %v", p)
		}
	}()
	return w.fn(tx)
}

// close lets the writes that were accepted finish, and takes no more.
func (g *group) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	if g.idle == nil {
		g.idle = sync.NewCond(&g.mu)
	}
	for g.running {
		g.idle.Wait()
	}
}

package sqlstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

const (
	// maxGroup bounds how many small writes share a transaction, and so how
	// long the first of them waits for the last.
	maxGroup = 64
	// maxGather bounds how long a transaction is put off for the writers of the
	// one before, who are likely to come back: most of a small commit's cost
	// does not depend on how much it holds.
	maxGather = 2 * time.Millisecond
)

// group collects the small writes that arrive while a transaction runs, so
// that the next one holds all of them: with one writer, the price of a commit
// is then shared by those who would have waited for each other anyway.
//
// There are no savepoints between them, for each would have FTS5 write a
// segment of its own. So a small write checks all that can be wrong with it
// before it writes. One that fails later all the same is left out, and the
// others run again.
type group struct {
	mu      sync.Mutex
	waiting []*smallWrite
	running bool
	closed  bool
	idle    *sync.Cond
	wanted  int // that gather waits for; 0 when it doesn't
	enough  chan struct{}
}

type smallWrite struct {
	ctx      context.Context
	durable  bool
	fn       func(*Tx) error
	err      error
	panicked any
	done     chan struct{}
}

// small runs fn in a transaction that it may share with other small writes. It
// must find out whether it is in order before it writes anything.
func (s *Store) small(ctx context.Context, fn func(*Tx) error) error {
	return s.share(ctx, false, fn)
}

// lasting is small, and what it wrote outlasts a power failure.
func (s *Store) lasting(ctx context.Context, fn func(*Tx) error) error {
	return s.share(ctx, true, fn)
}

func (s *Store) share(ctx context.Context, durable bool, fn func(*Tx) error) error {
	if !s.d.OneWriter {
		return s.transact(ctx, fn)
	}
	if err := ctx.Err(); err != nil {
		return s.wrap("", err)
	}
	w := &smallWrite{ctx: ctx, durable: durable, fn: fn, done: make(chan struct{})}
	g := &s.group
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return s.wrap("", errClosed)
	}
	g.waiting = append(g.waiting, w)
	g.arrived()
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
	last := 0
	for {
		g.gather(last)
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
		last = n
	}
}

// gather waits for as many writes as the last transaction held, if it held
// several. A writer who is alone never waits.
func (g *group) gather(last int) {
	g.mu.Lock()
	if last < 2 || len(g.waiting) >= last || g.closed {
		g.mu.Unlock()
		return
	}
	g.wanted, g.enough = last, make(chan struct{})
	enough := g.enough
	g.mu.Unlock()
	late := time.NewTimer(maxGather)
	defer late.Stop()
	select {
	case <-enough:
	case <-late.C:
		g.mu.Lock()
		g.wanted = 0
		g.mu.Unlock()
	}
}

// arrived ends gather once nobody is missing. The group is locked.
func (g *group) arrived() {
	if g.wanted > 0 && (len(g.waiting) >= g.wanted || g.closed) {
		g.wanted = 0
		close(g.enough)
	}
}

func (s *Store) runGroup(batch []*smallWrite) {
	for len(batch) > 0 {
		var spoiler *smallWrite
		// The writes outlive each other's contexts.
		durable := slices.ContainsFunc(batch, func(w *smallWrite) bool { return w.durable })
		err := s.transactAs(context.WithoutCancel(batch[0].ctx), durable, func(tx *Tx) error {
			for _, w := range batch {
				if w.err = s.wrap("", w.ctx.Err()); w.err != nil {
					continue
				}
				written := tx.writes
				if w.err = w.run(tx); w.err != nil && tx.writes > written {
					spoiler = w
					return w.err
				}
			}
			return nil
		})
		rest := batch[:0:0]
		for _, w := range batch {
			if spoiler != nil && w != spoiler {
				rest = append(rest, w) // undone with it, so once more
				continue
			}
			if w.err == nil {
				w.err = err
			}
			close(w.done)
		}
		batch = rest
	}
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
	g.arrived()
	if g.idle == nil {
		g.idle = sync.NewCond(&g.mu)
	}
	for g.running {
		g.idle.Wait()
	}
}

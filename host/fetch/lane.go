package fetch

import (
	"context"
	"sync"
	"time"
)

// lane lets one request at a time through to a host, in the order in which
// they came, and keeps a gap between the starts of two requests. Its holder
// calls wait before each request and leave once when done. It is safe for
// concurrent use.
type lane struct {
	mu        sync.Mutex
	busy      bool
	queue     []chan struct{} // closed when its turn has come
	lastStart time.Time
	paused    time.Time // no request starts before
}

// enter takes its place in the queue and returns when its turn has come, or
// with the context's error.
func (l *lane) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	if !l.busy {
		l.busy = true
		l.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	l.queue = append(l.queue, turn)
	l.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		l.abandon(turn)
		return ctx.Err()
	}
}

// abandon gives up a place in the queue, or the turn if it has just come.
func (l *lane) abandon(turn chan struct{}) {
	l.mu.Lock()
	for i, t := range l.queue {
		if t == turn {
			l.queue = append(l.queue[:i], l.queue[i+1:]...)
			l.mu.Unlock()
			return
		}
	}
	l.mu.Unlock()
	l.leave()
}

// leave hands the lane to the next in the queue.
func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.busy = false
		return
	}
	next := l.queue[0]
	l.queue = l.queue[1:]
	close(next)
}

// wait returns when a request may start, which it counts as started, or with
// the context's error. Only the lane's holder calls it.
func (l *lane) wait(ctx context.Context, gap time.Duration) error {
	for {
		l.mu.Lock()
		now := time.Now()
		at := l.paused
		if next := l.lastStart.Add(gap); !l.lastStart.IsZero() && next.After(at) {
			at = next
		}
		if !at.After(now) {
			l.lastStart = now
			l.mu.Unlock()
			return ctx.Err()
		}
		l.mu.Unlock()
		if err := sleep(ctx, at.Sub(now)); err != nil {
			return err
		}
	}
}

// pause keeps all requests from starting for d.
func (l *lane) pause(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.paused) {
		l.paused = until
	}
}

// pausedFor is how much of a pause is left.
func (l *lane) pausedFor() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, time.Until(l.paused))
}

// idleSince reports since when nobody has used the lane; ok is false while
// somebody does or it is paused.
func (l *lane) idleSince() (t time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lastStart, !l.busy && time.Now().After(l.paused)
}

// sleep returns after d, or earlier with the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package wasm

import (
	"fmt"
	"sync"
	"time"
)

// breaker keeps calls away from a plugin that fails again and again: after so
// many faults in a row it opens and answers at once, for a pause that doubles
// each time. Then one call probes whether the plugin is well again. It is safe
// for concurrent use.
type breaker struct {
	faults int           // in a row that open it; below zero: never
	pause  time.Duration // the first one

	mu      sync.Mutex
	row     int       // faults since the last success
	opened  int       // how often, since the last success
	until   time.Time // the end of the pause; zero when closed
	probing bool
	last    string // the newest fault
}

// maxPause is the longest that a breaker stays open without a probe.
const maxPause = 2 * time.Minute

// BreakerState is how a plugin's breaker stands.
type BreakerState string

// The states of a breaker.
const (
	BreakerClosed   BreakerState = "closed"    // calls go through
	BreakerOpen     BreakerState = "open"      // calls are answered at once
	BreakerHalfOpen BreakerState = "half-open" // the next call, or one under way, is a probe
)

// enter asks whether a call may begin, and whether it is a probe. Each one that
// may is told of with leave.
func (b *breaker) enter(now time.Time) (probe bool, f *Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return false, nil
	}
	wait := b.until.Sub(now)
	if wait <= 0 && !b.probing {
		b.probing = true
		return true, nil
	}
	wait = max(wait, 100*time.Millisecond) // until the probe has ended
	return false, &Fault{
		Reason: Paused, retry: wait,
		Text: fmt.Sprintf("it failed %d times in a row and is left alone for %v; the last time: %s", b.row, wait.Round(time.Millisecond), b.last),
	}
}

// leave tells how a call ended. While the breaker is open only the probe
// counts: the others began before.
func (b *breaker) leave(now time.Time, probe bool, f *Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probing = false
	} else if !b.until.IsZero() {
		return
	}
	switch {
	case f == nil:
		b.row, b.opened, b.until = 0, 0, time.Time{}
		return
	case !f.broken(): // nothing was learned; the next one probes
		return
	}
	b.row++
	b.last = f.Text
	if probe || b.faults > 0 && b.row >= b.faults {
		b.until = now.Add(min(b.pause<<min(b.opened, 10), maxPause))
		b.opened++
	}
}

// state is how the breaker stands, and when a call goes through again.
func (b *breaker) state(now time.Time) (s BreakerState, row int, retry time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.until.IsZero():
		return BreakerClosed, b.row, time.Time{}
	case now.Before(b.until):
		return BreakerOpen, b.row, b.until
	}
	return BreakerHalfOpen, b.row, b.until
}

// broken reports whether the fault speaks against the guest, rather than
// against its caller or for a busy moment.
func (f *Fault) broken() bool {
	switch f.Reason {
	case Trap, Exit, Memory, Fuel, BadReply:
		return true
	case Deadline:
		return f.err == nil // its own
	}
	return false
}

package wasm

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/omakase-ai/omakase/host/capability"
)

// The check comes after at most maxQuantum units. How long a unit takes is up
// to the guest, so the quantum follows what the last one took.
const (
	maxQuantum = 1 << 16
	minQuantum = 1 << 8
	wantCheck  = 2 * time.Millisecond // quanta that take longer are halved
)

// run is one call of a guest, or its start: what it may still use.
type run struct {
	ctx   context.Context
	stop  context.Context  // of the module: ends when it has to go
	call  *capability.Call // nil at the start: a guest that isn't called may ask for nothing
	begun time.Time

	limits *Limits
	watch  *Watch        // nil: nobody looks
	tracer trace.Tracer  // nil: nothing is traced
	waited time.Duration // in host functions that wait for others

	fuel      int64
	hostCalls int
	sent      int // bytes, to functions that copy them

	checked time.Time // the last check; zero after a host function
}

func newRun(ctx context.Context, m *module) *run {
	now := time.Now()
	return &run{ctx: ctx, stop: m.stop, limits: &m.limits, begun: now, checked: now}
}

// stopAt is when the run must end.
func (r *run) stopAt() time.Time {
	own := r.begun.Add(r.limits.Deadline + r.waited)
	if total := r.begun.Add(r.limits.Total); total.Before(own) {
		return total
	}
	return own
}

// left is how much longer the run may take.
func (r *run) left() time.Duration {
	left := time.Until(r.stopAt())
	if at, ok := r.ctx.Deadline(); ok {
		left = min(left, time.Until(at))
	}
	return left
}

// over says why the run must end now; nil when it may go on.
func (r *run) over(now time.Time) *Fault {
	if r.ctx.Err() != nil {
		return ended(r.ctx)
	}
	if r.stop.Err() != nil {
		return &Fault{Reason: Cancelled, Text: "the plugin was replaced, and this call did not end in time", err: errReplaced}
	}
	switch {
	case now.Sub(r.begun) > r.limits.Total:
		return &Fault{Reason: Deadline, Text: fmt.Sprintf("stopped after %v, waiting included", r.limits.Total)}
	case now.Sub(r.begun)-r.waited > r.limits.Deadline:
		return &Fault{Reason: Deadline, Text: fmt.Sprintf("stopped after %v", r.limits.Deadline)}
	case r.limits.Fuel > 0 && r.fuel > r.limits.Fuel:
		return &Fault{Reason: Fuel, Text: fmt.Sprintf("stopped after %d units of fuel", r.limits.Fuel)}
	}
	return nil
}

// check is what the metered guest calls when its counter has run out: the
// place where it is stopped, and where the Go scheduler and collector get
// their turn.
func (i *instance) check(remaining int32) int32 {
	r := i.run
	r.fuel += int64(i.quantum) - int64(remaining)
	now := time.Now()
	if f := r.over(now); f != nil {
		panic(&halt{*f})
	}
	if !r.checked.IsZero() {
		switch took := now.Sub(r.checked); {
		case took > wantCheck:
			i.pace = max(i.pace/2, minQuantum)
		case took < wantCheck/2:
			i.pace = min(i.pace*2, maxQuantum)
		}
	}
	if now.Sub(r.begun) > wantCheck { // nobody else can interrupt a guest: a long call lets the short ones go first
		runtime.Gosched()
		now = time.Now()
	}
	r.checked = now
	i.quantum = cmp.Or(i.module.limits.quantum, i.pace)
	return i.quantum
}

// grace is how long a guest that was told to stop may take to answer.
const grace = 10 * time.Millisecond

// enter comes first in each host function. The counter doesn't run inside of
// them, and code without loops can call thousands of them for each unit: a
// guest that is past its time must not get further than the next one.
func (i *instance) enter() {
	if f := i.run.over(time.Now().Add(-grace)); f != nil {
		panic(&halt{*f})
	}
}

// sleep waits on behalf of the guest, no longer than its run may take.
func (r *run) sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(min(d, r.left()))
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.ctx.Done():
	case <-r.stop.Done():
	}
	r.checked = time.Time{}
}

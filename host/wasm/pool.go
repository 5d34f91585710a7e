package wasm

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// pool keeps the instances of one module: as many as there are calls at the
// same time, up to a limit, the one used last first. It is safe for concurrent
// use.
type pool struct {
	module  *module
	slots   chan struct{} // one for each instance in use
	waiting atomic.Int32

	mu    sync.Mutex
	idle  []*instance // the one used last is at the end
	inUse int
}

func newPool(m *module) *pool {
	return &pool{module: m, slots: make(chan struct{}, m.limits.Instances)}
}

// get returns an instance for a call of a workspace, which must be given back
// with put. When all are in use it waits, in a queue that is bounded in length
// and time.
func (p *pool) get(ctx context.Context, workspace string) (*instance, *Fault) {
	if f := p.enter(ctx); f != nil {
		return nil, f
	}
	i := p.take(workspace)
	if i != nil && !i.belongs(workspace) && !i.reset() {
		i.close()
		i = nil
	}
	if i == nil {
		var f *Fault
		if i, f = p.module.start(ctx); f != nil {
			p.leave(nil)
			return nil, f
		}
	}
	i.served, i.workspace = true, workspace
	return i, nil
}

// take takes an idle instance: one that may be used as it is before any other,
// and of these the one used last.
func (p *pool) take(workspace string) *instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inUse++
	if len(p.idle) == 0 {
		return nil
	}
	n := len(p.idle) - 1
	for k := n; k >= 0; k-- {
		if p.idle[k].belongs(workspace) {
			n = k
			break
		}
	}
	i := p.idle[n]
	p.idle = slices.Delete(p.idle, n, n+1)
	return i
}

// enter waits for a slot.
func (p *pool) enter(ctx context.Context) *Fault {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	l := &p.module.limits
	if p.waiting.Add(1) > int32(l.Queue) {
		p.waiting.Add(-1)
		return &Fault{Reason: Busy, Text: fmt.Sprintf("all %d instances are in use and %d calls are waiting", l.Instances, l.Queue)}
	}
	defer p.waiting.Add(-1)
	t := time.NewTimer(l.QueueWait)
	defer t.Stop()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-t.C:
		return &Fault{Reason: Busy, Text: fmt.Sprintf("all %d instances were in use for %v", l.Instances, l.QueueWait)}
	case <-p.module.stop.Done():
		return &Fault{Reason: Cancelled, Text: "the plugin was replaced while all its instances were in use", err: errReplaced}
	case <-ctx.Done():
		f := ended(ctx)
		if f.Reason == Deadline {
			f.Reason, f.Text = Busy, fmt.Sprintf("all %d instances were in use until the caller's deadline", l.Instances)
		}
		return f
	}
}

// put takes an instance back.
func (p *pool) put(i *instance) {
	if i.spent {
		i.close()
		i = nil
	}
	p.leave(i)
}

func (p *pool) leave(i *instance) {
	p.mu.Lock()
	p.inUse--
	if i != nil {
		p.idle = append(p.idle, i)
	}
	p.mu.Unlock()
	<-p.slots
}

// trim closes instances that have been idle for a while, but keep of them.
func (p *pool) trim(idle time.Duration, keep int) {
	before := time.Now().Add(-idle)
	p.mu.Lock()
	n := 0
	for n < len(p.idle)-keep && !p.idle[n].used.After(before) {
		n++
	}
	old := slices.Clone(p.idle[:n])
	p.idle = slices.Delete(p.idle, 0, n)
	p.mu.Unlock()
	for _, i := range old {
		i.close()
	}
}

// counts reports how many instances there are, and how much memory the idle
// ones have.
func (p *pool) counts() (instances int, memory int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.idle {
		memory += int64(i.memoryBytes())
	}
	return len(p.idle) + p.inUse, memory
}

package wasm

import (
	"slices"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/host/capability"
)

// record is what an operator sees of a plugin's work, over all of its
// generations. It is safe for concurrent use.
type record struct {
	mu          sync.Mutex
	generations int
	caps        *capability.Plugin // of the newest generation

	calls, errors int64
	fuel          int64
	hostCalls     int64
	lastError     string
	lastErrorAt   time.Time
	lastUsed      time.Time
	reloaded      *Reloaded // the last time that something happened
	reloadedAt    time.Time

	took []time.Duration // of the newest calls, a ring
	at   int             // in took: where the next one goes
}

// remembered is of how many calls the latency is known.
const remembered = 512

// recordOf is the record of an id.
func (h *Host) recordOf(id string) *record {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.records[id]
	if r == nil {
		r = new(record)
		h.records[id] = r
	}
	return r
}

// next is the number of a new generation.
func (r *record) next() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.generations++
	return r.generations
}

// follow lets a generation's capabilities count on where those of the one
// before it stand.
func (r *record) follow(c *capability.Plugin) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.caps != nil {
		c.Follow(r.caps)
	}
	r.caps = c
}

// add counts a call that ended.
func (r *record) add(c *CallInfo, took time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	r.lastUsed = time.Now()
	r.fuel += c.Fuel
	r.hostCalls += int64(c.HostCalls)
	if len(r.took) < remembered {
		r.took = append(r.took, took)
	} else {
		r.took[r.at] = took
		r.at = (r.at + 1) % remembered
	}
	if err != nil {
		r.errors++
		r.lastError, r.lastErrorAt = err.Error(), r.lastUsed
	}
}

// note keeps what a reload did, as long as it did something.
func (r *record) note(what *Reloaded) {
	if what.Outcome == Unchanged {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reloaded, r.reloadedAt = what, time.Now()
}

// latency is how long half of the newest calls took at most, and 99 of 100.
func (r *record) latency() (p50, p99 time.Duration) {
	r.mu.Lock()
	took := slices.Clone(r.took)
	r.mu.Unlock()
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	return took[(len(took)-1)/2], took[(len(took)-1)*99/100]
}

// Package heap keeps the collector from running all the time while the heap is
// small. It must not know what is in it.
//
// By default Go collects whenever the heap has doubled, which for the two
// megabytes of an idle host is after some dozen requests, and each time those
// that run meanwhile take longer. What it may grow to beyond that costs no
// memory at rest, since the host gives back what is free once it has started.
package heap

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// Floor is how large the heap of a host may become before it is collected.
const Floor = 16 << 20

// Talk is what a voice session's audio comes to hold. A host that knows how
// many sessions it has need not collect when they begin to speak.
const Talk = 96 << 10

// Go lets a heap grow by usual percent between collections, and by what smallest
// is multiplied with the percentage in any case.
const (
	usual    = 100
	smallest = 4 << 20
)

// Keep has the heap be collected no earlier than at floor bytes, until release
// is called. Larger heaps are collected as usual. The floor is asked for after
// each collection. Keep does nothing where GOGC is set: whoever set it knows
// better.
func Keep(floor func() uint64) (release func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	k := &keeper{floor: floor, percent: usual}
	k.adjust()
	k.watch()
	return k.release
}

type keeper struct {
	floor func() uint64

	mu       sync.Mutex
	percent  int
	released bool
}

// cycle is garbage from the beginning, and so tells of each collection.
type cycle struct{ of *keeper }

func (k *keeper) watch() {
	runtime.SetFinalizer(&cycle{k}, func(c *cycle) {
		if c.of.adjust() {
			c.of.watch()
		}
	})
}

// adjust sets the growth by what the last collection left. It reports false
// after the release.
func (k *keeper) adjust() bool {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	floor := k.floor()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.released {
		return false
	}
	percent := growth(floor, sample[0].Value.Uint64())
	// Setting it stops the world for a moment, which small moves aren't worth.
	if percent == usual && k.percent != usual || math.Abs(float64(percent-k.percent)) > float64(k.percent)/4 {
		k.percent = percent
		debug.SetGCPercent(percent)
	}
	return true
}

// growth is the percentage by which live bytes may grow so that they come to
// the floor, and no further.
func growth(floor, live uint64) int {
	if floor <= smallest || live >= floor/2 {
		return usual
	}
	percent := floor * 100 / smallest
	if live > 0 {
		percent = min(percent, (floor-live)*100/live)
	}
	return int(percent) //nolint:gosec // of a few megabytes
}

func (k *keeper) release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.released = true
	debug.SetGCPercent(usual)
}

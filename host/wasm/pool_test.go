package wasm_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
)

// counting is a guest that answers with how often its instance was called,
// from 0 to 9, the selftest included. extra code runs in each call but the
// selftest.
func counting(t testing.TB, id string, extra ...[]byte) []byte {
	t.Helper()
	const text = `{"ok":{"score":0}}`
	digit := int32(replyAt + len(text) - 3)
	g := newTiny(text)
	calls := g.Global(asm.I32, asm.I32Const('0'-1))
	next := asm.Cat(asm.GlobalGet(calls), asm.I32Const(1), []byte{0x6a}, asm.GlobalSet(calls)) // i32.add
	store := asm.Cat(asm.I32Const(digit), asm.GlobalGet(calls), []byte{0x3a, 0, 0})            // i32.store8
	g.onScrape(extra...)
	g.answer = asm.Cat(next, store, g.answer)
	return g.wasm(t, id)
}

// TestInstancesAreReplaced holds after how many calls, and after taking how
// much memory, an instance is used no more.
func TestInstancesAreReplaced(t *testing.T) {
	t.Parallel()
	grow := asm.Cat(asm.I32Const(80), asm.MemoryGrow, asm.Drop) // 5 MB
	for name, tt := range map[string]struct {
		limits wasm.Limits
		module []byte
		want   []int
	}{
		"never":             {wasm.Limits{}, counting(t, "scraper.a"), []int{1, 2, 3, 4, 5}},
		"after three calls": {wasm.Limits{Calls: 3}, counting(t, "scraper.a"), []int{1, 2, 0, 1, 2, 0}},
		"with much memory":  {wasm.Limits{MemoryMB: 8}, counting(t, "scraper.a", grow), []int{1, 0, 0, 0}},
		"with less memory":  {wasm.Limits{MemoryMB: 64}, counting(t, "scraper.a", grow), []int{1, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, map[string][]byte{"a.wasm": tt.module}, wasm.Options{Settings: map[string]wasm.Settings{"scraper.a": {Limits: tt.limits}}})
			for n, want := range tt.want {
				if got, err := score(t, h, "scraper.a"); got != want || err != nil {
					t.Errorf("call %d is its instance's number %d, want %d (%v)", n, got, want, err)
				}
			}
		})
	}
}

// TestLastInFirstOut holds that a call gets the instance used last, so that
// those of a busy moment fall idle and are let go.
func TestLastInFirstOut(t *testing.T) {
	t.Parallel()
	// A request with a long URL works on for a while.
	work := asm.Cat(asm.LocalGet(1), asm.I32Const(100), []byte{0x4a}, // i32.gt_s
		asm.If(asm.Loop(asm.LocalGet(0), asm.I32Const(1), asm.I32Add, asm.LocalTee(0), asm.I32Const(100_000_000), asm.I32LtS, asm.BrIf(0))))
	h := newHost(t, map[string][]byte{"a.wasm": counting(t, "scraper.a", work)}, wasm.Options{})
	s, err := h.Scraper("scraper.a")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Check(t.Context(), "scraper.a"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			_, _, _ = s.Detect(t.Context(), scrape.Probe{URL: string(make([]byte, 200))})
		})
	}
	waitFor(t, h, "scraper.a", func(i *wasm.Info) bool { return i.Instances == 3 })
	wg.Wait()
	before, err := score(t, h, "scraper.a")
	for range 4 {
		after, err2 := score(t, h, "scraper.a")
		if after != before+1 || errors.Join(err, err2) != nil {
			t.Errorf("after call %d of an instance comes %d of another: %v %v", before, after, err, err2)
		}
		before = after
	}
}

// TestQueueWait holds that a call waits for an instance no longer than it may.
func TestQueueWait(t *testing.T) {
	t.Parallel()
	h := newHost(t, map[string][]byte{"slow.wasm": slow(t, "scraper.slow")}, wasm.Options{Settings: map[string]wasm.Settings{
		"scraper.slow": {Limits: wasm.Limits{Deadline: 2 * time.Second, Instances: 1, QueueWait: 50 * time.Millisecond}},
	}})
	if err := h.Check(t.Context(), "scraper.slow"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- detect(t, h, "scraper.slow") }()
	time.Sleep(100 * time.Millisecond)
	begun := time.Now()
	checkFault(t, detect(t, h, "scraper.slow"), wasm.Busy, "all 1 instances were in use for 50ms")
	if took := time.Since(begun); took > time.Second {
		t.Errorf("busy after %v", took)
	}
	checkFault(t, <-ended, wasm.Deadline, "stopped after 2s")
}

package wasm_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
)

// TestBreaker calls a guest that crashes when its request is of an odd length.
func TestBreaker(t *testing.T) {
	t.Parallel()
	g := newTiny(okReply).onScrape(asm.LocalGet(1), asm.I32Const(1), []byte{0x71}, asm.If(asm.Unreachable))
	const pause = 300 * time.Millisecond
	h := newHost(t, map[string][]byte{"a.wasm": g.wasm(t, "scraper.a")}, wasm.Options{Settings: map[string]wasm.Settings{
		"scraper.a": {Limits: wasm.Limits{Faults: 3, Pause: pause}},
	}})
	odd := 0 // length of a URL that makes the request odd
	call := func(crash bool) (*wasm.Fault, error) {
		t.Helper()
		s, err := h.Scraper("scraper.a")
		if err != nil {
			t.Fatal(err)
		}
		n := odd
		if !crash {
			n++
		}
		_, _, err = s.Detect(t.Context(), scrape.Probe{URL: strings.Repeat("x", 2+n)})
		var f *wasm.Fault
		errors.As(err, &f)
		return f, err
	}
	if f, _ := call(true); f == nil {
		odd = 1
	}
	state := func() wasm.BreakerInfo {
		info, _ := h.Plugin("scraper.a")
		return info.Breaker
	}
	reason := func(crash bool, want wasm.Reason) {
		t.Helper()
		f, err := call(crash)
		if f == nil && want != "" || f != nil && f.Reason != want {
			t.Fatalf("%v, want %q; the breaker is %+v", err, want, state())
		}
	}
	is := func(want wasm.BreakerState, faults int) {
		t.Helper()
		if b := state(); b.State != want || b.Faults != faults || (b.RetryAt == nil) != (want == wasm.BreakerClosed) {
			t.Fatalf("the breaker is %+v, want %s after %d faults", b, want, faults)
		}
	}
	reason(false, "")
	reason(true, wasm.Trap)
	reason(true, wasm.Trap)
	is(wasm.BreakerClosed, 2)
	reason(false, "") // not in a row
	is(wasm.BreakerClosed, 0)
	for range 3 {
		reason(true, wasm.Trap)
	}
	is(wasm.BreakerOpen, 3)
	f, err := call(false)
	if f == nil || f.Reason != wasm.Paused || f.RetryAfter() <= 0 || f.RetryAfter() > pause || !errs.Is(err, errs.Unavailable) ||
		!strings.Contains(err.Error(), "failed 3 times in a row") || !strings.Contains(err.Error(), "unreachable") || errs.HintOf(err) == "" {
		t.Errorf("%v, again in %v", err, f.RetryAfter())
	}
	time.Sleep(pause + 10*time.Millisecond)
	is(wasm.BreakerHalfOpen, 3)
	reason(true, wasm.Trap) // the probe fails: a longer pause
	if b := state(); b.State != wasm.BreakerOpen || time.Until(*b.RetryAt) <= pause {
		t.Errorf("the breaker is %+v after a failed probe", b)
	}
	time.Sleep(2*pause + 10*time.Millisecond)
	reason(false, "") // the probe is well
	is(wasm.BreakerClosed, 0)
	for range 3 {
		reason(true, wasm.Trap)
	}
	is(wasm.BreakerOpen, 3)
	// Another generation is tried at once.
	if _, err := h.Reload(t.Context(), map[string]wasm.Settings{"scraper.a": {Limits: wasm.Limits{Faults: 2}}}); err != nil {
		t.Fatal(err)
	}
	is(wasm.BreakerClosed, 0)
	reason(false, "")
}

// TestBreakerCountsFaultsOnly holds that errors of the guest's own, and callers
// that go away, open nothing.
func TestBreakerCountsFaultsOnly(t *testing.T) {
	t.Parallel()
	const text = `{"error":{"code":"password_required","message":"no"}}`
	g := newTiny(okReply)
	g.Data(32<<10, []byte(text))
	g.onScrape(asm.Pair(asm.I32Const(32<<10), asm.I32Const(int32(len(text)))), asm.Return)
	one := map[string]wasm.Settings{"scraper.a": {Limits: wasm.Limits{Faults: 1}}, "scraper.slow": {Limits: wasm.Limits{Faults: 1}}}
	h := newHost(t, map[string][]byte{"a.wasm": g.wasm(t, "scraper.a"), "slow.wasm": slow(t, "scraper.slow")}, wasm.Options{Settings: one})
	if err := h.Check(t.Context(), "scraper.slow"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := detect(t, h, "scraper.a"); !errs.Is(err, errs.Password) {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		s, _ := h.Scraper("scraper.slow")
		_, _, err := s.Detect(ctx, scrape.Probe{})
		cancel()
		if !errs.Is(err, errs.Timeout) {
			t.Fatal(err)
		}
	}
}

// TestBreakerProbesOnce holds that of many callers one probes.
func TestBreakerProbesOnce(t *testing.T) {
	t.Parallel()
	h := newHost(t, map[string][]byte{"slow.wasm": slow(t, "scraper.slow")}, wasm.Options{Settings: map[string]wasm.Settings{
		"scraper.slow": {Limits: wasm.Limits{Deadline: 200 * time.Millisecond, Faults: 1, Pause: 20 * time.Millisecond}},
	}})
	checkFault(t, detect(t, h, "scraper.slow"), wasm.Deadline, "stopped")
	time.Sleep(30 * time.Millisecond)
	ended := make(chan error)
	for range 8 {
		go func() { ended <- detect(t, h, "scraper.slow") }()
	}
	reasons := map[wasm.Reason]int{}
	for range 8 {
		var f *wasm.Fault
		if err := <-ended; !errors.As(err, &f) {
			t.Fatal(err)
		}
		reasons[f.Reason]++
	}
	if reasons[wasm.Deadline] != 1 || reasons[wasm.Paused] != 7 {
		t.Errorf("%v", reasons)
	}
}

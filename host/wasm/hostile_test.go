package wasm_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/hostile"
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
)

// slack is how much later than its deadline a guest may end. A busy machine
// gets further attempts: a guest that is not contained is late every time.
const (
	slack    = 100 * time.Millisecond
	attempts = 5
)

// syncBuffer is a log that plugins write side by side.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestHostileGuests(t *testing.T) {
	t.Parallel()
	client, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for _, g := range append(hostile.Guests(), hostile.Tricks()...) {
		t.Run(g.Name, func(t *testing.T) {
			if !g.Unlisted {
				t.Parallel()
			}
			log := new(syncBuffer)
			logger := hclog.New(&hclog.LoggerOptions{Output: log})
			h := newHost(t, map[string][]byte{
				"bad.wasm":  g.Module,
				"good.wasm": newTiny(`{"ok":{"score":7}}`).wasm(t, "scraper.good"),
			}, wasm.Options{
				Settings:  map[string]wasm.Settings{hostile.ID: {Limits: wasm.Limits{Deadline: hostile.Deadline, MemoryMB: hostile.MemoryMB, Faults: -1}}},
				Logger:    logger,
				Functions: capability.New(capability.Services{Fetch: client, Logger: logger}),
			})
			if g.Unlisted {
				unlisted(t, h, g)
			} else {
				contained(t, h, g)
			}
			// What a guest answers is for its caller; what it was denied is for
			// the log.
			if g.Reason != string(wasm.Answered) && !strings.Contains(log.String(), g.Text) {
				t.Errorf("the log doesn't say %q:\n%s", g.Text, log)
			}
			if err := detect(t, h, "scraper.good"); err != nil {
				t.Errorf("another plugin, afterwards: %v", err)
			}
		})
	}
}

// unlisted checks that a file which is no plugin is named as failed.
func unlisted(t *testing.T, h *wasm.Host, g hostile.Guest) {
	t.Helper()
	for _, p := range h.Plugins() {
		if p.ID == "bad" {
			if p.State != wasm.Failed || !strings.Contains(p.Reason, g.Text) {
				t.Errorf("it is %s: %s; want failed: %s", p.State, p.Reason, g.Text)
			}
			return
		}
	}
	t.Error("the file is not listed as bad")
}

// contained calls a guest while another one serves.
func contained(t *testing.T, h *wasm.Host, g hostile.Guest) {
	t.Helper()
	if err := detect(t, h, "scraper.good"); err != nil {
		t.Fatalf("another plugin, before: %v", err)
	}
	stop, served := make(chan struct{}), make(chan error, 1)
	go func() {
		var first error
		for {
			if err := detect(t, h, "scraper.good"); err != nil && first == nil {
				first = err
			}
			select {
			case <-stop:
				served <- first
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	// The first call loads the guest; the others meet a fresh instance, or the
	// same refusal.
	checkFault(t, detect(t, h, hostile.ID), wasm.Reason(g.Reason), g.Text)
	var least time.Duration
	for n := range attempts {
		begun := time.Now()
		checkFault(t, detect(t, h, hostile.ID), wasm.Reason(g.Reason), g.Text)
		if took := time.Since(begun); n == 0 || took < least {
			least = took
		}
		if least <= hostile.Deadline+slack {
			break
		}
	}
	if least > hostile.Deadline+slack {
		t.Errorf("it took %v at least; its deadline is %v", least, hostile.Deadline)
	}
	close(stop)
	if err := <-served; err != nil {
		t.Errorf("another plugin, meanwhile: %v", err)
	}
	info, err := h.Plugin(hostile.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(info.LastError, g.Text) {
		t.Errorf("the last error is %q, want %q", info.LastError, g.Text)
	}
	if wasm.Reason(g.Reason) != wasm.Answered && wasm.Reason(g.Reason) != wasm.Denied && (info.Instances > 0 || info.MemoryBytes > 0) {
		t.Errorf("%d instances with %d bytes are left", info.Instances, info.MemoryBytes)
	}
}

// TestRecursion has the time to meet the engine's limit of the stack.
func TestRecursion(t *testing.T) {
	t.Parallel()
	g := newTiny(`{"ok":{}}`)
	const self = 2 // the first function after the imports
	g.Func(nil, nil, nil, asm.Call(self))
	h := newHost(t, map[string][]byte{"bad.wasm": g.onScrape(asm.Call(self)).wasm(t, "scraper.bad")}, wasm.Options{})
	checkFault(t, detect(t, h, "scraper.bad"), wasm.Trap, "stack overflow")
}

func detect(t testing.TB, h *wasm.Host, id string) error {
	t.Helper()
	s, err := h.Scraper(id)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Detect(t.Context(), scrape.Probe{URL: "https://shop.example/"})
	return err
}

func checkFault(t testing.TB, err error, reason wasm.Reason, text string) {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var f *wasm.Fault
	var e *errs.Error
	if !errors.As(err, &f) || !errors.As(err, &e) {
		t.Fatalf("error is %v, want a fault", err)
	}
	if f.Reason != reason || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %v; want %s: %s", f.Reason, err, reason, text)
	}
	if !strings.HasPrefix(err.Error(), "plugin scraper.") || !strings.Contains(err.Error(), "detect") {
		t.Errorf("%q doesn't name plugin and operation", err)
	}
}

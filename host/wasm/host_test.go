package wasm_test

import (
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/wasm"
)

func TestSmoke(t *testing.T) {
	h, err := wasm.New(wasm.Options{
		Builtin:  fstest.MapFS{"guest.wasm": {Data: goGuest(t)}},
		CacheDir: t.TempDir(),
		Settings: map[string]wasm.Settings{"scraper.guest": {Limits: wasm.Limits{Deadline: 300 * time.Millisecond}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	t.Log(h.Plugins())
	s, err := h.Scraper("scraper.guest")
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"x", "x", "panic", "exit", "spin", "sleep", "memory", "recurse", "deadlock", "fail", "body", "work", "x"} {
		begun := time.Now()
		score, reason, err := s.Detect(t.Context(), scrape.Probe{URL: "https://shop.example/" + what, Body: []byte("hello")})
		var f *wasm.Fault
		errors.As(err, &f)
		t.Log(what, time.Since(begun), score, reason, "|", err)
		if f != nil {
			t.Log(f.Reason)
		}
	}
	t.Logf("%+v", h.Plugins())
}

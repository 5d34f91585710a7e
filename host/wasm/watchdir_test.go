package wasm_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/wasm"
)

func TestWatchDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.wasm", replying(t, "scraper.a", 1))
	h := dirHost(t, dir, wasm.Options{})
	ctx, stop := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { h.WatchDir(ctx, 5*time.Millisecond) })
	defer watching.Wait()
	defer stop()
	if n, err := score(t, h, "scraper.a"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	eventually := func(id string, want int) {
		t.Helper()
		for limit := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
			n, err := score(t, h, id)
			if n == want && (err == nil || want == 0 && errs.Is(err, errs.NotFound)) {
				return
			}
			if err != nil && !errs.Is(err, errs.NotFound) || time.Now().After(limit) {
				t.Fatalf("%s: %d %v, want %d", id, n, err, want)
			}
		}
	}
	write(t, dir, "b.wasm", replying(t, "scraper.b", 2))
	eventually("scraper.b", 2)
	write(t, dir, "a.wasm", replying(t, "scraper.a", 3))
	eventually("scraper.a", 3)
	if err := os.Remove(filepath.Join(dir, "b.wasm")); err != nil {
		t.Fatal(err)
	}
	eventually("scraper.b", 0)
}

package wasm_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
)

// soakCalls is how many calls TestSoak makes: OMAKASE_SOAK_CALLS.
func soakCalls(t *testing.T) int64 {
	t.Helper()
	text := os.Getenv("OMAKASE_SOAK_CALLS")
	if text == "" {
		return 5000
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// soakGuest answers with a score, crashes when its request is longer than
// 2,000 bytes and works on for a while when it is longer than 1,000.
func soakGuest(t *testing.T, id string, score int) []byte {
	t.Helper()
	longer := func(n int32, code ...[]byte) []byte {
		return asm.Cat(asm.LocalGet(1), asm.I32Const(n), []byte{0x4a}, asm.If(code...)) // i32.gt_s
	}
	g := newTiny(fmt.Sprintf(`{"ok":{"score":%d}}`, score))
	g.locals = asm.Types{asm.I32}
	g.onScrape(longer(2000, asm.Unreachable), longer(1000, asm.Loop(asm.LocalGet(2), asm.I32Const(1), asm.I32Add, asm.LocalTee(2),
		asm.I32Const(5_000_000), asm.I32LtS, asm.BrIf(0))))
	return g.wasm(t, id)
}

// soak is one run of TestSoak.
type soak struct {
	t        *testing.T
	host     *wasm.Host
	dir      string
	versions map[string][2][]byte // by id
	broken   []byte
	settings map[string]wasm.Settings
	left     atomic.Int64 // calls to go
	made     sync.Map     // *atomic.Int64 by plugin id
	ends     sync.Map     // *atomic.Int64 by how calls ended
}

func count(m *sync.Map, key string) {
	n, _ := m.LoadOrStore(key, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
}

// TestSoak calls plugins from many goroutines, some of whom give up, while
// guests crash, files come, break and go, and settings change. No call may be
// lost or get an answer that it can't explain, and nothing may stay behind: what
// half of the calls leave is compared with what the other half adds to it.
func TestSoak(t *testing.T) {
	calls := soakCalls(t)
	first := runSoak(t, calls/2)
	second := runSoak(t, calls-calls/2)
	t.Logf("after a half: %v; after the other: %v", first, second)
	// The Go runtime maps memory and makes threads as it goes, but never
	// executable memory: that is the engine's, one range for each module.
	if second.goroutines > first.goroutines || second.heap > first.heap+4<<20 || second.code > first.code || second.maps > first.maps+20 {
		t.Errorf("something stayed behind: %v after a half, %v after the other", first, second)
	}
}

// runSoak makes a host, does with it what TestSoak says, and closes it.
func runSoak(t *testing.T, calls int64) stand {
	t.Helper()
	s := &soak{t: t, dir: t.TempDir(), versions: map[string][2][]byte{}, settings: map[string]wasm.Settings{}}
	s.left.Store(calls)
	ids := []string{"scraper.a", "scraper.b", "scraper.off"}
	for _, id := range ids {
		s.versions[id] = [2][]byte{soakGuest(t, id, 1), soakGuest(t, id, 2)}
		s.write(id, s.versions[id][0])
		// A machine that is stopped for a while must not look like a guest that
		// takes too long.
		s.settings[id] = wasm.Settings{Limits: wasm.Limits{Queue: 1000, Faults: -1, Calls: 100, Deadline: time.Hour}}
	}
	s.broken = selfless(t, "scraper.b")
	h, err := wasm.New(wasm.Options{
		Dir: s.dir, CacheDir: t.TempDir(), Settings: s.settings, Drain: time.Millisecond, IdleTimeout: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.host = h
	for _, id := range ids { // what nobody has seen working can't be kept
		if err := h.Check(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	var callers, changes sync.WaitGroup
	for range 8 {
		callers.Go(func() { s.call(ids) })
	}
	done := make(chan struct{})
	reloads := 0
	changes.Go(func() { reloads = s.change(done) })
	callers.Wait()
	close(done)
	changes.Wait()
	t.Logf("%d calls and %d reloads in %v", calls, reloads, time.Since(begun).Round(time.Millisecond))
	s.check(ids)
	h.Close()
	s.ends.Range(func(how, n any) bool {
		t.Logf("%8d %s", n.(*atomic.Int64).Load(), how)
		return true
	})
	return standing()
}

func (s *soak) write(id string, module []byte) {
	write(s.t, s.dir, "next", module)
	if err := os.Rename(filepath.Join(s.dir, "next"), filepath.Join(s.dir, id+".wasm")); err != nil {
		s.t.Error(err)
	}
}

// call makes calls until all are made, and explains how each ended.
func (s *soak) call(ids []string) {
	for s.left.Add(-1) >= 0 {
		id := ids[rand.IntN(len(ids))]
		size := 10
		switch rand.IntN(100) {
		case 0:
			size = 2500 // crashes
		case 1, 2:
			size = 1500 // takes long
		}
		ctx, cancel := context.WithCancel(context.Background())
		gaveUp := rand.IntN(50) == 0
		if gaveUp {
			time.AfterFunc(time.Duration(rand.IntN(1000))*time.Microsecond, cancel)
		}
		p, err := s.host.Scraper(id)
		score := 0
		if err == nil {
			score, _, err = p.Detect(ctx, scrape.Probe{URL: strings.Repeat("x", size)})
		}
		cancel()
		var f *wasm.Fault
		var how string
		switch {
		case err == nil && (score == 1 || score == 2):
			how = "answered"
		case errors.As(err, &f) && f.Reason == wasm.Trap && size > 2000:
			how = "crashed"
		case gaveUp && errs.Is(err, errs.Cancelled):
			how = "gave up"
		case errs.Is(err, errs.Unavailable) && id == "scraper.off" && strings.Contains(err.Error(), "disabled"):
			how = "disabled"
		case errs.Is(err, errs.Unavailable) && strings.Contains(err.Error(), "the plugin was replaced"):
			how = "ended by a reload"
		default:
			s.t.Errorf("%s with %d bytes: %d %v", id, size, score, err)
			continue
		}
		count(&s.ends, how)
		if how != "disabled" {
			count(&s.made, id)
		}
	}
}

// change changes files and settings until done, and checks what reloads say.
func (s *soak) change(done <-chan struct{}) (reloads int) {
	on, off := true, false
	for version := 0; ; reloads++ {
		select {
		case <-done:
			return reloads
		case <-time.After(time.Duration(rand.IntN(20)) * time.Millisecond):
		}
		wants := map[string]wasm.Outcome{}
		switch rand.IntN(4) {
		case 0:
			version = 1 - version
			s.write("scraper.a", s.versions["scraper.a"][version])
		case 1:
			s.write("scraper.b", s.broken)
			wants["scraper.b"] = wasm.Kept
		case 2:
			s.write("scraper.b", s.versions["scraper.b"][rand.IntN(2)])
		case 3:
			set := s.settings["scraper.off"]
			set.Enabled = &on
			if rand.IntN(2) == 0 {
				set.Enabled = &off
			}
			set.Limits.MemoryMB = 2 + rand.IntN(8)
			settings := map[string]wasm.Settings{"scraper.off": set, "scraper.a": s.settings["scraper.a"], "scraper.b": s.settings["scraper.b"]}
			s.settings = settings
		}
		list, err := s.host.Reload(context.Background(), s.settings)
		if err != nil || len(list) != len(s.versions) {
			s.t.Errorf("reload: %+v %v", list, err)
		}
		for _, r := range list {
			ok := r.Outcome != wasm.Broken && (r.Outcome != wasm.Kept || r.ID == "scraper.b")
			if want := wants[r.ID]; want != "" {
				ok = r.Outcome == want
			}
			if !ok {
				s.t.Errorf("reload: %+v", r)
			}
		}
	}
}

// check holds that each call was counted once.
func (s *soak) check(ids []string) {
	for _, id := range ids {
		info, err := s.host.Plugin(id)
		made, _ := s.made.LoadOrStore(id, new(atomic.Int64))
		if n := made.(*atomic.Int64).Load(); err != nil || info.Calls != n {
			s.t.Errorf("%s counts %d calls, %d were made (%v)", id, info.Calls, n, err)
		}
	}
}

// stand is what a process holds.
type stand struct {
	goroutines int
	heap       uint64 // bytes
	maps       int    // mapped ranges of memory
	code       int    // of them, those that run
}

func (s stand) String() string {
	return fmt.Sprintf("%d goroutines, %.1f MB of heap, %d mappings, %d of code", s.goroutines, float64(s.heap)/(1<<20), s.maps, s.code)
}

// standing lets everything settle first.
func standing() stand {
	var s stand
	for range 20 {
		time.Sleep(20 * time.Millisecond)
		debug.FreeOSMemory()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		now := stand{goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc}
		if text, err := os.ReadFile("/proc/self/maps"); err == nil {
			now.maps = strings.Count(string(text), "\n")
			now.code = strings.Count(string(text), " r-xp ")
		}
		if s.goroutines == 0 || now.goroutines <= s.goroutines {
			s = now
		}
	}
	return s
}

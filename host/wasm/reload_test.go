package wasm_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// replying is a guest that answers with a score.
func replying(t testing.TB, id string, score int) []byte {
	t.Helper()
	return newTiny(fmt.Sprintf(`{"ok":{"score":%d}}`, score)).wasm(t, id)
}

// selfless is a guest that fails its selftest.
func selfless(t testing.TB, id string) []byte {
	t.Helper()
	return newTiny(`{"error":{"code":"internal","message":"no good"}}`).wasm(t, id)
}

func score(t testing.TB, h *wasm.Host, id string) (int, error) {
	t.Helper()
	s, err := h.Scraper(id)
	if err != nil {
		return 0, err
	}
	n, _, err := s.Detect(t.Context(), scrape.Probe{Workspace: "w", URL: "https://shop.example/"})
	return n, err
}

// dirHost runs the plugins of a folder.
func dirHost(t testing.TB, dir string, o wasm.Options) *wasm.Host {
	t.Helper()
	o.Dir = dir
	h, err := wasm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// reloaded is what a reload did, one line a plugin.
func reloaded(t testing.TB, h *wasm.Host, settings map[string]wasm.Settings) []string {
	t.Helper()
	done, err := h.Reload(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range done {
		line := fmt.Sprintf("%s %s %d", r.ID, r.Outcome, r.Generation)
		if r.Reason != "" {
			_, reason, _ := strings.Cut(r.Reason, ": ")
			line += ": " + reason
		}
		lines = append(lines, line)
	}
	return lines
}

func want(t testing.TB, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReload walks a folder and its settings through what an operator does.
func TestReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.wasm", replying(t, "scraper.a", 1))
	write(t, dir, "b.wasm", replying(t, "scraper.b", 1))
	h := dirHost(t, dir, wasm.Options{})
	check := func(id string, score_ int, kind errs.Kind) {
		t.Helper()
		n, err := score(t, h, id)
		if n != score_ || (kind == "") != (err == nil) || err != nil && !errs.Is(err, kind) {
			t.Errorf("%s: %d %v, want %d %s", id, n, err, score_, kind)
		}
	}
	check("scraper.a", 1, "")
	want(t, reloaded(t, h, nil), "scraper.a unchanged 1", "scraper.b unchanged 1")

	// New, changed and vanished files.
	write(t, dir, "a.wasm", replying(t, "scraper.a", 2))
	write(t, dir, "c.wasm", replying(t, "scraper.c", 3))
	if err := os.Remove(filepath.Join(dir, "b.wasm")); err != nil {
		t.Fatal(err)
	}
	want(t, reloaded(t, h, nil), "scraper.a replaced 2", "scraper.b removed 0", "scraper.c added 1")
	check("scraper.a", 2, "")
	check("scraper.b", 0, errs.NotFound)
	check("scraper.c", 3, "")

	// What is of no use leaves the one before in its place.
	write(t, dir, "a.wasm", selfless(t, "scraper.a"))
	write(t, dir, "c.wasm", []byte("GIF89a"))
	write(t, dir, "d.wasm", selfless(t, "scraper.d"))
	write(t, dir, "e.wasm", []byte("GIF89a"))
	const noModule = `not a WASM module: it does not begin with \0asm and a version`
	want(t, reloaded(t, h, nil), "e failed 0: "+noModule, "scraper.a kept 2: internal: no good", "scraper.c kept 1: "+noModule,
		"scraper.d failed 0: internal: no good")
	check("scraper.a", 2, "")
	check("scraper.c", 3, "")
	check("scraper.d", 0, errs.Invalid)
	info, _ := h.Plugin("scraper.a")
	if info.State != wasm.Serving || info.Generation != 2 || info.Reload == nil || info.Reload.Outcome != wasm.Kept || !strings.Contains(info.Reload.Reason, "no good") {
		t.Errorf("%+v, reload %+v", info, info.Reload)
	}

	// Repaired, and another version.
	write(t, dir, "a.wasm", replying(t, "scraper.a", 4))
	write(t, dir, "d.wasm", replying(t, "scraper.d", 5))
	_ = os.Remove(filepath.Join(dir, "c.wasm"))
	_ = os.Remove(filepath.Join(dir, "e.wasm"))
	want(t, reloaded(t, h, nil), "scraper.a replaced 3", "scraper.c removed 0", "scraper.d added 2")
	check("scraper.a", 4, "")
	check("scraper.d", 5, "")
	if info, _ := h.Plugin("scraper.a"); info.Calls != 4 || info.Reload.Outcome != wasm.Replaced {
		t.Errorf("%+v", info)
	}
}

func TestReloadSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.wasm", replying(t, "scraper.a", 1))
	h := dirHost(t, dir, wasm.Options{})
	set := func(s wasm.Settings) []string { return reloaded(t, h, map[string]wasm.Settings{"scraper.a": s}) }
	off := false
	want(t, set(wasm.Settings{Enabled: &off}), "scraper.a disabled 0")
	if _, err := score(t, h, "scraper.a"); !errs.Is(err, errs.Unavailable) || len(h.Scrapers()) != 0 {
		t.Errorf("disabled: %v", err)
	}
	want(t, reloaded(t, h, nil), "scraper.a unchanged 2")
	want(t, set(wasm.Settings{}), "scraper.a added 3")
	want(t, set(wasm.Settings{Limits: wasm.Limits{MemoryMB: 9}, Grants: wasm.Grants{KV: &wasm.KVGrant{Quota: 5}}}), "scraper.a replaced 4")
	info, _ := h.Plugin("scraper.a")
	if info.Limits.MemoryMB != 9 || !info.Grants[3].Granted || info.Grants[3].Rule != "5 bytes" {
		t.Errorf("%+v", info)
	}
	want(t, set(wasm.Settings{Config: []byte(`{"x":1}`)}), "scraper.a kept 4: the plugin has nothing to configure")
	if n, err := score(t, h, "scraper.a"); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	want(t, set(wasm.Settings{}), "scraper.a replaced 5")
}

// TestReloadWhileCalled holds that no call is lost or gets a wrong answer
// while plugins are replaced, and that nothing stays behind.
func TestReloadWhileCalled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	versions := [][]byte{replying(t, "scraper.a", 1), replying(t, "scraper.a", 2)}
	write(t, dir, "a.wasm", versions[0])
	h := dirHost(t, dir, wasm.Options{CacheDir: t.TempDir(), Settings: map[string]wasm.Settings{"scraper.a": {Limits: wasm.Limits{Queue: 1000, Calls: 7}}}})
	if _, err := score(t, h, "scraper.a"); err != nil { // so that the first version is known
		t.Fatal(err)
	}
	var stop atomic.Bool
	var calls atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for !stop.Load() {
				if n, err := score(t, h, "scraper.a"); err != nil || n < 1 || n > 2 {
					t.Errorf("%d %v", n, err)
					return
				}
				calls.Add(1)
			}
		})
	}
	const reloads = 60
	for n := range reloads {
		write(t, dir, "next", versions[(n+1)%2])
		if err := os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, "a.wasm")); err != nil {
			t.Fatal(err)
		}
		want(t, reloaded(t, h, nil), fmt.Sprintf("scraper.a replaced %d", n+2))
		// From the answer of a reload on, no call goes to the one before.
		if got, err := score(t, h, "scraper.a"); got != (n+1)%2+1 || err != nil {
			t.Errorf("after reload %d: %d %v", n+1, got, err)
		}
	}
	stop.Store(true)
	wg.Wait()
	for limit := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		info, _ := h.Plugin("scraper.a")
		if len(info.Draining) == 0 && info.Calls == calls.Load()+reloads+1 && info.Errors == 0 {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("%d calls: %+v", calls.Load(), info)
		}
	}
}

// TestKeptComesBack holds that a generation which was let go while its file
// became another comes back as it was, and that no copy outlives its use.
func TestKeptComesBack(t *testing.T) {
	t.Parallel()
	dir, cache := t.TempDir(), t.TempDir()
	write(t, dir, "a.wasm", replying(t, "scraper.a", 1))
	h := dirHost(t, dir, wasm.Options{CacheDir: cache, IdleTimeout: 10 * time.Millisecond})
	kept := func() int {
		names, err := filepath.Glob(filepath.Join(cache, "modules", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	again := func(want int) {
		t.Helper()
		waitFor(t, h, "scraper.a", func(i *wasm.Info) bool { return i.State == wasm.Verified && i.Instances == 0 })
		if n, err := score(t, h, "scraper.a"); n != want || err != nil {
			t.Errorf("%d %v, want %d", n, err, want)
		}
	}
	if err := h.Check(t.Context(), "scraper.a"); err != nil {
		t.Fatal(err)
	}
	again(1)
	write(t, dir, "a.wasm", selfless(t, "scraper.a"))
	again(1) // although nobody has reloaded
	want(t, reloaded(t, h, nil), "scraper.a kept 1: internal: no good")
	again(1)
	write(t, dir, "a.wasm", replying(t, "scraper.a", 2))
	want(t, reloaded(t, h, nil), "scraper.a replaced 2")
	again(2)
	if kept() != 1 {
		t.Errorf("%d copies are kept", kept())
	}
	h.Close()
	if kept() != 0 {
		t.Errorf("%d copies are left", kept())
	}
}

// TestDrain holds that calls of a replaced plugin go on, but not for ever.
func TestDrain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		drain, deadline time.Duration
		reason          wasm.Reason
		kind            errs.Kind
		text            string
	}{
		"in time":  {time.Minute, time.Second, wasm.Deadline, errs.Timeout, "stopped after 1s"},
		"too long": {100 * time.Millisecond, time.Minute, wasm.Cancelled, errs.Unavailable, "the plugin was replaced"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "a.wasm", slow(t, "scraper.a"))
			h := dirHost(t, dir, wasm.Options{Drain: tt.drain, Settings: map[string]wasm.Settings{"scraper.a": {Limits: wasm.Limits{Deadline: tt.deadline}}}})
			ended := make(chan error, 1)
			go func() { ended <- detect(t, h, "scraper.a") }()
			waitFor(t, h, "scraper.a", func(i *wasm.Info) bool { return i.Instances == 1 && i.State == wasm.Serving })
			write(t, dir, "a.wasm", replying(t, "scraper.a", 2))
			want(t, reloaded(t, h, nil), "scraper.a replaced 2")
			if n, err := score(t, h, "scraper.a"); n != 2 || err != nil {
				t.Errorf("meanwhile: %d %v", n, err)
			}
			info, _ := h.Plugin("scraper.a")
			if len(ended) == 0 && !cmp.Equal(info.Draining, []int{1}) {
				t.Errorf("draining are %v", info.Draining)
			}
			err := <-ended
			checkFault(t, err, tt.reason, tt.text)
			if !errs.Is(err, tt.kind) {
				t.Errorf("%v is %s", err, errs.KindOf(err))
			}
			waitFor(t, h, "scraper.a", func(i *wasm.Info) bool { return i.Draining == nil })
		})
	}
}

// TestRemovedPluginDrains shows a plugin whose file is gone as long as it is
// called.
func TestRemovedPluginDrains(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.wasm", slow(t, "scraper.a"))
	h := dirHost(t, dir, wasm.Options{Settings: map[string]wasm.Settings{"scraper.a": {Limits: wasm.Limits{Deadline: 300 * time.Millisecond}}}})
	ended := make(chan error, 1)
	go func() { ended <- detect(t, h, "scraper.a") }()
	waitFor(t, h, "scraper.a", func(i *wasm.Info) bool { return i.Instances == 1 && i.State == wasm.Serving })
	if err := os.Remove(filepath.Join(dir, "a.wasm")); err != nil {
		t.Fatal(err)
	}
	want(t, reloaded(t, h, nil), "scraper.a removed 0")
	if info, err := h.Plugin("scraper.a"); err != nil || info.State != wasm.Draining || info.Instances != 1 {
		t.Errorf("%+v %v", info, err)
	}
	checkFault(t, <-ended, wasm.Deadline, "stopped after 300ms")
	for limit := time.Now().Add(time.Minute); len(h.Plugins()) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("still %v", h.Plugins())
		}
	}
}

func waitFor(t testing.TB, h *wasm.Host, id string, what func(*wasm.Info) bool) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		info, err := h.Plugin(id)
		if err == nil && what(&info) {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("%+v %v", info, err)
		}
	}
}

// TestSessionOutlivesReload holds that an open session has the grants of now,
// not of when it was opened.
func TestSessionOutlivesReload(t *testing.T) {
	t.Parallel()
	// It asks for random bytes and answers with what the host said.
	g := newTiny(`{"ok":{}}`)
	g.locals = asm.Types{asm.I32}
	g.Data(2<<10, []byte(`{"length":1}`))
	g.onScrape(
		asm.I32Const(wire.FnCryptoRandom), asm.I32Const(2<<10), asm.I32Const(12), asm.Call(g.call), asm.LocalSet(2),
		asm.I32Const(8<<10), asm.Call(g.read),
		asm.Pair(asm.I32Const(8<<10), asm.LocalGet(2)), asm.Return)
	h := newHost(t, map[string][]byte{"a.wasm": g.wasm(t, "scraper.a")}, wasm.Options{})
	session, err := h.Open("scraper.a", capability.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	call := func() error {
		return session.Call(t.Context(), wire.OpDetect, wasm.Plain(&wire.DetectRequest{}), &wire.DetectReply{})
	}
	if err := call(); err != nil {
		t.Fatal(err)
	}
	no := false
	want(t, reloaded(t, h, map[string]wasm.Settings{"scraper.a": {Grants: wasm.Grants{Crypto: &no}}}), "scraper.a replaced 2")
	var denial *capability.Denial
	if err := call(); !errs.Is(err, errs.Denied) || !errors.As(err, &denial) || denial.Rule != "the operator's settings refuse it" {
		t.Errorf("error is %v", err)
	}
	want(t, reloaded(t, h, map[string]wasm.Settings{}), "scraper.a replaced 3")
	if err := call(); err != nil {
		t.Error(err)
	}
	if info, _ := h.Plugin("scraper.a"); info.Denials != 1 || info.Calls != 3 {
		t.Errorf("%+v", info)
	}
	want(t, reloaded(t, h, map[string]wasm.Settings{"scraper.a": {Enabled: &no}}), "scraper.a disabled 0")
	if err := call(); !errs.Is(err, errs.Unavailable) {
		t.Errorf("error is %v", err)
	}
}

// TestChanges holds that what was made by plugins is only taken for current as
// long as they are the same.
func TestChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.wasm", replying(t, "scraper.a", 1))
	h := dirHost(t, dir, wasm.Options{})
	if _, err := score(t, h, "scraper.a"); err != nil { // one that made nothing yet can't have made anything else
		t.Fatal(err)
	}
	last := h.Changes()
	expect := func(what string, moves bool) {
		t.Helper()
		reloaded(t, h, nil)
		if n := h.Changes(); (n != last) != moves {
			t.Errorf("%s: from %d to %d", what, last, n)
		}
		last = h.Changes()
	}
	expect("nothing new", false)
	write(t, dir, "a.wasm", replying(t, "scraper.a", 2))
	expect("replaced", true)
	write(t, dir, "a.wasm", selfless(t, "scraper.a"))
	expect("kept", false)
	write(t, dir, "a.wasm", replying(t, "scraper.a", 2))
	write(t, dir, "b.wasm", replying(t, "scraper.b", 1))
	expect("added", true)
	if err := os.Remove(filepath.Join(dir, "b.wasm")); err != nil {
		t.Fatal(err)
	}
	expect("removed", true)
}

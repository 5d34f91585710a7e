package wasm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const okReply = `{"ok":{"score":7,"reason":"because"}}`

func tinyWasm(t testing.TB, id string) []byte {
	t.Helper()
	return newTiny(okReply).wasm(t, id)
}

func write(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPlugins(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.wasm", tinyWasm(t, "scraper.a"))
	write(t, dir, "again.wasm", tinyWasm(t, "scraper.a"))
	write(t, dir, "broken.wasm", []byte("GIF89a, not a module"))
	write(t, dir, "cut.wasm", tinyWasm(t, "scraper.cut")[:200])
	write(t, dir, "lies.wasm", withManifestText(t, `{"id":"scraper.lies","version":"1.0.0","provides":["scraper/9"]}`))
	write(t, dir, "over.wasm", tinyWasm(t, "scraper.over"))
	write(t, dir, "notes.txt", []byte("not a plugin"))
	off := false
	var log bytes.Buffer
	h, err := wasm.New(wasm.Options{
		Builtin: fstest.MapFS{
			"off.wasm":  {Data: tinyWasm(t, "scraper.off")},
			"over.wasm": {Data: tinyWasm(t, "scraper.over")},
		},
		Dir:      dir,
		Settings: map[string]wasm.Settings{"scraper.off": {Enabled: &off}, "scraper.gone": {}},
		Logger:   hclog.New(&hclog.LoggerOptions{Output: &log}),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	var got []string
	for _, p := range h.Plugins() {
		got = append(got, fmt.Sprintf("%s %s %s: %.60s", p.ID, p.Source, p.State, strings.ReplaceAll(p.Reason, dir, "DIR")))
	}
	want := []string{
		"scraper.a file discovered: ",
		"scraper.a file failed: DIR/again.wasm has the id scraper.a, which DIR/a.wasm has al",
		"scraper.off builtin disabled: ",
		"scraper.over file discovered: ",
		"broken file failed: DIR/broken.wasm: not a WASM module: it does not begin with \\",
		"cut file failed: DIR/cut.wasm: the module has no manifest (a custom section n",
		`lies file failed: DIR/lies.wasm: manifest: provides[0] is "scraper/9"; use one`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, line := range []string{"plugin file takes the place of the built-in one", "settings are for a plugin that isn't there", "plugin is of no use"} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("the log doesn't say %q:\n%s", line, log.String())
		}
	}
	if n := len(h.Scrapers()); n != 2 {
		t.Errorf("%d scrapers, want those of a and over", n)
	}
	for id, kind := range map[string]errs.Kind{"scraper.off": errs.Unavailable, "scraper.none": errs.NotFound} {
		if _, err := h.Scraper(id); !errs.Is(err, kind) {
			t.Errorf("%s: %v, want %s", id, err, kind)
		}
	}
}

func withManifestText(t *testing.T, text string) []byte {
	t.Helper()
	wasm, err := abi.SetManifest(tinyWasm(t, "scraper.x"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

func TestInfo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.wasm", tinyWasm(t, "scraper.a"))
	h, err := wasm.New(wasm.Options{
		Builtin: fstest.MapFS{"b.wasm": {Data: tinyWasm(t, "scraper.b")}},
		Dir:     dir,
		Settings: map[string]wasm.Settings{
			"scraper.a": {Grants: wasm.Grants{HTTP: &wasm.HTTPGrant{Hosts: []string{"a.example"}}}, Limits: wasm.Limits{MemoryMB: 16}},
			"scraper.b": {Grants: wasm.Grants{KV: &wasm.KVGrant{Quota: 10}, Crypto: new(bool)}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	const notGranted, refused = "the operator's settings don't grant it", "the operator's settings refuse it"
	want := map[string][]wasm.GrantInfo{
		"scraper.a": {
			{"crypto", "signs", false, notGranted},
			{"html", "reads pages", true, ""},
			{"http", "reads the shop", true, "the manifest: {shop}; the operator's settings: a.example; methods: GET, HEAD"},
			{"kv", "remembers", false, notGranted},
		},
		"scraper.b": {
			{"crypto", "signs", false, refused},
			{"html", "reads pages", true, ""},
			{"http", "reads the shop", true, "the manifest: {shop}; methods: GET, HEAD"},
			{"kv", "remembers", true, "10 bytes"},
		},
	}
	for _, info := range h.Standing() {
		if info.Digest != "" || info.Version != "1.2.3" {
			t.Errorf("without reading: %+v", info)
		}
	}
	for id, grants := range want {
		info, err := h.Plugin(id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(grants, info.Grants); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
		if len(info.Digest) != 64 || info.Version != "1.2.3" || info.Instances != 0 {
			t.Errorf("%+v", info)
		}
	}
	if err := detect(t, h, "scraper.a"); err != nil {
		t.Fatal(err)
	}
	info, _ := h.Plugin("scraper.a")
	if info.State != wasm.Serving || info.Calls != 1 || info.Instances != 1 || info.MemoryBytes != 128<<10 || info.Limits.MemoryMB != 16 || info.LastUsedAt == nil {
		t.Errorf("after a call: %+v", info)
	}
	if _, err := h.Plugin("nobody"); !errs.Is(err, errs.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	const text = `{"id":"scraper.x","version":"1.0.0","provides":["scraper/1"],"config_schema":{"type":"object","additionalProperties":false,
		"properties":{"size":{"type":"integer","maximum":5},"token":{"type":"string","secret":true},
		"list":{"type":"array","items":{"type":"object","properties":{"key":{"type":"string","secret":true}}}}}}}`
	const leaks = `{"id":"scraper.x","version":"1.0.0","provides":["scraper/1"],"config_schema":{"type":"object","$ref":"file:///etc/passwd"}}`
	for name, tt := range map[string]struct{ manifest, config, want string }{
		"valid":      {text, `{"size":5,"token":"t"}`, ""},
		"none":       {text, ``, ""},
		"too much":   {text, `{"size":6}`, "maximum: got 6, want 5"},
		"unknown":    {text, `{"sise":1}`, "sise"},
		"no object":  {text, `[]`, "want object"},
		"reads file": {leaks, `{}`, "config_schema"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, map[string][]byte{"x.wasm": withManifestText(t, tt.manifest)},
				wasm.Options{Settings: map[string]wasm.Settings{"scraper.x": {Config: json.RawMessage(tt.config)}}})
			err := h.Check(t.Context(), "scraper.x")
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
			if info, _ := h.Plugin("scraper.x"); tt.want != "" && (info.State != wasm.Failed || !strings.Contains(info.Reason, tt.want)) {
				t.Errorf("info says %s: %s", info.State, info.Reason)
			}
		})
	}
}

// TestFileChanges holds that a plugin isn't run with another manifest than the
// one that was granted.
func TestFileChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.wasm", tinyWasm(t, "scraper.a"))
	h, err := wasm.New(wasm.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	write(t, dir, "a.wasm", withManifestText(t, `{"id":"scraper.a","version":"2.0.0","provides":["scraper/1"]}`))
	checkFault(t, detect(t, h, "scraper.a"), wasm.Refused, "has changed since it was read")
}

// slow is a guest that works until its deadline.
func slow(t testing.TB, id string) []byte {
	t.Helper()
	return newTiny(okReply).onScrape(asm.Loop(asm.Br(0))).wasm(t, id)
}

func TestBusy(t *testing.T) {
	t.Parallel()
	h := newHost(t, map[string][]byte{"slow.wasm": slow(t, "scraper.slow")}, wasm.Options{Settings: map[string]wasm.Settings{
		"scraper.slow": {Limits: wasm.Limits{Deadline: 500 * time.Millisecond, Instances: 2, Queue: 3}},
	}})
	if err := h.Check(t.Context(), "scraper.slow"); err != nil {
		t.Fatal(err)
	}
	var busy, stopped atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			var f *wasm.Fault
			switch errors.As(detect(t, h, "scraper.slow"), &f); f.Reason {
			case wasm.Busy:
				busy.Add(1)
			case wasm.Deadline:
				stopped.Add(1)
			}
		})
	}
	wg.Wait()
	// Two run at once and three may wait; those that do may find the first two
	// just ended, or not.
	if busy.Load() < 15 || stopped.Load() < 2 || busy.Load()+stopped.Load() != 20 {
		t.Errorf("%d were busy and %d stopped", busy.Load(), stopped.Load())
	}
	if info, _ := h.Plugin("scraper.slow"); info.Instances > 2 || info.Errors != 20 {
		t.Errorf("%d instances, %d errors", info.Instances, info.Errors)
	}
}

func TestCallerGoesAway(t *testing.T) {
	t.Parallel()
	h := newHost(t, map[string][]byte{"slow.wasm": slow(t, "scraper.slow")}, wasm.Options{})
	if err := h.Check(t.Context(), "scraper.slow"); err != nil {
		t.Fatal(err)
	}
	s, err := h.Scraper("scraper.slow")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []errs.Kind{errs.Cancelled, errs.Timeout} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if kind == errs.Cancelled {
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
		}
		begun := time.Now()
		_, _, err := s.Detect(ctx, scrape.Probe{})
		cancel()
		if took := time.Since(begun); !errs.Is(err, kind) || took > 3*time.Second {
			t.Errorf("%v after %v, want %s", err, took, kind)
		}
	}
}

// TestPool calls several plugins, one of them crashing, from many goroutines.
func TestPool(t *testing.T) {
	t.Parallel()
	crash := newTiny(okReply).onScrape(asm.LocalGet(1), asm.I32Const(1), []byte{0x71}, asm.If(asm.Unreachable)) // when len is odd
	h := newHost(t, map[string][]byte{
		"a.wasm": tinyWasm(t, "scraper.a"), "b.wasm": tinyWasm(t, "scraper.b"), "crash.wasm": crash.wasm(t, "scraper.crash"),
	}, wasm.Options{CacheDir: t.TempDir(), IdleTimeout: 50 * time.Millisecond, Settings: map[string]wasm.Settings{
		"scraper.a": {Limits: wasm.Limits{Queue: 1000, Calls: 3}}, "scraper.b": {Limits: wasm.Limits{Queue: 1000}}, "scraper.crash": {Limits: wasm.Limits{Queue: 1000, Faults: -1}},
	}})
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			for n := range 60 {
				id := []string{"scraper.a", "scraper.b", "scraper.crash"}[(i+n)%3]
				s, err := h.Scraper(id)
				if err != nil {
					t.Error(err)
					return
				}
				score, reason, err := s.Detect(t.Context(), scrape.Probe{URL: strings.Repeat("x", n)})
				if id == "scraper.crash" && err != nil {
					var f *wasm.Fault
					if !errors.As(err, &f) || f.Reason != wasm.Trap {
						t.Error(err)
					}
				} else if err != nil || score != 7 || reason != "because" {
					t.Errorf("%s: %d %q %v", id, score, reason, err)
				}
				if n%20 == 0 {
					time.Sleep(60 * time.Millisecond) // long enough to be let go
					h.Plugins()
				}
			}
		})
	}
	wg.Wait()
	for _, p := range h.Plugins() {
		if p.Calls != 240 || p.Instances > 4 {
			t.Errorf("%s: %d calls, %d instances", p.ID, p.Calls, p.Instances)
		}
	}
}

func TestIdlePluginsAreLetGo(t *testing.T) {
	t.Parallel()
	h := newHost(t, map[string][]byte{"a.wasm": tinyWasm(t, "scraper.a")}, wasm.Options{IdleTimeout: 20 * time.Millisecond})
	for range 2 {
		if err := detect(t, h, "scraper.a"); err != nil {
			t.Fatal(err)
		}
		for limit := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			info, _ := h.Plugin("scraper.a")
			if info.Instances == 0 && info.State == wasm.Verified {
				break
			}
			if time.Now().After(limit) {
				t.Fatalf("still %d instances, %s", info.Instances, info.State)
			}
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	h := newHost(t, map[string][]byte{"slow.wasm": slow(t, "scraper.slow")}, wasm.Options{Settings: map[string]wasm.Settings{
		"scraper.slow": {Limits: wasm.Limits{Deadline: 300 * time.Millisecond}},
	}})
	ended := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		close(begun)
		ended <- detect(t, h, "scraper.slow")
	}()
	<-begun
	h.Close()
	select {
	case err := <-ended: // before Close or refused by it
		if !errs.Is(err, errs.Timeout) && !errs.Is(err, errs.Unavailable) {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("a call outlived Close")
	}
	if err := detect(t, h, "scraper.slow"); !errs.Is(err, errs.Unavailable) {
		t.Errorf("after Close: %v", err)
	}
}

// TestDamagedCache holds that a cache that was cut short or is open to others
// costs time and nothing else.
func TestDamagedCache(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	check := func() {
		t.Helper()
		h := newHost(t, map[string][]byte{"a.wasm": tinyWasm(t, "scraper.a")}, wasm.Options{CacheDir: cache})
		defer h.Close()
		if err := detect(t, h, "scraper.a"); err != nil {
			t.Error(err)
		}
	}
	check()
	damaged := 0
	err := filepath.WalkDir(cache, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		damaged++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, b[:len(b)/2], 0o600)
	})
	if err != nil || damaged == 0 {
		t.Fatalf("%d files are damaged, %v", damaged, err)
	}
	check()
	if err := os.Chmod(cache, 0o777); err != nil {
		t.Fatal(err)
	}
	check()
}

// TestSecretsStayInTheHost asks a guest for its config, which it takes for a
// reply.
func TestSecretsStayInTheHost(t *testing.T) {
	t.Parallel()
	g := newTiny(okReply)
	g.locals = asm.Types{asm.I32}
	g.answer = asm.Cat(
		asm.I32Const(wire.FnConfig), asm.I32Const(0), asm.I32Const(0), asm.Call(g.call), asm.LocalSet(2),
		asm.I32Const(8<<10), asm.Call(g.read),
		asm.Pair(asm.I32Const(8<<10), asm.LocalGet(2)))
	module, err := abi.SetManifest(g.wasm(t, "scraper.x"), []byte(`{"id":"scraper.x","version":"1.0.0","provides":["scraper/1"],
		"config_schema":{"type":"object","properties":{"reason":{"type":"string"},"score":{"type":"integer","secret":true}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(t, map[string][]byte{"x.wasm": module}, wasm.Options{Settings: map[string]wasm.Settings{
		"scraper.x": {Config: json.RawMessage(`{"reason":"seen","score":99}`)},
	}})
	s, err := h.Scraper("scraper.x")
	if err != nil {
		t.Fatal(err)
	}
	score, reason, err := s.Detect(t.Context(), scrape.Probe{})
	if score != 0 || reason != "seen" || err != nil {
		t.Errorf("the guest sees %d %q, %v", score, reason, err)
	}
}

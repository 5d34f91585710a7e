package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing/fstest"
	"time"

	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// A child measures one group of the plugin runtime and prints it as JSON.
var children = map[string]func(context.Context, *lab) (figures, error){
	"calls": measureCalls, "spin": measureSpinning, "reloads": measureReloads, "six": measureSix, "pages": measurePages,
	"hostile": measureHostile,
}

func runChild(name, dir string) error {
	guest, err := os.ReadFile(filepath.Join(dir, "guest.wasm"))
	if err != nil {
		return err
	}
	f, err := children[name](context.Background(), &lab{dir, guest})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}

// lab is where hosts are made of copies of the guest.
type lab struct {
	dir   string
	guest []byte
}

// host has copies of the guest, and the files given.
func (l *lab) host(o wasm.Options, files fstest.MapFS, ids ...string) (*wasm.Host, error) {
	for _, id := range ids {
		doc, err := abi.ReadManifest(l.guest)
		if err != nil {
			return nil, err
		}
		copied, err := abi.SetManifest(l.guest, renamed(doc, id))
		if err != nil {
			return nil, err
		}
		files[id+".wasm"] = &fstest.MapFile{Data: copied}
	}
	o.Builtin, o.CacheDir = files, filepath.Join(l.dir, "cache")
	return wasm.New(o)
}

// caller makes calls of 1 KB.
type caller struct {
	plugin    *wasm.Scraper
	url       string
	workspace string
}

func newCaller(h *wasm.Host, id string) (*caller, error) {
	s, err := h.Scraper(id)
	return &caller{s, "https://shop.example/" + strings.Repeat("x", 1000), "bench"}, err
}

func (c *caller) call(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	score, _, err := c.plugin.Detect(ctx, scrape.Probe{Workspace: c.workspace, URL: c.url})
	if err == nil && score != 50 {
		err = fmt.Errorf("the guest answered %d", score)
	}
	return time.Since(began), err
}

func inMicros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
func inMillis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

func measureCalls(ctx context.Context, l *lab) (figures, error) {
	h, err := l.host(wasm.Options{}, fstest.MapFS{}, guestID)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	c, err := newCaller(h, guestID)
	if err != nil {
		return nil, err
	}
	took := make([]time.Duration, 5000)
	for i := range 2 * len(took) { // the first half warms up
		if took[i%len(took)], err = c.call(ctx); err != nil {
			return nil, err
		}
	}
	other := make([]time.Duration, 1000)
	for i := range other {
		c.workspace = strconv.Itoa(i)
		if other[i], err = c.call(ctx); err != nil {
			return nil, err
		}
	}
	var calls atomic.Int64
	const each = 3 * time.Second
	began := time.Now()
	err = together(8, func(int) error {
		for time.Since(began) < each {
			if _, err := c.call(ctx); err != nil {
				return err
			}
			calls.Add(1)
		}
		return nil
	})
	return figures{"p50 µs": inMicros(median(took)), "other µs": inMicros(median(other)), "per second": float64(calls.Load()) / each.Seconds()}, err
}

// together runs f n times at once and returns the first error.
func together(n int, f func(i int) error) error {
	var group sync.WaitGroup
	errors := make(chan error, n)
	for i := range n {
		group.Go(func() {
			if err := f(i); err != nil {
				errors <- err
			}
		})
	}
	group.Wait()
	close(errors)
	return <-errors
}

// measureSpinning calls one plugin at an easy pace, first alone and then while
// another one spins until its deadline again and again.
func measureSpinning(ctx context.Context, l *lab) (figures, error) {
	const spinner = "scraper.spinner"
	h, err := l.host(wasm.Options{
		Settings: map[string]wasm.Settings{spinner: {Limits: wasm.Limits{Deadline: 200 * time.Millisecond, Faults: -1}}},
	}, fstest.MapFS{}, guestID, spinner)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	c, err := newCaller(h, guestID)
	if err != nil {
		return nil, err
	}
	s, err := newCaller(h, spinner)
	if err != nil {
		return nil, err
	}
	if _, err := s.call(ctx); err != nil { // loads it
		return nil, err
	}
	if _, err := paced(ctx, c, 500); err != nil {
		return nil, err
	}
	idle, err := paced(ctx, c, 2000)
	if err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	var stopped []time.Duration
	var spinning sync.WaitGroup
	spinning.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			began := time.Now()
			_, _, err := s.plugin.Detect(ctx, scrape.Probe{Workspace: c.workspace, URL: c.url, Status: 999})
			if err != nil {
				stopped = append(stopped, time.Since(began))
			}
		}
	})
	busy, err := paced(ctx, c, 2000)
	close(stop)
	spinning.Wait()
	if len(stopped) < 3 {
		return nil, fmt.Errorf("the guest was stopped %d times only", len(stopped))
	}
	return figures{
		"idle p99 µs": inMicros(quantile(idle, 0.99)), "busy p99 µs": inMicros(quantile(busy, 0.99)),
		"stopped ms": inMillis(quantile(stopped, 0.95)),
	}, err
}

// paced makes n calls, 500 a second.
func paced(ctx context.Context, c *caller, n int) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	var err error
	for i := range took {
		time.Sleep(2 * time.Millisecond)
		if took[i], err = c.call(ctx); err != nil {
			return nil, err
		}
	}
	return took, nil
}

// measureReloads replaces a plugin a thousand times while four callers use it.
// Memory is measured in between, when nobody calls: under load it moves by more
// than it could grow.
func measureReloads(ctx context.Context, l *lab) (figures, error) {
	h, err := l.host(wasm.Options{}, fstest.MapFS{}, guestID)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	f := figures{}
	if err := reloadUnderLoad(ctx, h, 100, f); err != nil { // what is allocated once
		return nil, err
	}
	before := resident()
	if err := reloadUnderLoad(ctx, h, 1000, f); err != nil {
		return nil, err
	}
	f["growth MB"] = resident() - before
	return f, nil
}

func reloadUnderLoad(ctx context.Context, h *wasm.Host, n int, f figures) error {
	c, err := newCaller(h, guestID)
	if err != nil {
		return err
	}
	var calls, failed atomic.Int64
	stop := make(chan struct{})
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				calls.Add(1)
				if _, err := c.call(ctx); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	err = reload(ctx, h, n)
	close(stop)
	load.Wait()
	f["calls"] += float64(calls.Load())
	f["failed"] += float64(failed.Load())
	return err
}

// reload changes a limit n times, each of which makes a new generation.
func reload(ctx context.Context, h *wasm.Host, n int) error {
	for i := range n {
		settings := map[string]wasm.Settings{guestID: {Limits: wasm.Limits{Queue: 64 + i%2}}}
		done, err := h.Reload(ctx, settings)
		if err != nil {
			return err
		}
		if len(done) != 1 || done[0].Outcome != wasm.Replaced && i > 0 {
			return fmt.Errorf("reload %d: %+v", i, done)
		}
	}
	return nil
}

// resident is the process's memory in MB, after what is free was given back.
func resident() float64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseFloat(fields[0], 64)
	return kb / 1024
}

// measureSix makes six plugins ready that share nothing.
func measureSix(ctx context.Context, l *lab) (figures, error) {
	ids := make([]string, 6)
	for i := range ids {
		ids[i] = "scraper.copy" + strconv.Itoa(i)
	}
	began := time.Now()
	h, err := l.host(wasm.Options{}, fstest.MapFS{}, ids...)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	err = together(len(ids), func(i int) error {
		c, err := newCaller(h, ids[i])
		if err != nil {
			return err
		}
		_, err = c.call(ctx)
		return err
	})
	return figures{"ready ms": inMillis(time.Since(began))}, err
}

// measurePages lets the guest read a list page of a shop on loopback.
func measurePages(ctx context.Context, l *lab) (figures, error) {
	var page strings.Builder
	page.WriteString(`<!doctype html><html lang="ja"><head><title>器</title><meta property="og:site_name" content="器の店"></head><body><ul>`)
	products := 0
	for ; page.Len() < 300_000; products++ {
		page.WriteString(strings.Repeat(`<div class="spacer" data-track='{"view":1}'><span class="icon"></span><a href="#">もっと見る</a></div>`, 20))
		fmt.Fprintf(&page, `<li class="product card" data-id="%d"><a href="/items/%d"><img src="/img/%d.jpg" alt="">`+
			`<h2>湯呑み %d</h2></a><p>素材: 磁器。<b>食洗機</b>で洗えます。</p><div><span class="price">%d</span><span>円</span></div>`+
			`<ul class="tags"><li>和食器</li><li>日本製</li></ul></li>`, products, products, products, products, 500+products)
	}
	page.WriteString("</ul></body></html>")
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page.String()))
	}))
	defer shop.Close()
	client, err := fetch.New(fetch.Options{Allow: []string{"127.0.0.0/8"}})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	h, err := l.host(wasm.Options{Functions: capability.New(capability.Services{Fetch: client})}, fstest.MapFS{}, guestID)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	s, err := h.Scraper(guestID)
	if err != nil {
		return nil, err
	}
	session, err := s.Open(ctx, scrape.SessionOptions{Workspace: "bench", URL: shop.URL})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	took := make([]time.Duration, 100)
	for i := range len(took) + 10 {
		began := time.Now()
		reply, err := session.Page(ctx, scrape.PageRequest{})
		if err != nil {
			return nil, err
		}
		if len(reply.Drafts) != products {
			return nil, fmt.Errorf("%d products were read of %d", len(reply.Drafts), products)
		}
		took[i%len(took)] = time.Since(began)
	}
	return figures{"p50 ms": inMillis(median(took)), "KB": float64(page.Len()) / 1024}, nil
}

package wasm_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// goHost runs the Go guest against a shop.
func goHost(t testing.TB, o wasm.Options) (*wasm.Host, *wasm.Scraper) {
	t.Helper()
	client, err := fetch.New(fetch.Options{Allow: []string{"127.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	o.Functions = capability.New(capability.Services{Fetch: client})
	guest := goGuest(t)
	o.CacheDir = filepath.Join(shared, "cache")
	h := newHost(t, map[string][]byte{"guest.wasm": guest}, o)
	s, err := h.Scraper("scraper.guest")
	if err != nil {
		t.Fatal(err)
	}
	return h, s
}

// pages serves two pages of products with validators, then an empty one.
func pages(t testing.TB) (string, *atomic.Int32) {
	t.Helper()
	var hits atomic.Int32
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var page int
		if _, err := fmt.Sscanf(r.URL.Path, "/page/%d", &page); err != nil {
			http.NotFound(w, r)
			return
		}
		hits.Add(1)
		tag := fmt.Sprintf(`"p%d"`, page)
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if page <= 2 {
			fmt.Fprintf(w, "%da %db", page, page)
		}
	}))
	t.Cleanup(shop.Close)
	return shop.URL, &hits
}

func TestScrapeGoGuest(t *testing.T) {
	t.Parallel()
	url, hits := pages(t)
	_, s := goHost(t, wasm.Options{})
	known := map[string]scrape.Validators{url + "/page/2": {ETag: `"p2"`}}
	session, err := s.Open(t.Context(), scrape.SessionOptions{Workspace: "w", JobID: "j", URL: url, Known: known})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	want := []scrape.PageReply{
		{Drafts: []catalog.Draft{
			{PlatformID: "1a", Name: "Product 1a", Price: "100", Currency: "JPY"},
			{PlatformID: "1b", Name: "Product 1b", Price: "100", Currency: "JPY"},
		}, Next: "2", Source: url + "/page/1", Fresh: scrape.Validators{ETag: `"p1"`}, Bytes: 5},
		{Drafts: []catalog.Draft{}, Source: url + "/page/2", Fresh: scrape.Validators{ETag: `"p2"`}, Unchanged: true},
	}
	cursor := ""
	for i, w := range want {
		got, err := session.Page(t.Context(), scrape.PageRequest{Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("page %d: %s", i+1, diff)
		}
		cursor = got.Next
	}
	// The page after the last one may have been asked for ahead.
	if n := hits.Load(); n != 2 && n != 3 {
		t.Errorf("the shop was asked %d times for 2 pages", n)
	}
}

func TestGoGuestFaults(t *testing.T) {
	t.Parallel()
	_, s := goHost(t, wasm.Options{})
	for _, tt := range []struct {
		what   string
		reason wasm.Reason
		kind   errs.Kind
		text   string
	}{
		{"panic", wasm.Trap, errs.Internal, "the guest crashed: panic: boom: the guest gave up"},
		{"exit", wasm.Exit, errs.Internal, "exit code 7"},
		{"memory", wasm.Memory, errs.TooLarge, "more than 64 MB"},
		{"deadlock", wasm.Trap, errs.Internal, "all goroutines are asleep"},
		{"fail", wasm.Answered, errs.Password, "the shop asks for a password"},
	} {
		_, _, err := s.Detect(t.Context(), scrape.Probe{URL: "https://shop.example/" + tt.what})
		checkFault(t, err, tt.reason, tt.text)
		if !errs.Is(err, tt.kind) {
			t.Errorf("%s is %s, want %s", tt.what, errs.KindOf(err), tt.kind)
		}
	}
	score, reason, err := s.Detect(t.Context(), scrape.Probe{URL: "https://shop.example/body", Body: []byte("a page")})
	if score != 50 || reason != "a page" || err != nil {
		t.Errorf("afterwards: %d %q %v", score, reason, err)
	}
	if _, slept, err := s.Detect(t.Context(), scrape.Probe{URL: "https://shop.example/nap"}); slept != "true" || err != nil {
		t.Errorf("a nap: %q %v", slept, err)
	}
}

func TestGoGuestDeadline(t *testing.T) {
	t.Parallel()
	_, s := goHost(t, wasm.Options{Settings: map[string]wasm.Settings{"scraper.guest": {Limits: wasm.Limits{Deadline: time.Second}}}})
	for _, what := range []string{"spin", "sleep"} {
		_, _, err := s.Detect(t.Context(), scrape.Probe{URL: "https://shop.example/" + what})
		checkFault(t, err, wasm.Deadline, "stopped after 1s")
	}
}

// TestGoroutinesLeftBehind holds that what a call leaves running in its guest
// costs at most the calls of that guest, and ends with its instance.
func TestGoroutinesLeftBehind(t *testing.T) {
	t.Parallel()
	h, s := goHost(t, wasm.Options{Settings: map[string]wasm.Settings{
		"scraper.guest": {Limits: wasm.Limits{Deadline: time.Second, Instances: 1, Faults: -1}},
	}})
	ask := func(what string) error {
		_, _, err := s.Detect(t.Context(), scrape.Probe{Workspace: "w", URL: "https://shop.example/" + what})
		return err
	}
	if err := ask("leave"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	if info, _ := h.Plugin("scraper.guest"); info.Instances != 1 {
		t.Errorf("%d instances while nobody calls", info.Instances)
	}
	checkFault(t, ask("nap"), wasm.Trap, "panic: left behind") // it runs when the guest does
	if err := ask("nap"); err != nil {
		t.Errorf("in a fresh instance: %v", err)
	}
	if err := ask("leave busy"); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	var f *wasm.Fault
	if err := ask("nap"); err != nil && (!errors.As(err, &f) || f.Reason != wasm.Deadline) {
		t.Errorf("beside a goroutine that never rests: %v", err)
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestGoGuestFuel(t *testing.T) {
	t.Parallel()
	_, s := goHost(t, wasm.Options{Settings: map[string]wasm.Settings{"scraper.guest": {Limits: wasm.Limits{Fuel: 1_000_000}}}})
	_, _, err := s.Detect(t.Context(), scrape.Probe{URL: "https://shop.example/spin"})
	checkFault(t, err, wasm.Fuel, "stopped after 1000000 units of fuel")
}

func TestExtractGoGuest(t *testing.T) {
	t.Parallel()
	_, s := goHost(t, wasm.Options{})
	const page = `<div class=product><h2>Tea</h2><a href="/tea">x</a></div><div class=product><h2>Cup</h2><a href="/cup">x</a></div>`
	got, err := s.ExtractBody(t.Context(), "https://shop.example/list", "text/html", []byte(page))
	want := wire.ExtractReply{Products: []wire.Product{
		{Name: "Tea", URL: "https://shop.example/tea"}, {Name: "Cup", URL: "https://shop.example/cup"},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := s.Checkout(t.Context(), "w", "https://shop.example", nil); !errs.Is(err, errs.Unsupported) {
		t.Errorf("checkout: %v, want unsupported", err)
	}
}

// TestHostErrorsPassThrough holds that what the host told the guest comes back
// whole when the guest gives up over it.
func TestHostErrorsPassThrough(t *testing.T) {
	t.Parallel()
	slowDown := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer slowDown.Close()
	_, s := goHost(t, wasm.Options{})
	session, err := s.Open(t.Context(), scrape.SessionOptions{URL: slowDown.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	_, err = session.Page(t.Context(), scrape.PageRequest{})
	var f *wasm.Fault
	if !errors.As(err, &f) || f.Reason != wasm.Answered || !errs.Is(err, errs.RateLimited) || !errs.Retryable(err) {
		t.Fatalf("error is %v", err)
	}
	if after, ok := fetch.RetryAfter(err); !ok || after < time.Minute || !strings.HasPrefix(err.Error(), "plugin scraper.guest: scrape: ") {
		t.Errorf("the shop's wish to wait is lost: %v %v in %v", after, ok, err)
	}
}

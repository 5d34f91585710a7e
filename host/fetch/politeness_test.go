package fetch

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/errs"
)

func TestRobotsAreObeyed(t *testing.T) {
	t.Parallel()
	s := newServer(t, "User-agent: *\nDisallow: /cart\n", func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, Options{Allow: []string{s.addr()}})
	_, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/cart/add?id=1"})
	if !errs.Is(err, errs.Robots) || !strings.Contains(err.Error(), `"Disallow: /cart" for "*"`) {
		t.Errorf("got %v; want the rule", err)
	}
	if _, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/items"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/cart/keyed", Keyed: true}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"GET /robots.txt", "GET /items", "GET /cart/keyed"}, s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestRobotsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer func(w http.ResponseWriter, r *http.Request)
		kind   errs.Kind // "" where everything is allowed
	}{
		{"not there", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, ""},
		{"forbidden", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, ""},
		{"in trouble", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, errs.Unavailable},
		{"slowed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(429)
		}, errs.RateLimited},
		{"silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, errs.Unavailable},
		{"a page", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "<!doctype html>\nUser-agent: *\nDisallow: /")
		}, ""},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "User-agent: *\n"+strings.Repeat("Disallow: /x\n", 60_000)+"Disallow: /\n")
		}, ""},
		{"redirected in a loop", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/robots.txt", http.StatusFound)
		}, ""},
		{"redirected nowhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "ftp://shop.example/robots.txt", http.StatusFound)
		}, ""},
		{"redirected inside", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://10.0.0.1/robots.txt", http.StatusFound)
		}, errs.Denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asked := make(chan string, 20)
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					tt.answer(w, r)
					return
				}
				asked <- r.URL.Path
			}))
			t.Cleanup(s.Close)
			c := newClient(t, Options{Allow: []string{s.Listener.Addr().String()}})
			c.robotsTimeout = 300 * time.Millisecond
			for range 2 { // from the server and from memory
				_, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/items"})
				if tt.kind == "" && err != nil || tt.kind != "" && (!errs.Is(err, tt.kind) || !strings.Contains(err.Error(), "reading robots.txt of "+s.URL)) {
					t.Errorf("got %v; want %q", err, tt.kind)
				}
			}
			if tt.kind != "" && len(asked) > 0 {
				t.Errorf("asked for %s all the same", <-asked)
			}
		})
	}
}

func TestRobotsAreReadAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t, "User-agent: *\nDisallow: /old\n", func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, Options{Allow: []string{s.addr()}})
	c.robotsTTL, c.robotsErrTTL = time.Millisecond, time.Millisecond
	allowed := func(path string) bool {
		_, err := c.Fetch(t.Context(), &Request{URL: s.URL + path})
		time.Sleep(2 * time.Millisecond)
		return err == nil
	}
	if allowed("/old") || !allowed("/new") {
		t.Error("the first rules don't hold")
	}
	s.mu.Lock()
	s.robots = "User-agent: *\nDisallow: /new\n"
	s.mu.Unlock()
	if !allowed("/old") || allowed("/new") {
		t.Error("the new rules don't hold")
	}
	s.Close()
	if _, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/new"}); !errs.Is(err, errs.Robots) {
		t.Errorf("%v; want the last known rules to hold while the server is away", err)
	}
}

func TestOneAtATimeWithGap(t *testing.T) {
	t.Parallel()
	const delay = 60 * time.Millisecond
	s := newServer(t, "User-agent: *\nCrawl-delay: 0.06\n", func(http.ResponseWriter, *http.Request) {
		time.Sleep(5 * time.Millisecond)
	})
	c := newClient(t, Options{Allow: []string{"127.0.0.0/8"}})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			resp, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/" + itoa(i)})
			if err != nil || resp.CrawlDelay != delay {
				t.Errorf("got %+v, %v", resp, err)
			}
		})
	}
	wg.Wait()
	if s.peak != 1 || len(s.asked) != 9 || s.asked[0] != "GET /robots.txt" {
		t.Errorf("%d requests at once, asked %v", s.peak, s.asked)
	}
	s.checkPace(t, delay)
}

// checkPace looks at all gaps after robots.txt together: a busy machine may
// serve two requests closer than they were sent, but not all of them.
func (s *server) checkPace(t *testing.T, delay time.Duration) {
	t.Helper()
	last := len(s.starts) - 1
	took, due := s.starts[last].Sub(s.starts[1]), time.Duration(last-1)*delay
	if took < due-2*delay {
		t.Errorf("%d requests came within %s; want %s", last, took, due)
	}
}

func TestDefaultGapIsLiftedForOpenedHosts(t *testing.T) {
	t.Parallel()
	s := newServer(t, "", func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, Options{Allow: []string{s.addr()}, Gap: time.Hour})
	for range 3 {
		if _, err := c.Fetch(t.Context(), &Request{URL: s.URL}); err != nil {
			t.Fatal(err)
		}
	}
	closed := &host{}
	if got := c.gap(closed); got != time.Hour {
		t.Errorf("the gap of a host that nobody opened is %s", got)
	}
}

func TestIdleHostsAreForgotten(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	for i := range 3 * maxHosts {
		h := c.hostOf(&url.URL{Scheme: "https", Host: "shop" + itoa(i) + ".example"})
		h.lane.lastStart = time.Now().Add(-2 * time.Hour)
	}
	if n := len(c.hosts); n > maxHosts {
		t.Errorf("%d hosts are kept", n)
	}
}

func TestCancelIsQuick(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			select {
			case <-release:
			case <-r.Context().Done():
			}
		case "/slow":
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(429)
		case "/down":
			w.WriteHeader(500)
		}
	})
	defer close(release)
	for _, path := range []string{"/hang", "/slow", "/down", "/queued"} {
		c := newClient(t, Options{Allow: []string{s.addr()}, Backoff: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 2)
		go func() {
			_, err := c.Fetch(ctx, &Request{URL: s.URL + path})
			done <- err
		}()
		fetches := 1
		if path == "/queued" {
			fetches++
			go func() {
				_, err := c.Fetch(ctx, &Request{URL: s.URL + "/hang"})
				done <- err
			}()
		}
		time.Sleep(50 * time.Millisecond)
		start := time.Now()
		cancel()
		for range fetches {
			if err := <-done; path != "/queued" && !errs.Is(err, errs.Cancelled) {
				t.Errorf("%s: %v; want it cancelled", path, err)
			}
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("%s: it took %s to stop", path, d)
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	s := newServer(t, "", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c := newClient(t, Options{Allow: []string{s.addr()}})
	done := make(chan error)
	go func() {
		_, err := c.Fetch(context.Background(), &Request{URL: s.URL + "/hang"})
		done <- err
	}()
	time.Sleep(50 * time.Millisecond)
	go c.Close()
	if err := <-done; !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "shut down") {
		t.Errorf("under way: %v", err)
	}
	c.Close()
	if _, err := c.Fetch(context.Background(), &Request{URL: s.URL}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("afterwards: %v", err)
	}
}

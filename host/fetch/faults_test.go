package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/omakase-ai/omakase/core/errs"
)

// compress writes data by an encoding of HTTP.
func compress(t *testing.T, coding string, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&buf)
	case "br":
		w = brotli.NewWriter(&buf)
	case "deflate":
		w = zlib.NewWriter(&buf)
	case "bare deflate":
		w, _ = flate.NewWriter(&buf, flate.DefaultCompression)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestContentEncodings(t *testing.T) {
	t.Parallel()
	page := []byte(strings.Repeat("<p>新茶のお知らせ</p>", 500))
	s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		coding := r.FormValue("c")
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", strings.TrimPrefix(coding, "bare "))
		body := page
		switch coding {
		case "gzip", "br", "deflate", "bare deflate":
			body = compress(t, coding, page)
		case "deflate, gzip":
			body = compress(t, "gzip", compress(t, "deflate", page))
		case "gzip, gzip, gzip, gzip":
			for range 4 {
				body = compress(t, "gzip", body)
			}
		}
		if r.FormValue("empty") == "" {
			w.Write(body)
		}
	})
	c := newClient(t, Options{Allow: []string{s.addr()}})
	for _, coding := range []string{"gzip", "br", "deflate", "bare deflate", "deflate, gzip", "identity", ""} {
		q := strings.ReplaceAll(coding, " ", "%20")
		resp, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/?c=" + q})
		if err != nil || !bytes.Equal(resp.Body, page) {
			t.Errorf("%s: %v", coding, err)
		}
		resp, err = c.Fetch(t.Context(), &Request{URL: s.URL + "/?empty=1&c=" + q})
		if err != nil || len(resp.Body) > 0 {
			t.Errorf("%s without a byte: %v", coding, err)
		}
	}
	for _, coding := range []string{"zstd", "gzip, gzip, gzip, gzip"} {
		_, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/?c=" + strings.ReplaceAll(coding, " ", "%20")})
		if !errs.Is(err, errs.BadData) {
			t.Errorf("%s: %v", coding, err)
		}
	}
}

func TestBodiesOverTheCap(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	bomb := compress(t, "gzip", make([]byte, 16<<20))
	brBomb := compress(t, "br", make([]byte, 4<<20))
	var sent atomic.Int64
	s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb)
		case "/br":
			w.Header().Set("Content-Encoding", "br")
			w.Write(brBomb)
		case "/endless":
			chunk := make([]byte, 1<<16)
			for {
				n, err := w.Write(chunk)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		default:
			w.Write(make([]byte, limit))
		}
	})
	c := newClient(t, Options{Allow: []string{s.addr()}, MaxBytes: limit})
	for _, path := range []string{"/gzip", "/br", "/endless"} {
		if _, err := c.Fetch(t.Context(), &Request{URL: s.URL + path}); !errs.Is(err, errs.TooLarge) {
			t.Errorf("%s: %v; want it too large", path, err)
		}
	}
	if n := sent.Load(); n > 32<<20 {
		t.Errorf("%d bytes of an endless body were taken", n)
	}
	if resp, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/fits"}); err != nil || len(resp.Body) != limit {
		t.Errorf("a body of just the cap: %v", err)
	}
	if _, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/fits", MaxBytes: limit - 1}); !errs.Is(err, errs.TooLarge) {
		t.Errorf("the caller's cap does not hold: %v", err)
	}
	if _, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/gzip", MaxBytes: 1 << 40}); !errs.Is(err, errs.TooLarge) {
		t.Errorf("the caller raised the cap: %v", err)
	}
	if got := len(s.requests()); got != 6 {
		t.Errorf("%d requests; too large a body must not be asked for again", got)
	}
}

// raw answers with the bytes as they are and closes the connection, or resets
// it.
func raw(w http.ResponseWriter, answer string, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(conn, answer)
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// Faults that go away: each comes on the first two attempts.
var passing = map[string]func(w http.ResponseWriter, r *http.Request){
	"reset":     func(w http.ResponseWriter, _ *http.Request) { raw(w, "", true) },
	"no answer": func(w http.ResponseWriter, _ *http.Request) { raw(w, "", false) },
	"nonsense":  func(w http.ResponseWriter, _ *http.Request) { raw(w, "\x16\x03\x01 what?\r\n\r\n", false) },
	"hang":      func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	"cut": func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false)
	},
	"cut and": func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true)
	},
	"cut chunk": func(w http.ResponseWriter, _ *http.Request) {
		raw(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf", false)
	},
	"huge headers": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) },
	"stalled body": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	},
	"bad gzip": func(w http.ResponseWriter, _ *http.Request) {
		var b bytes.Buffer
		zw := gzip.NewWriter(&b)
		zw.Write(bytes.Repeat([]byte("abcdefghij"), 1000))
		zw.Close()
		b.Bytes()[b.Len()/2] ^= 0xff
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(b.Bytes())
	},
	"not gzip at all": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "plain")
	},
	"cut gzip": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		var b bytes.Buffer
		zw := gzip.NewWriter(&b)
		zw.Write(bytes.Repeat([]byte("abcdefghij"), 1000))
		zw.Close()
		w.Write(b.Bytes()[:b.Len()/2])
	},
	"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
	"502": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) },
	"503": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
	"504": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(504) },
	"522": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(522) },
	"408": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(408) },
}

func TestPassingFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range passing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var times atomic.Int32
			s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/forever" || times.Add(1) <= 2 {
					fault(w, r)
					return
				}
				io.WriteString(w, "whole")
			})
			var events atomic.Int32
			c := newClient(t, Options{
				Allow: []string{s.addr()}, Timeout: 300 * time.Millisecond, IdleTimeout: 150 * time.Millisecond,
				OnFetch: func(e Event) {
					if !e.Robots {
						events.Add(1)
					}
				},
			})
			resp, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/"})
			// The transport itself replaces a request that died with a kept
			// connection, so two attempts may do.
			if err != nil || string(resp.Body) != "whole" || resp.Attempts < 2 || resp.Attempts > 3 || int(events.Load()) != resp.Attempts {
				t.Errorf("got %+v, %v with %d events", resp, err, events.Load())
			}
			_, err = c.Fetch(t.Context(), &Request{URL: s.URL + "/forever"})
			if !errs.Is(err, errs.Unavailable) || !errs.Retryable(err) || !strings.Contains(err.Error(), "gave up after 3 attempts: ") {
				t.Errorf("for ever: %v", err)
			}
			before := len(s.requests())
			_, err = c.Fetch(t.Context(), &Request{Method: "POST", URL: s.URL + "/forever"})
			if n := len(s.requests()) - before; !errs.Is(err, errs.Unavailable) || n != 1 {
				t.Errorf("a POST was sent %d times: %v", n, err)
			}
		})
	}
}

func TestResetsDoNotHurryUs(t *testing.T) {
	t.Parallel()
	var times atomic.Int32
	s := newServer(t, "User-agent: *\nCrawl-delay: 0.06\n", func(w http.ResponseWriter, r *http.Request) {
		if times.Add(1)%2 == 0 { // by now the connection is a kept one
			raw(w, "", true)
		}
	})
	c := newClient(t, Options{Allow: []string{s.addr()}})
	for range 4 {
		if _, err := c.Fetch(t.Context(), &Request{URL: s.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.starts) < 7 {
		t.Errorf("only %d requests", len(s.starts))
	}
	s.checkPace(t, 60*time.Millisecond)
}

func TestSlowBodyIsCutOff(t *testing.T) {
	t.Parallel()
	s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		for range 1000 {
			if _, err := io.WriteString(w, "x"); err != nil || r.Context().Err() != nil {
				return
			}
			http.NewResponseController(w).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	})
	c := newClient(t, Options{Allow: []string{s.addr()}, Timeout: 10 * time.Second, IdleTimeout: 5 * time.Second})
	start := time.Now()
	_, err := c.Fetch(t.Context(), &Request{URL: s.URL, Timeout: 100 * time.Millisecond})
	if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "took too long") || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}

func TestAnswersWithoutLength(t *testing.T) {
	t.Parallel()
	s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		raw(w, "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n\xef\xbb\xbf{\"a\":1}", false)
	})
	c := newClient(t, Options{Allow: []string{s.addr()}})
	resp, err := c.Fetch(t.Context(), &Request{URL: s.URL})
	if err != nil || string(resp.Body) != `{"a":1}` {
		t.Errorf("got %+v, %v", resp, err)
	}
}

func TestSlowDown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		form   string // of Retry-After; "" none
	}{
		{429, "1"}, {430, "1"}, {503, "1"}, {429, "date"}, {429, ""}, {430, ""},
	} {
		t.Run(fmt.Sprint(tt.status, tt.form), func(t *testing.T) {
			t.Parallel()
			var times atomic.Int32
			s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
				if times.Add(1) > 1 {
					return
				}
				switch tt.form {
				case "date":
					w.Header().Set("Retry-After", time.Now().Add(2*time.Second).UTC().Format(http.TimeFormat))
				case "":
				default:
					w.Header().Set("Retry-After", tt.form)
				}
				w.WriteHeader(tt.status)
			})
			c := newClient(t, Options{Allow: []string{s.addr()}})
			if resp, err := c.Fetch(t.Context(), &Request{URL: s.URL}); err != nil || resp.Attempts != 2 {
				t.Fatalf("got %+v, %v", resp, err)
			}
			gap := s.starts[2].Sub(s.starts[1]) // after robots.txt
			if tt.form != "" && gap < 900*time.Millisecond {
				t.Errorf("asked again after %s", gap)
			}
		})
	}
}

func TestSlowDownForTooLong(t *testing.T) {
	t.Parallel()
	s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", r.FormValue("s"))
		w.WriteHeader(429)
	})
	c := newClient(t, Options{Allow: []string{s.addr()}})

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := c.Fetch(ctx, &Request{URL: s.URL + "/?s=60"})
	if d, ok := RetryAfter(err); !errs.Is(err, errs.RateLimited) || !ok || d != time.Minute {
		t.Errorf("a wait beyond the deadline: %v, %s", err, d)
	}
	c2 := newClient(t, Options{Allow: []string{s.addr()}})
	_, err = c2.Fetch(t.Context(), &Request{URL: s.URL + "/?s=0"})
	if d, ok := RetryAfter(err); !errs.Is(err, errs.RateLimited) || !errs.Retryable(err) || !ok || d == 0 {
		t.Errorf("slowed every time: %v, %s", err, d)
	}
	if n := len(s.requests()); n != 1+maxSlowTries {
		t.Errorf("%d requests", n)
	}
	_, err = c2.Fetch(t.Context(), &Request{URL: s.URL + "/?s=600"})
	if d, ok := RetryAfter(err); !errs.Is(err, errs.RateLimited) || !ok || d != 10*time.Minute {
		t.Errorf("a long wait: %v, %s", err, d)
	}
	_, err = c2.Fetch(t.Context(), &Request{URL: s.URL + "/?s=0"})
	if d, ok := RetryAfter(err); !errs.Is(err, errs.RateLimited) || !ok || d < 9*time.Minute {
		t.Errorf("the next in the queue: %v, %s", err, d)
	}
	if n := len(s.requests()); n != 2+maxSlowTries {
		t.Errorf("a paused host was asked: %d requests", n)
	}
	if _, ok := RetryAfter(errs.New(errs.RateLimited, "no time")); ok {
		t.Error("a time where none was said")
	}
}

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"0": 0, " 120 ": 2 * time.Minute, "Mon, 23 Nov 2026 10:00:30 GMT": 30 * time.Second,
		"Mon, 23 Nov 2026 09:00:00 GMT": 0, "Monday, 23-Nov-26 10:00:30 GMT": 30 * time.Second,
		"": -1, "-5": -1, "soon": -1, "99999999999999": -1, "1.5": -1,
	} {
		d, ok := parseRetryAfter(value, now)
		if ok != (want >= 0) || ok && d != want {
			t.Errorf("%q: %s, %v; want %s", value, d, ok, want)
		}
	}
}

func TestBlocked(t *testing.T) {
	t.Parallel()
	const cloudflare = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
	tests := []struct {
		name    string
		status  int
		header  string
		body    string
		blocked bool
	}{
		{"challenge", 403, "Cf-Mitigated: challenge", cloudflare, true},
		{"challenge with 503", 503, "Cf-Mitigated: challenge", cloudflare, true},
		{"challenge with 200", 200, "Content-Type: text/html", cloudflare, true},
		{"challenge with 429", 429, "Content-Type: text/html", cloudflare, true},
		{"translated challenge", 200, "Content-Type: text/html", "<html><title>Un momento…</title><script>window._cf_chl_opt={}</script>", true},
		{"imperva", 200, "Content-Type: text/html", `<html><iframe src="/_Incapsula_Resource?x=1"></iframe></html>`, true},
		{"waf", 202, "X-Amzn-Waf-Action: challenge", "", true},
		{"forbidden", 403, "", "Forbidden", true},
		{"a shop behind imperva", 200, "Content-Type: text/html", `<html><title>Shop</title><script src="/_Incapsula_Resource?x=1"></script></html>`, false},
		{"a page about it", 200, "Content-Type: text/html", "<html><title>Just a moment... of tea | Shop</title></html>", false},
		{"JSON that quotes it", 200, "Content-Type: application/json", `{"body_html":"<title>Just a moment...</title>"}`, false},
		{"not found", 404, "Content-Type: text/html", "<title>404</title>", false},
		{"gone", 410, "", "", false},
		{"unauthorized", 401, "", "", false},
	}
	for _, tt := range tests {
		s := newServer(t, "", func(w http.ResponseWriter, _ *http.Request) {
			if name, value, ok := strings.Cut(tt.header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		})
		c := newClient(t, Options{Allow: []string{s.addr()}})
		resp, err := c.Fetch(t.Context(), &Request{URL: s.URL})
		if tt.blocked != errs.Is(err, errs.Blocked) || !tt.blocked && (err != nil || resp.Status != tt.status) {
			t.Errorf("%s: %+v, %v", tt.name, resp, err)
		}
		if n := len(s.requests()); n != 1 {
			t.Errorf("%s: asked %d times", tt.name, n)
		}
	}
}

func TestInvalidCertificate(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of us
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, Options{Allow: []string{s.Listener.Addr().String()}})
	_, err := c.Fetch(t.Context(), &Request{URL: s.URL})
	if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "certificate is not valid") {
		t.Errorf("got %v", err)
	}
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/down":
			w.Header().Set("Location", "http://"+r.Host+"/")
			w.WriteHeader(http.StatusFound)
		case "/cut":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "half")
		default:
			io.WriteString(w, r.Proto)
		}
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, Options{Allow: []string{s.Listener.Addr().String()}})
	c.transport.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	if resp, err := c.Fetch(t.Context(), &Request{URL: s.URL}); err != nil || string(resp.Body) != "HTTP/2.0" {
		t.Errorf("got %+v, %v", resp, err)
	}
	if _, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/cut"}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("a cut stream: %v", err)
	}
	if _, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/down"}); !errs.Is(err, errs.Denied) {
		t.Errorf("a redirect to plain http: %v", err)
	}
}

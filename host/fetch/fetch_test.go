package fetch

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/errs"
)

func itoa[N uint16 | int](n N) string { return strconv.Itoa(int(n)) }

// newClient returns a client that retries quickly.
func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	if o.Backoff == 0 {
		o.Backoff = time.Millisecond
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// server answers by h; its robots.txt is robots, or absent when that is "". It
// records what it was asked.
type server struct {
	*httptest.Server
	robots string

	mu     sync.Mutex
	asked  []string // method, path and query
	starts []time.Time
	inside int
	peak   int
}

func newServer(t *testing.T, robots string, h http.HandlerFunc) *server {
	t.Helper()
	s := &server{robots: robots}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
		s.starts = append(s.starts, time.Now())
		s.inside++
		s.peak = max(s.peak, s.inside)
		s.mu.Unlock()
		defer func() {
			s.mu.Lock()
			s.inside--
			s.mu.Unlock()
		}()
		switch {
		case r.URL.Path != "/robots.txt":
			h(w, r)
		case s.robots == "":
			http.NotFound(w, r)
		default:
			io.WriteString(w, s.robots)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) addr() string { return s.Listener.Addr().String() }

// requests are what the server was asked, robots.txt left out.
func (s *server) requests() (asked []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asked {
		if a != "GET /robots.txt" {
			asked = append(asked, a)
		}
	}
	return asked
}

func TestFetch(t *testing.T) {
	t.Parallel()
	var got http.Header
	s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.Header().Set("Content-Type", "text/html; charset=Shift_JIS")
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Last-Modified", "Mon, 02 Nov 2026 10:00:00 GMT")
		io.WriteString(w, encode(t, "shift_jis", "新茶のお知らせ"))
	})
	c := newClient(t, Options{Allow: []string{s.addr()}, UserAgent: UserAgent("1.2.3")})
	resp, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/茶?x=1#frag", Header: http.Header{"accept-language": {"ja"}}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Header = nil
	want := &Response{
		Status: 200, URL: s.URL + "/%E8%8C%B6?x=1#frag", Body: []byte("新茶のお知らせ"), Charset: "shift_jis",
		ContentType: "text/html", ETag: `"v1"`, LastModified: "Mon, 02 Nov 2026 10:00:00 GMT", Attempts: 1,
	}
	if diff := cmp.Diff(want, resp); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
	wantHeader := http.Header{
		"User-Agent":      {"omakase/1.2.3 (+https://github.com/omakase-ai/omakase)"},
		"Accept":          {"*/*"},
		"Accept-Encoding": {"gzip, br, deflate"},
		"Accept-Language": {"ja"},
	}
	if diff := cmp.Diff(wantHeader, got); diff != "" {
		t.Errorf("request header (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GET /robots.txt", "GET /%E8%8C%B6?x=1"}, s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestConditionalFetch(t *testing.T) {
	t.Parallel()
	s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == `"v1"` || r.Header.Get("If-Modified-Since") == "Mon, 02 Nov 2026 10:00:00 GMT" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, "new")
	})
	c := newClient(t, Options{Allow: []string{s.addr()}})
	for _, tt := range []struct {
		req  Request
		want bool
	}{
		{Request{ETag: `"v1"`}, true},
		{Request{LastModified: "Mon, 02 Nov 2026 10:00:00 GMT"}, true},
		{Request{ETag: `"v0"`}, false},
		{Request{ETag: "\"v1\"\r\nX-Injected: 1"}, false},
		{Request{}, false},
	} {
		tt.req.URL = s.URL
		resp, err := c.Fetch(t.Context(), &tt.req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.NotModified != tt.want || (len(resp.Body) == 0) != tt.want {
			t.Errorf("%+v: not modified %v with the body %q", tt.req, resp.NotModified, resp.Body)
		}
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t, "", func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, Options{Allow: []string{s.addr()}})
	for name, r := range map[string]Request{
		"method":          {Method: "DELETE"},
		"body of a GET":   {Body: []byte("x")},
		"our name":        {Header: http.Header{"User-Agent": {"Mozilla/5.0"}}},
		"host":            {Header: http.Header{"host": {"internal"}}},
		"proxy":           {Header: http.Header{"Proxy-Authorization": {"x"}}},
		"header injected": {Header: http.Header{"X-A": {"a\r\nX-B: b"}}},
		"header's name":   {Header: http.Header{"X A": {"a"}}},
	} {
		r.URL = s.URL
		if _, err := c.Fetch(t.Context(), &r); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v; want it refused", name, err)
		}
	}
	if len(s.asked) > 0 {
		t.Errorf("the server was asked %v", s.asked)
	}
}

func TestUnknownHost(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{})
	_, err := c.Fetch(t.Context(), &Request{URL: "http://no-such-shop.invalid/"})
	if errs.Is(err, errs.NotFound) {
		return
	}
	if !errs.Is(err, errs.Unavailable) { // no resolver within reach
		t.Errorf("got %v; want it not found", err)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	type ask struct {
		Method, Path, Body, Auth, Type, Key string
	}
	var mu sync.Mutex
	var asks []ask
	record := func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		asks = append(asks, ask{r.Method, r.URL.RequestURI(), string(body), r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.Header.Get("X-Key")})
	}
	other := newServer(t, "", func(_ http.ResponseWriter, r *http.Request) { record(r) })
	shop := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		record(r)
		if code, err := strconv.Atoi(r.FormValue("code")); err == nil {
			to := "/end?a=b"
			if r.FormValue("other") != "" {
				to = other.URL + "/end"
			}
			w.Header().Set("Location", to)
			w.WriteHeader(code)
		}
	})
	c := newClient(t, Options{Allow: []string{shop.addr(), other.addr()}})
	form, key := "application/x-www-form-urlencoded", "k"
	post := func(query string) ask { return ask{"POST", "/start?" + query, "x=1", "secret", form, key} }
	tests := []struct {
		method, query string
		want          []ask
	}{
		{"GET", "code=301", []ask{{"GET", "/start?code=301", "", "secret", form, key}, {"GET", "/end?a=b", "", "secret", form, key}}},
		{"POST", "code=301", []ask{post("code=301"), {"GET", "/end?a=b", "", "secret", "", key}}},
		{"POST", "code=302", []ask{post("code=302"), {"GET", "/end?a=b", "", "secret", "", key}}},
		{"POST", "code=303", []ask{post("code=303"), {"GET", "/end?a=b", "", "secret", "", key}}},
		{"POST", "code=307", []ask{post("code=307"), {"POST", "/end?a=b", "x=1", "secret", form, key}}},
		{"POST", "code=308", []ask{post("code=308"), {"POST", "/end?a=b", "x=1", "secret", form, key}}},
		{"POST", "code=308&other=1", []ask{post("code=308&other=1"), {"POST", "/end", "x=1", "", form, ""}}},
		{"HEAD", "code=303", []ask{{"HEAD", "/start?code=303", "", "secret", form, key}, {"HEAD", "/end?a=b", "", "secret", form, key}}},
		{"GET", "code=300", []ask{{"GET", "/start?code=300", "", "secret", form, key}}},
	}
	for _, tt := range tests {
		asks = nil
		r := &Request{
			Method: tt.method, URL: shop.URL + "/start?" + tt.query,
			Header: http.Header{"Authorization": {"secret"}, "Content-Type": {form}, "X-Key": {key}},
		}
		if tt.method == http.MethodPost {
			r.Body = []byte("x=1")
		}
		resp, err := c.Fetch(t.Context(), r)
		if err != nil {
			t.Errorf("%s %s: %v", tt.method, tt.query, err)
			continue
		}
		if diff := cmp.Diff(tt.want, asks); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.method, tt.query, diff)
		}
		if last := tt.want[len(tt.want)-1].Path; !strings.HasSuffix(resp.URL, last) || resp.Attempts != len(tt.want) {
			t.Errorf("%s %s: ended at %s after %d requests", tt.method, tt.query, resp.URL, resp.Attempts)
		}
	}
}

func TestRedirectsThatLeadNowhere(t *testing.T) {
	t.Parallel()
	n := 0
	s := newServer(t, "User-agent: *\nDisallow: /account\n", func(w http.ResponseWriter, r *http.Request) {
		to := map[string]string{
			"/a": "/b", "/b": "/a", "/self": "/self", "/ftp": "ftp://shop.example/", "/file": "file:///etc/passwd",
			"/user": "http://user@shop.example/", "/bad": "http://[::1", "/login": "/account/login",
			"/meta": "http://169.254.169.254/latest/", "/elsewhere": "http://127.0.0.1:1/",
		}[r.URL.Path]
		if r.URL.Path == "/endless" {
			n++
			to = "/endless?r=" + itoa(n)
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	})
	c := newClient(t, Options{Allow: []string{s.addr()}})
	tests := []struct {
		path string
		kind errs.Kind
		says string
	}{
		{"/a", errs.BadData, "loop: " + s.URL + "/a to " + s.URL + "/b to " + s.URL + "/a"},
		{"/self", errs.BadData, "loop: " + s.URL + "/self to " + s.URL + "/self"},
		{"/endless", errs.BadData, "more than 5 redirects"},
		{"/ftp", errs.Denied, `"ftp"`},
		{"/file", errs.Denied, `"file"`},
		{"/user", errs.Denied, "user name"},
		{"/bad", errs.BadData, "not a URL"},
		{"/login", errs.Robots, `"Disallow: /account"`},
		{"/meta", errs.Denied, "metadata"},
		{"/elsewhere", errs.Denied, "not allowed by this test"},
	}
	for _, tt := range tests {
		_, err := c.Fetch(t.Context(), &Request{URL: s.URL + tt.path, Allowed: func(u *url.URL) error {
			if u.Port() == "1" {
				return errs.New(errs.Denied, "not allowed by this test")
			}
			return nil
		}})
		if !errs.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want %s that says %q", tt.path, err, tt.kind, tt.says)
		}
		if errs.Retryable(err) {
			t.Errorf("%s: %v can be retried", tt.path, err)
		}
	}
	for _, asked := range s.requests() {
		if strings.Contains(asked, "/account") {
			t.Errorf("asked for %s, which robots.txt forbids", asked)
		}
	}
}

func TestRedirectFromHTTPSToHTTP(t *testing.T) {
	t.Parallel()
	from, _ := url.Parse("https://shop.example/a")
	for location, want := range map[string]errs.Kind{"http://shop.example/b": errs.Denied, "//shop.example/b": "", "/b": ""} {
		ans := &answer{status: http.StatusFound, header: http.Header{"Location": {location}}}
		to, err := ans.redirect(from)
		if want == "" && (err != nil || to.String() != "https://shop.example/b") || want != "" && !errs.Is(err, want) {
			t.Errorf("to %s: %v, %v", location, to, err)
		}
	}
}

func TestCookieWall(t *testing.T) {
	t.Parallel()
	s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("pass"); err != nil || c.Value != "1" {
			http.SetCookie(w, &http.Cookie{Name: "pass", Value: "1", Path: "/"})
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
			return
		}
		fmt.Fprint(w, r.Header.Get("Cookie"))
	})
	c := newClient(t, Options{Allow: []string{s.addr()}})
	for range 2 { // the second knows nothing of the first
		resp, err := c.Fetch(t.Context(), &Request{URL: s.URL + "/p", Header: http.Header{"Cookie": {"age=ok"}}})
		if err != nil || string(resp.Body) != "age=ok; pass=1" || resp.Attempts != 2 {
			t.Errorf("got %+v, %v", resp, err)
		}
	}
}

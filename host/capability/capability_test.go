package capability

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

var all = Grants{
	HTTP:   &HTTPGrant{Hosts: []HostRule{{"the manifest", []string{ShopHost}}}, Methods: []string{"GET", "HEAD"}},
	HTML:   true,
	KV:     &KVGrant{Quota: 100},
	Crypto: true,
}

// desk is a call with everything around it.
type desk struct {
	*Call
	session *Session
	log     *bytes.Buffer
}

func newDesk(t testing.TB, s Services, g Grants, l Limits, o SessionOptions) *desk {
	t.Helper()
	d := &desk{log: new(bytes.Buffer)}
	s.Logger = hclog.New(&hclog.LoggerOptions{Level: hclog.Debug, Output: d.log, Mutex: new(sync.Mutex)})
	d.session = New(s).Session(NewPlugin("scraper.test", `{"page_size":5}`, g, l), o)
	d.Call = d.session.Begin(func() time.Duration { return time.Minute })
	t.Cleanup(func() { d.End(); d.session.Close() })
	return d
}

// ask makes a host call, as a guest's SDK does.
func (d *desk) ask(t testing.TB, fn int32, q, reply wire.Value) error {
	t.Helper()
	b, code := d.Do(t.Context(), fn, q.AppendJSON(nil))
	if code != 0 {
		t.Fatalf("function %d answers %d", fn, code)
	}
	return wire.DecodeReply(bytes.Clone(b), reply)
}

func codeOf(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

// site serves /redirect to another host, /cached with validators, and counts.
type site struct {
	*httptest.Server
	hits, notModified atomic.Int32
}

func newShop(t testing.TB) (*site, *fetch.Client) {
	t.Helper()
	s := &site{}
	mux := http.NewServeMux()
	mux.HandleFunc("/robots.txt", http.NotFound)
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)+"/elsewhere", http.StatusFound)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		w.Header().Set("ETag", `"v2"`)
		if r.Header.Get("If-None-Match") == `"v2"` {
			s.notModified.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprint(w, "body of ", r.URL.Path)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	c, err := fetch.New(fetch.Options{Allow: []string{"127.0.0.0/8", "::1/128"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, c
}

func TestFetch(t *testing.T) {
	t.Parallel()
	s, c := newShop(t)
	d := newDesk(t, Services{Fetch: c}, all, Limits{}, SessionOptions{Workspace: "w", ShopURL: s.URL + "/start"})
	var got wire.FetchReply
	if err := d.ask(t, wire.FnHTTPFetch, &wire.FetchRequest{URL: s.URL + "/a"}, &got); err != nil {
		t.Fatal(err)
	}
	if got.Status != 200 || got.ContentType != "text/plain" || got.Size != len("body of /a") || got.Body == "" {
		t.Errorf("reply is %+v", got)
	}
	if !slices.Contains(got.Headers, wire.Header{Name: "Etag", Value: `"v2"`}) {
		t.Errorf("headers are %v", got.Headers)
	}
	part, code := d.Do(t.Context(), wire.FnBodyRead, (&wire.BodyRequest{Body: got.Body, Offset: 5, Length: 2}).AppendJSON(nil))
	if code != 0 || string(part) != "of" {
		t.Errorf("the part is %q, %d", part, code)
	}
	if v, ok := d.session.Fresh(s.URL + "/a"); !ok || v.ETag != `"v2"` {
		t.Errorf("validators are %v, %v", v, ok)
	}
	if err := d.ask(t, wire.FnBodyRelease, &wire.BodyRequest{Body: got.Body}, &wire.Empty{}); err != nil {
		t.Fatal(err)
	}
	if _, code := d.Do(t.Context(), wire.FnBodyRead, (&wire.BodyRequest{Body: got.Body}).AppendJSON(nil)); code != wire.ErrNoBody {
		t.Errorf("a released body answers %d", code)
	}
}

func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	s, c := newShop(t)
	tests := map[string]struct {
		q    wire.FetchRequest
		code string
		log  string
	}{
		"other host":     {wire.FetchRequest{URL: "https://other.example/x"}, wire.CodeDenied, "hosts of the manifest are {shop}"},
		"redirect":       {wire.FetchRequest{URL: s.URL + "/redirect"}, wire.CodeDenied, "localhost"},
		"method":         {wire.FetchRequest{URL: s.URL, Method: "POST"}, wire.CodeDenied, "methods are GET, HEAD"},
		"other port":     {wire.FetchRequest{URL: "http://127.0.0.1:1/"}, wire.CodeDenied, "127.0.0.1:1"},
		"relative":       {wire.FetchRequest{URL: "/x"}, wire.CodeInvalid, ""},
		"file":           {wire.FetchRequest{URL: "file:///etc/passwd"}, wire.CodeDenied, `scheme \"file\" is not allowed`},
		"user":           {wire.FetchRequest{URL: "https://a:b@shop.example/"}, wire.CodeDenied, "a user name or password"},
		"odd address":    {wire.FetchRequest{URL: "http://0x7f.1/"}, wire.CodeDenied, "in a form that is not allowed"},
		"many headers":   {wire.FetchRequest{URL: s.URL, Headers: []wire.Header{{Name: "X", Value: strings.Repeat("x", 40_000)}}}, wire.CodeInvalid, ""},
		"host's headers": {wire.FetchRequest{URL: s.URL, Headers: []wire.Header{{Name: "Host", Value: "x"}}}, wire.CodeInvalid, ""},
		"header split":   {wire.FetchRequest{URL: s.URL, Headers: []wire.Header{{Name: "X", Value: "a\r\nHost: x"}}}, wire.CodeInvalid, ""},
		"huge URL":       {wire.FetchRequest{URL: s.URL + "/" + strings.Repeat("x", 9000)}, wire.CodeInvalid, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, Services{Fetch: c}, all, Limits{}, SessionOptions{Workspace: "w", Job: "j1", ShopURL: s.URL})
			err := d.ask(t, wire.FnHTTPFetch, &tt.q, &wire.FetchReply{})
			if codeOf(err) != tt.code {
				t.Errorf("error is %v, want %s", err, tt.code)
			}
			if !strings.Contains(d.log.String(), tt.log) || tt.log != "" && !strings.Contains(d.log.String(), "j1") {
				t.Errorf("log says %q, want %q", d.log, tt.log)
			}
			if denied := d.session.Plugin().Denials() > 0; denied != (tt.code == wire.CodeDenied) {
				t.Errorf("%d denials are counted", d.session.Plugin().Denials())
			}
		})
	}
}

func TestFetchConditional(t *testing.T) {
	t.Parallel()
	s, c := newShop(t)
	known := func(string) (Validators, bool) { return Validators{ETag: `"v2"`}, true }
	d := newDesk(t, Services{Fetch: c}, all, Limits{}, SessionOptions{ShopURL: s.URL, Known: known})
	for _, conditional := range []bool{true, false} {
		var got wire.FetchReply
		if err := d.ask(t, wire.FnHTTPFetch, &wire.FetchRequest{URL: s.URL + "/a", Conditional: conditional}, &got); err != nil {
			t.Fatal(err)
		}
		if got.NotModified != conditional || (got.Body == "") != conditional {
			t.Errorf("conditional %v: %+v", conditional, got)
		}
	}
}

func TestPrefetch(t *testing.T) {
	t.Parallel()
	s, c := newShop(t)
	known := func(string) (Validators, bool) { return Validators{ETag: `"v2"`}, true }
	d := newDesk(t, Services{Fetch: c}, all, Limits{}, SessionOptions{ShopURL: s.URL, Known: known})
	first := &wire.FetchRequest{
		URL: s.URL + "/1", Conditional: true,
		Prefetch: []string{s.URL + "/2", s.URL + "/3", "https://other.example/"},
	}
	if err := d.ask(t, wire.FnHTTPFetch, first, &wire.FetchReply{}); err != nil {
		t.Fatal(err)
	}
	// The next call of the session gets what came meanwhile, and a guest that
	// can't bear "not modified" gets the page.
	d.End()
	d.Call = d.session.Begin(nil)
	for i, conditional := range []bool{true, false} {
		var got wire.FetchReply
		if err := d.ask(t, wire.FnHTTPFetch, &wire.FetchRequest{URL: fmt.Sprint(s.URL, "/", i+2), Conditional: conditional}, &got); err != nil {
			t.Fatal(err)
		}
		if got.NotModified != conditional {
			t.Errorf("page %d: %+v", i+2, got)
		}
	}
	if n := s.hits.Load(); n != 4 {
		t.Errorf("the shop was asked %d times, want once for each page and again for the last", n)
	}
}

func TestNotGranted(t *testing.T) {
	t.Parallel()
	refused := Grants{Refused: map[string]string{"kv": "the operator's settings refuse it"}}
	d := newDesk(t, Services{}, refused, Limits{}, SessionOptions{Workspace: "w"})
	for _, tt := range []struct {
		fn   int32
		rule string
	}{
		{wire.FnHTTPFetch, "the manifest doesn't ask for it"},
		{wire.FnHTMLQuery, "manifest"},
		{wire.FnKVGet, "the operator's settings refuse it"},
		{wire.FnKVSet, "operator"},
		{wire.FnKVDelete, "operator"},
		{wire.FnKVList, "operator"},
		{wire.FnCryptoHash, "manifest"},
		{wire.FnCryptoHMAC, "manifest"},
		{wire.FnCryptoRandom, "manifest"},
		{wire.FnSecretUse, "manifest"},
	} {
		err := d.ask(t, tt.fn, &wire.Empty{}, &wire.Empty{})
		if codeOf(err) != wire.CodeDenied || !strings.Contains(err.Error(), tt.rule) {
			t.Errorf("function %d: %v, want denied by %q", tt.fn, err, tt.rule)
		}
	}
	if _, code := d.Do(t.Context(), 999, nil); code != wire.ErrNoFunction {
		t.Errorf("an unknown function answers %d", code)
	}
}

func TestBasics(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_700_000_000_123)
	d := newDesk(t, Services{Now: func() time.Time { return at }}, all, Limits{LogLines: 2}, SessionOptions{Workspace: "w"})
	var clock wire.ClockReply
	if err := d.ask(t, wire.FnClock, &wire.Empty{}, &clock); err != nil || clock != (wire.ClockReply{UnixMS: at.UnixMilli(), LeftMS: 60_000}) {
		t.Errorf("clock is %+v, %v", clock, err)
	}
	var config wire.Raw
	if err := d.ask(t, wire.FnConfig, &wire.Empty{}, &config); err != nil || config.JSON != `{"page_size":5}` {
		t.Errorf("config is %q, %v", config.JSON, err)
	}
	for _, line := range []string{"one\n2026 [ERROR] forged", strings.Repeat("x", 9000), "three", "four"} {
		if err := d.ask(t, wire.FnLog, &wire.LogRequest{Level: "info", Message: line}, &wire.Empty{}); err != nil {
			t.Fatal(err)
		}
	}
	log := d.log.String()
	if strings.Count(log, "\n") != 3 || strings.Contains(log, "four") || !strings.Contains(log, "further lines") || len(log) > 6000 {
		t.Errorf("log is %q", log)
	}
	if err := d.ask(t, wire.FnLog, &wire.LogRequest{Level: "trace"}, &wire.Empty{}); codeOf(err) != wire.CodeInvalid {
		t.Errorf("the level trace gives %v", err)
	}
	d = newDesk(t, Services{}, all, Limits{LogRate: 2}, SessionOptions{})
	for range 50 {
		if err := d.ask(t, wire.FnLog, &wire.LogRequest{Level: "info", Message: "again"}, &wire.Empty{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(d.log.String(), "again"); n < 8 || n > 20 {
		t.Errorf("%d lines were logged at 2 a second", n)
	}
	reply, code := d.Do(t.Context(), wire.FnLog, []byte(`{"level":`))
	if code != 0 || codeOf(wire.DecodeReply(reply, &wire.Empty{})) != wire.CodeInvalid {
		t.Errorf("a broken request gives %s, %d", reply, code)
	}
}

func TestCrypto(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Services{Random: strings.NewReader("abcdef")}, all, Limits{}, SessionOptions{})
	for _, tt := range []struct {
		fn   int32
		q    wire.CryptoRequest
		want string
	}{
		{wire.FnCryptoHash, wire.CryptoRequest{Algorithm: "sha256", Data: "abc"}, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{wire.FnCryptoHash, wire.CryptoRequest{Algorithm: "md5", Data: "abc"}, "900150983cd24fb0d6963f7d28e17f72"},
		{wire.FnCryptoHash, wire.CryptoRequest{Algorithm: "sha1", Data: "abc"}, "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{wire.FnCryptoHMAC, wire.CryptoRequest{Algorithm: "md5", Key: "key", Data: "The quick brown fox jumps over the lazy dog"}, "80070713463e7749b90c2dc24911e275"},
		{wire.FnCryptoRandom, wire.CryptoRequest{Length: 3}, "616263"},
		{wire.FnCryptoHash, wire.CryptoRequest{Algorithm: "crc32"}, wire.CodeInvalid},
		{wire.FnCryptoRandom, wire.CryptoRequest{Length: 1 << 20}, wire.CodeInvalid},
	} {
		var got wire.CryptoReply
		if err := d.ask(t, tt.fn, &tt.q, &got); err != nil {
			got.Hex = codeOf(err)
		}
		if got.Hex != tt.want {
			t.Errorf("%+v gives %s, want %s", tt.q, got.Hex, tt.want)
		}
	}
}

// memory is a store.KV of one workspace and plugin, to see what it is asked.
type memory struct {
	asked []string
	keys  map[string]string
}

func (m *memory) note(op, workspace, plugin, key string) {
	m.asked = append(m.asked, strings.Join([]string{op, workspace, plugin, key}, " "))
}

func (m *memory) KVGet(_ context.Context, workspace, plugin, key string) ([]byte, bool, error) {
	m.note("get", workspace, plugin, key)
	v, ok := m.keys[key]
	return []byte(v), ok, nil
}

func (m *memory) KVSet(_ context.Context, workspace, plugin, key string, value []byte, expires time.Time, quota int) error {
	m.note("set", workspace, plugin, fmt.Sprint(key, " ", expires.Unix(), " ", quota))
	if len(key)+len(value) > quota {
		return errs.New(errs.TooLarge, "over the quota")
	}
	m.keys[key] = string(value)
	return nil
}

func (m *memory) KVDelete(_ context.Context, workspace, plugin, key string) error {
	m.note("delete", workspace, plugin, key)
	delete(m.keys, key)
	return nil
}

func (m *memory) KVList(_ context.Context, workspace, plugin, prefix string, limit int) ([]string, error) {
	m.note("list", workspace, plugin, fmt.Sprint(prefix, " ", limit))
	return []string{"a"}, nil
}

func TestKV(t *testing.T) {
	t.Parallel()
	kv := &memory{keys: map[string]string{}}
	d := newDesk(t, Services{KV: kv, Now: func() time.Time { return time.Unix(100, 0) }}, all, Limits{}, SessionOptions{Workspace: "w"})
	var got wire.KVReply
	for _, err := range []error{
		d.ask(t, wire.FnKVSet, &wire.KVRequest{Key: "a", Value: "1", TTL: 5}, &wire.Empty{}),
		d.ask(t, wire.FnKVGet, &wire.KVRequest{Key: "a"}, &got),
		d.ask(t, wire.FnKVDelete, &wire.KVRequest{Key: "a"}, &wire.Empty{}),
		d.ask(t, wire.FnKVList, &wire.KVRequest{Prefix: "a", Limit: 1 << 30}, &wire.KVReply{}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if !got.Found || got.Value != "1" {
		t.Errorf("get answers %+v", got)
	}
	want := []string{"set w scraper.test a 105 100", "get w scraper.test a", "delete w scraper.test a", "list w scraper.test a 1000"}
	if diff := cmp.Diff(want, kv.asked); diff != "" {
		t.Error(diff)
	}
	for _, q := range []wire.KVRequest{{Key: "b", Value: strings.Repeat("x", 100)}, {Key: ""}, {Key: strings.Repeat("k", 513)}, {Key: "c", TTL: -1}} {
		if err := d.ask(t, wire.FnKVSet, &q, &wire.Empty{}); err == nil {
			t.Errorf("set %q of %d bytes for %d s is accepted", clip(q.Key, 10), len(q.Value), q.TTL)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Services{}, all, Limits{Bodies: 2, BodyBytes: 10}, SessionOptions{})
	hold := func(n int) error {
		_, err := d.Hold(make([]byte, n), "")
		return err
	}
	if err := hold(8); err != nil {
		t.Fatal(err)
	}
	if err := hold(3); !errs.Is(err, errs.TooLarge) {
		t.Errorf("11 bytes: %v", err)
	}
	if err := hold(1); err != nil {
		t.Error(err)
	}
	if err := hold(1); !errs.Is(err, errs.TooLarge) {
		t.Errorf("a third body: %v", err)
	}
}

func TestEveryRuleMustAllow(t *testing.T) {
	t.Parallel()
	both := HTTPGrant{Hosts: []HostRule{{"the manifest", []string{"*"}}, {"the operator's settings", []string{"https://a.example", "BAD"}}}, Methods: []string{"GET"}}
	for _, tt := range []struct{ method, url, rule string }{
		{"GET", "https://a.example/", ""},
		{"GET", "https://A.EXAMPLE./", ""}, // the spelling that is fetched
		{"GET", "http://a.example/", "hosts of the operator's settings are https://a.example, BAD"},
		{"GET", "https://b.example/", "hosts of the operator's settings are https://a.example, BAD"},
		{"POST", "https://a.example/", "methods are GET"},
	} {
		u, err := fetch.ParseURL(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if rule, ok := both.allows(tt.method, u, nil); rule != tt.rule || ok != (tt.rule == "") {
			t.Errorf("%s %s: %q, %v", tt.method, tt.url, rule, ok)
		}
	}
}

func TestCodesAndKinds(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		wire.CodeInvalid, wire.CodeUnsupported, wire.CodeDenied, wire.CodeNotFound, wire.CodeTooLarge,
		wire.CodeTimeout, wire.CodeCancelled, wire.CodeUnavailable, wire.CodeRateLimited, wire.CodeBlocked, wire.CodeRobots,
		wire.CodePassword, wire.CodeClosed, wire.CodeNotAShop, wire.CodeBadData, wire.CodeInternal,
	} {
		if got := Code(Kind(code)); got != code {
			t.Errorf("%s becomes %s", code, got)
		}
	}
	if Kind("made_up") != errs.Internal || Kind(string(errs.Busy)) != errs.Internal || Code(errs.Busy) != wire.CodeUnavailable {
		t.Error("codes that aren't on the list get through")
	}
}

func TestBodyReadKeeps(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		page string
		want string
	}{
		"of JSON, the fields":          {`{"a":[{"b":1,"c":2}],"d":3}`, `{"a":[{"b":1}]}`},
		"of anything else, everything": {`<p>a.b</p>`, `<p>a.b</p>`},
		"of broken JSON, everything":   {`{"a":[{"b":1,"c":2}],`, `{"a":[{"b":1,"c":2}],`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, Services{}, all, Limits{}, SessionOptions{})
			handle, err := d.Hold([]byte(tt.page), "")
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the page itself stays as it is
				got, code := d.Do(t.Context(), wire.FnBodyRead, (&wire.BodyRequest{Body: handle, Keep: []string{"a.b"}}).AppendJSON(nil))
				if code != 0 || string(got) != tt.want {
					t.Errorf("%q, code %d; want %q", got, code, tt.want)
				}
			}
			part, _ := d.Do(t.Context(), wire.FnBodyRead, (&wire.BodyRequest{Body: handle, Keep: []string{"a.b"}, Offset: 1, Length: 3}).AppendJSON(nil))
			if string(part) != tt.want[1:4] {
				t.Errorf("a part is %q, want %q", part, tt.want[1:4])
			}
		})
	}
}

func TestPageTooLarge(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Services{}, all, Limits{PageBytes: 100}, SessionOptions{})
	handle, err := d.Hold([]byte(strings.Repeat(" ", 101)), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.ask(t, wire.FnHTMLQuery, &wire.HTMLRequest{Body: handle}, &wire.HTMLReply{}); codeOf(err) != wire.CodeTooLarge {
		t.Errorf("got %v", err)
	}
}

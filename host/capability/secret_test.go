package capability

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const hunter = `hunter2/"&é`

// vault is a server that knows what it was sent, tells it in each way it can,
// and redirects.
func vault(t testing.TB) (*httptest.Server, *fetch.Client, chan http.Header) {
	t.Helper()
	seen := make(chan http.Header, 100)
	mux := http.NewServeMux()
	var other *httptest.Server
	mux.HandleFunc("/robots.txt", http.NotFound)
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/stolen", http.StatusFound)
	})
	mux.HandleFunc("/within", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/echo", http.StatusFound) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("X-Echo", token)
		w.Header().Set("ETag", `"`+token+`"`)
		fmt.Fprintf(w, "raw %s, base64 %s, query %s", token, base64.StdEncoding.EncodeToString([]byte(token)), r.URL.Query().Get("q"))
	})
	s := httptest.NewServer(mux)
	other = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	t.Cleanup(other.Close)
	c, err := fetch.New(fetch.Options{Allow: []string{"127.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, c, seen
}

// keeper is a desk of a plugin with secrets that may go to hosts.
func keeper(t testing.TB, c Fetcher, hosts ...string) *desk {
	t.Helper()
	g := all
	g.HTTP = &HTTPGrant{Hosts: []HostRule{{"the manifest", []string{"*"}}}, Methods: []string{"GET", "POST"}}
	g.Secret = &SecretGrant{Hosts: []HostRule{{"the manifest", []string{"*"}}, {"the operator's settings", hosts}}}
	d := newDesk(t, Services{Fetch: c}, g, Limits{}, SessionOptions{Workspace: "w", Job: "j"})
	d.session.Plugin().SetSecrets(map[string]string{"token": hunter, "unset": "", "key": "Jefe", "pin": "123"})
	return d
}

func (d *desk) placeholder(t testing.TB, q wire.SecretRequest) string {
	t.Helper()
	var got wire.SecretReply
	if err := d.ask(t, wire.FnSecretUse, &q, &got); err != nil {
		t.Fatal(err)
	}
	return got.Placeholder
}

func authorized(url, value string) *wire.FetchRequest {
	return &wire.FetchRequest{URL: url, Headers: []wire.Header{{Name: "Authorization", Value: value}}}
}

func TestSecretReachesTheServerAndNotTheGuest(t *testing.T) {
	t.Parallel()
	s, c, seen := vault(t)
	d := keeper(t, c, s.URL)
	p := d.placeholder(t, wire.SecretRequest{Name: "token"})
	for _, path := range []string{"/echo?q=" + base64.RawURLEncoding.EncodeToString([]byte(hunter)), "/within"} {
		var got wire.FetchReply
		if err := d.ask(t, wire.FnHTTPFetch, authorized(s.URL+path, "Bearer "+p), &got); err != nil {
			t.Fatal(err)
		}
		if h := <-seen; h.Get("Authorization") != "Bearer "+hunter {
			t.Errorf("%s: the server got %q", path, h.Get("Authorization"))
		}
		body, _ := d.Do(t.Context(), wire.FnBodyRead, (&wire.BodyRequest{Body: got.Body}).AppendJSON(nil))
		told := string(body) + fmt.Sprintf("%+v", got)
		for _, form := range forms(hunter) {
			if strings.Contains(told, form) {
				t.Errorf("%s: the guest sees %q in %s", path, form, told)
			}
		}
		if !strings.HasPrefix(string(body), "raw [secret], base64 [secret],") {
			t.Errorf("the body is %q", body)
		}
		if v, _ := d.session.Fresh(s.URL + path); strings.Contains(v.ETag, "hunter") {
			t.Errorf("the validator is %q", v.ETag)
		}
	}
	basic := d.placeholder(t, wire.SecretRequest{Name: "token", Prefix: "me:", Encoding: "base64"})
	if err := d.ask(t, wire.FnHTTPFetch, authorized(s.URL+"/echo", "Basic "+basic), &wire.FetchReply{}); err != nil {
		t.Fatal(err)
	}
	r := &http.Request{Header: <-seen}
	if user, password, _ := r.BasicAuth(); user != "me" || password != hunter {
		t.Errorf("the server got %q and %q", user, password)
	}
	if err := d.ask(t, wire.FnLog, &wire.LogRequest{Level: "info", Message: "it is " + hunter}, &wire.Empty{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(d.log.String(), "hunter") {
		t.Errorf("the log says %s", d.log)
	}
}

func TestSecretGoesNowhereElse(t *testing.T) {
	t.Parallel()
	s, c, seen := vault(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "http://"), ":")
	for name, tt := range map[string]struct {
		hosts []string
		q     func(p string) *wire.FetchRequest
		code  string
		log   string
	}{
		"redirect":     {[]string{s.URL}, func(p string) *wire.FetchRequest { return authorized(s.URL+"/away", p) }, wire.CodeDenied, "redirected to another origin"},
		"host":         {[]string{"api.example"}, func(p string) *wire.FetchRequest { return authorized(s.URL, p) }, wire.CodeDenied, "asked=\"token to GET " + s.URL},
		"rule":         {[]string{"api.example"}, func(p string) *wire.FetchRequest { return authorized(s.URL, p) }, wire.CodeDenied, "hosts of the operator's settings are api.example"},
		"plain http":   {[]string{"127.0.0.1:" + port}, func(p string) *wire.FetchRequest { return authorized(s.URL, p) }, wire.CodeDenied, "secret"},
		"port":         {[]string{"http://127.0.0.1"}, func(p string) *wire.FetchRequest { return authorized(s.URL, p) }, wire.CodeDenied, "secret"},
		"other scheme": {[]string{s.URL}, func(p string) *wire.FetchRequest { return authorized("https"+s.URL[4:], p) }, wire.CodeDenied, "secret"},
		"not granted":  {[]string{"{shop"}, func(p string) *wire.FetchRequest { return authorized(s.URL, p) }, wire.CodeDenied, "secret"},
		"URL":          {[]string{s.URL}, func(p string) *wire.FetchRequest { return &wire.FetchRequest{URL: s.URL + "/?key=" + p} }, wire.CodeInvalid, ""},
		"escaped URL": {[]string{s.URL}, func(p string) *wire.FetchRequest {
			return &wire.FetchRequest{URL: s.URL + "/?key=" + strings.Replace(p, "{", "%7b", 1)}
		}, wire.CodeInvalid, ""},
		"body": {[]string{s.URL}, func(p string) *wire.FetchRequest { return &wire.FetchRequest{Method: "POST", URL: s.URL, Body: p} }, wire.CodeInvalid, ""},
		"header name": {[]string{s.URL}, func(p string) *wire.FetchRequest {
			return &wire.FetchRequest{URL: s.URL, Headers: []wire.Header{{Name: p}}}
		}, wire.CodeInvalid, ""},
		"forged": {[]string{s.URL}, func(string) *wire.FetchRequest { return authorized(s.URL, "{secret:token:00000000000000000}") }, wire.CodeInvalid, ""},
		"half":   {[]string{s.URL}, func(p string) *wire.FetchRequest { return authorized(s.URL, p[:len(p)-1]) }, wire.CodeInvalid, ""},
		"nested": {[]string{s.URL}, func(p string) *wire.FetchRequest { return authorized(s.URL, "{secret:"+p) }, wire.CodeInvalid, ""},
		"split":  {[]string{s.URL}, func(p string) *wire.FetchRequest { return authorized(s.URL, p+"\r\nX-More: "+p) }, wire.CodeInvalid, ""},
		"prefetched": {[]string{"api.example"}, func(p string) *wire.FetchRequest {
			return &wire.FetchRequest{URL: s.URL + "/x{", Prefetch: []string{s.URL + "/{secret:"}, Headers: []wire.Header{{Name: "X", Value: p}}}
		}, wire.CodeDenied, "token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := keeper(t, c, tt.hosts...)
			err := d.ask(t, wire.FnHTTPFetch, tt.q(d.placeholder(t, wire.SecretRequest{Name: "token"})), &wire.FetchReply{})
			if codeOf(err) != tt.code {
				t.Errorf("error is %v, want %s", err, tt.code)
			}
			log := d.log.String()
			if strings.Contains(err.Error()+log+d.Failure().Error(), "hunter") {
				t.Errorf("the secret shows: %v\n%s", err, log)
			}
			if tt.log != "" && (!strings.Contains(log, tt.log) || !strings.Contains(log, "plugin=scraper.test") || !strings.Contains(log, "job=j")) {
				t.Errorf("the log says %q, want %q", log, tt.log)
			}
			var denial *Denial
			if tt.code == wire.CodeDenied && name != "redirect" && (!errors.As(d.Failure(), &denial) || denial.Rule == "" || denial.Capability != "secret") {
				t.Errorf("the denial is %+v", denial)
			}
		})
	}
	t.Cleanup(func() {
		close(seen)
		for h := range seen {
			t.Errorf("a server got %v", h)
		}
	})
}

func TestSecretsAreOnesOwn(t *testing.T) {
	t.Parallel()
	d := keeper(t, nil, "api.example")
	for _, tt := range []struct {
		q    wire.SecretRequest
		code string
	}{
		{wire.SecretRequest{Name: "of_another"}, wire.CodeDenied},
		{wire.SecretRequest{}, wire.CodeDenied},
		{wire.SecretRequest{Name: "unset"}, wire.CodeNotFound},
		{wire.SecretRequest{Name: "pin"}, wire.CodeInvalid},
		{wire.SecretRequest{Name: "token", Encoding: "rot13"}, wire.CodeInvalid},
		{wire.SecretRequest{Name: "token", Prefix: strings.Repeat("x", 2000)}, wire.CodeInvalid},
	} {
		if err := d.ask(t, wire.FnSecretUse, &tt.q, &wire.SecretReply{}); codeOf(err) != tt.code {
			t.Errorf("%+v: %v, want %s", tt.q, err, tt.code)
		}
	}
	if d.session.Plugin().Denials() != 2 || !strings.Contains(d.log.String(), "capability=secret asked=of_another") {
		t.Errorf("%d denials, log %s", d.session.Plugin().Denials(), d.log)
	}
	// A placeholder ends with its call.
	p := d.placeholder(t, wire.SecretRequest{Name: "token"})
	if again := d.placeholder(t, wire.SecretRequest{Name: "token"}); again == p {
		t.Error("two placeholders are the same")
	}
	d.End()
	d.Call = d.session.Begin(nil)
	d.placeholder(t, wire.SecretRequest{Name: "token"})
	if _, _, err := d.reveal("Bearer " + p); !errs.Is(err, errs.Invalid) {
		t.Errorf("a placeholder of an earlier call gives %v", err)
	}
	for range maxPlaceholders - 1 {
		d.placeholder(t, wire.SecretRequest{Name: "token"})
	}
	if err := d.ask(t, wire.FnSecretUse, &wire.SecretRequest{Name: "token"}, &wire.SecretReply{}); codeOf(err) != wire.CodeTooLarge {
		t.Errorf("one placeholder more: %v", err)
	}
}

func TestSecretSigns(t *testing.T) {
	t.Parallel()
	d := keeper(t, nil, "api.example")
	var got wire.CryptoReply
	if err := d.ask(t, wire.FnCryptoHMAC, &wire.CryptoRequest{Secret: "key", Data: "what do ya want for nothing?"}, &got); err != nil {
		t.Fatal(err)
	}
	if want := "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"; got.Hex != want { // RFC 4231
		t.Errorf("signed %s, want %s", got.Hex, want)
	}
	for _, tt := range []struct {
		q    wire.CryptoRequest
		code string
	}{
		{wire.CryptoRequest{Secret: "key", Key: "k"}, wire.CodeInvalid},
		{wire.CryptoRequest{Secret: "of_another"}, wire.CodeDenied},
		{wire.CryptoRequest{Secret: "unset"}, wire.CodeNotFound},
	} {
		if err := d.ask(t, wire.FnCryptoHMAC, &tt.q, &got); codeOf(err) != tt.code {
			t.Errorf("%+v: %v, want %s", tt.q, err, tt.code)
		}
	}
	without := newDesk(t, Services{}, all, Limits{}, SessionOptions{})
	if err := without.ask(t, wire.FnCryptoHMAC, &wire.CryptoRequest{Secret: "key"}, &got); codeOf(err) != wire.CodeDenied {
		t.Errorf("without a grant: %v", err)
	}
}

// telltale fails with what it was sent.
type telltale struct{}

func (telltale) Fetch(_ context.Context, r *fetch.Request) (*fetch.Response, error) {
	return nil, errs.New(errs.Unavailable, "sent %v", r.Header).WithHint("%v", r.Header)
}

func TestSecretIsTakenOutOfErrors(t *testing.T) {
	t.Parallel()
	d := keeper(t, telltale{}, "api.example")
	err := d.ask(t, wire.FnHTTPFetch, authorized("https://api.example", d.placeholder(t, wire.SecretRequest{Name: "token"})), &wire.FetchReply{})
	if codeOf(err) != wire.CodeUnavailable || !strings.Contains(err.Error(), "sent map[Authorization:[[secret]]]") {
		t.Errorf("the guest is told %v", err)
	}
	if f := d.Failure(); errs.KindOf(f) != errs.Unavailable || strings.Contains(f.Error()+errs.HintOf(f), "hunter") {
		t.Errorf("the host is told %v", f)
	}
}

// TestDenialsDoNotFloodTheLog holds that each is counted.
func TestDenialsDoNotFloodTheLog(t *testing.T) {
	t.Parallel()
	d := newDesk(t, Services{}, Grants{}, Limits{}, SessionOptions{})
	for range 1000 {
		d.Do(t.Context(), wire.FnKVGet, nil)
	}
	if n := d.session.Plugin().Denials(); n != 1000 {
		t.Errorf("%d denials are counted", n)
	}
	if lines := strings.Count(d.log.String(), "\n"); lines < auditBurst || lines > auditBurst+20 {
		t.Errorf("%d lines are logged", lines)
	}
}

func TestGuestLowersLimitsOnly(t *testing.T) {
	t.Parallel()
	g := all
	g.HTTP = &HTTPGrant{Hosts: []HostRule{{"x", []string{"*"}}}, Methods: []string{"GET"}, MaxBytes: 1000, Timeout: 5e9}
	d := newDesk(t, Services{Fetch: telltale{}}, g, Limits{}, SessionOptions{})
	for _, tt := range []struct {
		q       wire.FetchRequest
		timeout int64
		bytes   int64
	}{
		{wire.FetchRequest{}, 5e9, 1000},
		{wire.FetchRequest{TimeoutMS: 1000, MaxBytes: 10}, 1e9, 10},
		{wire.FetchRequest{TimeoutMS: 60_000, MaxBytes: 1 << 40}, 5e9, 1000},
		{wire.FetchRequest{TimeoutMS: -1, MaxBytes: -1}, 5e9, 1000},
		{wire.FetchRequest{TimeoutMS: 1 << 62, MaxBytes: 1 << 62}, 5e9, 1000},
	} {
		tt.q.URL = "https://a.example"
		r, err := d.request(&tt.q)
		if err != nil {
			t.Fatal(err)
		}
		if int64(r.Timeout) != tt.timeout || r.MaxBytes != tt.bytes {
			t.Errorf("%+v gives %v and %d bytes", tt.q, r.Timeout, r.MaxBytes)
		}
	}
}

// FuzzReveal holds that whatever a guest writes around placeholders, a secret
// appears where a whole placeholder stood and nowhere else.
func FuzzReveal(f *testing.F) {
	for _, s := range []string{"Bearer P", "PP", "{secret:P}", "{secret:", "P}{", "{secret:token:1}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := NewPlugin("scraper.x", "", all, Limits{})
		p.SetSecrets(map[string]string{"token": "hunter2"})
		c := New(Services{Random: io.LimitReader(zeros{}, 8)}).Session(p, SessionOptions{}).Begin(nil)
		v, err := c.useSecret(t.Context(), &wire.SecretRequest{Name: "token"})
		if err != nil {
			t.Fatal(err)
		}
		text = strings.ReplaceAll(text, "P", v.(*wire.SecretReply).Placeholder)
		got, names, err := c.reveal(text)
		if err != nil {
			if got != "" || !strings.Contains(text, placeholderHead) {
				t.Errorf("%q: %q, %v", text, got, err)
			}
			return
		}
		if want := strings.ReplaceAll(text, v.(*wire.SecretReply).Placeholder, "hunter2"); got != want || strings.Count(text, placeholderHead) != len(names) {
			t.Errorf("%q gives %q, %v", text, got, names)
		}
	})
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

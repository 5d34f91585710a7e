package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/omakase-ai/omakase/docs"
)

// asJSON is why an answer that the contract has as HTML is none.
var asJSON = meaning{"Content-Type", "errors are JSON, never a page with a stack (behaviours.md 9.3)"}

// meaning is where an answer leaves the contract, and why.
type meaning struct{ where, why string }

// meant are answers that the contract's description does not have, by operation
// and status. One that none of the stops needs is a failure.
var meant = map[string]meaning{
	"createProduct 400":      asJSON,
	"createProduct 413":      asJSON,
	"bulkCreateProducts 413": asJSON,
	"searchProducts 400":     asJSON,
	"staticFile 404":         asJSON,
	"executeScrapeJob 200":   {`error at "/success"`, "an execution that failed says so (behaviours.md 9.15)"},
	"scrapeStatusStub 200":   {`error at "/status"`, "the id of an import job is answered with its state, where the original knew no other"},
	"getVoiceConfig 200":     {`error at "/voices"`, "the model and the voices are those that the provider has today (behaviours.md 9.24)"},
}

// failing are operations that wait for another server: the contract's 500 stays
// for what that does. Elsewhere the original had it for wrong input, which is a
// 4xx now (behaviours.md 9.11).
var failing = map[string]bool{"createVoiceSession": true}

// stop is one request of the walk.
type stop struct {
	op     string // operationId of the contract
	status int
	where  string // method and path; {name} is what an earlier stop kept
	body   string // JSON, or a form that begins with its boundary
	keep   string // name=path.in.the.answer
}

// walk holds a server's answers against two descriptions: what existing clients
// were promised, and what we say ourselves.
type walk struct {
	t             *testing.T
	base          string
	contract, own routers.Router
	promised      *openapi3.T
	kept          map[string]string
	seen, needed  map[string]bool // operation and status
}

// TestContractWalk visits each operation of the contract in each state that it
// promises.
func TestContractWalk(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(shared(t, "contract", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w := &walk{t: t, kept: map[string]string{}, seen: map[string]bool{}, needed: map[string]bool{}}
	w.promised, w.contract = described(t, text)
	_, w.own = described(t, []byte(docs.OpenAPI))
	w.kept["shop"], w.kept["catalogue"] = kiln(t), newShop(t, 3).URL
	w.kept["long"], w.kept["huge"] = strings.Repeat("x", 2<<20), strings.Repeat("x", 33<<20)
	public := t.TempDir()
	if err := os.WriteFile(filepath.Join(public, "hello.txt"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.base = serve(t, t.TempDir(), "OPENAI_API_KEY=sk-test", "OPENAI_BASE_URL="+secrets(t)+"/v1", "OMAKASE_SERVER_PUBLIC_DIR="+public).base
	for _, s := range contractStops {
		w.visit(s)
	}
	w.base = serve(t, t.TempDir()).base // it has no key
	w.visit(stop{"createVoiceSession", 500, "POST /api/voice/session", `{}`, ""})
	w.complete()
}

func described(t *testing.T, text []byte) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

func (w *walk) visit(s stop) {
	w.t.Helper()
	for name, value := range w.kept {
		s.where, s.body = strings.ReplaceAll(s.where, "{"+name+"}", value), strings.ReplaceAll(s.body, "{"+name+"}", value)
	}
	method, path, _ := strings.Cut(s.where, " ")
	rq, err := http.NewRequestWithContext(w.t.Context(), method, w.base, strings.NewReader(s.body))
	if err != nil {
		w.t.Fatal(err)
	}
	rq.URL.Opaque = path // also one that is no URL
	switch {
	case strings.HasPrefix(s.body, "--"):
		rq.Header.Set("Content-Type", "multipart/form-data; boundary="+strings.TrimSpace(s.body[2:strings.Index(s.body, "\r\n")]))
	case s.body != "":
		rq.Header.Set("Content-Type", "application/json")
	}
	rs, err := http.DefaultTransport.RoundTrip(rq) // follows no redirect
	if err != nil {
		w.t.Fatalf("%s: %v", s.op, err)
	}
	defer func() { _ = rs.Body.Close() }()
	body, err := io.ReadAll(rs.Body)
	if err != nil {
		w.t.Fatalf("%s: %v", s.op, err)
	}
	key := fmt.Sprintf("%s %d", s.op, rs.StatusCode)
	w.seen[key] = true
	if rs.StatusCode != s.status {
		w.t.Errorf("%s: want %d: %.500s", key, s.status, body)
		return
	}
	op, err := fits(w.contract, rq, rs, body)
	switch {
	case op != s.op:
		w.t.Errorf("%s is answered by the operation %q", s.where, op)
	case err != nil && meant[key].why != "" && strings.Contains(err.Error(), meant[key].where):
		w.needed[key] = true
	case err != nil:
		w.t.Errorf("%s does not fit the contract: %v\n%.500s", key, err, body)
	}
	if _, err := fits(w.own, rq, rs, body); err != nil {
		w.t.Errorf("%s does not fit docs/openapi.yaml: %v\n%.500s", key, err, body)
	}
	w.keep(s, body)
}

// keep remembers a part of an answer for later stops.
func (w *walk) keep(s stop, body []byte) {
	w.t.Helper()
	name, path, ok := strings.Cut(s.keep, "=")
	if !ok {
		return
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		w.t.Fatalf("%s: %v", s.op, err)
	}
	for key := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			v = at[0]
		}
	}
	if w.kept[name], ok = v.(string); !ok {
		w.t.Fatalf("%s: no %s in %s", s.op, path, body)
	}
}

// fits checks the status, the headers and the body of an answer, and names the
// operation.
func fits(router routers.Router, rq *http.Request, rs *http.Response, body []byte) (op string, err error) {
	bare := rq.Clone(rq.Context())
	bare.URL.Scheme, bare.URL.Host, bare.Host = "", "", ""
	if at, err := url.ParseRequestURI(rq.URL.Opaque); err == nil {
		bare.URL = at
	} else {
		bare.URL.Path, bare.URL.Opaque = rq.URL.Opaque, ""
	}
	route, params, err := router.FindRoute(bare)
	if err != nil {
		return "", err
	}
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
		ExcludeResponseBody: rs.StatusCode < 400 && !strings.HasPrefix(rs.Header.Get("Content-Type"), "application/json"), // it reads no HTML
	}
	return route.Operation.OperationID, openapi3filter.ValidateResponse(rq.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: bare, PathParams: params, Route: route, Options: options},
		Status:                 rs.StatusCode, Header: rs.Header, Body: io.NopCloser(bytes.NewReader(body)), Options: options,
	})
}

// complete says what of the contract was not seen, and which reasons are for
// nothing.
func (w *walk) complete() {
	w.t.Helper()
	for path, item := range w.promised.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				if status == "500" && !failing[op.OperationID] || status == "default" {
					continue
				}
				if key := op.OperationID + " " + status; !w.seen[key] {
					w.t.Errorf("%s %s was not seen to answer %s", method, path, status)
				}
			}
		}
	}
	for key := range meant {
		if !w.needed[key] {
			w.t.Errorf("%s needs no excuse any more", key)
		}
	}
}

// kiln is a shop whose page describes a product.
func kiln(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, rq *http.Request) {
		if rq.URL.Path != "/" {
			http.NotFound(rw, rq)
			return
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(rw, `<!doctype html><html lang="ja"><title>備前焼の湯呑み</title><h1>備前焼の湯呑み</h1><p>1,980円</p>
			<script type="application/ld+json">{"@context":"https://schema.org","@type":"Product","name":"備前焼の湯呑み",
			"description":"ひとつずつ手作りです。","image":"https://cdn.example/1.jpg","sku":"B-1",
			"offers":{"@type":"Offer","price":"1980","priceCurrency":"JPY","availability":"https://schema.org/InStock"}}</script></html>`)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// secrets is a provider that gives one short-lived key, and refuses from then on.
func secrets(t *testing.T) string {
	t.Helper()
	var given atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, rq *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		if rq.URL.Path != "/v1/realtime/client_secrets" || given.Swap(true) {
			rw.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(rw, `{"error":{"message":"slow down"}}`)
			return
		}
		_, _ = io.WriteString(rw, `{"value":"ek_1","expires_at":1800000000,"session":{"type":"realtime","id":"sess_1","model":"gpt-realtime"}}`)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

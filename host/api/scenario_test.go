package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/errs"
	catalogs "github.com/omakase-ai/omakase/core/knowledge/importer"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/docs"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/observe"
)

// host is a server on a real socket, its store and its jobs.
type host struct {
	t       *testing.T
	url     string
	api     *api.Server
	store   store.Store
	jobs    *importer
	pages   *reader
	writer  *writer
	shop    *shop.Service
	changes atomic.Int64 // of plugins
	imports *catalogs.Service
	voices  *realtime.Manager // nil: there are no sessions
	// client follows no redirect and keeps its connections to itself.
	client *http.Client
}

func start(t *testing.T, o api.Options) *host {
	t.Helper()
	h := listen(t, o)
	h.attach()
	return h
}

// listen starts a server whose backend is not open yet.
func listen(t *testing.T, o api.Options) *host {
	t.Helper()
	if o.Metrics == nil {
		o.Metrics = observe.NewMetrics("test")
	}
	o.Version = "test"
	st, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "omakase.db")})
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, api: api.New(o), store: st, pages: &reader{}, writer: &writer{}, client: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 8},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	h.shop = shop.New(shop.Options{
		Store: st, Products: st, Links: links{},
		Rules: shop.Rules{Tax: shop.Tax{Standard: 10_000, Rounding: shop.Floor}, MaxLines: 20, MaxQuantity: 99, Confirm: true},
	})
	h.jobs = &importer{store: st, outcome: twoStored, hold: make(chan struct{})}
	close(h.jobs.hold)
	h.imports = catalogs.New(catalogs.Options{Store: st, Fetch: adminShop{}, Currency: "JPY"})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.url = "http://" + ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- h.api.Serve(ln) }()
	t.Cleanup(func() {
		h.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := h.api.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		stopped, stop := context.WithCancel(context.Background())
		stop()
		h.imports.Run(stopped) // waits for imports that run
		_ = st.Close()         // a test may have done so
	})
	return h
}

func (h *host) attach() {
	agents, err := agent.Load(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	h.api.Attach(api.Backend{
		Store: h.store, Jobs: h.jobs, Plugins: plugins{&h.changes}, Pages: h.pages, Prompts: agent.NewComposer(agents, h.store, h.writer, 600),
		Shop:    h.shop,
		Imports: h.imports,
		Voices:  h.voices,
	})
}

// links makes the links of one plugin.
type links struct{}

func (links) Link(_ context.Context, b shop.Basket) (string, error) {
	if b.Plugin != "scraper.test" {
		return "", errs.New(errs.Unsupported, "plugin %s makes no links", b.Plugin)
	}
	return fmt.Sprintf("https://shop.example/cart/%s:%d", b.Lines[0].VariantID, b.Lines[0].Quantity), nil
}

type plugins struct{ changes *atomic.Int64 }

func (p plugins) Changes() int { return int(p.changes.Load()) }

func (plugins) List() []api.PluginInfo {
	return []api.PluginInfo{{
		ID: "scraper.shopify", Version: "1.0.0", Provides: []string{"scraper/1"},
		State: "serving", Generation: 1, Source: "builtin", Grants: []string{"http"},
		Needs:  []api.PluginNeed{{Capability: "http", Reason: "reads the shop", Granted: true, Rule: "{shop}"}},
		Limits: []byte(`{"memoryMb":64}`), Breaker: &api.PluginBreaker{State: "closed"}, Stats: &api.PluginStats{Calls: 1},
	}}
}

func (plugins) Reload(context.Context) ([]api.PluginReload, error) {
	return []api.PluginReload{
		{ID: "scraper.one", OK: true, Outcome: "replaced", Generation: 2, TookMS: 1.5},
		{ID: "scraper.two", Outcome: "kept", Generation: 1, Reason: "selftest: no good"},
	}, nil
}

// scenario is one exchange. Requests with an expected status below 400 must
// fit docs/openapi.yaml, all answers must.
type scenario struct {
	name    string
	method  string // GET
	path    string
	header  map[string]string
	body    string // JSON, where the content type is not given
	status  int
	want    string            // JSON: each of its keys is in the answer with this value
	lacks   []string          // keys that are not in the answer
	headers map[string]string // of the answer
}

func (h *host) run(scenarios ...scenario) {
	h.t.Helper()
	for _, sc := range scenarios {
		if sc.method == "" {
			sc.method = http.MethodGet
		}
		name := sc.name
		if name == "" {
			name = sc.method + " " + sc.path
		}
		h.t.Run(name, func(t *testing.T) { h.exchange(t, sc) })
	}
}

// exchange sends a request, checks the answer and returns its body.
func (h *host) exchange(t *testing.T, sc scenario) []byte {
	t.Helper()
	rq, err := http.NewRequestWithContext(t.Context(), sc.method, h.url+sc.path, strings.NewReader(sc.body))
	if err != nil {
		t.Fatal(err)
	}
	if sc.body != "" {
		rq.Header.Set("Content-Type", "application/json")
	}
	for k, v := range sc.header {
		rq.Header.Set(k, v)
	}
	rs, err := h.client.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	defer rs.Body.Close()
	body, err := io.ReadAll(rs.Body)
	if err != nil {
		t.Fatal(err)
	}
	if rs.StatusCode != sc.status {
		t.Fatalf("status %d, want %d: %s", rs.StatusCode, sc.status, body)
	}
	for k, v := range sc.headers {
		if got := rs.Header.Get(k); got != v {
			t.Errorf("header %s is %q, want %q", k, got, v)
		}
	}
	if sc.want != "" || len(sc.lacks) > 0 {
		checkKeys(t, body, sc.want, sc.lacks)
	}
	checkDocument(t, sc, rq, rs, body)
	checkContract(t, rq, rs, body)
	return body
}

func checkKeys(t *testing.T, body []byte, want string, lacks []string) {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if want != "" {
		var expected map[string]any
		if err := json.Unmarshal([]byte(want), &expected); err != nil {
			t.Fatalf("the scenario's own JSON: %v", err)
		}
		if diff := cmp.Diff(any(expected), part(got, expected)); diff != "" {
			t.Errorf("answer (-want +got):\n%s\n%s", diff, body)
		}
	}
	for _, key := range lacks {
		if _, ok := got[key]; ok {
			t.Errorf("answer has %s: %s", key, body)
		}
	}
}

// part reduces got to the keys that want has, also within lists of the same
// length.
func part(got, want any) any {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return got
		}
		reduced := map[string]any{}
		for k, v := range want {
			if g, ok := object[k]; ok {
				reduced[k] = part(g, v)
			}
		}
		return reduced
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return got
		}
		reduced := make([]any, len(list))
		for i := range list {
			reduced[i] = part(list[i], want[i])
		}
		return reduced
	}
	return got
}

var document = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(docs.OpenAPI))
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// checkDocument holds an exchange against docs/openapi.yaml.
func checkDocument(t *testing.T, sc scenario, rq *http.Request, rs *http.Response, body []byte) {
	t.Helper()
	router, err := document()
	if err != nil {
		t.Fatalf("docs/openapi.yaml: %v", err)
	}
	bare := rq.Clone(rq.Context())
	bare.URL.Scheme, bare.URL.Host, bare.Host = "", "", ""
	if bare.Method == http.MethodHead {
		bare.Method = http.MethodGet
	}
	bare.Body = io.NopCloser(strings.NewReader(sc.body))
	route, params, err := router.FindRoute(bare)
	if err != nil {
		if sc.status != http.StatusNotFound && rq.Method != http.MethodOptions {
			t.Errorf("docs/openapi.yaml has no %s %s: %v", sc.method, sc.path, err)
		}
		return
	}
	input := &openapi3filter.RequestValidationInput{
		Request: bare, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	// The validator reads no SDP.
	input.Options.ExcludeRequestBody = rq.Header.Get("Content-Type") == "application/sdp"
	if sc.status < 400 {
		if err := openapi3filter.ValidateRequest(rq.Context(), input); err != nil {
			t.Errorf("request does not fit docs/openapi.yaml: %v", err)
		}
	}
	if rq.Method == http.MethodHead || sc.status == http.StatusNotModified {
		return
	}
	// The validator reads no HTML; the document only names its type.
	input.Options.ExcludeResponseBody = !strings.HasPrefix(rs.Header.Get("Content-Type"), "application/json")
	err = openapi3filter.ValidateResponse(rq.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: rs.StatusCode, Header: rs.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: input.Options,
	})
	if err != nil {
		t.Errorf("answer does not fit docs/openapi.yaml: %v\n%s", err, body)
	}
}

// field digs a string out of an answer: field(body, "product", "id").
func field(t *testing.T, body []byte, path ...string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	for _, key := range path {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	s, ok := v.(string)
	if !ok {
		t.Fatalf("no %v in %s", path, body)
	}
	return s
}

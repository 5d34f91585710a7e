package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/auth"
)

// rawExchange sends a request line that net/http would not send.
func rawExchange(t *testing.T, h *host, line string, status int) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", line); err != nil {
		t.Fatal(err)
	}
	rs, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	defer rs.Body.Close()
	body, _ := io.ReadAll(rs.Body)
	if rs.StatusCode != status {
		t.Errorf("%s: status %d, want %d: %s", line, rs.StatusCode, status, body)
	}
	var answer struct{ Error, Code string }
	if err := json.Unmarshal(body, &answer); status >= 400 && (err != nil || answer.Error == "" || answer.Code == "") {
		t.Errorf("%s: not a JSON error: %s", line, body)
	}
	return string(body)
}

func statusOf(t *testing.T, h *host, method, path, body string) int {
	t.Helper()
	rq, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	rs, err := h.client.Do(rq)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer rs.Body.Close()
	_, _ = io.Copy(io.Discard, rs.Body)
	return rs.StatusCode
}

func TestUnknownRoutesAndMethods(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	for _, sc := range []scenario{
		{path: "/api/does-not-exist"},
		{path: "/assets/none.js"},
		{path: "/dashboard/settings"},
		{method: http.MethodPatch, path: "/api/products/x"},
		{method: post, path: "/api/health"},
		{path: "/api/products/x/y/z"},
	} {
		sc.status, sc.want = 404, `{"code":"not_found"}`
		sc.headers = map[string]string{"Content-Type": "application/json; charset=utf-8"}
		h.run(sc)
	}
	rawExchange(t, h, "BREW /api/products", 404)
	rawExchange(t, h, "GET /../../etc/passwd", 404)
	rawExchange(t, h, "GET", 400)
	rawExchange(t, h, "GET /"+strings.Repeat("a", 9000), 431)
}

func TestPages(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	html := map[string]string{"Content-Type": "text/html; charset=utf-8"}
	h.run(
		scenario{path: "/dashboard", status: 301, headers: map[string]string{"Location": "/dashboard/", "Content-Type": "text/html; charset=utf-8"}},
		scenario{path: "/dashboard/", status: 200, headers: html},
		scenario{path: "/openapi.yaml", status: 200, headers: map[string]string{"Content-Type": "application/yaml; charset=utf-8"}},
	)
	if page := string(h.exchange(t, scenario{path: "/", status: 200, headers: html})); !strings.Contains(page, "Version test") {
		t.Error("the start page does not say its version")
	}
	page := string(h.exchange(t, scenario{path: "/docs", status: 200, headers: html}))
	for _, want := range []string{"/api/products/search/{query}", "Workspaces.", `href="#ProductList"`, `id="ProductList"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the documentation lacks %s", want)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, `src="`) {
		t.Error("the page of the documentation loads something")
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	open := start(t, api.Options{})
	ask := map[string]string{"Origin": "https://shop.example", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type,x-workspace-id"}
	open.run(
		scenario{
			method: http.MethodOptions, path: "/api/products", header: ask, status: 204,
			headers: map[string]string{
				"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
				"Access-Control-Allow-Headers": "content-type,x-workspace-id", "Vary": "Access-Control-Request-Headers",
			},
		},
		scenario{name: "errors too", path: "/api/nope", header: ask, status: 404, headers: map[string]string{"Access-Control-Allow-Origin": "*"}},
	)
	closed := start(t, api.Options{Origins: []string{"https://shop.example"}})
	closed.run(
		scenario{name: "listed", path: "/api/health", header: ask, status: 200, headers: map[string]string{"Access-Control-Allow-Origin": "https://shop.example", "Vary": "Origin"}},
		scenario{name: "not listed", path: "/api/health", header: map[string]string{"Origin": "https://evil.example"}, status: 200, headers: map[string]string{"Access-Control-Allow-Origin": "", "Vary": "Origin"}},
	)
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.run(scenario{name: "the caller's", path: "/api/health", header: map[string]string{"X-Request-Id": "abc-1.2_3"}, status: 200, headers: map[string]string{"X-Request-Id": "abc-1.2_3"}})
	seen := map[string]bool{}
	for _, given := range []string{"", "", "with space", strings.Repeat("a", 65), "<b>"} {
		rq, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/api/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		rq.Header.Set("X-Request-Id", given)
		rs, err := h.client.Do(rq)
		if err != nil {
			t.Fatal(err)
		}
		rs.Body.Close()
		id := rs.Header.Get("X-Request-Id")
		if id == "" || id == given || seen[id] {
			t.Errorf("given %q the id is %q", given, id)
		}
		seen[id] = true
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef0123456789abcdef"
	h := start(t, api.Options{Auth: auth.New([]string{key})})
	with := func(key string) map[string]string { return map[string]string{"Authorization": "Bearer " + key} }
	for _, open := range []string{"/", "/docs", "/openapi.yaml", "/api/health", "/api/ready", "/api/products", "/api/products/search/a", "/api/scraper/jobs"} {
		h.run(scenario{path: open, status: 200})
	}
	for _, sc := range []scenario{
		{method: post, path: "/api/products", body: `{}`},
		{method: post, path: "/api/products/bulk", body: `{"products":[]}`},
		{method: del, path: "/api/products"},
		{method: put, path: "/api/products/x", body: `{}`},
		{method: del, path: "/api/products/x"},
		{method: put, path: "/api/products/x/stock", body: `{"quantity":1}`},
		{method: post, path: "/api/products/x/stock/increment", body: `{}`},
		{method: post, path: "/api/products/x/stock/decrement", body: `{}`},
		{method: post, path: "/api/scraper/jobs", body: `{"url":"https://shop.example/"}`},
		{method: del, path: "/api/scraper/jobs"},
		{method: post, path: "/api/scraper/jobs/x/execute"},
		{method: post, path: "/api/scraper/jobs/x/cancel"},
		{method: post, path: "/api/scraper/import", body: `{"url":"https://shop.example/"}`},
		{path: "/api/products/x/history"},
		{path: "/api/scraper/jobs/x/events"},
		{path: "/api/scraper/jobs/x/rejections"},
		{path: "/api/admin/plugins"},
		{method: post, path: "/api/admin/plugins/reload"},
		{path: "/metrics"},
	} {
		sc.status, sc.want = 401, `{"error":"an API key is needed","code":"unauthorized"}`
		sc.headers = map[string]string{"WWW-Authenticate": `Bearer realm="omakase"`}
		h.run(sc)
		sc.header, sc.want = with(key+"x"), `{"error":"the API key is wrong","code":"unauthorized"}`
		sc.headers = map[string]string{"WWW-Authenticate": `Bearer realm="omakase", error="invalid_token"`}
		sc.name = "wrong key " + sc.method + sc.path
		h.run(sc)
	}
	h.run(
		scenario{path: "/api/admin/plugins", header: with(key), status: 200, want: `{"count":1}`},
		scenario{
			method: post, path: "/api/admin/plugins/reload", header: with(key), status: 200,
			want: `{"success":false,"count":2,"plugins":[{"id":"scraper.one","ok":true,"outcome":"replaced","generation":2,"tookMs":1.5},
				{"id":"scraper.two","ok":false,"outcome":"kept","generation":1,"reason":"selftest: no good","tookMs":0}]}`,
		},
		scenario{method: post, path: "/api/products", body: `{"name":"x"}`, header: with(key), status: 201},
		scenario{method: http.MethodOptions, path: "/api/products", status: 204},
		scenario{name: "unknown routes stay unknown", method: post, path: "/api/nope", status: 404},
	)
}

func TestPanicsStayInside(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.jobs.outcome = func(context.Context, store.Store, store.Job) (store.Job, error) { panic("secret detail") }
	id := field(t, h.exchange(t, scenario{method: post, path: "/api/scraper/jobs", body: `{"url":"https://shop.example/"}`, status: 201}), "job", "id")
	answer := h.exchange(t, scenario{
		method: post, path: "/api/scraper/jobs/" + id + "/execute", status: 500,
		header: map[string]string{"X-Request-Id": "r1"}, want: `{"error":"internal error","code":"internal","requestId":"r1"}`,
	})
	if strings.Contains(string(answer), "secret") || strings.Contains(string(answer), ".go:") {
		t.Errorf("the answer shows the panic: %s", answer)
	}
	h.run(scenario{path: "/api/health", status: 200})
}

// TestKeptTextIsCopied stores texts that came in a request and reads them
// again after many other requests have used the same buffers.
func TestKeptTextIsCopied(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	tenant := map[string]string{"X-Workspace-Id": "workspace-of-the-first"}
	h.exchange(t, scenario{
		method: post, path: "/api/products/bulk", header: tenant, status: 201,
		body: `{"products":[{"id":"kept-id","name":"Kept name","description":"Kept description","imageUrl":"https://cdn.example/kept.png"}]}`,
	})
	job := field(t, h.exchange(t, scenario{
		method: post, path: "/api/scraper/jobs", header: tenant, status: 201,
		body: `{"url":"https://kept.example/shop","storeType":"kepttype","options":{"maxProducts":2,"note":"kept note"}}`,
	}), "job", "id")
	h.exchange(t, scenario{path: "/api/products/search/Kept?limit=7", header: tenant, status: 200}) // enters the cache
	var others sync.WaitGroup
	for worker := range 4 {
		others.Go(func() {
			for i := range 250 {
				statusOf(t, h, post, fmt.Sprintf("/api/products/zzzz-%d-%d", worker, i), `{"name":"ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"}`)
				statusOf(t, h, http.MethodGet, fmt.Sprintf("/api/products/search/ZZZZ%d%d?limit=9", worker, i), "")
			}
		})
	}
	others.Wait()
	h.run(
		scenario{path: "/api/products/kept-id", header: tenant, status: 200, want: `{"product":{"id":"kept-id","name":"Kept name","description":"Kept description","imageUrl":"https://cdn.example/kept.png"}}`},
		scenario{path: "/api/scraper/jobs/" + job, header: tenant, status: 200, want: `{"job":{"config":{"url":"https://kept.example/shop","storeType":"kepttype","options":{"maxProducts":2,"note":"kept note"}}}}`},
		scenario{path: "/api/products/search/Kept?limit=7", header: tenant, status: 200, want: `{"query":"Kept","count":1}`},
	)
}

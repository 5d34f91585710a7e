package e2e_test

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Existing clients go on working: the recorded scenarios show no difference.
func TestContractReplay(t *testing.T) {
	t.Parallel()
	needNode(t)
	replay := shared(t, "contract", "replay.mjs")
	mocks := freePort(t)
	s := serve(t, t.TempDir(), "OPENAI_API_KEY=sk-test", "OPENAI_BASE_URL=http://127.0.0.1:"+mocks+"/v1")
	golden := filepath.Join(filepath.Dir(replay), "golden")
	out, err := exec.Command("node", replay, "--mock-port", mocks, s.base, golden).CombinedOutput()
	if unexplained(string(out)) {
		t.Errorf("%v\n%s", err, out)
	}
	// The values, too, where the world has not moved on since.
	for _, name := range []string{"01-health-static-http", "03-products-crud", "05-products-workspaces", "08-scraper-jobs"} {
		out, err := exec.Command("node", replay, "--values", s.base, filepath.Join(golden, name+".json")).CombinedOutput()
		if unexplained(string(out)) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// unexplained reports whether a replay shows a difference that is not meant.
// One is: a recording deletes the product that a creation with wrong types
// made, and that creation is refused.
func unexplained(replay string) bool {
	for line := range strings.Lines(replay) {
		if strings.HasPrefix(line, "DIFF") && !strings.Contains(line, ":: remove wrongly typed ::") {
			return true
		}
	}
	return !strings.Contains(replay, "steps with differences")
}

// Wrong input is refused with words and writes nothing.
func TestWrongInput(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	for _, tt := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/api/products", ``, 400},
		{"POST", "/api/products", `[]`, 400},
		{"POST", "/api/products", `null`, 400},
		{"POST", "/api/products", `{"name":`, 400},
		{"POST", "/api/products", deep, 400},
		{"POST", "/api/products", `{"name":1}`, 400},
		{"POST", "/api/products", `{"name":"a","price":"12"}`, 400},
		{"POST", "/api/products", `{"name":"a","price":-1}`, 400},
		{"POST", "/api/products", `{"name":"a","price":1e400}`, 400},
		{"POST", "/api/products", `{"name":"a","stockQuantity":1.5}`, 400},
		{"POST", "/api/products", `{"name":"a","isActive":"yes"}`, 400},
		{"POST", "/api/products", `{"name":"` + strings.Repeat("x", 2<<20) + `"}`, 413},
		{"POST", "/api/products/bulk", `{"products":[{"name":"ok"},null]}`, 400},
		{"POST", "/api/products/bulk", `{"products":[{"name":"ok"},{"name":"b","price":"x"}]}`, 400},
		{"PUT", "/api/products/nope", `{"price":1}`, 404},
		{"GET", "/api/products?limit=0", ``, 400},
		{"GET", "/api/products?limit=x", ``, 400},
		{"GET", "/api/products?cursor=garbage&limit=5", ``, 400},
		{"GET", "/api/products/search/%E0%A4%A", ``, 400},
		{"GET", "/api/nothing", ``, 404},
		{"PATCH", "/api/products/x", `{}`, 404},
		{"POST", "/api/products/nope/stock/decrement", `{"amount":-1}`, 400},
		{"PUT", "/api/products/nope/stock", `{"quantity":"5"}`, 400},
		{"POST", "/api/scraper/jobs", `{"url":5}`, 400},
		{"POST", "/api/scraper/jobs", `{"url":"file:///etc/passwd"}`, 400},
		{"POST", "/api/scraper/jobs", `{"url":"https://shop.example","options":{"maxProducts":-3}}`, 400},
		{"POST", "/api/scraper/jobs", `{"url":"https://shop.example","storeType":7}`, 400},
		{"POST", "/api/scraper/jobs/nope/execute", ``, 404},
		{"POST", "/api/scraper/jobs/nope/cancel", ``, 404},
	} {
		req, err := http.NewRequest(tt.method, s.base+tt.path, strings.NewReader(tt.body))
		if err != nil {
			req, _ = http.NewRequest(tt.method, s.base, strings.NewReader(tt.body))
			req.URL.Opaque = tt.path
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("%s %s: %v", tt.method, tt.path, err)
			continue
		}
		body := make([]byte, 2000)
		n, _ := res.Body.Read(body)
		_ = res.Body.Close()
		text := string(body[:n])
		if res.StatusCode != tt.status || !strings.Contains(text, `"error":"`) || !strings.Contains(text, `"code":"`) || strings.Contains(text, ".go:") {
			t.Errorf("%s %s %.60s: %d %s; want %d", tt.method, tt.path, tt.body, res.StatusCode, text, tt.status)
		}
	}
	if n := len(s.products("")); n != 0 {
		t.Errorf("%d products were written", n)
	}
}

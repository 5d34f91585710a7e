package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/omakase-ai/omakase/host/api"
)

// etag reads a path and returns its ETag.
func (h *host) etag(t *testing.T, path string) string {
	t.Helper()
	rq, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := h.client.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	rs.Body.Close()
	if rs.Header.Get("Vary") != "X-Workspace-Id" {
		t.Errorf("%s varies by %q", path, rs.Header.Get("Vary"))
	}
	return rs.Header.Get("ETag")
}

func TestAnswersFollowWrites(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	id := field(t, h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"Tea 0","stockQuantity":0}`, status: 201}), "product", "id")
	reads := map[string]string{ // path to what holds after n changes
		"/api/products":                        `{"products":[{"name":"Tea %d"}]}`,
		"/api/products?limit=3":                `{"products":[{"name":"Tea %d"}]}`,
		"/api/products/search/tea":             `{"products":[{"name":"Tea %d"}]}`,
		"/api/products/inventory/out-of-stock": `{"products":[{"name":"Tea %d"}]}`,
		"/api/products/" + id:                  `{"product":{"name":"Tea %d"}}`,
	}
	for change := range 4 {
		for range 2 { // made, then from memory
			for path, want := range reads {
				h.exchange(t, scenario{path: path, status: 200, want: fmt.Sprintf(want, change)})
			}
		}
		h.exchange(t, scenario{
			method: put, path: "/api/products/" + id, body: fmt.Sprintf(`{"name":"Tea %d"}`, change+1), status: 200,
		})
	}
}

func TestAskingAgain(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"Tea"}`, status: 201})
	const path = "/api/products"
	tag := h.etag(t, path)
	if tag == "" || tag != h.etag(t, path) {
		t.Fatalf("ETag %q, then %q", tag, h.etag(t, path))
	}
	for header, status := range map[string]int{
		tag:                     304,
		"W/" + tag:              304,
		`"other", ` + tag:       304,
		"*":                     304,
		`"other"`:               200,
		tag[:len(tag)-1] + `x"`: 200,
	} {
		body := h.exchange(t, scenario{path: path, header: map[string]string{"If-None-Match": header}, status: status, headers: map[string]string{"ETag": tag}})
		if status == 304 && len(body) > 0 {
			t.Errorf("304 with a body: %s", body)
		}
	}
	h.exchange(t, scenario{method: post, path: path, body: `{"name":"Coffee"}`, status: 201})
	h.run(scenario{name: "after a write", path: path, header: map[string]string{"If-None-Match": tag}, status: 200, want: `{"count":2}`})
}

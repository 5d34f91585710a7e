package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/omakase-ai/omakase/docs"
	"github.com/omakase-ai/omakase/host/api"
)

// TestEveryOperationRefusesGarbage sends to every documented operation what
// its document does not allow: each answer is JSON and the caller's fault, and
// nothing is written.
func TestEveryOperationRefusesGarbage(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{Voice: api.Voice{Secrets: &minter{}}})
	h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"Tea","stockQuantity":3}`, status: 201})
	before := string(h.exchange(t, scenario{path: "/api/products", status: 200}))
	doc, err := openapi3.NewLoader().LoadFromData([]byte(docs.OpenAPI))
	if err != nil {
		t.Fatal(err)
	}
	bodies := []string{
		"", "{", "[]", "null", "0", `"x"`, "{}{}", "\xef\xbb\xbf{}", "\x00", "{\"a\":\"\xff\"}", "<a/>", "a=b",
		strings.Repeat("[", 100_000), strings.Repeat(`{"url":`, 1000), `{"url":{},"products":{},"quantity":{},"amount":{},"name":{}}`,
		`{"url":1e999,"products":1e999,"quantity":1e999,"amount":1e999,"price":1e999,"name":0}`,
		`{"url":"\u0000","products":[[]],"quantity":-1,"amount":-1,"price":-1}`,
		`{"url":"` + strings.Repeat("x", 1<<20) + `"}`,
	}
	ids := []string{"x", "%00", "%ff", "%E0%A4%A", "..%2f..%2fetc%2fpasswd", strings.Repeat("a", 6000)}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			for _, id := range ids {
				filled := strings.NewReplacer("{id}", id, "{query}", "none"+id).Replace(path)
				if operation.RequestBody == nil {
					if method == http.MethodGet || strings.Contains(path, "{id}") {
						h.garbage(t, method, filled, "", operation.OperationID)
					}
					continue
				}
				for _, body := range bodies {
					if status := h.garbage(t, method, filled, body, operation.OperationID); status < 400 && !fits(operation, body) {
						t.Errorf("%s took %.60q: %d", operation.OperationID, body, status)
					}
				}
			}
		}
	}
	if after := string(h.exchange(t, scenario{path: "/api/products", status: 200})); after != before {
		t.Errorf("garbage wrote:\n%s\n%s", before, after)
	}
	h.run(scenario{path: "/api/scraper/jobs", status: 200, want: `{"count":0}`})
}

// fits reports whether the document lets an operation have a body. Many fields
// may be left out, and what is not known is ignored.
func fits(operation *openapi3.Operation, body string) bool {
	if strings.TrimSpace(body) == "" {
		return !operation.RequestBody.Value.Required
	}
	var value any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if d.Decode(&value) != nil || d.More() {
		return false
	}
	media := operation.RequestBody.Value.Content.Get("application/json")
	return media != nil && media.Schema.Value.VisitJSON(value) == nil
}

func (h *host) garbage(t *testing.T, method, path, body, operation string) int {
	t.Helper()
	rq, err := http.NewRequestWithContext(t.Context(), method, h.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	rq.URL.Opaque = path // as it is: net/url would refuse it
	rq.Header.Set("Content-Type", "application/json")
	rs, err := h.client.Transport.RoundTrip(rq)
	if err != nil {
		t.Errorf("%s %.60q %.60q: %v", operation, path, body, err)
		return 0
	}
	defer rs.Body.Close()
	answer, err := io.ReadAll(rs.Body)
	if err != nil || rs.StatusCode >= 500 {
		t.Errorf("%s %.60q %.60q: %d %v: %s", operation, path, body, rs.StatusCode, err, answer)
	}
	var problem struct{ Error, Code string }
	if strings.HasPrefix(path, "/v1/") && rs.StatusCode >= 400 && rs.StatusCode != http.StatusRequestEntityTooLarge { // in the form of the provider
		var theirs struct {
			Error struct{ Message, Type string }
		}
		if json.Unmarshal(answer, &theirs) != nil || theirs.Error.Message == "" || theirs.Error.Type == "" {
			t.Errorf("%s %.60q: not the provider's error: %s", operation, body, answer)
		}
		return rs.StatusCode
	}
	if rs.StatusCode >= 400 && (json.Unmarshal(answer, &problem) != nil || problem.Error == "" || problem.Code == "") {
		t.Errorf("%s %.60q %.60q: not a JSON error: %s", operation, path, body, answer)
	}
	return rs.StatusCode
}

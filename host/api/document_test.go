package api

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/docs"
)

// TestDocumentHasEveryRoute keeps docs/openapi.yaml and the table of routes
// from drifting apart.
func TestDocumentHasEveryRoute(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(docs.OpenAPI))
	if err != nil {
		t.Fatal(err)
	}
	var documented, served []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	parameter := regexp.MustCompile(`:(\w+)`)
	for _, r := range New(Options{}).app.GetRoutes(true) {
		if r.Method != http.MethodHead && r.Method != http.MethodOptions {
			served = append(served, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	served = append(served, "GET /dashboard/", "GET /{file}") // the routes of /dashboard and of all else answer them
	slices.Sort(documented)
	slices.Sort(served)
	if diff := cmp.Diff(documented, served); diff != "" {
		t.Errorf("documented and served (-documented +served):\n%s", diff)
	}
}

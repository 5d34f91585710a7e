package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a plugin read from a page, and from which layer, is there in the end:
// under the field names of the REST interface, and of one product only.
func TestImportTellsSources(t *testing.T) {
	t.Parallel()
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/":
			fmt.Fprint(w, `<title>Cups</title><h1>Cups</h1>`, strings.Repeat("<p>We make cups. ", 40), `<li class="product"><a href="/product/1">Cup</a></li>`)
		case "/product/1":
			fmt.Fprint(w, `<title>Cup</title><meta property="og:image" content="/1.jpg"><script type="application/ld+json">
				{"@type":"Product","name":"Cup","sku":"C-1","offers":{"price":"12","priceCurrency":"EUR","availability":"InStock"}}</script>`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(shop.Close)
	s := serve(t, t.TempDir())
	var ran struct{ Result result }
	status := s.call("POST", "/api/scraper/import", map[string]any{"url": shop.URL, "storeType": "general_ec"}, &ran)
	listed := s.products("")
	if status != http.StatusOK || len(listed) != 1 {
		t.Fatalf("%d, %+v, %d products\n%s", status, ran, len(listed), tail(s.log.String()))
	}
	type origin struct {
		Field, Layer string
		Confidence   int
	}
	var got struct{ Product struct{ Sources []origin } }
	s.call("GET", "/api/products/"+listed[0].ID, nil, &got)
	layers := map[string]string{}
	for _, o := range got.Product.Sources {
		layers[o.Field] = o.Layer
		if o.Confidence < 1 || o.Confidence > 100 {
			t.Errorf("%+v", o)
		}
	}
	want := map[string]string{"name": "json_ld", "price": "json_ld", "currency": "json_ld", "availability": "json_ld", "sku": "json_ld", "imageUrls": "open_graph"}
	if diff := cmp.Diff(want, layers); diff != "" {
		t.Errorf("(-want +got):\n%s\n%+v", diff, got)
	}
}

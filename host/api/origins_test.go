package api_test

import (
	"testing"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/host/api"
)

// One product says where its fields come from, lists do not.
func TestProductSources(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	p := &catalog.Product{
		Name: "shirt", Price: catalog.Money{Amount: 100, Currency: "JPY"}, Active: true,
		Source: &catalog.Source{Shop: "shop.example", PlatformID: "7", Plugin: "scraper.test", Origins: catalog.EncodeOrigins([]catalog.Origin{
			{Field: "price", Layer: "json_ld", Confidence: 90}, {Field: "*", Layer: "page"},
		})},
	}
	if err := h.store.CreateProducts(t.Context(), "default", []*catalog.Product{p}); err != nil {
		t.Fatal(err)
	}
	path := "/api/products/" + p.ID
	h.run(
		scenario{path: path, status: 200, want: `{"product":{"name":"shirt","sources":[
			{"field":"price","layer":"json_ld","confidence":90},{"field":"*","layer":"page","confidence":0}]}}`},
		scenario{method: put, path: path, status: 200, body: `{"price":200}`, want: `{"product":{"price":200}}`},
		scenario{name: "after an edit", path: path, status: 200, want: `{"product":{"sources":[
			{"field":"*","layer":"page","confidence":0},{"field":"price","layer":"edited","confidence":100}]}}`},
	)
	listed := string(h.exchange(t, scenario{path: "/api/products", status: 200}))
	if want := `{"success":true,"count":1,"products":[` + encoded(t, h, p.ID) + `]}`; listed != want {
		t.Errorf("the list is %s\nwant %s", listed, want)
	}
}

func encoded(t *testing.T, h *host, id string) string {
	t.Helper()
	p, err := h.store.Product(t.Context(), "default", id)
	if err != nil {
		t.Fatal(err)
	}
	return string(catalog.Encode(&p))
}

package storetest

import (
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/catalog"
	coreshop "github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
)

var originTests = map[string]func(*testing.T, *fixture){
	"of an import":    testImportOrigins,
	"of edits":        testEditOrigins,
	"of a file":       testFileOrigins,
	"after an order":  testOrderOrigins,
	"not in lists":    testOriginsInLists,
	"of what is none": testNoOrigins,
}

// read is a draft's fields from one layer.
func read(layer string) func(*catalog.Draft) {
	return func(d *catalog.Draft) {
		d.Origins = []catalog.Origin{{Field: "price", Layer: layer, Confidence: 80}, {Field: "*", Layer: layer, Confidence: 60}}
	}
}

const (
	fromMarkup = `[{"field":"price","layer":"json_ld","confidence":80},{"field":"*","layer":"json_ld","confidence":60}]`
	fromPage   = `[{"field":"price","layer":"page","confidence":80},{"field":"*","layer":"page","confidence":60}]`
)

// wantOrigins checks a product and its REST form.
func (f *fixture) wantOrigins(t *testing.T, name string, want catalog.Origins) {
	t.Helper()
	p := f.byItem(t, name)
	equal(t, "origins of "+name, p.Source.Origins, want)
	doc, err := f.ProductDoc(t.Context(), "w", p.ID)
	must(t, err)
	equal(t, "doc of "+name, string(doc), string(catalog.AddOrigins(catalog.Encode(&p), want)))
}

// An import stores where fields come from with what it writes, and does not
// write for them alone.
func testImportOrigins(t *testing.T, f *fixture) {
	f.imported(t, item(1, read("json_ld")), item(2, read("json_ld")), item(3))
	for name, want := range map[string]catalog.Origins{"item 1": fromMarkup, "item 2": fromMarkup, "item 3": ""} {
		f.wantOrigins(t, name, want)
	}
	j := f.imported(t, item(1, read("page")), item(2, price("900"), read("page")))
	equal(t, "counts", j.Counts, store.Counts{Extracted: 2, Updated: 1, Unchanged: 1, Vanished: 1})
	f.wantOrigins(t, "item 1", fromMarkup)
	f.wantOrigins(t, "item 2", fromPage)
	f.imported(t, item(2, price("800")))
	f.wantOrigins(t, "item 1", fromMarkup) // vanished
	f.wantOrigins(t, "item 2", "")
}

func testEditOrigins(t *testing.T, f *fixture) {
	f.imported(t, item(1, read("json_ld")))
	id := f.byItem(t, "item 1").ID
	for _, edit := range []struct {
		change func(*catalog.Product)
		want   catalog.Origins
	}{
		{func(p *catalog.Product) { p.LowStockThreshold = ptr[int64](9) }, fromMarkup}, // of which the shop says nothing
		{func(p *catalog.Product) { p.Description = "edited" }, `[{"field":"price","layer":"json_ld","confidence":80},` +
			`{"field":"*","layer":"json_ld","confidence":60},{"field":"description","layer":"edited","confidence":100}]`},
		{func(p *catalog.Product) { p.Price, p.StockQuantity = yen(1), ptr[int64](4) }, `[{"field":"*","layer":"json_ld","confidence":60},` +
			`{"field":"description","layer":"edited","confidence":100},{"field":"price","layer":"edited","confidence":100},` +
			`{"field":"stockQuantity","layer":"edited","confidence":100}]`},
	} {
		got, err := f.UpdateProduct(t.Context(), "w", id, func(p *catalog.Product) error {
			edit.change(p)
			return nil
		})
		must(t, err)
		equal(t, "origins of the updated", got.Source.Origins, edit.want)
		f.wantOrigins(t, "item 1", edit.want)
	}
	f.imported(t, item(1, read("json_ld"))) // writes over what was edited
	f.wantOrigins(t, "item 1", fromMarkup)
}

func testFileOrigins(t *testing.T, f *fixture) {
	f.imported(t, item(1, read("json_ld")))
	p := f.byItem(t, "item 1")
	p.Source, p.Brand = nil, "窯"
	im := f.claimedImport(t, "w", nil)
	_, err := f.ApplyImport(t.Context(), im.ID, im.Epoch, false, batches(store.ImportBatch{Products: []*catalog.Product{&p}, Done: 1, Stored: 1, Last: true}))
	must(t, err)
	f.wantOrigins(t, "item 1", `[{"field":"price","layer":"json_ld","confidence":80},{"field":"*","layer":"json_ld","confidence":60},`+
		`{"field":"brand","layer":"edited","confidence":100}]`)
}

// What is sold is no edit: the rest still comes from the shop.
func testOrderOrigins(t *testing.T, f *fixture) {
	f.imported(t, item(1, read("json_ld"), func(d *catalog.Draft) { d.Stock = ptr[int64](5) }))
	p := f.byItem(t, "item 1")
	s := f.shop()
	for range 2 { // the second finds the product as the first decoded it
		_, _, err := s.Place(t.Context(), "w", coreshop.NewOrder{CartID: f.cart(t, s, &p).ID})
		must(t, err)
		f.wantOrigins(t, "item 1", fromMarkup)
	}
	equal(t, "stock", f.pieces(t, p.ID), int64(3))
}

func testOriginsInLists(t *testing.T, f *fixture) {
	f.imported(t, item(1, read("json_ld")))
	page, err := f.ListProducts(t.Context(), "w", store.ListQuery{})
	must(t, err)
	found, err := f.SearchProducts(t.Context(), "w", store.SearchQuery{Text: "item"})
	must(t, err)
	for _, doc := range append(page.Docs, found.Docs...) {
		if strings.Contains(string(doc), "json_ld") {
			t.Fatalf("a list has %s", doc)
		}
	}
	equal(t, "in lists", len(page.Docs)+len(found.Docs), 2)
}

func testNoOrigins(t *testing.T, f *fixture) {
	f.create(t, "w", named("entered"))
	id := f.byItem(t, "entered").ID
	got, err := f.UpdateProduct(t.Context(), "w", id, func(p *catalog.Product) error { p.Price = yen(7); return nil })
	must(t, err)
	doc, err := f.ProductDoc(t.Context(), "w", id)
	must(t, err)
	equal(t, "doc", string(doc), string(catalog.Encode(&got)))
}

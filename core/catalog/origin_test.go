package catalog_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// A plugin may name anything; what is kept of it is bounded and JSON.
func TestOriginsAreBounded(t *testing.T) {
	t.Parallel()
	list := []catalog.Origin{{Field: strings.Repeat("和", 1_000), Layer: "a\x00\xff\"", Confidence: -5}, {Field: "price", Layer: "json_ld", Confidence: 900}}
	for range 10_000 {
		list = append(list, catalog.Origin{Field: "name"})
	}
	var got []catalog.Origin
	if err := json.Unmarshal([]byte(catalog.EncodeOrigins(list)), &got); err != nil || len(got) != catalog.MaxOrigins {
		t.Fatalf("%d origins, %v", len(got), err)
	}
	want := []catalog.Origin{{Field: strings.Repeat("和", 64), Layer: "a\x00\ufffd\""}, {Field: "price", Layer: "json_ld", Confidence: 100}}
	if diff := cmp.Diff(want, got[:2]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if o := catalog.EncodeOrigins(nil); o != "" {
		t.Errorf("none are %q", o)
	}
}

func TestNoteEdits(t *testing.T) {
	t.Parallel()
	d := draft()
	d.Origins = []catalog.Origin{{Field: "*", Layer: "api", Confidence: 100}}
	for field, edit := range map[string]func(*catalog.Product){
		"name":           func(p *catalog.Product) { p.Name += "!" },
		"description":    func(p *catalog.Product) { p.Description = "" },
		"productUrl":     func(p *catalog.Product) { p.URL = "" },
		"price":          func(p *catalog.Product) { p.Price.Amount++ },
		"currency":       func(p *catalog.Product) { p.Price.Currency = "USD" },
		"compareAtPrice": func(p *catalog.Product) { p.CompareAt = catalog.Money{} },
		"availability":   func(p *catalog.Product) { p.Availability = catalog.LimitedStock },
		"sku":            func(p *catalog.Product) { p.SKU = "1" },
		"gtin":           func(p *catalog.Product) { p.GTIN = "1" },
		"brand":          func(p *catalog.Product) { p.Brand = "" },
		"category":       func(p *catalog.Product) { p.Category = "cups" },
		"tags":           func(p *catalog.Product) { p.Tags = []string{"tea"} },
		"imageUrls":      func(p *catalog.Product) { p.Images = nil },
		"options":        func(p *catalog.Product) { p.Options = nil },
		"variants":       func(p *catalog.Product) { p.Variants = p.Variants[:1] },
		"stockQuantity":  func(p *catalog.Product) { p.StockQuantity = new(int64) },
		"":               func(p *catalog.Product) { p.LowStockThreshold = new(int64) },
	} {
		was, err := catalog.NewProduct(&d, "s", "p")
		if err != nil {
			t.Fatal(err)
		}
		is, source := *was, *was.Source
		is.Source = &source
		edit(&is)
		want := []catalog.Origin{{Field: "*", Layer: "api", Confidence: 100}}
		if field != "" {
			want = append(want, catalog.Origin{Field: field, Layer: catalog.LayerEdited, Confidence: 100})
		}
		if err := is.NoteEdits(was); err != nil || is.Source.Origins != catalog.EncodeOrigins(want) {
			t.Errorf("%q: %s, %v", field, is.Source.Origins, err)
		}
	}
}

func TestNoteEditsOfDamage(t *testing.T) {
	t.Parallel()
	was := catalog.Product{ID: "7", Name: "a", Source: &catalog.Source{Origins: "[{"}}
	is := was
	is.Name = "b"
	if err := is.NoteEdits(&was); !errs.Is(err, errs.Internal) {
		t.Errorf("%v", err)
	}
}

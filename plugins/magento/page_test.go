package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/plugins/internal/plugintest"
	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// config is what Magento's scripts know of a shirt in two colours and sizes. Of
// the blue ones the large one is sold out, and of the red ones there is one.
const config = `{"attributes":{
	"142":{"id":"142","code":"size","label":"Size","position":"1","options":[{"id":"166","label":"S","products":["11","13"]},{"id":"167","label":"L","products":[]}]},
	"93":{"id":"93","code":"color","label":"Colour","position":"0","options":[{"id":"50","label":"Blue &amp; white","products":["11"]},{"id":"58","label":"Red","products":["13"]}]}},
	"template":"$<%- data.price %>","productId":"67",
	"optionPrices":{"11":{"oldPrice":{"amount":45},"basePrice":{"amount":36},"finalPrice":{"amount":40},"tierPrices":[]},
		"12":{"oldPrice":{"amount":45},"finalPrice":{"amount":45}},"13":{"oldPrice":{"amount":50.5},"finalPrice":{"amount":50.5}}},
	"prices":{"oldPrice":{"amount":45},"finalPrice":{"amount":40}},
	"images":{"11":[{"thumb":"/t.jpg","img":"/i.jpg","full":"/side.jpg","isMain":false},{"full":"/blue.jpg","isMain":true}],"13":[{"img":"/red.jpg"}]},
	"index":{"11":{"93":"50","142":"166"},"12":{"93":"50","142":"167"},"13":{"93":"58","142":"166"}},
	"sku":{"11":"SH-B-S","12":"SH-B-L","13":"SH-R-S"}SALABLE}`

// shirt is the page of that shirt, around a script or an element.
func shirt(part string) string {
	return `<html><body class="catalog-product-view"><h1>Shirt</h1><meta property="og:type" content="product"><meta property="og:title" content="Shirt">
		<meta property="product:price:amount" content="40"><meta property="product:price:currency" content="USD">
		<script type="text/x-magento-init">{"*":{"Magento_Ui/js/core/app":{"config":{"a":1}}}}</script>` + part
}

func TestPageOfVariants(t *testing.T) {
	t.Parallel()
	plain := strings.Replace(config, "SALABLE", "", 1)
	script := func(json string) string { return `<script type="text/x-magento-init">` + json + `</script>` }
	for name, page := range map[string]string{
		"swatches":     shirt(script(`{"[data-role=swatch-options]":{"Magento_Swatches/js/swatch-renderer":{"jsonConfig":` + plain + `,"jsonSwatchConfig":{"93":{}}}}}`)),
		"selects":      shirt(script(`{"#product_addtocart_form":{"configurable":{"spConfig":` + plain + `,"gallerySwitchStrategy":"replace"}}}`)),
		"an attribute": shirt(`<form data-mage-init="` + strings.NewReplacer("&", "&amp;", `"`, "&#34;").Replace(`{"configurable":{"spConfig":`+plain+`}}`) + `">`),
		"salable": shirt(script(`{"#product_addtocart_form":{"configurable":{"spConfig":` +
			strings.NewReplacer("SALABLE", `,"salable":{"93":{"50":["11"],"58":["13"]},"142":{"166":["11","13"]}}`, `"products":[]`, `"products":["12"]`).Replace(config) + `}}}`)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := plugintest.Extract(t, plugin(), "https://mag.example/shirt.html", page)
			if len(found) != 1 {
				t.Fatalf("%+v", found)
			}
			p := found[0]
			if p.ID != "67" || p.Name != "Shirt" || p.Price != "40.00" || p.PriceMax != "50.50" || p.CompareAt != "45.00" || p.Currency != "USD" || p.Availability != omakase.InStock {
				t.Errorf("%+v", p)
			}
			want := []omakase.Variant{
				{ID: "11", Title: "Blue & white / S", SKU: "SH-B-S", Price: "40.00", CompareAt: "45.00", Availability: omakase.InStock, Options: []string{"Blue & white", "S"}, ImageURL: "https://mag.example/blue.jpg"},
				{ID: "12", Title: "Blue & white / L", SKU: "SH-B-L", Price: "45.00", Availability: omakase.OutOfStock, Options: []string{"Blue & white", "L"}},
				{ID: "13", Title: "Red / S", SKU: "SH-R-S", Price: "50.50", Availability: omakase.InStock, Options: []string{"Red", "S"}, ImageURL: "https://mag.example/red.jpg"},
			}
			if diff := cmp.Diff(want, p.Variants); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]omakase.Option{{Name: "Colour", Values: []string{"Blue & white", "Red"}}, {Name: "Size", Values: []string{"S", "L"}}}, p.Options); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPageWithoutVariants holds that what is no choice, or a broken one, leaves
// the product as it is.
func TestPageWithoutVariants(t *testing.T) {
	t.Parallel()
	plain := strings.Replace(config, "SALABLE", "", 1)
	for _, json := range []string{`{"jsonConfig":{}}`, `{"x":{"jsonConfig":{"attributes":[],"index":[]}}}`, `{"jsonConfig":5}`, `{"x":{"spConfig":` + plain[:len(plain)/2], `{"jsonConfig":{"index":{"1":{"93":"5"}}}}`} {
		found := plugintest.Extract(t, plugin(), "https://mag.example/shirt.html", shirt(`<script type="text/x-magento-init">`+json+`</script>`))
		if len(found) != 1 || len(found[0].Variants) != 0 || found[0].Price != "40.00" {
			t.Errorf("%s: %+v", json, found)
		}
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add(strings.Replace(config, "SALABLE", "", 1) + `}}`)
	f.Fuzz(func(t *testing.T, document string) {
		c, ok := readConfig(document)
		if !ok {
			return
		}
		var p omakase.Product
		if c.apply(&p); len(p.Variants) != len(c.ids) || len(p.Options) != len(c.by) {
			t.Fatalf("%d variants of %d, %d options of %d", len(p.Variants), len(c.ids), len(p.Options), len(c.by))
		}
	})
}

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

var shop = place{origin: "https://shop.example"}

// readOne reads a document with one product.
func readOne(t *testing.T, document, currency string) omakase.Product {
	t.Helper()
	l, found, err := readDocument(document, shop, currency)
	if err != nil || !found || len(l.products) != 1 {
		t.Fatalf("%d products, found %v, notes %q, error %v", len(l.products), found, l.notes, err)
	}
	return l.products[0]
}

func TestListing(t *testing.T) {
	t.Parallel()
	got := readOne(t, `{"products":[{"id":7,"title":" Choco\n Box ","handle":"%E8%97%8D-box","body_html":"\u003cp\u003eDark \u0026amp; milk\u003c\/p\u003e",
		"published_at":"x","created_at":"2026-01-01T00:00:00+09:00","updated_at":"2026-02-01T00:00:00+09:00","vendor":" Golden  Foods ","product_type":"Chocolate",
		"tags":["a"," b ",""],
		"variants":[
			{"id":71,"title":"S \/ Red","option1":"S","option2":"Red","option3":null,"sku":"CH-S","barcode":"4901234567894","price":"1200.00","compare_at_price":"1500.00","available":true,"featured_image":{"id":1,"src":"\/\/cdn.example\/s.jpg"}},
			{"id":72,"title":"L \/ Red","option1":"L","option2":"Red","option3":null,"sku":"CH-L","barcode":"none","price":"2200.00","compare_at_price":"0.00","available":false,"featured_image":null}],
		"images":[{"id":1,"src":"https:\/\/cdn.example\/1.jpg?v=1"},{"src":"\/\/cdn.example\/2.jpg"},{"src":"https:\/\/cdn.example\/1.jpg?v=1"},{"src":""}],
		"options":[{"name":"Size","position":1,"values":["S","L"]},{"name":"Colour","values":["Red"]}]}]}`, "JPY")
	want := omakase.Product{
		ID: "7", Handle: "藍-box", Name: "Choco Box", Description: "Dark & milk", URL: "https://shop.example/products/%E8%97%8D-box",
		Price: "1200", PriceMax: "2200", CompareAt: "1500", Currency: "JPY", Availability: omakase.InStock,
		SKU: "CH-S", GTIN: "4901234567894", Brand: "Golden Foods", Category: "Chocolate", Tags: []string{"a", "b"},
		ImageURLs: []string{"https://cdn.example/1.jpg?v=1", "https://cdn.example/2.jpg"},
		Options:   []omakase.Option{{Name: "Size", Values: []string{"S", "L"}}, {Name: "Colour", Values: []string{"Red"}}},
		Variants: []omakase.Variant{
			{
				ID: "71", Title: "S / Red", SKU: "CH-S", GTIN: "4901234567894", Price: "1200", CompareAt: "1500", Availability: omakase.InStock,
				Options: []string{"S", "Red"}, ImageURL: "https://cdn.example/s.jpg",
			},
			{ID: "72", Title: "L / Red", SKU: "CH-L", Price: "2200", Availability: omakase.OutOfStock, Options: []string{"L", "Red"}},
		},
		CreatedAt: "2026-01-01T00:00:00+09:00", UpdatedAt: "2026-02-01T00:00:00+09:00",
	}
	if diff := diffOf(want, got); diff != "" {
		t.Errorf("product differs (-want +got):\n%s", diff)
	}
}

// TestDialects holds that one product reads the same from each of Shopify's
// JSON dialects, as far as they tell of it.
func TestDialects(t *testing.T) {
	t.Parallel()
	const variant = `"id":71,"title":"S","option1":"S","option2":null,"option3":null,"sku":"CH-S"`
	want := omakase.Product{
		ID: "7", Handle: "choco", Name: "Choco", Description: "Dark", URL: "https://shop.example/products/choco",
		Price: "12.00", PriceMax: "12.00", CompareAt: "15.50", Currency: "USD", Availability: omakase.InStock, SKU: "CH-S",
		Brand: "Golden", Category: "Sweets", Tags: []string{"a", "b"}, ImageURLs: []string{"https://cdn.example/1.jpg"},
		Options: []omakase.Option{{Name: "Size", Values: []string{"S"}}},
		Variants: []omakase.Variant{{
			ID: "71", Title: "S", SKU: "CH-S", Price: "12.00", CompareAt: "15.50",
			Availability: omakase.InStock, Options: []string{"S"},
		}},
	}
	unknown := want
	unknown.Availability = ""
	unknown.Variants = []omakase.Variant{want.Variants[0]}
	unknown.Variants[0].Availability = ""
	for name, test := range map[string]struct {
		document string
		want     omakase.Product
	}{
		"listing": {`{"products":[{"id":7,"title":"Choco","handle":"choco","body_html":"<p>Dark</p>","vendor":"Golden","product_type":"Sweets",
			"tags":["a","b"],"variants":[{` + variant + `,"price":"12.00","compare_at_price":"15.50","available":true}],
			"images":[{"src":"https://cdn.example/1.jpg"}],"options":[{"name":"Size","values":["S"]}]}]}`, want},
		"product.json": {`{"product":{"id":7,"title":"Choco","handle":"choco","body_html":"<p>Dark</p>","vendor":"Golden","product_type":"Sweets",
			"tags":"a, b","variants":[{` + variant + `,"price":"12.00","compare_at_price":"15.50"}],
			"images":[{"src":"https://cdn.example/1.jpg"}],"options":[{"name":"Size","values":["S"]}]}}`, unknown},
		"product.js": {`{"id":7,"title":"Choco","handle":"choco","description":"<p>Dark</p>","vendor":"Golden","type":"Sweets",
			"tags":["a","b"],"price":1200,"price_min":1200,"price_max":1200,"available":true,"price_varies":false,"compare_at_price":1550,
			"variants":[{` + variant + `,"price":1200,"compare_at_price":1550,"available":true,"options":["S"],"name":"Choco - S"}],
			"images":["//cdn.example/1.jpg"],"options":[{"name":"Size","position":1,"values":["S"]}],"media":[{"id":1}]}`, want},
		"old product.js": {`{"id":7,"title":"Choco","handle":"choco","description":"<p>Dark</p>","vendor":"Golden","type":"Sweets",
			"tags":["a","b"],"price_min":1200,"variants":[{` + variant + `,"price":1200,"compare_at_price":1550,"available":true}],
			"images":["//cdn.example/1.jpg"],"options":["Size"]}`, want},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := diffOf(test.want, readOne(t, test.document, "USD")); diff != "" {
				t.Errorf("product differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOddProducts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		product string // the fields beyond id and title
		check   func(p omakase.Product) bool
	}{
		"no variants": {`"variants":[]`, func(p omakase.Product) bool {
			return p.Price == "" && p.Availability == omakase.OutOfStock && p.SKU == ""
		}},
		"default title": {
			`"options":[{"name":"Title","values":["Default Title"]}],"variants":[{"id":1,"title":"Default Title","option1":"Default Title","price":"5","available":false}]`,
			func(p omakase.Product) bool {
				return len(p.Options) == 0 && p.Variants[0].Title == "" && p.Variants[0].Options == nil && p.Availability == omakase.OutOfStock
			},
		},
		"real option called Title": {
			`"options":[{"name":"Title","values":["Vol. 1","Vol. 2"]}],"variants":[{"title":"Vol. 1","option1":"Vol. 1"},{"title":"Vol. 2","option1":"Vol. 2"}]`,
			func(p omakase.Product) bool { return len(p.Options) == 1 && p.Variants[1].Title == "Vol. 2" },
		},
		"single real option": {
			`"options":[{"name":"Size","values":["M"]}],"variants":[{"title":"M","option1":"M"}]`,
			func(p omakase.Product) bool { return len(p.Options) == 1 && p.Variants[0].Title == "M" },
		},
		"compare_at below price": {
			`"variants":[{"price":"10","compare_at_price":"9.99"},{"price":"8","compare_at_price":""}]`,
			func(p omakase.Product) bool { return p.CompareAt == "" && p.Price == "8" && p.PriceMax == "10" },
		},
		"compare_at is the highest": {
			`"variants":[{"price":"10","compare_at_price":"19"},{"price":"8","compare_at_price":"12"}]`,
			func(p omakase.Product) bool { return p.CompareAt == "19" },
		},
		"free": {`"variants":[{"price":"0.00","available":true}]`, func(p omakase.Product) bool { return p.Price == "0.00" }},
		"unreadable price": {
			`"variants":[{"price":"ask"},{"price":"-1"},{"price":[1]},{"price":"7"}]`,
			func(p omakase.Product) bool { return p.Price == "7" && len(p.Variants) == 4 },
		},
		"fields of other types": {
			`"handle":["x"],"body_html":5,"vendor":{},"tags":7,"images":{"src":"x"},"options":"none","variants":"none","updated_at":true`,
			func(p omakase.Product) bool { return p.URL == "" && p.Tags == nil && p.Variants == nil },
		},
		"fields are null": {
			`"handle":null,"body_html":null,"vendor":null,"tags":null,"images":null,"options":null,"variants":null`,
			func(p omakase.Product) bool { return p.Description == "" && p.Brand == "" },
		},
		"items of other types": {
			`"tags":[1,null,{}],"images":[null,5,{"src":null},{}],"options":[5,null],"variants":[null,5,{"id":2,"price":5.5}]`,
			func(p omakase.Product) bool {
				return cmp.Equal(p.Tags, []string{"1"}) && p.ImageURLs == nil && len(p.Variants) == 1 && p.Price == "5.5"
			},
		},
		"more values than options": {
			`"options":[{"name":"Size","values":["S"]}],"variants":[{"option1":"S","option2":"Red"},{"option1":"M"}]`,
			func(p omakase.Product) bool { return len(p.Variants[0].Options) == 1 },
		},
		"middle option empty": {
			`"options":[{"name":"A"},{"name":"B"}],"variants":[{"option1":null,"option2":"x"}]`,
			func(p omakase.Product) bool {
				return cmp.Equal(p.Variants[0].Options, []string{"", "x"}) && cmp.Equal(p.Options[1].Values, []string{"x"})
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := readOne(t, `{"products":[{"id":"7","title":"Tea",`+test.product+`}]}`, "")
			if !test.check(p) {
				t.Errorf("product is %+v", p)
			}
		})
	}
}

// TestBrokenProductsAreNamed holds that a broken product does not cost its
// page, and that its loss is told.
func TestBrokenProductsAreNamed(t *testing.T) {
	t.Parallel()
	l, found, err := readDocument(`{"products":[{"title":"No id"},{"id":2,"title":"Tea"},{"id":3,"title":" ","handle":"h"},{"id":4},null,"x",[]]}`, shop, "")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	want := []string{
		`left out product "No id": it has no id`, "left out product h: it has no title", "left out product 4: it has no title",
		"left out product number 5: it has no id", "left out product number 6: it has no id", "left out product number 7: it has no id",
	}
	if diff := cmp.Diff(want, l.notes); diff != "" {
		t.Errorf("notes differ (-want +got):\n%s", diff)
	}
	if len(l.products) != 1 || l.count != 7 {
		t.Errorf("%d products of %d", len(l.products), l.count)
	}
}

func TestOtherDocuments(t *testing.T) {
	t.Parallel()
	for document, broken := range map[string]bool{
		`{}`:                           false,
		`[]`:                           false,
		`{"products":{}}`:              false,
		`{"error":"Not Found"}`:        false,
		`{"collections":[{"id":1}]}`:   false,
		`{"products":[{"id":1,"title"`: true,
		`{"products":[]} trailing`:     true,
		``:                             true,
	} {
		l, found, err := readDocument(document, shop, "")
		if found && !broken || len(l.products) > 0 || (err != nil) != broken {
			t.Errorf("%s: found %v, %d products, error %v", document, found, len(l.products), err)
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add(`{"products":[{"id":1,"title":"Tea","body_html":"\u003cp\u003e\ud83c\udf75","variants":[{"price":"12.50","available":true}]}]}`)
	f.Add(`{"id":7,"title":"x","price_min":5,"options":["Size"],"images":["//a"],"variants":[{"price":1200,"option1":"S"}]}`)
	f.Add(`{"product":{"id":7,"title":"x","tags":"a,b","handle":"%e8%97%8d"}}`)
	f.Fuzz(func(t *testing.T, document string) {
		l, _, err := readDocument(document, shop, "USD")
		if err != nil {
			return
		}
		for _, p := range l.products {
			checkProduct(t, p)
		}
	})
}

// checkProduct holds what every product promises.
func checkProduct(t *testing.T, p omakase.Product) {
	t.Helper()
	if p.ID == "" || p.Name == "" || p.Name != plaintext.Tidy(p.Name) || p.Description != plaintext.Tidy(p.Description) {
		t.Fatalf("product is %+v", p)
	}
	if p.URL != "" && !strings.HasPrefix(p.URL, "https://shop.example/products/") {
		t.Fatalf("URL is %q", p.URL)
	}
	prices := []string{p.Price, p.PriceMax, p.CompareAt}
	for _, v := range p.Variants {
		prices = append(prices, v.Price, v.CompareAt)
		if v.Price != "" && price.Compare(v.Price, p.Price) < 0 {
			t.Fatalf("a variant costs %s, the product %s", v.Price, p.Price)
		}
		if v.CompareAt != "" && price.Compare(v.CompareAt, v.Price) <= 0 {
			t.Fatalf("a variant costs %s, before %s", v.Price, v.CompareAt)
		}
	}
	for _, amount := range prices {
		if _, ok := price.Decimal(amount); amount != "" && !ok {
			t.Fatalf("%q is no price", amount)
		}
	}
	for _, image := range p.ImageURLs {
		if !strings.HasPrefix(image, "http") {
			t.Fatalf("image is %q", image)
		}
	}
}

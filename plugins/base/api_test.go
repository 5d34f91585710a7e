package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
)

const apiItems = `{"items":[
	{"item_id":11,"title":"急須","detail":"<p>手作り</p>","price":3000,"proper_price":4000,"item_tax_type":1,"stock":5,"visible":1,"identifier":"K-1","img1_origin":"https://img.example/a.jpg","img1_500":"https://img.example/a-500.jpg","img2_origin":null,
		"variations":[{"variation_id":1,"variation":"赤","variation_stock":0,"variation_identifier":"K-1R"},{"variation_id":2,"variation":"青","variation_stock":5,"variation_identifier":null}]},
	{"item_id":12,"title":"茶碗","price":500,"proper_price":null,"item_tax_type":2,"stock":0,"visible":1,"variations":[]},
	{"item_id":13,"title":"hidden","price":1,"item_tax_type":1,"stock":1,"visible":0},
	{"title":"without a number"},7
]}`

func TestAPI(t *testing.T) {
	t.Parallel()
	pieces := func(n int64) *int64 { return &n }
	shop, _ := crawl.Parse("https://pots.base.shop/")
	source := []omakase.Source{{Field: "*", Layer: omakase.LayerAPI, Confidence: 100}}
	want := []omakase.Product{
		{
			ID: "11", Name: "急須", Description: "手作り", URL: "https://pots.base.shop/items/11", Price: "3000", PriceMax: "3000", CompareAt: "4000", Currency: "JPY",
			SKU: "K-1", Availability: omakase.InStock, Stock: pieces(5), ImageURLs: []string{"https://img.example/a.jpg"}, Sources: source,
			Variants: []omakase.Variant{
				{ID: "1", Title: "赤", SKU: "K-1R", Price: "3000", CompareAt: "4000", Availability: omakase.OutOfStock, Stock: pieces(0)},
				{ID: "2", Title: "青", Price: "3000", CompareAt: "4000", Availability: omakase.InStock, Stock: pieces(5)},
			},
		},
		{ID: "12", Name: "茶碗", URL: "https://pots.base.shop/items/12", Price: "500", PriceMax: "500", Currency: "JPY", Availability: omakase.OutOfStock, Stock: pieces(0), Sources: source},
	}
	got, err := readAPI(apiItems, shop)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	one, err := readAPI(`{"item":{"item_id":"14","title":"皿","price":"700"}}`, crawl.Address{})
	if err != nil || len(one) != 1 || one[0].ID != "14" || one[0].Price != "700" || one[0].URL != "" || one[0].Availability != "" {
		t.Errorf("%+v, %v", one, err)
	}
	for _, none := range []string{`{"categories":[]}`, `[]`, `{"items":{"a":1},"item":3}`} {
		if got, err := readAPI(none, shop); err != nil || len(got) > 0 {
			t.Errorf("%s: %+v, %v", none, got, err)
		}
	}
	if _, err := readAPI(apiItems[:200], shop); err == nil {
		t.Error("half an answer is read without an error")
	}
}

func FuzzAPI(f *testing.F) {
	f.Add(apiItems)
	f.Add(`{"item":{"item_id":1,"title":"a","variations":[{"variation_stock":1e9}]}}`)
	shop, _ := crawl.Parse("https://pots.base.shop/")
	f.Fuzz(func(t *testing.T, document string) {
		got, err := readAPI(document, shop)
		for i := range got {
			if p := &got[i]; err == nil && (p.ID == "" || p.Name == "" || p.Stock != nil && *p.Stock < 0) {
				t.Errorf("%+v", p)
			}
		}
	})
}

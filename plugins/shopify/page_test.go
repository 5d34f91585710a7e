package main

import (
	"strings"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

const (
	analytics = `<script>var meta = {"page":{"pageType":"home"}};</script><script>var meta = {"product":{"id":7,"vendor":"Golden","type":"Sweets","handle":"choco",` +
		`"variants":[{"id":71,"price":120000,"name":"Choco - S","public_title":"S","sku":"CH-S"},{"id":72,"price":220000,"name":"Choco - L","public_title":"L","sku":"CH-L"}]},"page":{}};
	for (var attr in meta) {}</script>`
	currencyScript = `<script>Shopify.locale = "ja"; Shopify.currency = {"active":"JPY","rate":"1.0"}; Shopify.country = "JP";</script>`
	linked         = `<script type="application/ld+json">{"@context":"http://schema.org/","@type":"Product","name":"Choco &amp; Box","url":"https:\/\/shop.example\/products\/choco",
		"image":["https:\/\/cdn.example\/1.jpg"],"description":"Dark\nmilk","brand":{"@type":"Brand","name":"Golden"},"offers":[
		{"@type":"Offer","sku":"CH-S","availability":"http://schema.org/ instock ","price":1200.0,"priceCurrency":"JPY","url":"https:\/\/shop.example\/products\/choco?variant=71"},
		{"@type":"Offer","sku":"CH-L","availability":"OutOfStock","price":"2,200","priceCurrency":"JPY","url":"https:\/\/shop.example\/products\/choco?variant=72"}]}</script>`
	related = `<script type="application/ld+json">[{"@type":"Organization","name":"Shop"},{"@type":"Product","name":"Other","url":"https://shop.example/products/other","offers":{"price":"1","priceCurrency":"JPY"}}]</script>`
	group   = `<script type="application/ld+json">{"@graph":[{"@type":["Thing","ProductGroup"],"productGroupID":"7","name":"Choco","hasVariant":[
		{"@type":"Product","@id":"/products/choco?variant=71#variant","name":"Choco - S","sku":"CH-S","gtin":"4901234567894","image":"https://cdn.example/s.jpg","offers":{"@type":"Offer","price":"1200.00","priceCurrency":"JPY","availability":"https://schema.org/InStock"}},
		{"@type":"Product","@id":"/products/choco?variant=72#variant","name":"Choco - L","offers":{"@type":"Offer","priceSpecification":[{"price":2200,"priceCurrency":"JPY"}],"availability":"https://schema.org/SoldOut"}}]}]}</script>`
	themed = `<script type="application/json" data-product-json>{"id":7,"title":"Choco","handle":"choco","description":"\u003cp\u003eDark\u003c\/p\u003e","vendor":"Golden","type":"Sweets","tags":["a"],
		"price":120000,"price_min":120000,"variants":[{"id":71,"title":"S","option1":"S","sku":"CH-S","available":true,"price":120000,"compare_at_price":150000},
		{"id":72,"title":"L","option1":"L","sku":"CH-L","available":false,"price":220000}],"images":["\/\/cdn.example\/1.jpg"],"options":[{"name":"Size"}]}</script>`
	themedVariants = `<script type="application/json">[{"id":71,"title":"S","option1":"S","available":false,"price":120000},{"id":72,"title":"L","option1":"L","available":true,"price":220000}]</script>`
)

func extractPage(t *testing.T, page string) []omakase.Product {
	t.Helper()
	host := newHost()
	reply, err := extract(host.Context(), omakase.ExtractRequest{URL: "https://shop.example/products/choco", Body: host.Body(page)})
	if err != nil {
		t.Fatal(err)
	}
	return reply.Products
}

func TestProductPage(t *testing.T) {
	t.Parallel()
	base := omakase.Product{
		ID: "7", Handle: "choco", Name: "Choco & Box", Description: "Dark milk", URL: "https://shop.example/products/choco",
		Price: "1200", PriceMax: "2200", Currency: "JPY", Availability: omakase.InStock, SKU: "CH-S", Brand: "Golden", Category: "Sweets",
		ImageURLs: []string{"https://cdn.example/1.jpg"},
		Variants: []omakase.Variant{
			{ID: "71", Title: "S", SKU: "CH-S", Price: "1200", Availability: omakase.InStock},
			{ID: "72", Title: "L", SKU: "CH-L", Price: "2200", Availability: omakase.OutOfStock},
		},
	}
	change := func(edit func(p *omakase.Product)) omakase.Product {
		p := base
		p.Variants = append([]omakase.Variant(nil), base.Variants...)
		edit(&p)
		return p
	}
	for name, test := range map[string]struct {
		page string
		want omakase.Product
	}{
		"analytics and JSON-LD":        {analytics + currencyScript + linked, base},
		"related products come before": {related + analytics + currencyScript + linked, base},
		"no Shopify.currency":          {analytics + linked, base},
		"theme's product": {analytics + currencyScript + linked + themed, change(func(p *omakase.Product) {
			p.Name, p.Description, p.CompareAt, p.Tags = "Choco", "Dark", "1500", []string{"a"}
			p.Options = []omakase.Option{{Name: "Size", Values: []string{"S", "L"}}}
			p.Variants[0].CompareAt = "1500"
			p.Variants[0].Options, p.Variants[1].Options = []string{"S"}, []string{"L"}
		})},
		"theme's variants": {analytics + currencyScript + linked + themedVariants, change(func(p *omakase.Product) {
			p.SKU = ""
			p.Variants[0] = omakase.Variant{ID: "71", Title: "S", Price: "1200", Availability: omakase.OutOfStock, Options: []string{"S"}}
			p.Variants[1] = omakase.Variant{ID: "72", Title: "L", Price: "2200", Availability: omakase.InStock, Options: []string{"L"}}
		})},
		"JSON-LD alone": {linked, change(func(p *omakase.Product) {
			p.ID, p.Category = "", ""
			p.Variants[0].Title, p.Variants[1].Title = "", ""
		})},
		"ProductGroup alone": {group, change(func(p *omakase.Product) {
			p.Name, p.Description, p.Brand, p.Category, p.ImageURLs = "Choco", "", "", "", nil
			p.GTIN = "4901234567894"
			p.Variants[0].GTIN, p.Variants[0].ImageURL = "4901234567894", "https://cdn.example/s.jpg"
			p.Variants[1].SKU = ""
		})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := extractPage(t, "<html>"+test.page+"</html>")
			if len(got) != 1 {
				t.Fatalf("%d products", len(got))
			}
			if diff := diffOf(test.want, got[0]); diff != "" {
				t.Errorf("product differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestProductPageKeepsSourcesApart holds that an amount is never given the
// currency of another source.
func TestProductPageKeepsSourcesApart(t *testing.T) {
	t.Parallel()
	offer := func(body string) string {
		return `<script type="application/ld+json">{"@type":"Product","name":"Choco","offers":` + body + `}</script>`
	}
	const tags = `<meta property="og:price:amount" content="1,048.00"><meta property="og:price:currency" content="USD">`
	for name, test := range map[string]struct{ page, price, highest, currency string }{
		"two currencies":         {tags + offer(`{"price":"43.90","priceCurrency":"EUR"}`), "43.90", "43.90", "EUR"},
		"only meta tags":         {tags + `<script type="application/ld+json">{"@type":"Product","name":"Choco"}</script>`, "1048.00", "1048.00", "USD"},
		"range":                  {offer(`{"@type":"AggregateOffer","lowPrice":10,"highPrice":"20.5","priceCurrency":"USD"}`), "10.00", "20.50", "USD"},
		"offers within":          {offer(`{"@type":"AggregateOffer","lowPrice":1,"priceCurrency":"USD","offers":[{"price":5,"priceCurrency":"USD"}]}`), "5.00", "5.00", "USD"},
		"offer of another money": {offer(`[{"price":5,"priceCurrency":"USD"},{"price":700,"priceCurrency":"JPY"}]`), "5.00", "5.00", "USD"},
		"no price":               {offer(`{"price":{},"priceCurrency":"USD"}`), "", "", ""},
		"active currency": {
			strings.Replace(analytics+currencyScript, `"JPY"`, `"EUR"`, 1) + offer(`{"price":"9.99","priceCurrency":"USD","availability":"InStock"}`),
			"1200.00", "2200.00", "EUR",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := extractPage(t, test.page)
			if len(got) != 1 {
				t.Fatalf("%d products", len(got))
			}
			if p := got[0]; p.Price != test.price || p.PriceMax != test.highest || p.Currency != test.currency {
				t.Errorf("costs %q to %q %q, want %q to %q %q", p.Price, p.PriceMax, p.Currency, test.price, test.highest, test.currency)
			}
		})
	}
}

// TestOtherPages holds that a page that sells nothing yields nothing.
func TestOtherPages(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"empty":       "",
		"home":        `<html>` + currencyScript + `<script>var meta = {"page":{"pageType":"home"}};</script><meta property="og:price:amount" content="5"></html>`,
		"collection":  `<script>var meta = {"products":[{"id":7,"variants":[{"id":1,"price":5}]}],"page":{"pageType":"collection"}};</script>`,
		"article":     `<script type="application/ld+json">{"@type":"Article","name":"Choco"}</script>`,
		"broken JSON": `<script type="application/ld+json">{"@type":"Product","name":"Choco",</script>`,
		"no name":     `<script type="application/ld+json">{"@type":"Product","offers":{"price":5}}</script>`,
		"cut off":     `<script>var meta = {"product":{"id":7,"variants":[{"id":7`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := extractPage(t, page); len(got) != 0 {
				t.Errorf("found %+v", got)
			}
		})
	}
}

func FuzzPage(f *testing.F) {
	f.Add(analytics + currencyScript + linked + themed)
	f.Add(related + group + themedVariants)
	f.Fuzz(func(t *testing.T, page string) {
		host := newHost()
		reply, err := extract(host.Context(), omakase.ExtractRequest{URL: "https://shop.example/products/choco", Body: host.Body(page)})
		if err != nil {
			return
		}
		for _, p := range reply.Products {
			if p.ID == "" {
				p.ID = "-"
			}
			checkProduct(t, p)
		}
	})
}

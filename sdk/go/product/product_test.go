package product_test

import (
	"strings"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/product"
)

// ld is a product in JSON-LD.
func ld(fields string) string {
	return `<script type="application/ld+json">{"@type":"Product",` + fields + `}</script>`
}

func TestProduct(t *testing.T) {
	t.Parallel()
	const buy = `<button>Add to cart</button>`
	for name, tt := range map[string]struct {
		html string
		want omakase.Product // of the fields that are set
		none bool
	}{
		"JSON-LD": {
			html: ld(`"name":"Cup","sku":"C1","brand":"Aoi","offers":{"price":5,"priceCurrency":"USD","availability":"http://schema.org/ instock "}`),
			want: omakase.Product{Name: "Cup", SKU: "C1", Brand: "Aoi", Price: "5.00", Currency: "USD", Availability: omakase.InStock},
		},
		"a comment holds a script": {
			html: `<!-- <script type="application/ld+json">{"@type":"Product","name":"No","offers":{"price":1}}</script> -->` + ld(`"name":"Cup","offers":{"price":"5","priceCurrency":"USD"}`),
			want: omakase.Product{Name: "Cup", Price: "5.00"},
		},
		"raw control characters and entities": {
			html: ld("\"name\":\"Cup\n &amp;amp; saucer\",\"offers\":{\"price\":\"5\",\"priceCurrency\":\"USD\"}"),
			want: omakase.Product{Name: "Cup & saucer"},
		},
		"the price is an object": {
			html: ld(`"name":"Cup","offers":{"price":{},"priceCurrency":"USD"}`) + `<nav><p class="price">$25 and more</p></nav>`,
			want: omakase.Product{Name: "Cup", Price: "-"},
		},
		"a price of nothing": {
			html: ld(`"name":"Cup","offers":{"price":0,"priceCurrency":"USD","availability":"OutOfStock"}`),
			want: omakase.Product{Name: "Cup", Price: "-", Availability: omakase.OutOfStock},
		},
		"amount and currency of one source": {
			html: `<meta property="og:price:amount" content="48,00"><meta property="og:price:currency" content="USD">` +
				ld(`"name":"Cup","offers":{"@type":"AggregateOffer","lowPrice":"43.90","priceCurrency":"EUR"}`) + `<h1>Cup</h1><p class="price">53,11 €</p>` + buy,
			want: omakase.Product{Price: "43.90", Currency: "EUR"},
		},
		"the sale of another source": {
			html: `<meta property="og:price:amount" content="120.00"><meta property="og:price:currency" content="USD">` +
				ld(`"name":"Cup","offers":{"price":"150.00","priceCurrency":"USD"}`) + `<h1>Cup</h1><del>$150.00</del> <span class="price">$120.00</span>` + buy,
			want: omakase.Product{Price: "120.00", CompareAt: "150.00", Currency: "USD"},
		},
		"the sale of the state": {
			html: ld(`"name":"Cup","offers":{"price":"150000","priceCurrency":"ARS"}`) + `<script>LS.product = {"name":"Cup","price":135000,"compare_at_price":150000}</script>`,
			want: omakase.Product{Price: "135000.00", CompareAt: "150000.00"},
		},
		"variants": {
			html: `<script type="application/ld+json">{"@type":"ProductGroup","name":"Shirt","hasVariant":[
				{"@type":"Product","name":"Shirt S","size":"S","sku":"s","offers":{"price":"10","priceCurrency":"EUR","availability":"OutOfStock"}},
				{"@type":"Product","name":"Shirt M","size":"M","sku":"m","offers":{"price":"12","priceCurrency":"EUR","availability":"InStock"}}]}</script>`,
			want: omakase.Product{Name: "Shirt", Price: "10.00", PriceMax: "12.00", Availability: omakase.InStock},
		},
		"microdata, not its related ones": {
			html: `<div itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">Anvil</h1><div itemprop="offers" itemscope itemtype="http://schema.org/Offer">
				<meta itemprop="priceCurrency" content="USD"><span itemprop="price">119.99</span></div></div>
				<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Hammer</b><div itemprop="offers" itemscope><span itemprop="price">5</span></div></div>`,
			want: omakase.Product{Name: "Anvil", Price: "119.99", Currency: "USD"},
		},
		"RDFa": {
			html: `<div vocab="https://schema.org/" typeof="Product"><b property="name">Cup</b><div property="offers" typeof="Offer"><span property="price" content="7.5"></span><meta property="priceCurrency" content="GBP"></div></div>`,
			want: omakase.Product{Name: "Cup", Price: "7.50", Currency: "GBP"},
		},
		"meta tags": {
			html: `<meta property="og:type" content="product"><meta property="og:title" content="Cup | The shop"><meta property="product:price:amount" content="1234.00"><meta property="product:price:currency" content="JPY">`,
			want: omakase.Product{Name: "Cup", Price: "1234", Currency: "JPY"},
		},
		"only what is seen": {
			html: `<title>Tea cup</title><nav>Free shipping over $50</nav><h1>Tea cup</h1><p class="price">$25.50</p><p>or 4 payments of $6.37</p>` + buy + `<p>SKU: TC-99</p>`,
			want: omakase.Product{Name: "Tea cup", Price: "25.50", Currency: "USD", SKU: "TC-99", Availability: omakase.InStock},
		},
		"Japanese, with tax": {
			html: `<html lang="ja"><title>湯呑</title><h1>湯呑</h1><p>本体価格 ￥１，０００</p><p class="price">税込価格 ￥１，１００</p><p>送料￥５５０</p><button>カートに入れる</button>`,
			want: omakase.Product{Name: "湯呑", Price: "1100", Currency: "JPY"},
		},
		"sold out beside the heading": {
			html: ld(`"name":"Cup","offers":{"price":"5","priceCurrency":"USD"}`) + `<h1>Cup</h1><p>$5.00</p><p>Sold out</p><script>var t = "In stock"</script>`,
			want: omakase.Product{Name: "Cup", Availability: omakase.OutOfStock},
		},
		"sold out is a hidden template": {
			html: ld(`"name":"Cup","offers":{"price":"5","priceCurrency":"USD"}`) + `<h1>Cup</h1><p style="display:none">Sold out</p>` + buy,
			want: omakase.Product{Name: "Cup", Availability: omakase.InStock},
		},
		"the visible number": {
			html: ld(`"name":"Cup","sku":"238368885","offers":{"price":"5","priceCurrency":"USD"}`) + `<h1>Cup</h1><p>Product code: 83810610</p>`,
			want: omakase.Product{Name: "Cup", SKU: "83810610"},
		},
		"an event":          {html: `<h1>Gig</h1><script type="application/ld+json">{"@type":"MusicEvent","name":"Gig","offers":{"price":"20","priceCurrency":"USD"}}</script>` + buy, none: true},
		"news":              {html: `<meta property="og:type" content="article"><h1>Cups cost $5</h1><p class="price">$5.00</p>`, none: true},
		"an article":        {html: `<h1>The best cups</h1><script type="application/ld+json">{"@type":"NewsArticle","headline":"x"}</script><p>They cost $5.00 today.</p>`, none: true},
		"a name alone":      {html: `<h1>About us</h1><p>We sell cups.</p>`, none: true},
		"a list":            {html: `<h1>Cups</h1>` + strings.Repeat(`<div class="item"><a href="/a">Cup</a><p class="price">$5.00</p><button>Add to cart</button></div>`, 12), none: true},
		"many in an array":  {html: `<script type="application/ld+json">{"@type":"ItemList","itemListElement":[{"@type":"Product","name":"a","offers":{"price":1}},{"@type":"Product","name":"b","offers":{"price":2}},{"@type":"Product","name":"c","offers":{"price":3}}]}</script>`, none: true},
		"not found, as 200": {html: `<title>404</title><h1>Page not found</h1><p>Perhaps you like these</p><a href="/x" class="product">Cup <span class="price">$5</span></a>`, none: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got, ok := read(t, "https://shop.example/products/thing", []byte(tt.html))
			if ok == tt.none {
				t.Fatalf("found: %v, %+v", ok, got)
			}
			compare(t, &got, &tt.want)
			for _, s := range got.Sources {
				if s.Layer == "" || s.Confidence < 1 || s.Confidence > 100 {
					t.Errorf("a source is %+v", s)
				}
			}
			if name == "variants" && (len(got.Variants) != 2 || got.Variants[1].Title != "M" || got.Options[0].Name != "Size") {
				t.Errorf("variants %+v, options %+v", got.Variants, got.Options)
			}
		})
	}
}

// compare holds the fields that are wanted; "-" is none.
func compare(t *testing.T, got, want *omakase.Product) {
	t.Helper()
	for field, pair := range map[string][2]string{
		"name": {got.Name, want.Name}, "price": {got.Price, want.Price}, "price_max": {got.PriceMax, want.PriceMax}, "compare_at": {got.CompareAt, want.CompareAt},
		"currency": {got.Currency, want.Currency}, "availability": {got.Availability, want.Availability}, "sku": {got.SKU, want.SKU}, "gtin": {got.GTIN, want.GTIN}, "brand": {got.Brand, want.Brand},
	} {
		if want := strings.TrimPrefix(pair[1], "-"); pair[1] != "" && pair[0] != want {
			t.Errorf("%s is %q, want %q", field, pair[0], want)
		}
	}
}

// TestHomePage: a shop's own page is no product, whatever it says.
func TestHomePage(t *testing.T) {
	t.Parallel()
	if _, p, ok := read(t, "https://shop.example/", []byte(`<meta property="og:type" content="product"><meta property="og:title" content="The shop"><meta property="product:price:amount" content="41800">`)); ok {
		t.Errorf("found %+v", p)
	}
}

// TestDamaged holds that an amount is believed where nothing says that a digit
// of it is missing: twice on a page that was damaged, once on any other.
func TestDamaged(t *testing.T) {
	t.Parallel()
	const once = `{"@type":"Product","name":"Tea cup","sku":"TC-1","offers":{"price":"12.50","priceCurrency":"USD"}}`
	for name, tt := range map[string]struct {
		reply omakase.HTMLReply
		price string
	}{
		"whole":           {omakase.HTMLReply{Title: "Tea cup", JSONLD: []string{once}}, "12.50"},
		"damaged":         {omakase.HTMLReply{Title: "Tea cup", JSONLD: []string{once}, Damaged: true}, ""},
		"damaged, agreed": {omakase.HTMLReply{Title: "Tea cup", JSONLD: []string{once}, Damaged: true, OG: []omakase.Header{{Name: "product:price:amount", Value: "12.5"}, {Name: "product:price:currency", Value: "USD"}}}, "12.50"},
		"a digit missing": {omakase.HTMLReply{Title: "湯呑", Lang: "ja", Outline: []omakase.Place{
			{Kind: omakase.PlaceHeading, Text: "湯呑", Level: 1},
			{Kind: omakase.PlacePrice, Text: "2\ufffd160円", Path: "p.price", At: 10},
			{Kind: omakase.PlaceButton, Text: "カートに入れる", At: 40},
			{Kind: omakase.PlacePair, Before: "商品番号", Text: "AB-1234", At: 60},
		}}, ""},
	} {
		p, _ := product.NewPage("https://shop.example/p/1234", &tt.reply).Product()
		if p.Price != tt.price {
			t.Errorf("%s: it costs %q, want %q", name, p.Price, tt.price)
		}
	}
}

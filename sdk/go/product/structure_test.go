package product_test

import (
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// script is JSON-LD as it stands.
func script(json string) string { return `<script type="application/ld+json">` + json + `</script>` }

// TestJSONLD holds the ways in which shops write the vocabulary as JSON.
func TestJSONLD(t *testing.T) {
	t.Parallel()
	const plain = `<title>Tea cup</title><h1>Tea cup</h1>`
	cup := omakase.Product{Name: "Tea cup", Price: "12.50", Currency: "EUR", Availability: omakase.InStock}
	const offer = `{"@type":"Offer","price":"12.50","priceCurrency":"EUR","availability":"https://schema.org/InStock"}`
	for name, tt := range map[string]shopPage{
		"several types":        {"", plain + script(`{"@context":"https://schema.org","@type":["Product","IndividualProduct"],"name":"Tea cup","offers":`+offer+`}`), cup},
		"types by address":     {"", plain + script(`{"@type":"http://schema.org/Product","name":"Tea cup","offers":`+offer+`}`), cup},
		"prefixed names":       {"", plain + script(`{"@context":{"schema":"https://schema.org/"},"@type":"schema:Product","schema:name":"Tea cup","schema:offers":{"@type":"schema:Offer","schema:price":"12.50","schema:priceCurrency":"EUR","schema:availability":{"@id":"schema:InStock"}}}`), cup},
		"addresses as names":   {"", plain + script(`{"@type":"https://schema.org/Product","https://schema.org/name":"Tea cup","https://schema.org/offers":{"@type":"https://schema.org/Offer","https://schema.org/price":12.5,"https://schema.org/priceCurrency":"EUR","https://schema.org/availability":{"@id":"https://schema.org/InStock"}}}`), cup},
		"an offer by its id":   {"", plain + script(`{"@graph":[{"@type":"WebSite","name":"Shop"},{"@type":"Product","@id":"#p","name":"Tea cup","offers":{"@id":"#o"}},{"@type":"Offer","@id":"#o","price":"12.50","priceCurrency":"EUR","availability":"InStock"}]}`), cup},
		"offers by their ids":  {"", plain + script(`{"@graph":[{"@type":"Product","name":"Tea cup","offers":[{"@id":"#a"},{"@id":"#b"}]},{"@type":"Offer","@id":"#a","price":"12.50","priceCurrency":"EUR"},{"@type":"Offer","@id":"#b","price":"20","priceCurrency":"EUR"}]}`), omakase.Product{Price: "12.50", PriceMax: "20.00", Currency: "EUR"}},
		"a brand by its id":    {"", plain + script(`{"@graph":[{"@type":"Brand","@id":"#aoi","name":"Aoi"},{"@type":"Product","name":"Tea cup","brand":{"@id":"#aoi"},"offers":`+offer+`}]}`), omakase.Product{Brand: "Aoi", Price: "12.50"}},
		"in another script":    {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@id":"https://shop.example/#o"}}`) + script(`{"@type":"Offer","@id":"https://shop.example/#o","price":12.5,"priceCurrency":"EUR","availability":"in_stock"}`), cup},
		"the page's entity":    {"", plain + script(`{"@type":"ItemPage","name":"Shop page","mainEntity":{"@type":"Product","name":"Tea cup","offers":`+offer+`},"breadcrumb":{"@type":"BreadcrumbList","itemListElement":[{"@type":"ListItem","item":{"name":"Cups"}}]}}`), cup},
		"related ones before":  {"", plain + script(`[{"@type":"Product","name":"Milk jug","url":"/products/jug","offers":{"price":"3","priceCurrency":"EUR"}},{"@type":"Product","name":"Tea cup","url":"https://shop.example/products/cup-1","offers":`+offer+`}]`), cup},
		"isRelatedTo":          {"", plain + script(`{"@type":"Product","name":"Tea cup","isRelatedTo":[{"@type":"Product","name":"Jug","offers":{"price":"3","priceCurrency":"EUR"}}],"offers":`+offer+`}`), cup},
		"a sum of offers":      {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@type":"AggregateOffer","lowPrice":"12.50","highPrice":"30.00","offerCount":3,"priceCurrency":"EUR","availability":"InStock","offers":[{"@type":"Offer","price":"30.00","priceCurrency":"EUR"},{"@type":"Offer","price":"12.50","priceCurrency":"EUR"}]}}`), omakase.Product{Price: "12.50", PriceMax: "30.00", Currency: "EUR", Availability: omakase.InStock}},
		"prices before":        {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@type":"Offer","priceCurrency":"EUR","availability":"InStock","priceSpecification":[{"@type":"UnitPriceSpecification","priceType":"https://schema.org/ListPrice","price":"20.00","priceCurrency":"EUR"},{"@type":"UnitPriceSpecification","price":"12.50","priceCurrency":"EUR"}]}}`), omakase.Product{Price: "12.50", CompareAt: "20.00", Currency: "EUR", Availability: omakase.InStock}},
		"struck through":       {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@type":"Offer","price":12.5,"priceCurrency":"EUR","priceSpecification":{"@type":"UnitPriceSpecification","priceType":"https://schema.org/StrikethroughPrice","price":20,"priceCurrency":"EUR"}}}`), omakase.Product{Price: "12.50", CompareAt: "20.00"}},
		"a price for people":   {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@type":"Offer","price":"1.299,00 €"}}`), omakase.Product{Price: "1299.00", Currency: "EUR"}},
		"a comma":              {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@type":"Offer","price":"12,50","priceCurrency":"EUR"}}`), omakase.Product{Price: "12.50", Currency: "EUR"}},
		"thousands":            {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@type":"Offer","price":"1,299.00","priceCurrency":"USD"}}`), omakase.Product{Price: "1299.00", Currency: "USD"}},
		"currency as a sign":   {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@type":"Offer","price":"12.50","priceCurrency":"€"}}`), omakase.Product{Price: "12.50", Currency: "EUR"}},
		"limited":              {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"price":"12.50","priceCurrency":"EUR","availability":"https://schema.org/LimitedAvailability"}}`), omakase.Product{Availability: omakase.LimitedStock}},
		"sold out":             {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"price":"12.50","priceCurrency":"EUR","availability":"http://schema.org/SoldOut"}}`), omakase.Product{Availability: omakase.OutOfStock}},
		"to be made":           {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"price":"12.50","priceCurrency":"EUR","availability":"schema:BackOrder"}}`), omakase.Product{Availability: omakase.InStock}},
		"numbers":              {"", plain + script(`{"@type":"Product","name":"Tea cup","sku":4711,"mpn":"M-1","gtin13":"4006381333931","brand":["Aoi"],"offers":`+offer+`}`), omakase.Product{SKU: "4711", GTIN: "4006381333931", Brand: "Aoi"}},
		"a number of the kind": {"", plain + script(`{"@type":"Product","name":"Tea cup","productID":"sku:4711","gtin":"04006381333931","offers":`+offer+`}`), omakase.Product{SKU: "4711", GTIN: "04006381333931"}},
		"no number of goods":   {"", plain + script(`{"@type":"Product","name":"Tea cup","sku":"null","gtin13":"none","mpn":"M-77","offers":`+offer+`}`), omakase.Product{SKU: "M-77", GTIN: "-"}},
		"trailing commas":      {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@type":"Offer","price":"12.50","priceCurrency":"EUR","availability":"InStock",},}`), cup},
		"a comment around":     {"", plain + script("<!--\n"+`{"@type":"Product","name":"Tea cup","offers":`+offer+"}\n-->"), cup},
		"CDATA":                {"", plain + script("//<![CDATA[\n"+`{"@type":"Product","name":"Tea cup","offers":`+offer+"}\n//]]>"), cup},
		"two documents":        {"", plain + script(`{"@type":"Organization","name":"Shop"}{"@type":"Product","name":"Tea cup","offers":`+offer+`}`), cup},
		"a semicolon":          {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":`+offer+`};`), cup},
		"escaped quotes":       {"", plain + script(`{&quot;@type&quot;:&quot;Product&quot;,&quot;name&quot;:&quot;Tea cup&quot;,&quot;offers&quot;:{&quot;price&quot;:&quot;12.50&quot;,&quot;priceCurrency&quot;:&quot;EUR&quot;,&quot;availability&quot;:&quot;InStock&quot;}}`), cup},
		"names in languages":   {"", plain + script(`{"@type":"Product","name":{"@language":"en","@value":"Tea cup"},"offers":`+offer+`}`), cup},
		"values in objects":    {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@type":"Offer","price":{"@value":"12.50"},"priceCurrency":{"@value":"EUR"},"availability":{"@type":"ItemAvailability","@id":"http://schema.org/InStock"}}}`), cup},
		"a member's price":     {"", plain + script(`{"@type":"Product","name":"Tea cup","offers":{"@type":"Offer","priceSpecification":[{"@type":"UnitPriceSpecification","price":9,"priceCurrency":"EUR","validForMemberTier":{"@type":"MemberProgramTier","name":"gold"}},{"@type":"UnitPriceSpecification","price":12.5,"priceCurrency":"EUR"}]}}`), omakase.Product{Price: "12.50", Currency: "EUR"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.url = "https://shop.example/products/cup-1"
			tt.check(t)
		})
	}
}

// TestMicrodata holds the ways in which shops write it into their elements.
func TestMicrodata(t *testing.T) {
	t.Parallel()
	cup := omakase.Product{Name: "Tea cup", Price: "1299.00", Currency: "EUR", Availability: omakase.InStock}
	item := func(inner string) string {
		return `<title>Tea cup</title><div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Tea cup</h1>` + inner + `</div>`
	}
	const offer = `<div itemprop="offers" itemscope itemtype="https://schema.org/Offer">`
	for name, tt := range map[string]shopPage{
		"content beside text": {"", item(offer + `<span itemprop="price" content="1299.00">1.299,00 €</span><meta itemprop="priceCurrency" content="EUR"><link itemprop="availability" href="https://schema.org/InStock"></div>`), cup},
		"text alone":          {"", item(offer + `<span itemprop="price">1.299,00</span> <span itemprop="priceCurrency" content="EUR">€</span><link itemprop="availability" href="InStock"></div>`), cup},
		"a value":             {"", item(offer + `<data itemprop="price" value="1299">1299 Euro</data><data itemprop="priceCurrency" value="EUR"></data><meta itemprop="availability" content="in stock"></div>`), cup},
		"currency in text":    {"", item(offer + `<span itemprop="price">€ 1.299,00</span><span itemprop="availability">In stock</span></div>`), cup},
		"a range":             {"", item(`<div itemprop="offers" itemscope itemtype="https://schema.org/AggregateOffer"><span itemprop="lowPrice">12.50</span> - <span itemprop="highPrice">20.00</span><meta itemprop="priceCurrency" content="EUR"></div>`), omakase.Product{Price: "12.50", PriceMax: "20.00", Currency: "EUR"}},
		"a brand of its own":  {"", item(`<div itemprop="brand" itemscope itemtype="https://schema.org/Brand"><meta itemprop="name" content="Aoi"></div><meta itemprop="sku" content="C-1"><meta itemprop="gtin13" content="4006381333931">` + offer + `<meta itemprop="price" content="5"><meta itemprop="priceCurrency" content="EUR"></div>`), omakase.Product{Name: "Tea cup", Brand: "Aoi", SKU: "C-1", GTIN: "4006381333931", Price: "5.00"}},
		"elsewhere":           {"", `<title>Tea cup</title><div itemscope itemtype="https://schema.org/Product" itemref="offer"><h1 itemprop="name">Tea cup</h1></div><div id="offer"><div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><meta itemprop="price" content="1299"><meta itemprop="priceCurrency" content="EUR"><link itemprop="availability" href="https://schema.org/InStock"></div></div>`, cup},
		"a crumb first":       {"", `<title>Tea cup</title><ol itemscope itemtype="https://schema.org/BreadcrumbList"><li itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem"><span itemprop="name">Cups</span></li></ol>` + item(offer+`<meta itemprop="price" content="1299"><meta itemprop="priceCurrency" content="EUR"></div>`), omakase.Product{Name: "Tea cup", Price: "1299.00"}},
		"without an offer":    {"", item(`<span itemprop="price" content="1299.00">1.299 €</span><meta itemprop="priceCurrency" content="EUR">`) + `<button>Add to cart</button>`, omakase.Product{Name: "Tea cup", Price: "1299.00", Currency: "EUR"}},
		"old and new":         {"", item(offer + `<del>1.499,00 €</del><ins><span itemprop="price" content="1299.00">1.299,00 €</span></ins><meta itemprop="priceCurrency" content="EUR"><link itemprop="availability" href="https://schema.org/InStock"></div><p>Fired by hand</p>`), omakase.Product{Price: "1299.00", CompareAt: "1499.00", Currency: "EUR"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.url = "https://shop.example/products/cup-1"
			tt.check(t)
		})
	}
}

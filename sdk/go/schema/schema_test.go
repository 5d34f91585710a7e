package schema_test

import (
	"reflect"
	"strings"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/schema"
)

// one reads a document that holds one product.
func one(t *testing.T, document string) schema.Thing {
	t.Helper()
	for _, thing := range schema.Read(document) {
		if thing.IsProduct() {
			return thing
		}
	}
	t.Fatalf("no product in %s", document)
	return schema.Thing{}
}

func TestAvailability(t *testing.T) {
	t.Parallel()
	for term, want := range map[string]string{
		"InStock": omakase.InStock, "https://schema.org/InStock": omakase.InStock, "http://schema.org/ instock ": omakase.InStock,
		"In Stock": omakase.InStock, "schema:in_stock": omakase.InStock, "http://schema.org#PreOrder": omakase.InStock,
		"http://schema.org/OutOfStock": omakase.OutOfStock, "SoldOut": omakase.OutOfStock, "Discontinued": omakase.OutOfStock,
		"LimitedAvailability": omakase.LimitedStock, "": "", "yes": "",
	} {
		if got := schema.Availability(term); got != want {
			t.Errorf("%q is %q, want %q", term, got, want)
		}
	}
}

func TestOffers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ offers, low, high, list, currency string }{
		"text":            {`{"price":"119.99","priceCurrency":"usd"}`, "119.99", "", "", "USD"},
		"number":          {`{"price":170,"priceCurrency":"USD"}`, "170", "", "", "USD"},
		"exponent":        {`{"price":1.5E+3,"priceCurrency":"USD"}`, "1500", "", "", "USD"},
		"grouped":         {`{"price":"1,234.00","priceCurrency":"USD"}`, "1234.00", "", "", "USD"},
		"comma":           {`{"price":"48,00","priceCurrency":"EUR"}`, "48.00", "", "", "EUR"},
		"object":          {`{"price":{},"priceCurrency":"USD"}`, "", "", "", "USD"},
		"nothing":         {`{"price":0,"priceCurrency":"USD"}`, "", "", "", "USD"},
		"null":            {`{"price":null}`, "", "", "", ""},
		"wrong currency":  {`{"price":"5","priceCurrency":"dollars"}`, "5", "", "", ""},
		"list":            {`[{"price":"9"},{"price":"7"}]`, "9", "", "", ""},
		"aggregate":       {`{"@type":"AggregateOffer","lowPrice":31850,"highPrice":37510,"priceCurrency":"UAH","offerCount":46}`, "31850", "37510", "", "UAH"},
		"aggregate mixed": {`{"@type":"AggregateOffer","lowPrice":"9","highPrice":"5","priceCurrency":"GBP","offers":[{"price":"5"}]}`, "5", "9", "", "GBP"},
		"specification":   {`{"priceSpecification":{"price":"20","priceCurrency":"EUR"}}`, "20", "", "", "EUR"},
		"list price": {
			`{"priceSpecification":[{"priceType":"https://schema.org/ListPrice","price":"159","priceCurrency":"USD"},{"price":"129","priceCurrency":"USD"}]}`,
			"129", "", "159", "USD",
		},
		"unit price": {
			`{"priceSpecification":[{"price":"12","priceCurrency":"EUR","referenceQuantity":{"value":1,"unitCode":"KGM"}},{"price":"3","priceCurrency":"EUR"}]}`,
			"3", "", "", "EUR",
		},
		"with tax": {
			`{"priceSpecification":[{"price":"10","valueAddedTaxIncluded":false},{"price":"12","valueAddedTaxIncluded":"true"}]}`, "12", "", "", "",
		},
		"thousands of pesos": {`{"price":"24.990","priceCurrency":"CLP"}`, "24990", "", "", "CLP"},
		"four decimals":      {`{"price":"1990.0000","priceCurrency":"JPY"}`, "1990.0000", "", "", "JPY"},
		"negative":           {`{"price":"-5"}`, "", "", "", ""},
		"a sentence":         {`{"price":"from 5 to 10 according to the size you choose"}`, "", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := one(t, `{"@type":"Product","name":"x","offers":`+test.offers+`}`)
			o := p.Offers[0]
			low := o.Price
			if low == "" {
				low = o.Low
			}
			if low != test.low || o.High != test.high || o.List != test.list || o.Currency != test.currency {
				t.Errorf("got %q to %q, before %q, %q", low, o.High, o.List, o.Currency)
			}
		})
	}
}

func TestThings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		document string
		want     []string // types, name and role
	}{
		"graph":        {`{"@context":"https://schema.org","@graph":[{"@type":"WebPage","name":"Shop"},{"@type":["Product","Thing"],"name":"Cup"}]}`, []string{" 0", "webpage Shop 0", "product+thing Cup 0"}},
		"list":         {`[{"@type":"3DModel","name":"m"},{"@type":"Product","name":"Cup"}]`, []string{"3dmodel m 0", "product Cup 0"}},
		"main entity":  {`{"@type":"ItemPage","mainEntity":{"@type":"Product","name":"Cup"}}`, []string{"itempage 0", "product Cup 0"}},
		"item list":    {`{"@type":"ItemList","itemListElement":[{"@type":"ListItem","item":{"@type":"Product","name":"a"}},{"@type":"Product","name":"b"}]}`, []string{"itemlist 0", "listitem 1", "product a 1", "product b 1"}},
		"related":      {`{"@type":"Product","name":"Cup","isRelatedTo":[{"@type":"Product","name":"Pot"}]}`, []string{"product Cup 0", "product Pot 2"}},
		"said twice":   {`[{"@type":"Product","name":"Cup","sku":"1"},{"@type":"Product","name":"Cup","sku":"1"}]`, []string{"product Cup 0"}},
		"URL as type":  {`{"@type":"http://schema.org/Product","name":"Cup"}`, []string{"product Cup 0"}},
		"event":        {`{"@type":"MusicEvent","name":"Gig","offers":{"price":"20"}}`, []string{"musicevent Gig 0"}},
		"microdata":    {`{"items":[{"type":["https://schema.org/Product"],"properties":{"name":["Cup"],"offers":[{"type":["https://schema.org/Offer"],"properties":{"price":["5"]}}]}}]}`, []string{" 0", "product Cup 0"}},
		"not readable": {`{"@type":"Product",`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, thing := range schema.Read(test.document) {
				words := append([]string{strings.Join(thing.Types, "+")}, thing.Name, string('0'+rune(thing.Role)))
				if thing.Name == "" {
					words = append(words[:1], words[2])
				}
				got = append(got, strings.Join(words, " "))
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	p := one(t, `{"@type":"Product","name":"DeWalt &amp;amp; Kit\u0000","description":"<p>A</p>","sku":123,"mpn":"M-1","productID":"isbn:978-4-00-000000-2",
		"brand":[{"@type":"Brand","name":"DeWalt"}],"category":{"name":"Tools"},"color":"red",
		"image":[["https://a.example/1.jpg"],{"@type":"ImageObject","contentUrl":"https://a.example/2.jpg","url":"https://a.example/page"},{"url":["https://a.example/3.jpg"]}]}`)
	if p.Name != "DeWalt & Kit" || p.SKU != "123" || p.MPN != "M-1" || p.GTIN != "9784000000002" || p.Brand != "DeWalt" || p.Category != "Tools" || p.Color != "red" || p.HTML != "<p>A</p>" {
		t.Errorf("got %+v", p)
	}
	if want := []string{"https://a.example/1.jpg", "https://a.example/2.jpg", "https://a.example/3.jpg"}; !reflect.DeepEqual(p.Images, want) {
		t.Errorf("images %q", p.Images)
	}
	p = one(t, `{"@type":"Product","name":["First","Second"],"brand":"Sony","offers":[]}`)
	if p.Name != "First" || p.Brand != "Sony" || len(p.Offers) != 0 {
		t.Errorf("got %+v", p)
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	p := one(t, `{"@type":"ProductGroup","name":"Shirt","productGroupID":"7","hasVariant":[
		{"@type":"Product","name":"Shirt - S","size":"S","sku":"s","offers":{"@type":"Offer","price":"10","priceCurrency":"EUR","availability":"InStock"}},
		{"@id":"#m"}]}`)
	if p.Group != "7" || len(p.Variants) != 2 || p.Variants[0].Size != "S" || p.Variants[0].Offers[0].Price != "10" {
		t.Errorf("got %+v", p)
	}
	things := schema.Read(`{"@graph":[{"@type":"ProductGroup","name":"Shirt","hasVariant":[{"@id":"#m"}]},{"@type":"Product","@id":"#m","name":"Shirt - M","sku":"m"}]}`)
	for _, thing := range things {
		if thing.Is("productgroup") && (len(thing.Variants) != 1 || thing.Variants[0].SKU != "m") {
			t.Errorf("the variant was not found by its id: %+v", thing.Variants)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"@type":"Product","name":"x","offers":{"price":"1","priceSpecification":[{"price":2}]},"hasVariant":[{"@id":"#a"}]}`)
	f.Add(`{"items":[{"type":["http://schema.org/Product"],"properties":{"name":["x"],"offers":[{"properties":{"price":["5,00"]}}]}}]}`)
	f.Fuzz(func(t *testing.T, document string) {
		for _, thing := range schema.Read(document) {
			for _, o := range thing.Offers {
				for _, amount := range []string{o.Price, o.Low, o.High, o.List} {
					if _, ok := price.Decimal(amount); amount != "" && !ok && len(amount) <= 20 {
						t.Fatalf("%q is no price", amount)
					}
				}
			}
		}
	})
}

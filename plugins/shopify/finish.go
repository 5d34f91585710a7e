package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// defaultTitle is what Shopify calls the only variant of a product without
// options.
const defaultTitle = "Default Title"

// finish completes and checks what was read. The reason is not "" when there
// is no product in it. Memory for texts is taken from w.
func (p *item) finish(at place, currency string, w *plaintext.Buffer) (reason string) {
	p.Name = plaintext.Tidy(p.Name)
	p.Handle = cleanHandle(strings.TrimSpace(p.Handle))
	if p.ID == "" {
		return "it has no id"
	}
	if p.Name == "" {
		return "it has no title"
	}
	if p.Handle != "" {
		p.URL = at.product(p.Handle)
	}
	p.Description = p.html.Plain(w)
	p.Brand, p.Category = plaintext.Tidy(p.Brand), plaintext.Tidy(p.Category)
	p.ImageURLs = cleanImages(p.ImageURLs, at.origin)
	for i := range p.Variants {
		v := &p.Variants[i]
		v.ImageURL = absoluteURL(v.ImageURL, at.origin)
		p.readPrices(v)
	}
	p.dropDefaultOption()
	p.fillOptions()
	p.sumUp()
	setCurrency(&p.Product, currency)
	p.Sources = fromShopify
	return ""
}

// fromShopify says of all fields that they come from Shopify's own data. It
// never changes.
var fromShopify = []omakase.Source{{Field: "*", Layer: omakase.LayerAPI, Confidence: 100}}

// maxImages is how many images Shopify lets a product have.
const maxImages = 250

// cleanImages makes the addresses absolute and drops repeated ones, in place.
func cleanImages(urls []string, origin string) []string {
	kept := urls[:0]
next:
	for _, url := range urls[:min(len(urls), maxImages)] {
		if url = absoluteURL(url, origin); url == "" {
			continue
		}
		for _, k := range kept {
			if k == url {
				continue next
			}
		}
		kept = append(kept, url)
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// readPrices makes decimals of a variant's prices. A price before the sale
// that is not above the price is none: shops write "0.00" there, or forget it.
func (p *item) readPrices(v *omakase.Variant) {
	read := price.Decimal
	if p.hundredths {
		read = price.Hundredths
	}
	v.Price, _ = read(v.Price)
	compareAt, ok := read(v.CompareAt)
	v.CompareAt = ""
	if ok && v.Price != "" && price.Compare(compareAt, v.Price) > 0 {
		v.CompareAt = compareAt
	}
}

// dropDefaultOption removes the option that stands for having none.
func (p *item) dropDefaultOption() {
	o := p.Options
	if len(o) > 1 || len(o) == 1 && (o[0].Name != "Title" || len(o[0].Values) > 1) || len(p.Variants) > 1 {
		return
	}
	if len(o) == 1 && len(o[0].Values) == 1 && o[0].Values[0] != defaultTitle {
		return
	}
	for i := range p.Variants {
		v := &p.Variants[i]
		if v.Title != "" && v.Title != defaultTitle {
			return
		}
		v.Title, v.Options = "", nil
	}
	p.Options = nil
}

// fillOptions gives options their values where only their names were written,
// and variants no more values than the product has options.
func (p *item) fillOptions() {
	if len(p.Options) == 0 {
		return
	}
	for i := range p.Variants {
		v := &p.Variants[i]
		if len(v.Options) > len(p.Options) {
			v.Options = v.Options[:len(p.Options)]
		}
	}
	for i := range p.Options {
		if len(p.Options[i].Values) == 0 {
			p.Options[i].Values = valuesOf(p.Variants, i)
		}
	}
}

// valuesOf are the distinct values that variants have for the option at index
// i, in their order.
func valuesOf(variants []omakase.Variant, i int) []string {
	var values []string
next:
	for _, v := range variants {
		if i >= len(v.Options) || v.Options[i] == "" {
			continue
		}
		for _, known := range values {
			if known == v.Options[i] {
				continue next
			}
		}
		values = append(values, v.Options[i])
	}
	return values
}

// sumUp derives the product's own prices, availability and codes from its
// variants. A product without variants cannot be bought.
func (p *item) sumUp() {
	p.Availability = omakase.OutOfStock
	unknown := false
	for i := range p.Variants {
		v := &p.Variants[i]
		if v.Price != "" && (p.Price == "" || price.Compare(v.Price, p.Price) < 0) {
			p.Price = v.Price
		}
		if v.Price != "" && (p.PriceMax == "" || price.Compare(v.Price, p.PriceMax) > 0) {
			p.PriceMax = v.Price
		}
		if v.CompareAt != "" && (p.CompareAt == "" || price.Compare(v.CompareAt, p.CompareAt) > 0) {
			p.CompareAt = v.CompareAt
		}
		if v.Availability == omakase.InStock {
			p.Availability = omakase.InStock
		}
		unknown = unknown || v.Availability == ""
	}
	if unknown && p.Availability == omakase.OutOfStock {
		p.Availability = ""
	}
	if len(p.Variants) > 0 {
		p.SKU, p.GTIN = p.Variants[0].SKU, p.Variants[0].GTIN
	}
}

// setCurrency says in which currency a product's prices are, and writes them
// as that currency does.
func setCurrency(p *omakase.Product, currency string) {
	p.Currency = currency
	digits := price.Digits(currency)
	p.Price = price.WithDecimals(p.Price, digits)
	p.PriceMax = price.WithDecimals(p.PriceMax, digits)
	p.CompareAt = price.WithDecimals(p.CompareAt, digits)
	for i := range p.Variants {
		v := &p.Variants[i]
		v.Price = price.WithDecimals(v.Price, digits)
		v.CompareAt = price.WithDecimals(v.CompareAt, digits)
	}
}

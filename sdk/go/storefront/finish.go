package storefront

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// MaxImages is how many images of a product are kept.
const MaxImages = 250

// Finish completes a product whose prices are decimals: it tidies texts, makes
// addresses absolute from the page at, leaves out doubled images and prices
// before a sale that are none, gives the product the prices, availability and
// codes of its variants where it has none of its own, and writes prices with the
// decimals of the currency. The reason is not "" when it is no product.
func Finish(p *omakase.Product, at crawl.Address) (reason string) {
	p.Name = plaintext.Tidy(p.Name)
	switch {
	case p.ID == "":
		return "it has no id"
	case p.Name == "":
		return "it has no name"
	}
	p.Brand, p.Category, p.SKU = plaintext.Tidy(p.Brand), plaintext.Tidy(p.Category), plaintext.Tidy(p.SKU)
	p.ImageURLs = Images(p.ImageURLs, at)
	for i := range p.Variants {
		v := &p.Variants[i]
		v.Title, v.SKU = plaintext.Tidy(v.Title), plaintext.Tidy(v.SKU)
		v.ImageURL = absolute(v.ImageURL, at)
		v.CompareAt = reduced(v.CompareAt, v.Price)
	}
	sumUp(p)
	p.CompareAt = reduced(p.CompareAt, p.Price)
	fillOptions(p)
	SetCurrency(p, p.Currency)
	return ""
}

// reduced is a price before a sale, "" when it is not above the price.
func reduced(before, now string) string {
	if before == "" || now == "" || price.Compare(before, now) <= 0 {
		return ""
	}
	return before
}

// Images makes addresses of images absolute and drops repeated ones.
func Images(urls []string, at crawl.Address) []string {
	var kept []string
next:
	for _, url := range urls[:min(len(urls), MaxImages)] {
		if url = absolute(url, at); url == "" {
			continue
		}
		for _, k := range kept {
			if k == url {
				continue next
			}
		}
		kept = append(kept, url)
	}
	return kept
}

func absolute(url string, at crawl.Address) string {
	if strings.TrimSpace(url) == "" {
		return ""
	}
	to, ok := at.Resolve(url)
	if !ok {
		return ""
	}
	return to.String()
}

// sumUp derives from the variants what the product itself does not have.
func sumUp(p *omakase.Product) {
	if len(p.Variants) == 0 {
		return
	}
	low, high, before, available, unknown := "", "", "", false, false
	for i := range p.Variants {
		v := &p.Variants[i]
		if v.Price != "" {
			if low == "" || price.Compare(v.Price, low) < 0 {
				low = v.Price
			}
			if high == "" || price.Compare(v.Price, high) > 0 {
				high = v.Price
			}
		}
		if v.CompareAt != "" && (before == "" || price.Compare(v.CompareAt, before) > 0) {
			before = v.CompareAt
		}
		available = available || v.Availability == omakase.InStock || v.Availability == omakase.LimitedStock
		unknown = unknown || v.Availability == ""
	}
	p.Price, p.PriceMax, p.CompareAt = first(p.Price, low), first(p.PriceMax, high), first(p.CompareAt, before)
	if p.Availability == "" {
		switch {
		case available:
			p.Availability = omakase.InStock
		case !unknown:
			p.Availability = omakase.OutOfStock
		}
	}
	p.SKU, p.GTIN = first(p.SKU, p.Variants[0].SKU), first(p.GTIN, p.Variants[0].GTIN)
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// fillOptions gives options their values where only their names were written.
func fillOptions(p *omakase.Product) {
	for i := range p.Options {
		if len(p.Options[i].Values) > 0 {
			continue
		}
		for _, v := range p.Variants {
			if i < len(v.Options) {
				p.Options[i].Values = AddOnce(p.Options[i].Values, v.Options[i])
			}
		}
	}
}

// AddOnce appends a text that is not "" and not in the list.
func AddOnce(list []string, s string) []string {
	if s == "" {
		return list
	}
	for _, known := range list {
		if known == s {
			return list
		}
	}
	return append(list, s)
}

// SetCurrency says in which currency a product's prices are, and writes them
// as that currency does.
func SetCurrency(p *omakase.Product, currency string) {
	p.Currency = currency
	digits := price.Digits(currency)
	write := func(s *string) { *s = price.WithDecimals(*s, digits) }
	write(&p.Price)
	write(&p.PriceMax)
	write(&p.CompareAt)
	for i := range p.Variants {
		write(&p.Variants[i].Price)
		write(&p.Variants[i].CompareAt)
	}
}

// From says where fields of a product come from, and how sure that is, of 100;
// "*" is all that are not named.
func From(p *omakase.Product, layer string, confidence int, fields ...string) {
	for _, field := range fields {
		p.Sources = append(p.Sources, omakase.Source{Field: field, Layer: layer, Confidence: confidence})
	}
}

// Stock is what a yes or no on being available means.
func Stock(available bool) string {
	if available {
		return omakase.InStock
	}
	return omakase.OutOfStock
}

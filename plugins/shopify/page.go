package main

import (
	"slices"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/schema"
)

// A product's web page tells of the product in up to four places: in the
// analytics of every Shopify page (`var meta`: ids, prices), in JSON that most
// themes leave for their scripts (the whole product, or its variants), in
// JSON-LD, and in meta tags. The first two count in the currency of
// Shopify.currency; JSON-LD names its own. Amounts and currency are taken from
// one place, never mixed.

// readProductPage reads the product that a web page sells. A page of something
// else has none.
func readProductPage(ctx *omakase.Context, handle, page, url string, at place) ([]omakase.Product, error) {
	html, err := ctx.HTML().Query(omakase.HTMLRequest{Body: handle, URL: url, JSONLD: true, OG: true})
	if err != nil {
		return nil, err
	}
	linked := chooseLinked(schema.Read(html.JSONLD...), handleOf(html.Canonical), handleOf(url))
	p, scripted := scriptedProduct(page)
	if linked == nil && !scripted {
		return nil, nil
	}
	currency := ""
	if scripted {
		currency = shopOf(page).Currency
	}
	p.addLinked(linked, scripted, &currency)
	if p.Handle == "" {
		p.Handle = firstText(handleOf(html.Canonical), handleOf(url))
	}
	p.addMetaTags(html.OG, &currency)
	if reason := p.finishPage(at, currency); reason != "" {
		return nil, nil
	}
	return []omakase.Product{p.Product}, nil
}

// chooseLinked picks the product that the page is about: pages describe
// related ones too.
func chooseLinked(found []schema.Thing, handles ...string) *schema.Thing {
	found = slices.DeleteFunc(found, func(t schema.Thing) bool { return !t.IsProduct() })
	for _, handle := range handles {
		for i := range found {
			if handle != "" && handleOf(found[i].URL) == handle {
				return &found[i]
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return &found[0]
}

// scriptedProduct reads the product from the page's scripts.
func scriptedProduct(page string) (item, bool) {
	p, ok := analyticsProduct(page)
	if !ok {
		return p, false
	}
	p.hundredths = true
	// The analytics know no availability; the theme's own JSON does.
	if at := strings.Index(page, `{"id":`+p.ID+`,"title"`); at >= 0 {
		r := json.NewReader(page[at:])
		var full item
		if full.read(r); r.Err() == nil && len(full.Variants) >= len(p.Variants) {
			full.hundredths = true
			return full, true
		}
	}
	if len(p.Variants) > 0 {
		if at := strings.Index(page, `[{"id":`+p.Variants[0].ID+`,"title"`); at >= 0 {
			r := json.NewReader(page[at:])
			if full := readVariants(r); r.Err() == nil && len(full) >= len(p.Variants) {
				p.Variants = full
			}
		}
	}
	return p, true
}

// maxAnalytics is how many scripts are tried: others may use that name, too.
const maxAnalytics = 8

// analyticsProduct reads the product from `var meta`.
func analyticsProduct(page string) (p item, ok bool) {
	rest := page
	for range maxAnalytics {
		if rest = after(rest, "var meta = "); rest == "" {
			break
		}
		r := json.NewReader(rest)
		if r.Kind() != json.Object {
			continue
		}
		for key := range r.Fields {
			if key == "product" {
				p = item{}
				p.read(r)
			}
		}
		if r.Err() == nil && p.ID != "" && len(p.Variants) > 0 {
			return p, true
		}
	}
	return item{}, false
}

// addLinked completes a product by JSON-LD, or makes it of that alone.
func (p *item) addLinked(ld *schema.Thing, scripted bool, currency *string) {
	if ld == nil {
		return
	}
	p.Name = firstText(p.Name, ld.Name)
	p.Brand = firstText(p.Brand, ld.Brand)
	p.Category = firstText(p.Category, ld.Category)
	p.addHTML(ld.HTML)
	p.ID = firstText(p.ID, ld.Group)
	if len(p.ImageURLs) == 0 {
		p.ImageURLs = ld.Images
	}
	variants := flatten(ld)
	if scripted {
		p.addAvailability(variants)
		if *currency == "" {
			*currency = firstCurrency(variants)
		}
		return
	}
	p.Handle = handleOf(ld.URL)
	*currency = firstCurrency(variants)
	for _, v := range variants {
		p.addVariant(v, *currency)
	}
	if len(p.Variants) == 1 {
		v := &p.Variants[0]
		v.SKU, v.GTIN = firstText(v.SKU, ld.SKU), firstText(v.GTIN, ld.GTIN)
	}
}

// addHTML takes over a description if there is none yet.
func (p *item) addHTML(s string) {
	if p.html.S == "" {
		p.html = plaintext.HTML{S: s}
	}
}

// linkedVariant is a variant as JSON-LD has it.
type linkedVariant struct {
	id, title, image string
	schema.Offer
}

// flatten lists the offers of a product and of its variants.
func flatten(p *schema.Thing) []linkedVariant {
	var all []linkedVariant
	if len(p.Variants) == 0 { // else the group's own offer sums them up
		for _, o := range p.Offers {
			if o.Aggregate && len(p.Offers) > 1 {
				continue
			}
			all = append(all, linkedVariant{id: firstText(variantID(o.URL), variantID(p.URL), variantID(p.ID)), Offer: o})
		}
	}
	for i := range p.Variants {
		v := &p.Variants[i]
		for _, o := range v.Offers {
			o.SKU, o.GTIN = firstText(o.SKU, v.SKU), firstText(o.GTIN, v.GTIN)
			all = append(all, linkedVariant{
				id: firstText(variantID(v.URL), variantID(v.ID), variantID(o.URL)), title: variantTitle(v.Name, p.Name),
				image: firstText(v.Images...), Offer: o,
			})
		}
	}
	return all
}

// variantID is the variant that an address leads to, or "".
func variantID(url string) string {
	_, id, _ := strings.Cut(url, "variant=")
	end := 0
	for end < len(id) && id[end] >= '0' && id[end] <= '9' {
		end++
	}
	return id[:end]
}

// variantTitle is what a variant's name adds to that of its group.
func variantTitle(name, group string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, group), " - ")
}

func firstCurrency(variants []linkedVariant) string {
	for _, v := range variants {
		if v.Currency != "" && (v.Price != "" || v.Low != "") {
			return v.Currency
		}
	}
	return ""
}

// addAvailability takes over what JSON-LD says of variants whose availability
// the scripts do not tell: found by id, by SKU, or by place.
func (p *item) addAvailability(linked []linkedVariant) {
	for i := range p.Variants {
		v := &p.Variants[i]
		for k := range linked {
			same := linked[k].id == v.ID && v.ID != "" || linked[k].id == "" && linked[k].SKU == v.SKU && v.SKU != "" ||
				len(linked) == 1 || len(linked) == len(p.Variants) && k == i && linked[k].id == "" && linked[k].SKU == ""
			if v.Availability == "" && same {
				v.Availability = linked[k].Availability
			}
		}
	}
}

// addVariant adds an offer whose price is in the page's currency.
func (p *item) addVariant(l linkedVariant, currency string) {
	v := omakase.Variant{ID: l.id, Title: l.title, SKU: l.SKU, GTIN: l.GTIN, Availability: l.Availability, ImageURL: l.image}
	if l.Currency == currency || l.Currency == "" {
		v.Price = firstText(l.Price, l.Low)
		if l.Price == "" && l.High != "" {
			p.PriceMax = l.High
		}
	}
	p.Variants = append(p.Variants, v)
}

// addMetaTags completes what is still missing. A price is taken with its
// currency only.
func (p *item) addMetaTags(tags []omakase.Header, currency *string) {
	tag := func(name string) string { return strings.TrimSpace(omakase.HeaderValue(tags, name)) }
	p.Name = firstText(p.Name, tag("og:title"))
	p.addHTML(tag("og:description"))
	if len(p.ImageURLs) == 0 {
		p.ImageURLs = []string{firstText(tag("og:image:secure_url"), tag("og:image"))}
	}
	if len(p.Variants) > 0 {
		return
	}
	amount, ok := price.Loose(firstText(tag("og:price:amount"), tag("product:price:amount")))
	if c := price.Code(firstText(tag("og:price:currency"), tag("product:price:currency"))); ok && c != "" {
		*currency = c
		p.Variants = append(p.Variants, omakase.Variant{Price: amount})
	}
}

// finishPage is finish for a page that may lack the product's id.
func (p *item) finishPage(at place, currency string) string {
	id := p.ID
	if id == "" {
		p.ID = "-"
	}
	highest := p.PriceMax
	reason := p.finish(at, currency, new(plaintext.Buffer))
	p.ID = id
	if highest = price.WithDecimals(highest, price.Digits(currency)); highest != "" && price.Compare(highest, firstText(p.PriceMax, "0")) > 0 {
		p.PriceMax = highest
	}
	return reason
}

// firstText is the first of the texts that is not empty.
func firstText(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

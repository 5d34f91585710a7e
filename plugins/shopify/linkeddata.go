package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
)

// ldProduct is a schema.org Product or ProductGroup of a page's JSON-LD.
type ldProduct struct {
	types                   []string
	id, name, html, brand   string
	sku, gtin, url, variant string // variant: Shopify's id of it
	category                string
	images                  []string
	offers                  []ldOffer
	variants                []ldProduct
	graph                   []ldProduct // what it contains, for documents of several things
}

// ldOffer is a schema.org Offer. Its amount and its currency stand together
// and are only used together.
type ldOffer struct {
	sku, gtin, url                    string
	price, low, high, currency, state string
}

// readLinkedData returns the products of JSON-LD documents. Documents that
// can't be read are left out.
func readLinkedData(documents []string) []ldProduct {
	var found []ldProduct
	for _, d := range documents {
		r := json.NewReader(d)
		nodes := readNodes(r)
		if r.End() == nil {
			found = appendProducts(found, nodes)
		}
	}
	return found
}

func appendProducts(found, nodes []ldProduct) []ldProduct {
	for _, n := range nodes {
		if n.isProduct() {
			found = append(found, n)
		}
		found = appendProducts(found, n.graph)
	}
	return found
}

func (p *ldProduct) isProduct() bool {
	for _, t := range p.types {
		if t = lastSegment(t); t == "product" || t == "productgroup" {
			return true
		}
	}
	return false
}

// readNodes reads a node, or a list of them.
func readNodes(r *json.Reader) []ldProduct {
	var nodes []ldProduct
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			nodes = append(nodes, readNodes(r)...)
		}
	case json.Object:
		nodes = append(nodes, readNode(r))
	default:
		r.Skip()
	}
	return nodes
}

func readNode(r *json.Reader) (p ldProduct) {
	for key := range r.Fields {
		switch key {
		case "@type":
			p.types = readTexts(r, "")
		case "@id", "url":
			url := text(r)
			if key == "url" || p.url == "" {
				p.url = url
			}
			if id := variantID(url); id != "" {
				p.variant = id
			}
		case "productGroupID":
			p.id = text(r)
		case "name":
			p.name = plaintext.Tidy(plaintext.Unescape(text(r)))
		case "description":
			p.html = text(r)
		case "category":
			p.category = text(r)
		case "brand":
			p.brand = firstOf(readTexts(r, "name"))
		case "sku":
			p.sku = plaintext.Tidy(text(r))
		case "gtin", "gtin8", "gtin12", "gtin13", "gtin14":
			p.gtin = gtin(text(r))
		case "image":
			p.images = readTexts(r, "url")
		case "offers":
			p.offers = readOffers(r)
		case "hasVariant":
			p.variants = readNodes(r)
		case "@graph", "mainEntity":
			p.graph = append(p.graph, readNodes(r)...)
		}
	}
	return p
}

// readTexts reads a text, an object's field of that name, or a list of either.
func readTexts(r *json.Reader, field string) []string {
	var all []string
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			all = append(all, readTexts(r, field)...)
		}
		return all
	case json.Object:
		for key := range r.Fields {
			if key == field {
				all = append(all, readTexts(r, field)...)
			}
		}
		return all
	}
	if s := text(r); s != "" {
		all = append(all, s)
	}
	return all
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return plaintext.Tidy(plaintext.Unescape(list[0]))
}

// readOffers reads an Offer, an AggregateOffer with those that it sums up, or
// a list of them.
func readOffers(r *json.Reader) []ldOffer {
	var offers []ldOffer
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			offers = append(offers, readOffers(r)...)
		}
		return offers
	case json.Object:
	default:
		r.Skip()
		return nil
	}
	var o ldOffer
	for key := range r.Fields {
		switch key {
		case "offers":
			offers = append(offers, readOffers(r)...)
		case "priceSpecification":
			for _, spec := range readOffers(r) {
				if o.price == "" && spec.price != "" {
					o.price, o.currency = spec.price, spec.currency
				}
			}
		default:
			o.readField(r, key)
		}
	}
	if len(offers) > 0 {
		return offers
	}
	return []ldOffer{o}
}

func (o *ldOffer) readField(r *json.Reader, key string) {
	switch key {
	case "sku":
		o.sku = plaintext.Tidy(text(r))
	case "gtin", "gtin8", "gtin12", "gtin13", "gtin14":
		o.gtin = gtin(text(r))
	case "url", "@id":
		if url := text(r); variantID(url) != "" || o.url == "" {
			o.url = url
		}
	case "price":
		if price, ok := looseDecimal(text(r)); ok {
			o.price = price
		}
	case "lowPrice":
		o.low, _ = looseDecimal(text(r))
	case "highPrice":
		o.high, _ = looseDecimal(text(r))
	case "priceCurrency":
		if c := currencyCode(text(r)); c != "" {
			o.currency = c
		}
	case "availability":
		o.state = availabilityOf(text(r))
	}
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

// availabilityOf understands schema.org's terms however themes write them:
// "https://schema.org/InStock", "InStock", "http://schema.org/ instock ".
func availabilityOf(s string) string {
	switch lastSegment(s) {
	case "instock", "instoreonly", "onlineonly", "preorder", "presale", "backorder", "madetoorder":
		return omakase.InStock
	case "limitedavailability":
		return omakase.LimitedStock
	case "outofstock", "soldout", "discontinued", "reserved":
		return omakase.OutOfStock
	}
	return ""
}

// lastSegment is the last path segment of a term, its letters in lower case.
func lastSegment(s string) string {
	s = s[strings.LastIndexAny(s, "/#")+1:]
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if isLetter(s[i]) {
			b = append(b, s[i]|0x20)
		}
	}
	return string(b)
}

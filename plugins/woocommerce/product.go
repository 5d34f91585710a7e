package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/schema"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// fields are those of the Store API's products that are read.
var fields = []string{
	"id", "parent", "type", "name", "slug", "permalink", "sku", "global_unique_id", "short_description", "description", "variation",
	"prices.price", "prices.regular_price", "prices.currency_code", "prices.currency_minor_unit",
	"prices.price_range.min_amount", "prices.price_range.max_amount",
	"images.src", "categories.name", "tags.name", "brands.name",
	"attributes.name", "attributes.has_variations", "attributes.terms.name", "attributes.terms.slug",
	"variations", "is_in_stock", "is_purchasable", "is_on_backorder", "low_stock_remaining",
}

// item is a product of the Store API as it was read.
type item struct {
	omakase.Product
	kind        string
	parent      string
	sellable    bool
	description plaintext.HTML
	short       plaintext.HTML
	attributes  []attribute
	money       money
}

// attribute is a property of a product, such as its size.
type attribute struct {
	name    string
	varies  bool // variants differ by it
	names   []string
	handles []string // of the names, in the same order
}

// nameOf is how people call the value of an attribute: variants name it by its
// handle.
func (a *attribute) nameOf(value string) string {
	for i, handle := range a.handles {
		if handle == value {
			return a.names[i]
		}
	}
	return value
}

// money are the prices of a product, in the smallest unit of the currency.
type money struct {
	price, regular, low, high, currency string
	digits                              int
}

func readItem(r *json.Reader, p *item) {
	*p = item{sellable: true}
	if r.Kind() != json.Object {
		r.Skip()
		return
	}
	for key := range r.Fields {
		switch key {
		case "id":
			p.ID = storefront.Text(r)
		case "parent":
			p.parent = storefront.Text(r)
		case "type":
			p.kind = storefront.Text(r)
		case "name":
			p.Name = plaintext.Unescape(storefront.Text(r))
		case "slug":
			p.Handle = crawl.Unescape(storefront.Text(r))
		case "permalink":
			p.URL = storefront.Text(r)
		case "sku":
			p.SKU = storefront.Text(r)
		case "global_unique_id":
			p.GTIN = schema.GTIN(storefront.Text(r))
		case "description":
			p.description = plaintext.Read(r)
		case "short_description":
			p.short = plaintext.Read(r)
		case "prices":
			p.money.read(r)
		case "images":
			p.ImageURLs = storefront.Names(r, "src")
		case "categories":
			p.Category = strings.Join(storefront.Names(r, "name"), " > ")
		case "tags":
			p.Tags = storefront.Names(r, "name")
		case "brands":
			p.Brand = strings.Join(storefront.Names(r, "name"), ", ")
		case "attributes":
			p.attributes = readAttributes(r)
		case "variations":
			p.Variants = readVariations(r)
		case "is_in_stock":
			p.Availability = storefront.Stock(storefront.Truth(r))
		case "is_purchasable":
			p.sellable = storefront.Truth(r)
		case "low_stock_remaining":
			p.Stock = storefront.Count(r)
		}
	}
}

func (m *money) read(r *json.Reader) {
	m.digits = 2
	storefront.Object(r, func(key string) {
		switch key {
		case "price":
			m.price = storefront.Text(r)
		case "regular_price":
			m.regular = storefront.Text(r)
		case "currency_code":
			m.currency = price.Code(storefront.Text(r))
		case "currency_minor_unit":
			if n := storefront.Count(r); n != nil {
				m.digits = int(*n)
			}
		case "price_range":
			storefront.Object(r, func(key string) {
				switch key {
				case "min_amount":
					m.low = storefront.Text(r)
				case "max_amount":
					m.high = storefront.Text(r)
				}
			})
		}
	})
}

// amount is a price as a decimal; nothing that costs nothing unless it is
// meant so.
func (m *money) amount(s string) string {
	amount, _ := price.Minor(s, m.digits)
	return amount
}

func readAttributes(r *json.Reader) (all []attribute) {
	storefront.Each(r, func() {
		var a attribute
		storefront.Object(r, func(key string) {
			switch key {
			case "name":
				a.name = storefront.Name(r)
			case "has_variations":
				a.varies = storefront.Truth(r)
			case "terms":
				storefront.Each(r, func() { a.readTerm(r) })
			}
		})
		all = append(all, a)
	})
	return all
}

func (a *attribute) readTerm(r *json.Reader) {
	name, handle := "", ""
	storefront.Object(r, func(key string) {
		switch key {
		case "name":
			name = storefront.Name(r)
		case "slug":
			handle = crawl.Unescape(storefront.Text(r))
		}
	})
	a.names, a.handles = append(a.names, name), append(a.handles, handle)
}

// readVariations reads the variants of a product: their ids alone in older
// versions, with the values of their attributes since.
func readVariations(r *json.Reader) (all []omakase.Variant) {
	storefront.Each(r, func() {
		var v omakase.Variant
		if r.Kind() != json.Object {
			v.ID = storefront.Text(r)
		} else {
			for key := range r.Fields {
				switch key {
				case "id":
					v.ID = storefront.Text(r)
				case "attributes":
					v.Options = pairs(r)
				}
			}
		}
		if v.ID != "" {
			all = append(all, v)
		}
	})
	return all
}

// pairs reads attributes as names and values in turn, which finish puts into
// the order of the product's options.
func pairs(r *json.Reader) (all []string) {
	storefront.Each(r, func() {
		name, value := "", ""
		storefront.Object(r, func(key string) {
			switch key {
			case "name":
				name = storefront.Name(r)
			case "value":
				value = crawl.Unescape(storefront.Text(r))
			}
		})
		all = append(all, name, value)
	})
	return all
}

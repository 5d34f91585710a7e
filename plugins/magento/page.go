package main

import (
	"slices"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// choice is what the scripts of a product's page know of its variants:
// "jsonConfig" of the swatches, or "spConfig" of the plain selects.
type choice struct {
	productID string
	by        []attribute
	ids       []string            // of the variants, in the page's order
	values    map[string][]string // of a variant: ids of attribute and value in turn
	prices    map[string]amounts
	images    map[string]string
	codes     map[string]string // SKUs, on pages that name them
	salable   map[string]int    // attributes by which a variant can be chosen
	tells     bool              // the page says what is salable
}

// attribute is one by which variants differ.
type attribute struct {
	id, label, position string
	values, labels      []string // ids, and what people call them
	offered             map[string]int
}

// maxVariants bounds the variants of one page.
const maxVariants = 1_000

// configNames are the names of the choice in the JSON of scripts and attributes.
var configNames = [...]string{`"jsonConfig"`, `"spConfig"`}

// configs asks for the choice: for where it begins, with all that follows.
func configs() omakase.HTMLRequest {
	req := omakase.HTMLRequest{Select: []omakase.HTMLQuery{storefront.Select(`[data-mage-init*="pConfig"]`, "data-mage-init")}}
	for _, name := range configNames {
		req.Scripts = append(req.Scripts, name+`\s*:\s*(\{[\s\S]*)`)
	}
	return req
}

// readConfigs reads the first choice of the answer to configs.
func readConfigs(found *storefront.Answers) (c choice, ok bool) {
	texts := found.Scripts
	for _, text := range found.All(0) {
		for _, name := range configNames {
			if _, rest, ok := strings.Cut(text, name); ok {
				texts = append(texts, strings.TrimLeft(rest, ": \t\r\n"))
			}
		}
	}
	for _, text := range texts {
		if c, ok = readConfig(text); ok {
			return c, true
		}
	}
	return c, false
}

// readConfig reads the choice that a text begins with; ok is false where it
// begins with none.
func readConfig(text string) (c choice, ok bool) {
	r := json.NewReader(text)
	if r.Kind() != json.Object {
		return c, false
	}
	c.read(r)
	return c, r.Err() == nil && len(c.ids) > 0 && len(c.by) > 0
}

func (c *choice) read(r *json.Reader) {
	storefront.Object(r, func(key string) {
		switch key {
		case "productId":
			c.productID = storefront.Text(r)
		case "attributes":
			storefront.Object(r, func(string) { c.readAttribute(r) })
		case "index":
			c.readIndex(r)
		case "optionPrices":
			c.prices = map[string]amounts{}
			storefront.Object(r, func(id string) { c.prices[id] = readOptionPrice(r) })
		case "images":
			c.images = map[string]string{}
			storefront.Object(r, func(id string) { c.images[id] = readMainImage(r) })
		case "sku", "skus":
			c.codes = map[string]string{}
			storefront.Object(r, func(id string) { c.codes[id] = storefront.Text(r) })
		case "salable":
			c.tells = true
			c.readSalable(r)
		}
	})
	slices.SortStableFunc(c.by, func(a, b attribute) int {
		if len(a.position) != len(b.position) {
			return len(a.position) - len(b.position)
		}
		return strings.Compare(a.position, b.position)
	})
}

func (c *choice) readAttribute(r *json.Reader) {
	a := attribute{offered: map[string]int{}}
	storefront.Object(r, func(key string) {
		switch key {
		case "id":
			a.id = storefront.Text(r)
		case "label":
			a.label = storefront.Name(r)
		case "position":
			a.position = storefront.Text(r)
		case "options":
			storefront.Each(r, func() {
				id, label := "", ""
				storefront.Object(r, func(key string) {
					switch key {
					case "id":
						id = storefront.Text(r)
					case "label":
						label = storefront.Name(r)
					case "products":
						storefront.Each(r, func() { a.offered[storefront.Text(r)]++ })
					}
				})
				a.values, a.labels = append(a.values, id), append(a.labels, label)
			})
		}
	})
	if a.id != "" {
		c.by = append(c.by, a)
	}
}

func (c *choice) readIndex(r *json.Reader) {
	c.values = map[string][]string{}
	storefront.Object(r, func(id string) {
		var values []string
		storefront.Object(r, func(attribute string) { values = append(values, attribute, storefront.Text(r)) })
		if len(c.ids) < maxVariants && len(values) > 0 {
			c.ids = append(c.ids, id)
			c.values[id] = values
		}
	})
}

// readSalable counts by how many attributes each variant can be chosen.
func (c *choice) readSalable(r *json.Reader) {
	c.salable = map[string]int{}
	storefront.Object(r, func(string) {
		storefront.Object(r, func(string) {
			storefront.Each(r, func() { c.salable[storefront.Text(r)]++ })
		})
	})
}

func readOptionPrice(r *json.Reader) (a amounts) {
	storefront.Object(r, func(key string) {
		var into *string
		switch key {
		case "finalPrice":
			into = &a.final
		case "oldPrice":
			into = &a.regular
		default:
			return
		}
		storefront.Object(r, func(key string) {
			if key == "amount" {
				*into = storefront.Amount(r)
			}
		})
	})
	return a
}

func readMainImage(r *json.Reader) (url string) {
	storefront.Each(r, func() {
		full, image, main := "", "", false
		storefront.Object(r, func(key string) {
			switch key {
			case "full":
				full = storefront.Text(r)
			case "img":
				image = storefront.Text(r)
			case "isMain":
				main = storefront.Truth(r)
			}
		})
		if this := storefront.FirstOf(full, image); url == "" || main && this != "" {
			url = this
		}
	})
	return url
}

// apply gives a product the variants of the choice, and their prices.
func (c *choice) apply(p *omakase.Product) {
	p.Variants, p.Options = nil, nil
	for _, a := range c.by {
		p.Options = append(p.Options, omakase.Option{Name: a.label})
	}
	priced := 0
	for _, id := range c.ids {
		v := omakase.Variant{ID: id, SKU: c.codes[id], ImageURL: c.images[id], Availability: storefront.Stock(c.isSalable(id))}
		for i := range c.by {
			v.Options = append(v.Options, c.by[i].labelOf(c.values[id]))
		}
		v.Title = title(v.Options)
		if a := c.prices[id]; a.final != "" && !price.IsZero(a.final) {
			v.Price, v.CompareAt = a.final, a.regular
			priced++
		}
		p.Variants = append(p.Variants, v)
	}
	fields := []string{"variants", "availability"}
	p.Availability = ""
	if priced == len(c.ids) {
		p.Price, p.PriceMax, p.CompareAt = "", "", ""
		fields = append(fields, "price", "compare_at")
	}
	if c.productID != "" {
		p.ID = c.productID
	}
	storefront.From(p, omakase.LayerState, 97, fields...)
}

// isSalable reports whether a variant can be bought. Values that are sold out
// are shown without the variants that they stand for.
func (c *choice) isSalable(id string) bool {
	if c.tells {
		return c.salable[id] >= len(c.by)
	}
	for i := range c.by {
		if c.by[i].offered[id] == 0 {
			return false
		}
	}
	return true
}

// labelOf is how people call the value that a variant has of the attribute.
func (a *attribute) labelOf(values []string) string {
	for i := 0; i+1 < len(values); i += 2 {
		if values[i] != a.id {
			continue
		}
		if k := slices.Index(a.values, values[i+1]); k >= 0 {
			return a.labels[k]
		}
	}
	return ""
}

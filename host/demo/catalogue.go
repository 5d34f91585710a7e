package demo

import (
	_ "embed" // for the catalogue
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

//go:embed catalogue.json
var catalogueJSON []byte

// catalogue is the file as written by hand; its order is the shop's: newest
// first.
type catalogue struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	City        string       `json:"city"`
	Province    string       `json:"province"`
	Country     string       `json:"country"`
	Currency    string       `json:"currency"`
	Collections []collection `json:"collections"`
	Products    []*item      `json:"products"`
}

type collection struct {
	Handle string `json:"handle"`
	Title  string `json:"title"`
}

type item struct {
	Handle   string   `json:"handle"`
	Title    string   `json:"title"`
	Vendor   string   `json:"vendor"`
	Type     string   `json:"type"`
	In       string   `json:"in"` // handle of its collection
	Tags     []string `json:"tags"`
	Body     string   `json:"body"` // HTML
	Hue      int      `json:"hue"`  // of its pictures
	Images   int      `json:"images"`
	Options  []choice `json:"options"`
	Variants []sku    `json:"variants"` // in the order of the options' combinations

	id      int64
	updated time.Time
}

type choice struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

type sku struct {
	SKU   string `json:"sku"`
	Price int    `json:"price"` // yen
	Was   int    `json:"was"`   // before the sale; 0: no sale
	Stock int    `json:"stock"`
	Grams int    `json:"grams"`

	options []string
}

// Times are fixed, so that an import of tomorrow finds nothing changed.
var (
	tokyo  = time.FixedZone("JST", 9*3600)
	opened = time.Date(2026, time.April, 1, 10, 0, 0, 0, tokyo)
)

func readCatalogue() (*catalogue, error) {
	c := &catalogue{}
	if err := json.Unmarshal(catalogueJSON, c); err != nil {
		return nil, fmt.Errorf("the demo shop's catalogue: %w", err)
	}
	for i, p := range c.Products {
		age := len(c.Products) - i
		p.id = 8_100_000_000_000 + int64(age)*4_096
		p.updated = opened.AddDate(0, 0, 3*age)
		if len(p.Options) == 0 {
			p.Options = []choice{{Name: "Title", Values: []string{"Default Title"}}}
		}
		combinations := [][]string{nil}
		for _, o := range p.Options {
			var longer [][]string
			for _, head := range combinations {
				for _, v := range o.Values {
					longer = append(longer, append(head[:len(head):len(head)], v))
				}
			}
			combinations = longer
		}
		if len(combinations) != len(p.Variants) {
			return nil, fmt.Errorf("the demo shop's catalogue: %s has %d variants for %d combinations", p.Handle, len(p.Variants), len(combinations))
		}
		for k, values := range combinations {
			p.Variants[k].options = values
		}
	}
	return c, nil
}

// find returns the product of a handle, however it is escaped.
func (c *catalogue) find(handle string) *item {
	for _, p := range c.Products {
		if plain, err := url.PathUnescape(p.Handle); p.Handle == handle || err == nil && plain == handle {
			return p
		}
	}
	return nil
}

// in returns the products of a collection; ok is false for an unknown one.
func (c *catalogue) in(handle string) (items []*item, ok bool) {
	if handle == "all" {
		return c.Products, true
	}
	for _, col := range c.Collections {
		ok = ok || col.Handle == handle
	}
	for _, p := range c.Products {
		if p.In == handle || handle == "sale" && p.onSale() {
			items = append(items, p)
		}
	}
	return items, ok || handle == "sale"
}

func (p *item) onSale() bool {
	for _, v := range p.Variants {
		if v.Was > 0 {
			return true
		}
	}
	return false
}

func (p *item) available() bool {
	for _, v := range p.Variants {
		if v.Stock > 0 {
			return true
		}
	}
	return false
}

func (p *item) prices() (low, high int) {
	low = p.Variants[0].Price
	for _, v := range p.Variants {
		low, high = min(low, v.Price), max(high, v.Price)
	}
	return low, high
}

func (p *item) variantID(k int) int64 { return p.id + 40_000_000_000_000 + int64(k) }

// path is where the product's page is.
func (p *item) path() string { return "/products/" + p.Handle }

func (p *item) imagePaths() []string {
	paths := make([]string, p.Images)
	for k := range paths {
		paths[k] = "/images/" + strconv.FormatInt(p.id, 10) + "-" + strconv.Itoa(k+1) + ".svg"
	}
	return paths
}

func (p *item) tags() []string {
	if p.onSale() {
		return append(p.Tags[:len(p.Tags):len(p.Tags)], "sale")
	}
	return p.Tags
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05-07:00") }

// object is a JSON object; its keys come out sorted.
type object = map[string]any

// list is a product as products.json has it.
func (p *item) list(base string) object {
	created := stamp(p.updated.AddDate(0, 0, -2))
	variants := make([]object, len(p.Variants))
	for k, v := range p.Variants {
		variants[k] = object{
			"id": p.variantID(k), "product_id": p.id, "position": k + 1, "title": strings.Join(v.options, " / "),
			"option1": option(v, 0), "option2": option(v, 1), "option3": option(v, 2),
			"sku": v.SKU, "price": strconv.Itoa(v.Price), "compare_at_price": nil, "available": v.Stock > 0,
			"grams": v.Grams, "requires_shipping": true, "taxable": true, "featured_image": nil,
			"created_at": created, "updated_at": stamp(p.updated),
		}
		if v.Was > 0 {
			variants[k]["compare_at_price"] = strconv.Itoa(v.Was)
		}
	}
	images := []object{}
	for k, path := range p.imagePaths() {
		images = append(images, object{
			"id": p.id + 900_000 + int64(k), "product_id": p.id, "position": k + 1, "src": base + path, "width": 800, "height": 800,
			"variant_ids": []int64{}, "created_at": created, "updated_at": stamp(p.updated),
		})
	}
	return object{
		"id": p.id, "title": p.Title, "handle": p.Handle, "body_html": p.Body, "vendor": p.Vendor, "product_type": p.Type,
		"tags": p.tags(), "variants": variants, "images": images, "options": p.optionList(),
		"created_at": created, "published_at": created, "updated_at": stamp(p.updated),
	}
}

func option(v sku, i int) any {
	if i < len(v.options) {
		return v.options[i]
	}
	return nil
}

func (p *item) optionList() []object {
	options := make([]object, len(p.Options))
	for k, o := range p.Options {
		options[k] = object{"name": o.Name, "position": k + 1, "values": o.Values}
	}
	return options
}

// single is a product as products/HANDLE.json has it: tags are one text, and
// nothing tells what is available.
func (p *item) single(base string) object {
	o := p.list(base)
	o["tags"] = strings.Join(p.tags(), ", ")
	for _, v := range o["variants"].([]object) {
		delete(v, "available")
		delete(v, "featured_image")
	}
	return o
}

// ajax is a product as products/HANDLE.js has it: prices are in hundredths,
// also of a currency without decimals.
func (p *item) ajax() object {
	low, high := p.prices()
	variants := make([]object, len(p.Variants))
	for k, v := range p.Variants {
		variants[k] = object{
			"id": p.variantID(k), "title": strings.Join(v.options, " / "), "name": p.Title + " - " + strings.Join(v.options, " / "),
			"option1": option(v, 0), "option2": option(v, 1), "option3": option(v, 2), "options": v.options,
			"sku": v.SKU, "available": v.Stock > 0, "price": v.Price * 100, "compare_at_price": nil, "barcode": nil,
		}
		if v.Was > 0 {
			variants[k]["compare_at_price"] = v.Was * 100
		}
	}
	return object{
		"id": p.id, "title": p.Title, "handle": p.Handle, "description": p.Body, "vendor": p.Vendor, "type": p.Type, "tags": p.tags(),
		"price": low * 100, "price_min": low * 100, "price_max": high * 100, "price_varies": low != high, "available": p.available(),
		"variants": variants, "images": p.imagePaths(), "options": p.optionList(), "url": p.path(),
	}
}

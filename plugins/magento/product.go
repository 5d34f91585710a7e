package main

import (
	"encoding/base64"
	"strconv"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// answer is what the GraphQL interface said.
type answer struct {
	products []omakase.Product
	items    int // those that could not be read among them
	total    int // products that match
	pages    int
	listed   bool // there was a list of products
	problem  string
	notes    []string

	name, locale string // of the shop
	suffix, base string

	at     crawl.Address
	buffer plaintext.Buffer
	seen   map[string]bool
}

// maxNotes bounds the notes of one reply.
const maxNotes = 20

// readDocument reads an answer, or a document that holds some: lists of
// products are found wherever they are. Lists without prices only refer to
// products.
func readDocument(document string, at crawl.Address) (*answer, error) {
	a := &answer{at: at, seen: map[string]bool{}}
	r := json.NewReader(document)
	a.read(r, "")
	return a, r.End()
}

func (a *answer) read(r *json.Reader, name string) {
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			if name == "items" && r.Kind() == json.Object {
				a.item(r)
			} else {
				a.read(r, name)
			}
		}
	case json.Object:
		for key := range r.Fields {
			a.field(r, key)
		}
	default:
		r.Skip()
	}
}

func (a *answer) field(r *json.Reader, key string) {
	switch key {
	case "total_count":
		a.total = max(a.total, number(r))
	case "total_pages":
		a.pages = max(a.pages, number(r))
	case "errors":
		a.errors(r)
	case "store_name":
		a.name = storefront.Name(r)
	case "locale":
		a.locale = storefront.Text(r)
	case "product_url_suffix":
		a.suffix = storefront.Text(r)
	case "secure_base_link_url":
		a.base = storefront.Text(r)
	case "items":
		a.listed = a.listed || r.Kind() == json.Array
		a.read(r, key)
	default:
		a.read(r, key)
	}
}

func number(r *json.Reader) int {
	if n := storefront.Count(r); n != nil {
		return int(*n)
	}
	return 0
}

// errors reads GraphQL's own errors, of which the first counts.
func (a *answer) errors(r *json.Reader) {
	storefront.Each(r, func() {
		storefront.Object(r, func(key string) {
			if key == "message" {
				if text := storefront.Name(r); a.problem == "" {
					a.problem = text
				}
			}
		})
	})
}

// item is a product as it was read.
type item struct {
	omakase.Product
	key, suffix string
	priced      bool
	description plaintext.HTML
	short       plaintext.HTML
	low, high   amounts
	image       string
	codes       []string // of the attributes by which variants differ
	hasSuffix   bool
}

// amounts are the prices of one end of a range.
type amounts struct{ regular, final, currency string }

func (a *answer) item(r *json.Reader) {
	var p item
	a.items++
	p.read(r)
	if !p.priced {
		a.items--
		return
	}
	reason := p.finish(a)
	switch {
	case reason == "" && !a.seen[p.ID]:
		a.seen[p.ID] = true
		a.products = append(a.products, p.Product)
	case reason != "" && len(a.notes) < maxNotes:
		a.notes = append(a.notes, "left out product "+strconv.Quote(p.Name+p.SKU)+": "+reason)
	}
}

func (p *item) read(r *json.Reader) {
	for key := range r.Fields {
		switch key {
		case "uid":
			p.ID = numericID(storefront.Text(r))
		case "id":
			if id := storefront.Text(r); p.ID == "" {
				p.ID = id
			}
		case "sku":
			p.SKU = storefront.Text(r)
		case "name":
			p.Name = storefront.Name(r)
		case "url_key":
			p.key = storefront.Text(r)
		case "url_suffix":
			p.hasSuffix = r.Kind() == json.String
			p.suffix = storefront.Text(r)
		case "stock_status":
			p.Availability = stock(storefront.Text(r))
		case "only_x_left_in_stock":
			p.Stock = storefront.Count(r)
		case "description":
			p.description = html(r)
		case "short_description":
			p.short = html(r)
		case "image":
			p.image = first(storefront.Names(one(r), "url"))
		case "media_gallery":
			p.ImageURLs = storefront.Names(r, "url")
		case "categories":
			p.Category = last(storefront.Names(r, "name"))
		case "price_range":
			p.priced = true
			p.readPrices(r)
		case "configurable_options":
			p.readOptions(r)
		case "variants":
			storefront.Each(r, func() { p.readVariant(r) })
		}
	}
}

// one makes a list of an object, so that a field of it is read like one of a
// list's.
func one(r *json.Reader) *json.Reader { return json.NewReader("[" + r.Raw() + "]") }

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func last(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}

// numericID is the number that a uid stands for: other interfaces of Magento
// name the same product by it.
func numericID(uid string) string {
	plain, err := base64.StdEncoding.DecodeString(uid)
	if err != nil || len(plain) == 0 || len(plain) > 18 {
		return uid
	}
	for _, c := range plain {
		if c < '0' || c > '9' {
			return uid
		}
	}
	return string(plain)
}

func stock(status string) string {
	switch status {
	case "IN_STOCK":
		return omakase.InStock
	case "OUT_OF_STOCK":
		return omakase.OutOfStock
	}
	return ""
}

// html reads a text that is HTML: an object since version 2.3, before that the
// text itself.
func html(r *json.Reader) (text plaintext.HTML) {
	if r.Kind() == json.String {
		return plaintext.Read(r)
	}
	storefront.Object(r, func(key string) {
		if key == "html" {
			text = plaintext.Read(r)
		}
	})
	return text
}

func (p *item) readPrices(r *json.Reader) {
	storefront.Object(r, func(key string) {
		switch key {
		case "minimum_price":
			p.low = readAmounts(r)
		case "maximum_price":
			p.high = readAmounts(r)
		}
	})
}

func readAmounts(r *json.Reader) (a amounts) {
	value := func(into *string) {
		storefront.Object(r, func(key string) {
			switch key {
			case "value":
				*into = storefront.Amount(r)
			case "currency":
				if code := price.Code(storefront.Text(r)); code != "" {
					a.currency = code
				}
			}
		})
	}
	storefront.Object(r, func(key string) {
		switch key {
		case "regular_price":
			value(&a.regular)
		case "final_price":
			value(&a.final)
		}
	})
	if a.final == "" {
		a.final = a.regular
	}
	return a
}

func (p *item) readOptions(r *json.Reader) {
	storefront.Each(r, func() {
		var o omakase.Option
		storefront.Object(r, func(key string) {
			switch key {
			case "label":
				o.Name = storefront.Name(r)
			case "values":
				o.Values = storefront.Names(r, "label")
			}
		})
		p.Options = append(p.Options, o)
	})
}

func (p *item) readVariant(r *json.Reader) {
	var v item
	var labels []string
	storefront.Object(r, func(key string) {
		switch key {
		case "product":
			if r.Kind() == json.Object {
				v.read(r)
			}
		case "attributes":
			storefront.Each(r, func() { labels = append(labels, p.readAttribute(r)) })
		}
	})
	if v.ID == "" {
		v.ID = v.SKU
	}
	if v.ID == "" {
		return
	}
	p.Variants = append(p.Variants, omakase.Variant{
		ID: v.ID, Title: v.title(labels), SKU: v.SKU, Price: v.low.final, CompareAt: v.low.regular,
		Availability: v.Availability, Options: labels, ImageURL: v.image, Stock: v.Stock,
	})
}

// readAttribute returns the value of an attribute of a variant, and remembers
// the attribute's code where it is the first to name it.
func (p *item) readAttribute(r *json.Reader) (label string) {
	storefront.Object(r, func(key string) {
		switch key {
		case "code":
			p.codes = storefront.AddOnce(p.codes, storefront.Text(r))
		case "label":
			label = storefront.Name(r)
		}
	})
	return label
}

// title is how a variant is called: by its values, or by its own name.
func (p *item) title(labels []string) string { return storefront.FirstOf(title(labels), p.Name) }

// title joins the values by which a variant is called.
func title(labels []string) string {
	title := ""
	for _, l := range labels {
		if l != "" && title != "" {
			title += " / "
		}
		title += l
	}
	return title
}

// finish completes and checks what was read.
func (p *item) finish(a *answer) (reason string) {
	if p.ID == "" {
		p.ID = p.SKU
	}
	p.Handle = crawl.Unescape(p.key)
	p.URL = a.address(p)
	if p.Description = p.description.Plain(&a.buffer); p.Description == "" {
		p.Description = p.short.Plain(&a.buffer)
	}
	p.Currency = p.low.currency
	p.Price, p.PriceMax, p.CompareAt = p.low.final, p.high.final, p.low.regular
	if p.high.final == "" && len(p.Variants) == 0 {
		p.PriceMax = p.Price
	}
	if price.IsZero(p.Price) {
		p.Price, p.PriceMax, p.CompareAt = "", "", "" // Magento's way to have none: a bundle, or "call for price"
	}
	if len(p.ImageURLs) == 0 && p.image != "" {
		p.ImageURLs = []string{p.image}
	}
	if len(p.Options) != len(p.codes) && len(p.codes) > 0 {
		p.Options = nil
		for _, code := range p.codes {
			p.Options = append(p.Options, omakase.Option{Name: code})
		}
	}
	storefront.From(&p.Product, omakase.LayerAPI, 100, "*")
	return storefront.Finish(&p.Product, a.at)
}

// address is that of the product's page.
func (a *answer) address(p *item) string {
	if p.key == "" {
		return ""
	}
	suffix := ".html"
	switch {
	case p.hasSuffix:
		suffix = p.suffix
	case a.suffix != "":
		suffix = a.suffix
	}
	base := a.at
	if b, ok := crawl.Parse(a.base); ok && crawl.SameSite(a.at, b) {
		base = b
	}
	to, _ := base.Resolve(p.key + suffix)
	return to.String()
}

package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// list is a document of the Store API.
type list struct {
	products []omakase.Product
	parents  []string // of the products, in their order; "" or "0" for none
	count    int      // entries, those that could not be read among them
	notes    []string
	buffer   plaintext.Buffer
}

// which products of a document are wanted.
type which bool

const (
	parentless which = false // products as shops show them
	variants   which = true  // the variants of others
)

// maxNotes bounds the notes of one reply.
const maxNotes = 20

// readList reads a list of products, or one.
func readList(document string, want which) (l list, err error) {
	r := json.NewReader(document)
	var p item
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			readItem(r, &p)
			l.add(&p, want)
		}
	case json.Object:
		readItem(r, &p)
		if p.ID != "" {
			l.add(&p, want)
		}
	default:
		r.Skip()
	}
	return l, r.End()
}

func (l *list) add(p *item, want which) {
	l.count++
	if want == parentless && p.kind == "variation" {
		return
	}
	reason := p.finish(&l.buffer)
	if reason == "" {
		l.products = append(l.products, p.Product)
		l.parents = append(l.parents, p.parent)
		return
	}
	if len(l.notes) < maxNotes {
		l.notes = append(l.notes, "left out product "+p.called(l.count)+": "+reason)
	}
}

// called is how a note calls a product that lacks something.
func (p *item) called(number int) string {
	switch {
	case p.Name != "":
		return `"` + p.Name + `"`
	case p.ID != "":
		return p.ID
	}
	return "number " + strconv.Itoa(number)
}

// finish completes and checks what was read.
func (p *item) finish(buffer *plaintext.Buffer) (reason string) {
	if p.Description = p.description.Plain(buffer); p.Description == "" {
		p.Description = p.short.Plain(buffer)
	}
	p.Currency = p.money.currency
	p.Price, p.CompareAt = p.money.amount(p.money.price), p.money.amount(p.money.regular)
	if low := p.money.amount(p.money.low); low != "" {
		p.Price, p.PriceMax = low, p.money.amount(p.money.high)
		if p.money.regular == p.money.low || p.money.regular == p.money.price {
			p.CompareAt = ""
		}
	}
	if p.PriceMax == "" {
		p.PriceMax = p.Price
	}
	if !p.sellable && price.IsZero(p.Price) {
		p.Price, p.PriceMax, p.CompareAt = "", "", "" // the shop names no price
	}
	p.options()
	at, ok := crawl.Parse(p.URL)
	if !ok {
		p.URL = ""
	}
	storefront.From(&p.Product, omakase.LayerAPI, 100, "*")
	return storefront.Finish(&p.Product, at)
}

// options makes options of the attributes by which variants differ, and puts
// the values of the variants into their order.
func (p *item) options() {
	if len(p.Variants) == 0 {
		return
	}
	var by []attribute
	for _, a := range p.attributes {
		if a.varies {
			by = append(by, a)
			p.Options = append(p.Options, omakase.Option{Name: a.name, Values: a.names})
		}
	}
	for i := range p.Variants {
		v := &p.Variants[i]
		found := v.Options
		v.Options = nil
		if len(found) == 0 {
			continue
		}
		for k := range by {
			v.Options = append(v.Options, "")
			for n := 0; n+1 < len(found); n += 2 {
				if strings.EqualFold(found[n], by[k].name) {
					v.Options[k] = by[k].nameOf(found[n+1])
				}
			}
		}
		v.Title = title(v.Options)
	}
}

// title is how a variant is called: the values of its options.
func title(options []string) string {
	var parts []string
	for _, o := range options {
		if o != "" {
			parts = append(parts, o)
		}
	}
	return strings.Join(parts, " / ")
}

// merge gives the variants of the products what the shop says of each of them.
// Those that it does not list keep the product's price.
func (l *list) merge(of list) {
	for i := range of.products {
		found := &of.products[i]
		for k := range l.products {
			if p := &l.products[k]; p.ID == of.parents[i] {
				mergeVariant(p, found)
			}
		}
	}
}

func mergeVariant(p, found *omakase.Product) {
	for i := range p.Variants {
		v := &p.Variants[i]
		if v.ID != found.ID {
			continue
		}
		v.Price, v.CompareAt, v.Availability, v.Stock = found.Price, found.CompareAt, found.Availability, found.Stock
		v.GTIN = found.GTIN
		if found.SKU != p.SKU {
			v.SKU = found.SKU
		}
		if len(found.ImageURLs) > 0 {
			v.ImageURL = found.ImageURLs[0]
		}
	}
}

package main

import (
	"strconv"
	"strings"
	"time"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// fields are those of a page's JSON that are read.
var fields = []string{
	"website.siteTitle", "website.language", "websiteSettings.storeSettings.selectedCurrency", "collection.typeName",
	"pagination.nextPage", "pagination.nextPageUrl", "items", "item",
}

// page is what the JSON of a page holds.
type page struct {
	site     omakase.Shop
	store    bool // the page is a list of products
	next     string
	products []omakase.Product
	refs     []omakase.Ref // products whose data is on their own pages only
	items    int
	notes    []string

	at     crawl.Address
	buffer plaintext.Buffer
}

// maxNotes bounds the notes of one reply.
const maxNotes = 20

// readPage reads a list of products, or the page of one.
func readPage(document string, at crawl.Address) (*page, error) {
	p := &page{at: at}
	r := json.NewReader(document)
	var items []item
	storefront.Object(r, func(key string) {
		switch key {
		case "website":
			p.readSite(r)
		case "websiteSettings":
			p.readSettings(r)
		case "collection":
			storefront.Object(r, func(key string) {
				if key == "typeName" {
					p.store = storefront.Text(r) == "products"
				}
			})
		case "pagination":
			p.readPagination(r)
		case "items":
			storefront.Each(r, func() { items = append(items, readItem(r)) })
		case "item":
			items = append(items, readItem(r))
		}
	})
	for i := range items {
		p.add(&items[i])
	}
	return p, r.End()
}

func (p *page) readSite(r *json.Reader) {
	storefront.Object(r, func(key string) {
		switch key {
		case "siteTitle":
			p.site.Name = storefront.Name(r)
		case "language":
			p.site.Locale = storefront.Text(r)
		}
	})
}

func (p *page) readSettings(r *json.Reader) {
	storefront.Object(r, func(key string) {
		if key == "storeSettings" {
			storefront.Object(r, func(key string) {
				if key == "selectedCurrency" {
					p.site.Currency = price.Code(storefront.Text(r))
				}
			})
		}
	})
}

func (p *page) readPagination(r *json.Reader) {
	more, url := false, ""
	storefront.Object(r, func(key string) {
		switch key {
		case "nextPage":
			more = storefront.Truth(r)
		case "nextPageUrl":
			url = storefront.Text(r)
		}
	})
	if to, ok := p.at.Resolve(url); more && url != "" && ok && crawl.SameSite(p.at, to) {
		p.next = to.Path + "?" + to.Query
	}
}

// item is an entry of a page: a product if it has variants.
type item struct {
	omakase.Product
	kind    string // 11 is a product
	html    plaintext.HTML
	short   plaintext.HTML
	image   string
	order   []string // of options
	names   []string // of options, as the variants name them
	managed bool     // stock is counted for all variants
	total   int64
}

func readItem(r *json.Reader) (p item) {
	storefront.Object(r, func(key string) {
		switch key {
		case "id":
			p.ID = storefront.Text(r)
		case "recordType":
			p.kind = storefront.Text(r)
		case "title":
			p.Name = storefront.Name(r)
		case "urlId":
			p.Handle = handle(storefront.Text(r))
		case "fullUrl":
			p.URL = storefront.Text(r)
		case "body":
			p.html = plaintext.Read(r)
		case "excerpt":
			p.short = plaintext.Read(r)
		case "assetUrl":
			p.image = storefront.Text(r)
		case "items":
			p.ImageURLs = storefront.Names(r, "assetUrl")
		case "tags":
			p.Tags = storefront.Names(r, "name")
		case "categories":
			if all := storefront.Names(r, "title"); len(all) > 0 {
				p.Category = all[0]
			}
		case "updatedOn":
			p.UpdatedAt = moment(storefront.Count(r))
		case "structuredContent":
			storefront.Object(r, func(key string) { p.content(r, key) })
		case "variants":
			p.content(r, key)
		}
	})
	return p
}

// handle is the last segment of a product's address.
func handle(urlID string) string { return urlID[strings.LastIndexByte(urlID, '/')+1:] }

// moment is a time in milliseconds since 1970 as RFC 3339.
func moment(ms *int64) string {
	if ms == nil || *ms == 0 {
		return ""
	}
	return time.UnixMilli(*ms).UTC().Format(time.RFC3339)
}

func (p *item) content(r *json.Reader, key string) {
	switch key {
	case "variants":
		if p.Variants == nil {
			p.managed = true
			storefront.Each(r, func() { p.readVariant(r) })
		}
	case "variantOptionOrdering":
		p.order = storefront.Names(r, "")
	}
}

// sum is a price: what the JSON of lists counts in hundredths, and an object
// beside it says in words.
type sum struct{ amount, currency string }

func readSum(r *json.Reader) (s sum) {
	if r.Kind() != json.Object {
		s.amount, _ = price.Hundredths(storefront.Text(r))
		return s
	}
	whole := ""
	for key := range r.Fields {
		switch key {
		case "currency", "currencyCode":
			s.currency = price.Code(storefront.Text(r))
		case "decimalValue":
			s.amount = storefront.Amount(r)
		case "value":
			whole = storefront.Text(r)
		}
	}
	if s.amount == "" {
		s.amount = storefront.Decimal(whole)
	}
	return s
}

func (p *item) readVariant(r *json.Reader) {
	var v omakase.Variant
	var now, sale, nowMoney, saleMoney sum
	var onSale, unlimited bool
	values := map[string]string{}
	storefront.Object(r, func(key string) {
		switch key {
		case "id":
			v.ID = storefront.Text(r)
		case "sku":
			v.SKU = storefront.Text(r)
		case "price":
			now = readSum(r)
		case "salePrice":
			sale = readSum(r)
		case "priceMoney":
			nowMoney = readSum(r)
		case "salePriceMoney":
			saleMoney = readSum(r)
		case "onSale":
			onSale = storefront.Truth(r)
		case "unlimited":
			unlimited = storefront.Truth(r)
		case "qtyInStock":
			v.Stock = storefront.Count(r)
		case "stock":
			unlimited, v.Stock = readStock(r)
		case "attributes":
			storefront.Object(r, func(key string) {
				p.names = storefront.AddOnce(p.names, plaintext.Tidy(key))
				values[plaintext.Tidy(key)] = storefront.Name(r)
			})
		case "image", "mainImage":
			storefront.Object(r, func(key string) {
				if key == "assetUrl" {
					v.ImageURL = storefront.Text(r)
				}
			})
		}
	})
	if nowMoney.amount != "" {
		now, sale = nowMoney, saleMoney
	}
	if v.Price = now.amount; onSale && sale.amount != "" && !price.IsZero(sale.amount) {
		v.Price, v.CompareAt = sale.amount, now.amount
	}
	if now.currency != "" {
		p.Currency = now.currency
	}
	p.addVariant(v, unlimited, values)
}

func readStock(r *json.Reader) (unlimited bool, quantity *int64) {
	storefront.Object(r, func(key string) {
		switch key {
		case "unlimited":
			unlimited = storefront.Truth(r)
		case "quantity":
			quantity = storefront.Count(r)
		}
	})
	return unlimited, quantity
}

func (p *item) addVariant(v omakase.Variant, unlimited bool, values map[string]string) {
	switch {
	case unlimited:
		v.Stock, v.Availability, p.managed = nil, omakase.InStock, false
	case v.Stock != nil:
		v.Availability = storefront.Stock(*v.Stock > 0)
		p.total += *v.Stock
	default:
		p.managed = false
	}
	for _, name := range p.names {
		v.Options = append(v.Options, values[name])
	}
	if v.ID != "" {
		p.Variants = append(p.Variants, v)
	}
}

// add takes over an item that is a product.
func (p *page) add(i *item) {
	p.items++
	switch {
	case len(i.Variants) == 0 && i.kind == "11" && i.URL != "":
		if to, ok := p.at.Resolve(i.URL); ok {
			p.refs = append(p.refs, omakase.Ref{Key: i.ID, URL: to.String(), UpdatedAt: i.UpdatedAt})
		}
		return
	case len(i.Variants) == 0:
		return
	}
	reason := i.finish(p)
	if reason == "" {
		p.products = append(p.products, i.Product)
	} else if len(p.notes) < maxNotes {
		p.notes = append(p.notes, "left out product "+strconv.Quote(i.Name)+": "+reason)
	}
}

// finish completes and checks what was read.
func (p *item) finish(on *page) (reason string) {
	if to, ok := on.at.Resolve(p.URL); ok && p.URL != "" {
		p.URL = to.String()
	}
	if p.Description = p.short.Plain(&on.buffer); p.Description == "" {
		p.Description = p.html.Plain(&on.buffer)
	}
	if len(p.ImageURLs) == 0 && p.image != "" {
		p.ImageURLs = []string{p.image}
	}
	if p.Currency == "" {
		p.Currency = on.site.Currency
	}
	if p.managed && p.total >= 0 {
		total := p.total
		p.Stock = &total
	}
	p.orderOptions()
	storefront.From(&p.Product, omakase.LayerAPI, 100, "*")
	return storefront.Finish(&p.Product, on.at)
}

// orderOptions puts the options into the order that the shop shows them in, and
// names variants by their values.
func (p *item) orderOptions() {
	order := p.order
	for _, name := range p.names {
		order = storefront.AddOnce(order, name)
	}
	for i := range p.Variants {
		v := &p.Variants[i]
		var values, named []string
		for _, name := range order {
			value := ""
			for k := range p.names {
				if p.names[k] == name && k < len(v.Options) {
					value = v.Options[k]
				}
			}
			values = append(values, value)
			if value != "" {
				named = append(named, value)
			}
		}
		v.Options, v.Title = values, strings.Join(named, " / ")
	}
	for _, name := range order {
		p.Options = append(p.Options, omakase.Option{Name: name})
	}
}

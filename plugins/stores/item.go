package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// The selections of an item's page, by their place in the request.
const (
	selInit = iota
	selClick
	selName
	selPrice
	selDescription
	selImages
)

var itemRequest = omakase.HTMLRequest{
	OG: true, JSONLD: true,
	Select: []omakase.HTMLQuery{
		selInit:        storefront.Select(`[ng-init*="detailCtrl"]`, "ng-init"),
		selClick:       storefront.Select(`[ng-click*="addCart("]`, "ng-click"),
		selName:        storefront.Select(`h1.item_name, .item_name h1, h1`),
		selPrice:       storefront.Select(`.item_price, [class*="item_price"]`),
		selDescription: {CSS: `.main_content_result_item_list_detail, .item_detail, .item_description`, Attrs: []string{"html"}, Limit: 1},
		selImages:      {CSS: `.item_images img, .item_image img, .main_content_result img, [class*="itemImage"] img, [class*="gallery"] img`, Attrs: []string{"src", "data-src", "ng-src"}, Limit: 60},
	},
}

// readItem reads the item of an item's page, none of any other page.
func readItem(p *storefront.Page) ([]omakase.Product, string, error) {
	found, err := p.Query(itemRequest)
	if err != nil {
		return nil, "", err
	}
	init := strings.Join(found.All(selInit), "\n")
	item := readScript(strings.Join(found.All(selClick), "\n") + "\n" + init)
	thing := storefront.Product(found.JSONLD)
	if item.ID == "" && thing == nil {
		return nil, "", nil
	}
	title := storefront.BeforeLast(found.Meta("og:title"), " | ")
	item.Name = storefront.FirstOf(item.Name, found.First(selName), title)
	if at := itemID(p.At); at != "" && item.ID == "" {
		item.ID = at
	}
	item.URL = address(p.At, item.ID)
	if len(item.Variants) == 0 {
		item.Price = storefront.Decimal(numberAfter(init, "salesPrice="))
	}
	if thing != nil {
		for _, o := range thing.Offers {
			item.Price, item.Currency = storefront.FirstOf(item.Price, o.Price), o.Currency
			item.Availability = storefront.FirstOf(item.Availability, o.Availability)
			break
		}
		item.Brand, item.SKU, item.ImageURLs = thing.Brand, thing.SKU, thing.Images
		item.Description = plaintext.Of(thing.HTML)
	}
	if item.Price == "" && len(item.Variants) == 0 {
		item.Price = p.Shown(found.First(selPrice), price.Hint{Country: "JP", Lang: "ja"}).Amount
	}
	item.Currency = storefront.FirstOf(item.Currency, "JPY")
	item.Description = storefront.FirstOf(plaintext.Of(found.First(selDescription)), item.Description, found.Meta("og:description"))
	item.ImageURLs = append(found.MetaImages(), item.ImageURLs...)
	for _, n := range found.Select[selImages].Nodes {
		item.ImageURLs = append(item.ImageURLs, storefront.FirstOf(n.Values[2], n.Values[1], n.Values[0]))
	}
	storefront.From(&item, omakase.LayerState, 95, "*")
	storefront.From(&item, omakase.LayerPage, 85, "description", "image_urls")
	if reason := storefront.Finish(&item, p.At); reason != "" {
		return nil, reason, nil
	}
	return []omakase.Product{item}, "", nil
}

// numberAfter is the number that stands behind a mark.
func numberAfter(s, mark string) string {
	_, rest, _ := strings.Cut(s, mark)
	rest = strings.TrimSpace(rest)
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	return rest[:end]
}

// readScript reads the item that the page's script is given: it has every
// variation with its price and its quantity.
func readScript(script string) (p omakase.Product) {
	for _, call := range [...]string{"addCart(", "addItemBrowsingHistory("} {
		_, argument, found := strings.Cut(script, call)
		if argument = strings.TrimSpace(argument); !found || !storefront.IsJSON(argument) {
			continue
		}
		if p = readArgument(json.NewReader(argument)); p.ID != "" && len(p.Variants) > 0 {
			return p
		}
	}
	return p
}

func readArgument(r *json.Reader) (p omakase.Product) {
	var total int64
	counted := true
	storefront.Object(r, func(key string) {
		switch key {
		case "id":
			p.ID = storefront.Text(r)
		case "name":
			p.Name = storefront.Name(r)
		case "variations":
			storefront.Each(r, func() {
				v := readVariation(r)
				if v.ID == "" {
					return
				}
				if v.Stock == nil {
					counted = false
				} else {
					total += *v.Stock
				}
				p.Variants = append(p.Variants, v)
			})
		}
	})
	if r.Err() != nil {
		return omakase.Product{} // cut off, perhaps within a number
	}
	if counted && len(p.Variants) > 0 {
		p.Stock = &total
	}
	if len(p.Variants) > 0 {
		p.Options = []omakase.Option{{Name: "種類"}}
	}
	return p
}

func readVariation(r *json.Reader) (v omakase.Variant) {
	list := ""
	storefront.Object(r, func(key string) {
		switch key {
		case "id":
			v.ID = storefront.Text(r)
		case "name":
			v.Title = storefront.Name(r)
			v.Options = []string{v.Title}
		case "salesPrice":
			v.Price = storefront.Amount(r)
		case "price", "regularPrice":
			list = storefront.Amount(r)
		case "quantity":
			v.Stock = storefront.Count(r)
		case "unlimited":
			if storefront.Truth(r) {
				v.Availability = omakase.InStock
			}
		}
	})
	if v.Price == "" {
		v.Price = list
	}
	v.CompareAt = list
	switch {
	case v.Availability == omakase.InStock:
		v.Stock = nil
	case v.Stock != nil:
		v.Availability = storefront.Stock(*v.Stock > 0)
	}
	return v
}

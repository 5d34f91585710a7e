package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/schema"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// The selections of a product's page, by their place in the request.
const (
	selName = iota
	selPrice
	selList
	selOptions
	selSoldOut
	selCart
	selDescription
	selImages
	selCode
	selOldPrice
)

var itemRequest = omakase.HTMLRequest{
	OG: true, JSONLD: true,
	Select: []omakase.HTMLQuery{
		selName:        storefront.Select(`[data-id^="makeshop-item-name"], h1.item-name, h2#itemName, #itemName, .itemName, h1`),
		selPrice:       storefront.Select(`[data-id^="makeshop-item-price"]`),
		selList:        storefront.Select(`[data-id^="makeshop-item-fixed-price"], [data-id^="makeshop-item-list-price"], .item-fixed-price, .itemFixedPrice`),
		selOptions:     {CSS: `select[data-id^="makeshop-item-option"]`, Attrs: []string{"data-id", "title"}, Each: []omakase.HTMLQuery{{CSS: "option", Attrs: []string{"value", "text"}}}},
		selSoldOut:     storefront.Select(`.soldout--detail, [data-id^="makeshop-item-soldout"]`, "class"),
		selCart:        storefront.Select(`[data-id^="makeshop-item-cart-entry"]:not([disabled]), a[href*="basket_add"], .itemCartButton, input[name="basket"], form[action*="basket"] input[type="submit"]`, "class"),
		selDescription: {CSS: `[data-id^="makeshop-item-description"], .item-description, #itemDescription, .itemDescription, .detailTxt, [itemprop="description"]`, Attrs: []string{"html"}, Limit: 1},
		selImages:      {CSS: `[data-id^="makeshop-item-image"] img, img[data-id^="makeshop-item-image"], img[src*="/shopimages/"], .item-image img`, Attrs: []string{"src", "data-src"}, Limit: 40},
		selCode:        storefront.Select(`[data-id^="makeshop-item-code"], [data-id^="makeshop-item-original-code"]`),
		selOldPrice:    storefront.Select(`input[name="price1"], #M_usualValue input, input#price1`, "value"),
	},
}

var yen = price.Hint{Near: "円", Country: "JP", Lang: "ja"}

// readItem reads the product of a product's page, none of any other page.
func readItem(p *storefront.Page) ([]omakase.Product, string, error) {
	found, err := p.Query(itemRequest)
	if err != nil {
		return nil, "", err
	}
	product := omakase.Product{ID: identify(p, found), Currency: "JPY"}
	thing := storefront.Product(found.JSONLD)
	product.Price = p.Shown(found.First(selPrice), yen).Amount
	if product.Price == "" {
		product.Price = p.Shown(found.First(selOldPrice), yen).Amount
	}
	if product.Price == "" {
		product.Price, _ = price.Loose(found.Meta("product:price:amount"))
	}
	if product.ID == "" || product.Price == "" && thing == nil && !found.Found(selCart) {
		return nil, "", nil
	}
	product.Name = storefront.FirstOf(found.First(selName), storefront.BeforeLast(found.Meta("og:title"), " | "))
	product.CompareAt = p.Shown(found.First(selList), yen).Amount
	product.Availability = stock(found)
	product.SKU = found.First(selCode)
	product.URL = storefront.FirstOf(ownAddress(found.Canonical), p.At.Canonical().String())
	product.Description = storefront.FirstOf(plaintext.Of(found.First(selDescription)), found.Meta("og:description"))
	product.ImageURLs = found.MetaImages()
	for _, n := range found.Select[selImages].Nodes {
		product.ImageURLs = append(product.ImageURLs, storefront.FirstOf(n.Values[1], n.Values[0]))
	}
	if thing != nil {
		fromThing(&product, thing)
	}
	if len(product.Variants) == 0 {
		product.Options = options(found)
	}
	storefront.From(&product, omakase.LayerPage, 90, "*")
	if thing != nil {
		storefront.From(&product, omakase.LayerJSONLD, 95, "variants", "brand", "gtin")
	}
	if reason := storefront.Finish(&product, p.At); reason != "" {
		return nil, reason, nil
	}
	return []omakase.Product{product}, "", nil
}

// identify is the product's number, by the page's own address.
func identify(p *storefront.Page, found *storefront.Answers) string {
	for _, url := range [...]string{found.Canonical, found.Meta("og:url"), p.At.String()} {
		if a, ok := crawl.Parse(url); ok && itemID(a) != "" {
			return itemID(a)
		}
	}
	return ""
}

// ownAddress is an address if it is one of a product.
func ownAddress(url string) string {
	if a, ok := crawl.Parse(url); ok && itemID(a) != "" {
		return a.String()
	}
	return ""
}

// stock tells whether the product can be bought. The words that it is sold out
// are in every page; the class "off" hides them.
func stock(found *storefront.Answers) string {
	if found.Found(selSoldOut) {
		for _, class := range strings.Fields(found.First(selSoldOut)) {
			if class == "off" {
				return omakase.InStock
			}
		}
		return omakase.OutOfStock
	}
	if found.Found(selCart) {
		return omakase.InStock
	}
	return ""
}

// options are what a customer has to choose; what each choice costs the page
// does not say.
func options(found *storefront.Answers) []omakase.Option {
	var all []omakase.Option
	for i, n := range found.Select[selOptions].Nodes {
		o := omakase.Option{Name: storefront.FirstOf(n.Values[1], "オプション"+string(rune('1'+i%9)))}
		for _, value := range n.Each[0].Nodes {
			if value.Values[0] != "" && value.Values[0] != "0" {
				o.Values = storefront.AddOnce(o.Values, plaintext.Tidy(value.Values[1]))
			}
		}
		if len(o.Values) > 0 {
			all = append(all, o)
		}
	}
	return all
}

// fromThing takes over what the page says of its product in JSON-LD, with its
// variants where it is a group of them.
func fromThing(p *omakase.Product, t *schema.Thing) {
	p.Brand, p.SKU, p.GTIN = t.Brand, storefront.FirstOf(p.SKU, t.SKU), t.GTIN
	p.Description = storefront.FirstOf(p.Description, plaintext.Of(t.HTML))
	p.ImageURLs = append(p.ImageURLs, t.Images...)
	for _, o := range t.Offers {
		p.Price = storefront.FirstOf(p.Price, o.Price, o.Low)
		p.Availability = storefront.FirstOf(p.Availability, o.Availability)
		break
	}
	for _, v := range t.Variants {
		if len(v.Offers) == 0 {
			continue
		}
		o := v.Offers[0]
		id := storefront.FirstOf(v.SKU, v.ProductID, v.Name)
		if id == "" {
			continue
		}
		title := storefront.FirstOf(strings.Trim(v.Color+" / "+v.Size, " /"), v.Name)
		variant := omakase.Variant{ID: id, Title: title, SKU: v.SKU, GTIN: v.GTIN, Price: o.Price, Availability: o.Availability, Options: []string{title}}
		if len(v.Images) > 0 {
			variant.ImageURL = v.Images[0]
		}
		p.Variants = append(p.Variants, variant)
	}
	if len(p.Variants) > 0 {
		p.Options, p.Price = []omakase.Option{{Name: "種類"}}, ""
	}
}

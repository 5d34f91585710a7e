package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// The selections of a product's page, by their place in the request.
const (
	selName = iota
	selPrice
	selList
	selCode
	selClass1
	selClass2
	selCart
	selCategory
	selDescription
	selImages
)

var itemRequest = omakase.HTMLRequest{
	OG: true, JSONLD: true,
	Scripts: []string{`eccube\.classCategories\s*=\s*(\{[\s\S]*)`},
	Select: []omakase.HTMLQuery{
		selName:        storefront.Select(`.ec-productRole__title h1, .ec-productRole__title h2, .ec-productRole__title, h2.ec-headingTitle, #item_detail h2`),
		selPrice:       storefront.Select(`.ec-productRole__price .price02-default, .ec-productRole__price .ec-price__price, .price02-default, .ec-productRole__price`),
		selList:        storefront.Select(`.ec-productRole__priceRegular .price01-default, .ec-productRole__priceRegularPrice, .price01-default`),
		selCode:        storefront.Select(`.product-code-default`),
		selClass1:      {CSS: `select[name="classcategory_id1"] option`, Attrs: []string{"value", "text"}},
		selClass2:      {CSS: `select[name="classcategory_id2"] option`, Attrs: []string{"value", "text"}},
		selCart:        {CSS: `.ec-productRole__btn button, button.add-cart`, Attrs: []string{"class", "disabled"}},
		selCategory:    {CSS: `.ec-productRole__category li:first-child a`, Attrs: []string{"text"}},
		selDescription: {CSS: `.ec-productRole__description, .ec-productRole__profile .description`, Attrs: []string{"html"}, Limit: 1},
		selImages:      {CSS: `.ec-productRole img[src*="save_image"], .item_visual img, .slide-item img, .item_nav img`, Attrs: []string{"src", "data-src"}, Limit: 60},
	},
}

var yen = price.Hint{Country: "JP", Lang: "ja"}

// readItem reads the product of a product's page, none of any other page.
func readItem(p *storefront.Page) ([]omakase.Product, string, error) {
	found, err := p.Query(itemRequest)
	if err != nil {
		return nil, "", err
	}
	thing := storefront.Product(found.JSONLD)
	product := omakase.Product{ID: identify(p, found), Currency: "JPY"}
	shown := p.Shown(found.First(selPrice), yen)
	if product.ID == "" || shown.Amount == "" && thing == nil {
		return nil, "", nil
	}
	product.URL = p.At.Origin() + "/products/detail/" + product.ID
	product.Name = found.First(selName)
	product.Price, product.PriceMax = shown.Amount, storefront.FirstOf(shown.Max, shown.Amount)
	product.CompareAt = upper(p.Shown(found.First(selList), yen))
	product.SKU = found.First(selCode)
	product.Category = strings.Join(found.All(selCategory), " > ")
	product.Description = plaintext.Of(found.First(selDescription))
	for _, n := range found.Select[selCart].Nodes {
		product.Availability = storefront.Stock(n.Values[1] == "" && strings.Contains(n.Values[0], "add-cart"))
	}
	if thing != nil {
		product.Name = storefront.FirstOf(product.Name, thing.Name)
		product.SKU = storefront.FirstOf(product.SKU, thing.SKU)
		product.Brand, product.GTIN = thing.Brand, thing.GTIN
		product.Description = storefront.FirstOf(product.Description, plaintext.Of(thing.HTML))
		product.ImageURLs = thing.Images
		for _, o := range thing.Offers {
			product.Price = storefront.FirstOf(product.Price, o.Price)
			product.Availability = storefront.FirstOf(o.Availability, product.Availability)
			break
		}
	}
	if len(product.ImageURLs) == 0 {
		for _, n := range found.Select[selImages].Nodes {
			product.ImageURLs = append(product.ImageURLs, storefront.FirstOf(n.Values[1], n.Values[0]))
		}
	}
	if product.Name == "" {
		product.Name = found.Meta("og:title")
	}
	classes(&product, found)
	storefront.From(&product, omakase.LayerPage, 90, "*")
	storefront.From(&product, omakase.LayerState, 95, "variants")
	if thing != nil {
		storefront.From(&product, omakase.LayerJSONLD, 95, "availability", "image_urls", "brand", "gtin")
	}
	if reason := storefront.Finish(&product, p.At); reason != "" {
		return nil, reason, nil
	}
	return []omakase.Product{product}, "", nil
}

// upper is the higher end of a price.
func upper(p price.Price) string { return storefront.FirstOf(p.Max, p.Amount) }

// identify is the product's number, by the page's own address.
func identify(p *storefront.Page, found *storefront.Answers) string {
	for _, url := range [...]string{found.Canonical, found.Meta("og:url"), p.At.String()} {
		if a, ok := crawl.Parse(url); ok && itemID(a) != "" {
			return itemID(a)
		}
	}
	return ""
}

// classes are the variants of the product: by the page's script where it has
// one, else only what there is to choose.
func classes(p *omakase.Product, found *storefront.Answers) {
	names := map[string]string{}
	var first []string
	for _, n := range found.Select[selClass1].Nodes {
		if n.Values[0] != "" && n.Values[0] != "0" && n.Values[0] != "__unselected" {
			names[n.Values[0]] = plaintext.Tidy(n.Values[1])
			first = append(first, plaintext.Tidy(n.Values[1]))
		}
	}
	if found.Scripts[0] != "" {
		p.Variants = readClasses(json.NewReader(found.Scripts[0]), names)
	}
	depth := 0
	for _, v := range p.Variants {
		depth = max(depth, len(v.Options))
	}
	switch {
	case depth > 0:
		for i := range depth {
			p.Options = append(p.Options, omakase.Option{Name: "規格" + string(rune('1'+i))})
		}
	case len(first) > 0:
		p.Options = []omakase.Option{{Name: "規格1", Values: first}}
	}
}

// readClasses reads the classes of a product: by the id of the first one, and
// then of the second one. names are those of the first.
func readClasses(r *json.Reader, names map[string]string) (all []omakase.Variant) {
	storefront.Object(r, func(one string) {
		storefront.Object(r, func(string) {
			v := readClass(r)
			if v.ID == "" || one == "__unselected" && len(names) > 0 {
				return
			}
			if name := names[one]; name != "" {
				v.Options = append([]string{name}, v.Options...)
			}
			v.Title = strings.Join(v.Options, " / ")
			all = append(all, v)
		})
	})
	if r.Err() != nil {
		return nil // cut off, perhaps within a number
	}
	return all
}

func readClass(r *json.Reader) (v omakase.Variant) {
	amounts := map[string]string{}
	storefront.Object(r, func(key string) {
		switch key {
		case "product_class_id":
			v.ID = storefront.Text(r)
		case "product_code":
			v.SKU = storefront.Text(r)
		case "name":
			if name := storefront.Name(r); name != "" && name != "選択してください" {
				v.Options = []string{name}
			}
		case "stock_find":
			v.Availability = storefront.Stock(storefront.Truth(r))
		case "price01", "price02", "price01_inc_tax", "price02_inc_tax":
			amounts[key], _ = price.Loose(storefront.Text(r))
		}
	})
	v.Price = storefront.FirstOf(amounts["price02_inc_tax"], amounts["price02"])
	v.CompareAt = storefront.FirstOf(amounts["price01_inc_tax"], amounts["price01"])
	return v
}

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

// The selections of an item's page, by their place in the request. Themes name
// their elements as they like; what comes from BASE itself is the same in all.
const (
	selName = iota
	selHeading
	selPrice
	selBefore
	selVariations
	selButton
	selImages
	selZoomed
	selOthers
	selDescription
	selForm
	selID
	selCategory
)

var itemRequest = omakase.HTMLRequest{
	OG: true, JSONLD: true,
	Scripts: []string{
		`['"]item_purchasability['"]\s*:\s*['"](\w+)['"]`,
		`['"]view_item['"][\s\S]{0,600}?['"]price['"]\s*:\s*['"]?(\d+)['"]?\s*[,}]`,
		`['"]view_item['"][\s\S]{0,300}?['"]item_id['"]\s*:\s*['"]?(\d+)`,
	},
	Select: []omakase.HTMLQuery{
		selName:        storefront.Select(`h1.item-detail__ttl, h1.itemTitle, h1.items-grid_itemTitleText, [class*="itemTitle"] h1, #itemDetail h1, .item-detail h1, .itemDetail h1`),
		selHeading:     storefront.Select(`h1`),
		selPrice:       {CSS: `.item-detail__price, #price p, #price, .itemPrice, .item-price, [class*="price"]`, Attrs: []string{"text", "class"}, Limit: 20},
		selBefore:      storefront.Select(`[class*="price"] .proper, .item-detail__price del, .item-detail__price s, .proper-price, [class*="properPrice"], [class*="proper_price"]`),
		selVariations:  {CSS: `#purchase_form option[data-stock], form select option[data-stock]`, Attrs: []string{"value", "text", "data-stock"}},
		selButton:      {CSS: `[class*="purchaseButton__btn"]`, Attrs: []string{"class"}},
		selImages:      {CSS: `img`, Attrs: []string{"src", "data-src", "data-lazy", "data-original", "data-zoom-image"}, Limit: 500},
		selZoomed:      storefront.Select(`a[href*="/images/item/"]`, "href"),
		selOthers:      {CSS: `a[href*="/items/"]`, Attrs: []string{"href"}, Each: []omakase.HTMLQuery{{CSS: "img", Attrs: []string{"src", "data-src", "data-lazy", "data-original"}}}},
		selDescription: {CSS: `.item-detail__desc, .item-detail__description, .itemDescription, #itemDescription, .item_description, .item-description, [class*="itemDetail__desc"], [itemprop="description"]`, Attrs: []string{"html"}, Limit: 1},
		selForm:        storefront.Select(`#purchase_form`, "id"),
		selID:          storefront.Select(`input[name="data[Item][id]"]`, "value"),
		selCategory:    {CSS: `.item-detail__category a, [class*="breadcrumb"] a[href*="/categories/"]`, Attrs: []string{"text"}},
	},
}

// item is an item's page as it was read.
type item struct {
	omakase.Product
	found *storefront.Answers
	thing *schema.Thing
	page  *storefront.Page
}

// readItem reads the item of an item's page, none of any other page.
func readItem(p *storefront.Page) ([]omakase.Product, string, error) {
	found, err := p.Query(itemRequest)
	if err != nil {
		return nil, "", err
	}
	i := &item{found: found, page: p}
	i.thing = storefront.Product(found.JSONLD)
	if i.ID = i.identify(); i.ID == "" || !i.sells() {
		return nil, "", nil
	}
	i.URL = p.At.Origin() + "/items/" + i.ID
	i.name()
	i.prices()
	i.stock()
	i.ImageURLs = i.images()
	i.describe()
	i.Category = strings.Join(i.found.All(selCategory), " > ")
	storefront.From(&i.Product, omakase.LayerPage, 85, "*")
	reason := storefront.Finish(&i.Product, p.At)
	if reason != "" {
		return nil, reason, nil
	}
	return []omakase.Product{i.Product}, "", nil
}

// identify is the item's number: of the page's own address first, as it is the
// one that other pages link to.
func (i *item) identify() string {
	for _, url := range [...]string{i.found.Canonical, i.found.Meta("og:url"), i.page.At.String()} {
		if a, ok := crawl.Parse(url); ok && itemID(a) != "" {
			return itemID(a)
		}
	}
	if id := i.found.First(selID); id != "" && i.found.Found(selForm) {
		return id
	}
	if i.found.Meta("og:type") == "product" {
		return i.found.Scripts[2]
	}
	return ""
}

// sells reports whether the page is that of an item: it has what buying needs,
// or says that it is one.
func (i *item) sells() bool {
	return i.found.Found(selForm) || i.found.Found(selButton) || i.found.Scripts[0] != "" ||
		i.found.Meta("product:price:amount") != "" || i.thing != nil
}

// name is how the item is called, without the shop's name behind it.
func (i *item) name() {
	title := i.found.Meta("og:title")
	if title == "" {
		title = i.found.Title
	}
	if at := strings.LastIndex(title, " | "); at >= 0 && strings.HasSuffix(title, "powered by BASE") {
		i.Name = title[:at]
		storefront.From(&i.Product, omakase.LayerOpenGraph, 95, "name")
		return
	}
	for _, name := range [...]string{i.found.First(selName), i.structured(), i.found.First(selHeading), title} {
		if name = strings.TrimSpace(name); name != "" {
			i.Name = name
			return
		}
	}
}

func (i *item) structured() string {
	if i.thing == nil {
		return ""
	}
	return i.thing.Name
}

// prices are taken from where amount and currency stand together; what themes
// show comes last.
func (i *item) prices() {
	if amount, ok := price.Loose(i.found.Meta("product:price:amount")); ok {
		i.Price, i.Currency = amount, price.Code(i.found.Meta("product:price:currency"))
		storefront.From(&i.Product, omakase.LayerOpenGraph, 95, "price", "currency")
	}
	if i.Price == "" && i.thing != nil {
		for _, o := range i.thing.Offers {
			if o.Price != "" {
				i.Price, i.Currency = o.Price, o.Currency
				storefront.From(&i.Product, omakase.LayerJSONLD, 95, "price", "currency")
				break
			}
		}
	}
	if i.Price == "" && i.found.Scripts[1] != "" {
		i.Price, i.Currency = i.found.Scripts[1], "JPY"
		storefront.From(&i.Product, omakase.LayerState, 90, "price", "currency")
	}
	if i.Price == "" {
		i.shownPrice()
	}
	if i.Currency == "" {
		i.Currency = "JPY"
	}
	for _, text := range i.found.All(selBefore) {
		if before := price.Parse(text, yen); before.Amount != "" {
			i.CompareAt = before.Amount
			break
		}
	}
}

var yen = price.Hint{Country: "JP", Lang: "ja"}

// shownPrice is the price that the theme shows first, the one of a sale where
// it shows both.
func (i *item) shownPrice() {
	for _, n := range i.found.Select[selPrice].Nodes {
		class := strings.ToLower(n.Values[1])
		if strings.Contains(class, "items-grid") || strings.Contains(class, "proper") || strings.Contains(class, "rate") {
			continue
		}
		got := i.page.Shown(n.Values[0], yen)
		if got.Amount == "" {
			continue
		}
		if i.Price == "" {
			i.Price, i.CompareAt, i.Currency = got.Amount, got.List, got.Currency
		}
		if strings.Contains(class, "sale") {
			i.Price, i.Currency = got.Amount, got.Currency
			return
		}
	}
}

// stock tells whether the item can be bought, by what BASE says for its
// analytics, by the button and by the variations; never by words, as "SOLD
// OUT" stands in a script of every page.
func (i *item) stock() {
	class := strings.Join(i.found.All(selButton), " ")
	if i.found.Scripts[0] != "" {
		storefront.From(&i.Product, omakase.LayerState, 98, "availability")
	}
	switch i.found.Scripts[0] {
	case "purchasable", "partially_purchasable":
		i.Availability = omakase.InStock
	case "unpurchasable":
		i.Availability = omakase.OutOfStock
	default:
		i.Availability = ofButton(class)
	}
	if strings.Contains(class, "--comingSoon") || strings.Contains(class, "--endOfSale") {
		i.Availability = omakase.OutOfStock // outside of the period in which it is sold
	}
	i.variations()
	if i.Availability == "" && len(i.Variants) == 0 && i.thing != nil && len(i.thing.Offers) > 0 {
		i.Availability = i.thing.Offers[0].Availability
	}
	if len(i.Variants) == 0 {
		i.Variants = []omakase.Variant{{ID: i.ID, Price: i.Price, CompareAt: i.CompareAt, Availability: i.Availability}}
	}
}

func ofButton(class string) string {
	switch {
	case strings.Contains(class, "--addToCart"):
		return omakase.InStock
	case strings.Contains(class, "--noItem"), strings.Contains(class, "--outOfStock"):
		return omakase.OutOfStock
	}
	return ""
}

// variations are the forms of the item, each with its stock.
func (i *item) variations() {
	var total int64
	for _, n := range i.found.Select[selVariations].Nodes {
		id, title := n.Values[0], plaintext.Tidy(n.Values[1])
		quantity, ok := whole(n.Values[2])
		if id == "" || !ok {
			continue
		}
		v := omakase.Variant{ID: id, Title: title, Options: []string{title}, Price: i.Price, CompareAt: i.CompareAt, Stock: &quantity}
		v.Availability = storefront.Stock(quantity > 0 && i.Availability != omakase.OutOfStock)
		total += quantity
		i.Variants = append(i.Variants, v)
	}
	if len(i.Variants) == 0 {
		return
	}
	i.Options = []omakase.Option{{Name: "種類"}}
	i.Stock = &total
	if i.Availability == "" {
		i.Availability = storefront.Stock(total > 0)
	}
}

// whole reads a whole number.
func whole(s string) (n int64, ok bool) {
	for _, c := range strings.TrimSpace(s) {
		if c < '0' || c > '9' || n > 1<<40 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, strings.TrimSpace(s) != ""
}

// describe is what the shop writes about the item.
func (i *item) describe() {
	i.Description = plaintext.Of(i.found.First(selDescription))
	if i.Description == "" && i.thing != nil {
		i.Description = plaintext.Of(i.thing.HTML)
	}
	if i.Description == "" {
		i.Description = plaintext.Tidy(i.found.Meta("og:description"))
	}
}

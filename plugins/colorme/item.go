package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// The selections of a product's page, by their place in the request.
const (
	selRows = iota
	selDescription
	selImages
	selCart
	selSoldOut
	selCategory
)

var itemRequest = omakase.HTMLRequest{
	OG:      true,
	Scripts: []string{`var\s+Colorme\s*=\s*(\{[\s\S]*)`},
	Select: []omakase.HTMLQuery{
		selRows:        {CSS: `form tr, .product_spec tr, table tr, dl`, Attrs: []string{"text"}, Limit: 100},
		selDescription: {CSS: `.product_description, #product_description, .product_explain, .product-explain, .item_description, .detail_txt, .p-product-explain, [itemprop="description"], .product_exp`, Attrs: []string{"html"}, Limit: 1},
		selImages:      {CSS: `img[src*="/product/"], a[href*="/product/"]`, Attrs: []string{"src", "href"}, Limit: 100},
		selCart:        storefront.Select(`form[action*="cart_inn"] input[type="submit"]:not([disabled]), form[action*="cart"] input[type="image"], form[action*="cart"] button:not([disabled]), form[name="product_form"] input[type="submit"]:not([disabled])`, "type"),
		selSoldOut:     storefront.Select(`.soldout, .sold_out, .sold-out, .is-soldout, [class*="soldout"]`),
		selCategory:    {CSS: `[class*="breadcrumb"] a, .topicpath a, #topicpath a`, Attrs: []string{"text"}},
	},
}

// item is a product as the page's script has it.
type item struct {
	omakase.Product
	control string // what counts the stock: none, product or option
}

// readItem reads the product of a product's page, none of any other page.
func readItem(p *storefront.Page) ([]omakase.Product, string, error) {
	found, err := p.Query(itemRequest)
	if err != nil {
		return nil, "", err
	}
	i := readScript(found.Scripts[0])
	if i.ID == "" && found.Meta("product:price:amount") != "" {
		i.ID = itemID(p.At) // a page without the script
	}
	if i.ID == "" {
		return nil, "", nil
	}
	i.URL = address(p.At, i.ID)
	i.Name = storefront.FirstOf(i.Name, storefront.BeforeLast(found.Meta("og:title"), " - "))
	if i.Price == "" {
		i.Price, _ = price.Loose(found.Meta("product:price:amount"))
	}
	i.Currency = storefront.FirstOf(price.Code(found.Meta("product:price:currency")), "JPY")
	for n, text := range found.All(selRows) {
		if list, ok := listPrice(text); ok && n < 60 && i.CompareAt == "" {
			i.CompareAt = list
		}
	}
	if i.Availability == "" {
		i.Availability = storefront.Stock(found.Found(selCart) && !found.Found(selSoldOut))
	}
	i.Description = storefront.FirstOf(plaintext.Of(found.First(selDescription)), found.Meta("og:description"), found.Meta("description"))
	i.images(found)
	storefront.From(&i.Product, omakase.LayerState, 95, "*")
	storefront.From(&i.Product, omakase.LayerPage, 85, "description", "image_urls", "compare_at")
	if reason := storefront.Finish(&i.Product, p.At); reason != "" {
		return nil, reason, nil
	}
	return []omakase.Product{i.Product}, "", nil
}

// listPrice is the price in a row that is labelled as the one before a sale.
// An open price is none.
func listPrice(row string) (string, bool) {
	for _, label := range [...]string{"定価", "通常価格", "参考価格", "メーカー希望小売価格"} {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(row), label); ok {
			amount := price.Parse(rest, price.Hint{Country: "JP", Lang: "ja"}).Amount
			return amount, amount != ""
		}
	}
	return "", false
}

// images are the product's own, which have its number in their names.
func (p *item) images(found *storefront.Answers) {
	urls := found.MetaImages()
	for _, n := range found.Select[selImages].Nodes {
		url := storefront.FirstOf(n.Values[1], n.Values[0])
		file := url[strings.LastIndexByte(url, '/')+1:]
		if strings.HasPrefix(file, p.ID) && !strings.Contains(file, "_th.") {
			urls = append(urls, url)
		}
	}
	seen := map[string]bool{}
	for _, url := range urls {
		plain, _, _ := strings.Cut(url, "?")
		if !seen[plain] {
			seen[plain] = true
			p.ImageURLs = append(p.ImageURLs, url)
		}
	}
}

// readScript reads the object that the page's script begins with.
func readScript(script string) (p item) {
	if script == "" {
		return p
	}
	r := json.NewReader(script)
	var stock *int64
	storefront.Object(r, func(key string) {
		switch key {
		case "inventory_control":
			p.control = storefront.Text(r)
		case "product":
			storefront.Object(r, func(key string) {
				if key == "stock_num" {
					stock = storefront.Count(r)
					return
				}
				p.field(r, key)
			})
		}
	})
	if r.Err() != nil {
		return item{} // cut off, perhaps within a number
	}
	p.setStock(stock)
	return p
}

func (p *item) field(r *json.Reader, key string) {
	switch key {
	case "id":
		p.ID = storefront.Text(r)
	case "name":
		p.Name = storefront.Name(r)
	case "model_number":
		p.SKU = storefront.Text(r)
	case "sales_price_including_tax":
		p.Price = storefront.Amount(r)
	case "sales_price":
		if amount := storefront.Amount(r); p.Price == "" {
			p.Price = amount
		}
	case "variants":
		storefront.Each(r, func() { p.variant(r) })
	}
}

func (p *item) variant(r *json.Reader) {
	var v omakase.Variant
	var before string
	storefront.Object(r, func(key string) {
		switch key {
		case "id":
			v.ID = storefront.Text(r)
		case "title":
			v.Title = storefront.Name(r)
		case "option1_value", "option2_value":
			if value := storefront.Name(r); value != "" {
				v.Options = append(v.Options, value)
			}
		case "model_number":
			v.SKU = storefront.Text(r)
		case "option_price_including_tax":
			v.Price = storefront.Amount(r)
		case "option_price":
			before = storefront.Amount(r)
		case "stock_num":
			v.Stock = storefront.Count(r)
		}
	})
	v.Price = storefront.FirstOf(v.Price, before)
	v.Title = storefront.FirstOf(v.Title, strings.Join(v.Options, " / "))
	v.ID = storefront.FirstOf(v.ID, v.Title)
	if v.ID != "" {
		p.Variants = append(p.Variants, v)
	}
}

// setStock tells what can be bought, where the shop counts its stock.
func (p *item) setStock(stock *int64) {
	counted := p.control == "option"
	for i := range p.Variants {
		v := &p.Variants[i]
		if !counted || v.Stock == nil {
			v.Stock = nil
			continue
		}
		v.Availability = storefront.Stock(*v.Stock > 0)
	}
	options := 0
	for _, v := range p.Variants {
		options = max(options, len(v.Options))
	}
	for i := range options {
		p.Options = append(p.Options, omakase.Option{Name: "オプション" + string(rune('1'+i))})
	}
	if p.control != "none" && stock != nil {
		p.Stock = stock
		p.Availability = storefront.Stock(*stock > 0)
	}
}

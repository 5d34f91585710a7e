package product

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// maxLinks bounds the links of a list that are looked at.
const maxLinks = 3000

// cardSelector finds cards of products by the names that shops and their
// themes give them.
const cardSelector = "[data-product], .product-item, .product-card, .product-grid-item, .grid-product, .woocommerce-product, li.product, .product-tile, " +
	".item-box, .goods-item, .itemList, .product, [itemtype$='schema.org/Product']"

// ListQuery asks the host for what a list of products is read from.
func ListQuery(body, url string) omakase.HTMLRequest {
	return omakase.HTMLRequest{Body: body, URL: url, Select: []omakase.HTMLQuery{
		{CSS: "a[href]", Attrs: []string{"href", "text", "rel", "class", "aria-label", "title"}, Limit: maxLinks},
		{CSS: "link[rel=next]", Attrs: []string{"href"}, Limit: 1},
		{CSS: cardSelector, Attrs: []string{"href"}, Limit: 500, Each: []omakase.HTMLQuery{
			{CSS: "[itemprop=name], .product-name, .product-title, .item-name, .card-title, .product-card__title, h2, h3, .title", Attrs: []string{"text", "content"}, Limit: 1},
			{CSS: "[itemprop=price], .price, .product-price, .item-price, [data-price]", Attrs: []string{"content", "text"}, Limit: 4},
			{CSS: "[itemprop=description], .product-description, .description, .item-desc, p", Attrs: []string{"text"}, Limit: 1},
			{CSS: "img", Attrs: []string{"data-src", "data-original", "data-lazy-src", "src"}, Limit: 1},
			{CSS: "a[href*=product], a[href*=item], a[href]", Attrs: []string{"href"}, Limit: 1},
			{CSS: "del, s, strike", Attrs: []string{"text"}, Limit: 2},
		}},
	}}
}

// ReadList reads the answer to ListQuery for the page.
func (p *Page) ReadList(html *omakase.HTMLReply) omakase.List {
	var l omakase.List
	if len(html.Select) != 3 {
		return l
	}
	priced := map[string]bool{}
	for i := range p.HTML.Outline {
		if place := &p.HTML.Outline[i]; place.Kind == omakase.PlacePrice && place.Link != "" {
			priced[place.Link] = true
		}
	}
	for _, n := range html.Select[1].Nodes {
		l.Links = append(l.Links, omakase.Link{URL: n.Values[0], Next: true})
	}
	for _, n := range html.Select[0].Nodes {
		url := n.Values[0]
		text := firstText(plaintext.Tidy(n.Values[1]), n.Values[4], n.Values[5])
		next := strings.Contains(n.Values[2], "next") || isNext(text, strings.ToLower(n.Values[3]))
		l.Links = append(l.Links, omakase.Link{URL: url, Text: text, Next: next, Priced: priced[url]})
	}
	l.Cards = p.cards(html.Select[2].Nodes)
	return l
}

// isNext reports whether a link's text or class make it that of the next page.
func isNext(text, class string) bool {
	switch strings.ToLower(strings.Trim(text, " »›>→")) {
	case "next", "next page", "次へ", "次のページ", "次", "次の", "weiter", "suivant", "siguiente", "avanti", "successivo", "próximo", "다음", "下一页", "下一頁", "следующая", "далее", "další", "następna":
		return true
	case "":
		return text != "" && strings.Contains(text, "›") || text == "»" || text == ">" || text == "→"
	}
	return hasAny(" "+class+" ", " next ", "pagination-next", "pager-next", "next-page")
}

// cards are the products of cards: those with a name and a price. A card
// without a name among others that have one is a product whose name is not
// known.
func (p *Page) cards(nodes []omakase.HTMLNode) []omakase.Product {
	var all []omakase.Product
	seen := map[string]bool{}
	named := 0
	for i := range nodes {
		c := p.card(&nodes[i])
		if c.Price == "" || seen[c.ID] {
			continue
		}
		if c.Name != "" {
			named++
		}
		seen[c.ID] = true
		all = append(all, c)
	}
	if named < 2 && named < len(all) || named == 0 {
		return nil
	}
	for i := range all {
		if all[i].Name == "" {
			all[i].Name = unnamed
		}
	}
	return all
}

// unnamed is what existing clients expect as the name of a product without.
const unnamed = "Unknown Product"

func (p *Page) card(n *omakase.HTMLNode) omakase.Product {
	value := func(query int) string {
		if query >= len(n.Each) || len(n.Each[query].Nodes) == 0 {
			return ""
		}
		return firstText(n.Each[query].Nodes[0].Values...)
	}
	c := omakase.Product{
		Name: plaintext.Tidy(value(0)),
		URL:  firstText(value(4), n.Values[0]),
		Sources: []omakase.Source{
			{Field: "*", Layer: omakase.LayerPage, Confidence: 60},
		},
	}
	if d := plaintext.Tidy(value(2)); len(d) > 10 {
		c.Description = d
	}
	struck := ""
	if len(n.Each) > 5 && len(n.Each[5].Nodes) > 0 {
		struck = n.Each[5].Nodes[0].Values[0]
	}
	p.priceCard(&c, n.Each[1].Nodes, struck)
	if to, ok := p.at.Resolve(value(3)); ok && value(3) != "" {
		c.ImageURLs = []string{to.String()}
	}
	at := p.at
	if to, ok := crawl.Parse(c.URL); ok {
		at = to
	}
	c.URL, c.ID = at.String(), at.Identity()
	if c.URL == p.at.String() {
		c.ID += "#" + firstText(c.Name, c.Price)
	}
	return c
}

// priceCard gives a card the first price that is one, and the one before a
// reduction: struck is what the card strikes through.
func (p *Page) priceCard(c *omakase.Product, nodes []omakase.HTMLNode, struck string) {
	before := price.Parse(struck, p.hint)
	for _, n := range nodes {
		text := firstText(n.Values...)
		if before.Amount != "" {
			text = strings.Replace(text, struck, " ", 1)
		}
		got := price.Parse(text, p.hint)
		if got.Amount == "" || price.IsZero(got.Amount) {
			continue
		}
		digits := price.Digits(got.Currency)
		c.Price, c.Currency = price.WithDecimals(got.Amount, digits), got.Currency
		if price.Compare(got.Max, got.Amount) > 0 {
			c.PriceMax = price.WithDecimals(got.Max, digits)
		}
		if got.List == "" && price.Compare(before.Amount, got.Amount) > 0 && before.Currency == got.Currency {
			got.List = before.Amount
		}
		c.CompareAt = price.WithDecimals(got.List, digits)
		return
	}
}

package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// card is what a list shows of an item.
var card = []omakase.HTMLQuery{
	storefront.Select(`h1, h2, h3, [class*="itemTitle"], [class*="item_title"], [class*="itemName"], [class*="item-name"], [class*="title"]`),
	{CSS: `[class*="price"]`, Attrs: []string{"text", "class"}},
	storefront.Select(`[class*="soldout"], [class*="soldOut"], [class*="sold_out"], [class*="sold-out"], [class*="Soldout"]`, "class"),
	{CSS: "img", Attrs: []string{"src", "data-src", "alt"}},
}

// readList reads the items of a list, as far as it tells of them.
func readList(p *storefront.Page) ([]omakase.Product, error) {
	const link = `a[href*="items/"]`
	found, err := p.Query(omakase.HTMLRequest{Select: []omakase.HTMLQuery{
		{CSS: link, Attrs: []string{"href"}, Each: card, Limit: 500},
		{CSS: `li:has(` + link + `)`, Each: append([]omakase.HTMLQuery{{CSS: link, Attrs: []string{"href"}, Limit: 1}}, card...), Limit: 500},
	}})
	if err != nil {
		return nil, err
	}
	var products []omakase.Product
	seen := map[string]bool{}
	add := func(href string, parts []omakase.HTMLNodes) {
		to, ok := p.At.Resolve(href)
		if !ok || seen[itemID(to)] {
			return
		}
		if product := readCard(p.At, itemID(to), parts); product != nil {
			seen[product.ID] = true
			products = append(products, *product)
		}
	}
	for _, n := range found.Select[0].Nodes {
		add(n.Values[0], n.Each)
	}
	for _, n := range found.Select[1].Nodes {
		if len(n.Each[0].Nodes) == 1 {
			add(n.Each[0].Nodes[0].Values[0], n.Each[1:])
		}
	}
	return products, nil
}

// readCard reads an item of a list; nil where its name or price is not there.
func readCard(at crawl.Address, id string, parts []omakase.HTMLNodes) *omakase.Product {
	p := &omakase.Product{ID: id, URL: at.Origin() + "/items/" + id, Availability: storefront.Stock(parts[2].Total == 0)}
	for _, n := range parts[0].Nodes {
		if p.Name = strings.TrimSpace(n.Values[0]); p.Name != "" {
			break
		}
	}
	for _, n := range parts[1].Nodes {
		got := price.Parse(n.Values[0], yen)
		class := strings.ToLower(n.Values[1])
		switch {
		case got.Amount == "":
		case strings.Contains(class, "proper"):
			p.CompareAt = got.Amount
		case p.Price == "" || strings.Contains(class, "sale"):
			p.Price, p.Currency = got.Amount, got.Currency
		}
	}
	for _, n := range parts[3].Nodes {
		if n.Values[2] != "" && p.Name == "" {
			p.Name = n.Values[2]
		}
		for _, url := range n.Values[:2] {
			if fileOf(url) != "" {
				url, _, _ = strings.Cut(url, "?")
				p.ImageURLs = storefront.AddOnce(p.ImageURLs, url)
			}
		}
	}
	if p.Price == "" || storefront.Finish(p, at) != "" {
		return nil
	}
	return p
}

package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// detect tells a shop of BASE's by its pages, and answers of the API that BASE
// has for shop owners by their fields.
func detect(ctx *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
	reply, err := marks.Detect(ctx, req)
	if err != nil || reply.Score > 0 {
		return reply, err
	}
	text, err := ctx.Body(req.Body).Range(0, detectBytes)
	if body := string(text); err == nil && storefront.IsJSON(body) && strings.Contains(body, `"item_id"`) && strings.Contains(body, `"item_tax_type"`) {
		reply = omakase.DetectReply{Score: 95, Reason: "the body is a list of items as BASE's API writes it"}
	}
	return reply, err
}

// detectBytes is how much of a body is looked at.
const detectBytes = 64 << 10

// readAPI reads the items of an answer of that API: its lists, or one item. The
// address of an item is known where that of the shop is.
func readAPI(document string, shop crawl.Address) ([]omakase.Product, error) {
	r := json.NewReader(document)
	if r.Kind() != json.Object {
		r.Skip()
		return nil, r.End()
	}
	var all []omakase.Product
	for key := range r.Fields {
		switch key {
		case "items":
			storefront.Each(r, func() { all = appendAPIItem(all, r, shop) })
		case "item":
			all = appendAPIItem(all, r, shop)
		default:
			r.Skip()
		}
	}
	return all, r.End()
}

// appendAPIItem appends an item, unless its shop hides it.
func appendAPIItem(all []omakase.Product, r *json.Reader, shop crawl.Address) []omakase.Product {
	if r.Kind() != json.Object {
		r.Skip()
		return all
	}
	p := omakase.Product{Currency: "JPY"}
	hidden := false
	for key := range r.Fields {
		switch key {
		case "item_id":
			p.ID = storefront.Text(r)
		case "title":
			p.Name = storefront.Text(r)
		case "detail":
			p.Description = plaintext.Of(storefront.Text(r))
		case "price":
			p.Price = storefront.Text(r)
		case "proper_price":
			p.CompareAt = storefront.Text(r)
		case "identifier":
			p.SKU = storefront.Text(r)
		case "visible":
			hidden = storefront.Text(r) == "0"
		case "stock":
			p.Stock, p.Availability = apiStock(storefront.Text(r))
		case "variations":
			p.Variants = readAPIVariations(r)
		default:
			if url := storefront.Text(r); strings.HasPrefix(key, "img") && strings.HasSuffix(key, "_origin") && url != "" {
				p.ImageURLs = append(p.ImageURLs, url)
			}
		}
	}
	for i := range p.Variants {
		p.Variants[i].Price, p.Variants[i].CompareAt = p.Price, p.CompareAt
	}
	if shop.Host != "" && shop.Host != "api.thebase.in" {
		p.URL = shop.Origin() + "/items/" + p.ID
	}
	p.PriceMax = p.Price
	storefront.From(&p, omakase.LayerAPI, 100, "*")
	if hidden || storefront.Finish(&p, shop) != "" {
		return all
	}
	return append(all, p)
}

func readAPIVariations(r *json.Reader) (all []omakase.Variant) {
	storefront.Each(r, func() {
		if r.Kind() != json.Object {
			r.Skip()
			return
		}
		var v omakase.Variant
		for key := range r.Fields {
			switch key {
			case "variation_id":
				v.ID = storefront.Text(r)
			case "variation":
				v.Title = storefront.Text(r)
			case "variation_identifier":
				v.SKU = storefront.Text(r)
			case "variation_stock":
				v.Stock, v.Availability = apiStock(storefront.Text(r))
			default:
				r.Skip()
			}
		}
		all = append(all, v)
	})
	return all
}

// apiStock is a number of pieces, and what it means. Other texts say nothing.
func apiStock(text string) (*int64, string) {
	if !storefront.IsNumber(text) || len(text) > 9 {
		return nil, ""
	}
	n := int64(0)
	for _, c := range text {
		n = n*10 + int64(c-'0')
	}
	if n == 0 {
		return &n, omakase.OutOfStock
	}
	return &n, omakase.InStock
}

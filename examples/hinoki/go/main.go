// Command hinoki is a plugin for shops on Hinoki, a platform that doesn't
// exist: it reads their catalogue, their product pages, and makes links to
// their cart.
package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

func main() {} // never called: the host calls the handlers

func init() { omakase.Serve(plugin) }

var plugin = omakase.Plugin{
	Scraper: omakase.Scraper{Detect: detect, Scrape: scrape, Extract: extract, Checkout: checkout},
}

// detect knows a shop by a header, and else by a meta element.
func detect(ctx *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
	if omakase.HeaderValue(req.Headers, "X-Platform") == "Hinoki" {
		return omakase.DetectReply{Score: 95, Reason: "the header X-Platform"}, nil
	}
	page, err := ctx.Body(req.Body).Text()
	if err != nil {
		return omakase.DetectReply{}, err
	}
	if strings.Contains(page, `content="Hinoki`) {
		return omakase.DetectReply{Score: 90, Reason: "the meta element generator"}, nil
	}
	return omakase.DetectReply{}, nil
}

// scrape reads one page of the shop's list of items. The cursor is the number
// of the page, so an import can stop and resume between any two.
func scrape(ctx *omakase.Context, req omakase.ScrapeRequest) (omakase.ScrapeReply, error) {
	page := req.Cursor
	if page == "" {
		page = "1"
	}
	shop := origin(req.URL)
	resp, err := ctx.HTTP().Fetch(omakase.FetchRequest{URL: shop + "/hinoki/items?page=" + page, Conditional: true})
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	reply := omakase.ScrapeReply{Source: resp.URL}
	switch {
	case resp.NotModified:
		reply.Unchanged = true
		return reply, nil
	case resp.Status == 404:
		return reply, omakase.Fail(omakase.CodeNotAShop, "there is no list of items at "+resp.URL)
	case resp.Status != 200:
		return reply, omakase.Retry(omakase.CodeUnavailable, "the shop does not give its list of items now")
	}
	text, err := resp.JSON("shop", "total", "next", "items")
	if err != nil {
		return reply, err
	}
	r := json.NewReader(text)
	for key := range r.Fields {
		switch key {
		case "shop":
			reply.Shop = readShop(r)
		case "total":
			reply.Total = r.Int()
		case "next":
			reply.Next = r.Text()
		case "items":
			for range r.Items {
				reply.Products = append(reply.Products, readItem(r, shop))
			}
		}
	}
	for i := range reply.Products {
		finish(&reply.Products[i], reply.Shop)
	}
	return reply, r.End()
}

// extract reads the item that a product page carries as JSON.
func extract(ctx *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
	var reply omakase.ExtractReply
	found, err := ctx.HTML().Query(omakase.HTMLRequest{
		Body: req.Body, URL: req.URL,
		Select: []omakase.HTMLQuery{{CSS: "script.hinoki-item", Attrs: []string{"text"}}},
	})
	if err != nil {
		return reply, err
	}
	for _, node := range found.Select[0].Nodes {
		r := json.NewReader(node.Values[0])
		var item omakase.Product
		for key := range r.Fields {
			switch key {
			case "shop":
				reply.Shop = readShop(r)
			case "item":
				item = readItem(r, origin(req.URL))
			}
		}
		if err := r.End(); err != nil {
			return reply, err
		}
		finish(&item, reply.Shop)
		reply.Products = append(reply.Products, item)
	}
	return reply, nil
}

// checkout links to the shop's cart with the lines in it.
func checkout(_ *omakase.Context, req omakase.CheckoutRequest) (omakase.CheckoutReply, error) {
	var lines []string
	for _, l := range req.Lines {
		code := l.VariantID
		if code == "" {
			code = l.ProductID
		}
		lines = append(lines, code+":"+itoa(int64(l.Quantity)))
	}
	if len(lines) == 0 {
		return omakase.CheckoutReply{}, omakase.Fail(omakase.CodeInvalid, "there is nothing to buy")
	}
	return omakase.CheckoutReply{URL: origin(req.URL) + "/cart?add=" + strings.Join(lines, ",")}, nil
}

// origin is scheme and host of a URL.
func origin(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

package main

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/product"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// detect never claims a page: whoever knows its platform knows it better. The
// host comes here when nobody does.
func detect(*omakase.Context, omakase.DetectRequest) (omakase.DetectReply, error) {
	return omakase.DetectReply{Score: 5, Reason: "any shop may be read by what its pages say of themselves"}, nil
}

// extract reads the product of one page, or the cards of a list.
func extract(ctx *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
	head, err := ctx.Body(req.Body).Range(0, 64)
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	if storefront.IsJSON(string(head)) {
		return omakase.ExtractReply{}, nil // of which platform, its plugin knows
	}
	page, err := readPage(ctx, req.Body, req.URL)
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	if p, ok := page.Product(); ok {
		return omakase.ExtractReply{Products: []omakase.Product{p}}, nil
	}
	if refusal := page.Refusal(); refusal != nil {
		ctx.Log().Info(refusal.Message)
		return omakase.ExtractReply{}, nil //nolint:nilerr // no products is an answer; why goes to the log
	}
	l, err := readList(ctx, page, req.Body)
	return omakase.ExtractReply{Products: l.Cards}, err
}

// readList has the host read a page as a list.
func readList(ctx *omakase.Context, page *product.Page, body string) (product.List, error) {
	html, err := ctx.HTML().Query(product.ListQuery(body, page.URL))
	if err != nil {
		return product.List{}, err
	}
	return page.ReadList(&html), nil
}

// readPage has the host read a page.
func readPage(ctx *omakase.Context, body, url string) (*product.Page, error) {
	html, err := ctx.HTML().Query(product.Query(body, url))
	if err != nil {
		return nil, err
	}
	return product.NewPage(url, &html), nil
}

// selfTest reads a page as the host would hand it over.
func selfTest(*omakase.Context) error {
	page := product.NewPage("https://shop.example/p/1234", &omakase.HTMLReply{
		Title:  "Tea cup",
		JSONLD: []string{`{"@type":"Product","name":"Tea cup","sku":"TC-1","offers":{"price":"12.50","priceCurrency":"USD","availability":"InStock"}}`},
	})
	p, ok := page.Product()
	if !ok || p.Name != "Tea cup" || p.Price != "12.50" || p.Currency != "USD" || p.SKU != "TC-1" || p.Availability != omakase.InStock {
		return omakase.Fail(omakase.CodeInternal, "selftest: the product was read wrong")
	}
	return nil
}

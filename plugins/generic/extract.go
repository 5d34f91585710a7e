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
	r, l, err := product.ReadAny(ctx, req.Body, req.URL)
	switch {
	case err != nil:
		return omakase.ExtractReply{}, err
	case r.Product != nil:
		return omakase.ExtractReply{Products: []omakase.Product{*r.Product}}, nil
	case r.Refusal != nil:
		ctx.Log().Info(r.Refusal.Message)
		return omakase.ExtractReply{}, nil //nolint:nilerr // no products is an answer; why goes to the log
	}
	return omakase.ExtractReply{Products: l.Cards}, nil
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

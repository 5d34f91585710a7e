package main

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// extract reads the products of one saved answer of the GraphQL interface, or the product
// of a saved web page.
func extract(ctx *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
	text, err := ctx.Body(req.Body).Text()
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	if !storefront.IsJSON(text) {
		return extractPage(ctx, req)
	}
	at, err := storefront.Origin(req.URL)
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	at.Path, at.Query = "/", ""
	got, err := readDocument(text, at)
	if err != nil {
		return omakase.ExtractReply{}, omakase.Fail(omakase.CodeBadData, err.Error())
	}
	for _, note := range got.notes {
		ctx.Log().Warn(note)
	}
	return omakase.ExtractReply{Products: got.products}, nil
}

// extractPage reads the product of a product's web page: what any shop's page
// says, with the variants that Magento's scripts let a customer choose.
func extractPage(ctx *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
	p, err := storefront.NewPage(ctx, req.URL, req.Body)
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	product, ok, err := p.Generic()
	if err != nil || !ok {
		return omakase.ExtractReply{}, err
	}
	found, err := p.Query(configs())
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	if c, ok := readConfigs(found); ok {
		c.apply(&product)
		if reason := storefront.Finish(&product, p.At); reason != "" {
			return omakase.ExtractReply{}, nil
		}
	}
	return omakase.ExtractReply{Products: []omakase.Product{product}}, nil
}

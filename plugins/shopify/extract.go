package main

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// extract reads the products of one saved body: a listing or product in any of
// Shopify's JSON dialects, or a product's web page.
func extract(ctx *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
	body, err := ctx.Body(req.Body).Text()
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	at, err := parsePlace(req.URL)
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	if !isJSON(body) {
		products, err := readProductPage(ctx, req.Body, body, req.URL, at)
		if err != nil || len(products) == 0 {
			return omakase.ExtractReply{}, err
		}
		shop := shopOf(body)
		return omakase.ExtractReply{Products: products, Shop: &shop}, nil
	}
	l, _, err := readDocument(body, at, "")
	if err != nil {
		return omakase.ExtractReply{}, omakase.Fail(omakase.CodeBadData, err.Error())
	}
	for _, note := range l.notes {
		ctx.Log().Warn(note)
	}
	return omakase.ExtractReply{Products: l.products}, nil
}

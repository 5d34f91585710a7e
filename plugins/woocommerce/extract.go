package main

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// extract reads the products of one saved answer of the Store API, or the
// product of a saved page.
func extract(ctx *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
	text, err := ctx.Body(req.Body).JSON(fields...)
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	if !storefront.IsJSON(text) {
		p, err := storefront.NewPage(ctx, req.URL, req.Body)
		if err != nil {
			return omakase.ExtractReply{}, err
		}
		products, err := readPage(p)
		return omakase.ExtractReply{Products: products}, err
	}
	l, err := readList(text, parentless)
	if err != nil {
		return omakase.ExtractReply{}, omakase.Fail(omakase.CodeBadData, err.Error())
	}
	for i := range l.products {
		complete(&l.products[i])
	}
	for _, note := range l.notes {
		ctx.Log().Warn(note)
	}
	return omakase.ExtractReply{Products: l.products}, nil
}

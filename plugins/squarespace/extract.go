package main

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// extract reads the products of one saved page in its JSON form.
func extract(ctx *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
	text, err := ctx.Body(req.Body).JSON(fields...)
	if err != nil || !storefront.IsJSON(text) {
		return omakase.ExtractReply{}, err
	}
	at, err := storefront.Origin(req.URL)
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	p, err := readPage(text, at)
	if err != nil {
		return omakase.ExtractReply{}, omakase.Fail(omakase.CodeBadData, err.Error())
	}
	for _, note := range p.notes {
		ctx.Log().Warn(note)
	}
	return omakase.ExtractReply{Products: p.products, Shop: &p.site}, nil
}

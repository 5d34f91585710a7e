package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// detectBytes is how much of a page is looked at.
const detectBytes = 256 << 10

// detect tells a Squarespace site by its host, its server, and by what
// Squarespace puts into every page.
func detect(ctx *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
	if at, ok := crawl.Parse(req.URL); ok && strings.HasSuffix(at.Host, ".squarespace.com") {
		return omakase.DetectReply{Score: 95, Reason: "the host is one of squarespace.com"}, nil
	}
	if strings.EqualFold(omakase.HeaderValue(req.Headers, "Server"), "Squarespace") {
		return omakase.DetectReply{Score: 95, Reason: "the server is Squarespace's"}, nil
	}
	page, err := ctx.Body(req.Body).Range(0, detectBytes)
	if err != nil {
		return omakase.DetectReply{}, err
	}
	score, reason := scorePage(string(page))
	return omakase.DetectReply{Score: score, Reason: reason}, nil
}

func scorePage(page string) (score int, reason string) {
	if storefront.IsJSON(page) {
		if strings.Contains(page, `"structuredContent"`) && (strings.Contains(page, `"website"`) || strings.Contains(page, `"recordType"`)) {
			return 95, "the body is a page as Squarespace writes it"
		}
		return 0, ""
	}
	marks := 0
	for _, mark := range [...]string{
		"This is Squarespace.", "static1.squarespace.com", "assets.squarespace.com", "Static.SQUARESPACE_CONTEXT", "sqs-block", "images.squarespace-cdn.com",
	} {
		if strings.Contains(page, mark) {
			marks++
		}
	}
	switch {
	case marks > 1:
		return 90, "the page is built by Squarespace"
	case marks == 1:
		return 40, "the page uses files from Squarespace's servers"
	}
	return 0, ""
}

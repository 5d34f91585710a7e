package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// detectBytes is how much of a page is looked at.
const detectBytes = 512 << 10

// detect tells a Magento shop by its headers and by what Magento puts into
// every page, and answers of its GraphQL interface by their fields.
func detect(ctx *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
	for _, h := range req.Headers {
		if strings.HasPrefix(strings.ToLower(h.Name), "x-magento-") {
			return omakase.DetectReply{Score: 95, Reason: "the headers are Magento's"}, nil
		}
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
		if strings.Contains(page, `"price_range"`) && strings.Contains(page, `"minimum_price"`) && strings.Contains(page, `"sku"`) {
			return 95, "the body is a list of products as Magento writes it"
		}
		return 0, ""
	}
	marks := 0
	for _, mark := range [...]string{
		"text/x-magento-init", "data-mage-init", "Magento_", "mage/cookies", "/static/version", "mage-cache-storage", "data-price-amount", "catalog-product-view",
	} {
		if strings.Contains(page, mark) {
			marks++
		}
	}
	switch {
	case marks > 1:
		return 90, "the page is built by Magento"
	case marks == 1:
		return 45, "the page has a mark of Magento's"
	}
	return 0, ""
}

package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// detectBytes is how much of a page is looked at: Shopify's own part of the
// head comes well before.
const detectBytes = 256 << 10

// detect tells a Shopify shop by its host, by the headers that Shopify's
// servers send, and by what it puts into every page.
func detect(ctx *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
	origin, path := splitURL(req.URL)
	host := hostOf(origin)
	if strings.HasSuffix(host, ".myshopify.com") {
		return omakase.DetectReply{Score: 100, Reason: "the host is one of myshopify.com"}, nil
	}
	if hasShopifyHeaders(req.Headers) {
		return omakase.DetectReply{Score: 95, Reason: "the headers are Shopify's"}, nil
	}
	head, err := ctx.Body(req.Body).Range(0, detectBytes)
	if err != nil {
		return omakase.DetectReply{}, err
	}
	if score, reason := scorePage(string(head)); score > 0 {
		return omakase.DetectReply{Score: score, Reason: reason}, nil
	}
	if strings.HasSuffix(path, "/products.json") && req.Status == 0 {
		return omakase.DetectReply{Score: 50, Reason: "the address is that of a Shopify product list"}, nil
	}
	return omakase.DetectReply{}, nil
}

// scorePage scores a body: JSON of Shopify's, or a page with its marks.
func scorePage(page string) (score int, reason string) {
	if isJSON(page) {
		return scoreJSON(page)
	}
	switch n := markers(page); {
	case n > 1:
		return 90, "the page is built by Shopify"
	case n == 1:
		return 60, "the page has a mark of Shopify's"
	case strings.Contains(page, "cdn.shopify.com"):
		return 20, "the page uses files from Shopify's servers"
	}
	return 0, ""
}

func scoreJSON(document string) (score int, reason string) {
	has := func(name string) bool { return strings.Contains(document, `"`+name+`"`) }
	switch {
	case has("variants") && has("body_html") && has("product_type"):
		return 95, "the body is a list of products as Shopify writes it"
	case has("variants") && has("compare_at_price_min") && has("price_varies"):
		return 95, "the body is a product as Shopify writes it"
	}
	return 0, ""
}

// markers counts the marks of Shopify's in a page that no other platform
// leaves.
func markers(page string) (n int) {
	for _, mark := range [...]string{
		"Shopify.theme", "Shopify.shop =", `id="shopify-features"`, "/cdn/shop/", "cdn.shopify.com/s/files/1/",
		"shopify-digital-wallet", "shopify-checkout-api-token", "shopify-section-",
	} {
		if strings.Contains(page, mark) {
			n++
		}
	}
	return n
}

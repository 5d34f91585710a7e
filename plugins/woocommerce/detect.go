package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// detectBytes is how much of a page is looked at.
const detectBytes = 512 << 10

// detect tells a WooCommerce shop by what WooCommerce puts into every page, and
// the answers of its Store API by their fields.
func detect(ctx *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
	if strings.Contains(req.URL, "/wc/store/") {
		return omakase.DetectReply{Score: 95, Reason: "the address is that of WooCommerce's Store API"}, nil
	}
	page, err := ctx.Body(req.Body).Range(0, detectBytes)
	if err != nil {
		return omakase.DetectReply{}, err
	}
	score, reason := scorePage(string(page))
	return omakase.DetectReply{Score: score, Reason: reason}, nil
}

// scorePage scores a body: JSON of the Store API's, or a page with marks of
// WooCommerce's.
func scorePage(page string) (score int, reason string) {
	if storefront.IsJSON(page) {
		if strings.Contains(page, `"currency_minor_unit"`) && strings.Contains(page, `"permalink"`) {
			return 95, "the body is a list of products as WooCommerce writes it"
		}
		return 0, ""
	}
	marks := 0
	for _, mark := range [...]string{
		"/plugins/woocommerce/", "wc_add_to_cart_params", "woocommerce_params", "wc-block-", `content="WooCommerce `, "woocommerce-page",
		"woocommerce-js", "woocommerce-no-js", "woocommerce-Price-amount", "wc_cart_fragments_params", "woocommerce-product-gallery",
	} {
		if strings.Contains(page, mark) {
			marks++
		}
	}
	switch {
	case marks > 1:
		return 90, "the page is built by WooCommerce"
	case marks == 1:
		return 60, "the page has a mark of WooCommerce's"
	}
	return 0, ""
}

package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// checkout builds a link that puts the lines into the cart of the real shop.
// WooCommerce has had one for a single product ever since, and one for several
// since version 10.
func checkout(ctx *omakase.Context, req omakase.CheckoutRequest) (omakase.CheckoutReply, error) {
	at, err := storefront.Origin(req.URL)
	if err != nil {
		return omakase.CheckoutReply{}, err
	}
	lines, err := storefront.Lines(req.Lines, func(l omakase.CheckoutLine) string {
		if l.VariantID != "" {
			return l.VariantID
		}
		return l.ProductID
	})
	if err != nil {
		return omakase.CheckoutReply{}, err
	}
	o, err := readSettings(ctx)
	if err != nil {
		return omakase.CheckoutReply{}, err
	}
	if len(lines) == 1 {
		return omakase.CheckoutReply{
			URL: at.Origin() + "/?add-to-cart=" + lines[0].ID + "&quantity=" + strconv.Itoa(lines[0].Quantity),
		}, nil
	}
	if !o.checkoutLink {
		return omakase.CheckoutReply{}, omakase.Fail(omakase.CodeUnsupported, "this shop's WooCommerce takes one product in a link, not several")
	}
	var parts []string
	for _, l := range lines {
		parts = append(parts, l.ID+":"+strconv.Itoa(l.Quantity))
	}
	return omakase.CheckoutReply{URL: at.Origin() + "/checkout-link/?products=" + strings.Join(parts, ",")}, nil
}

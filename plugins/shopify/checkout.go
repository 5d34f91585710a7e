package main

import (
	"strconv"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// checkout builds a cart permalink: a link that puts variants into the cart of
// the real shop and leads to its checkout.
func checkout(_ *omakase.Context, req omakase.CheckoutRequest) (omakase.CheckoutReply, error) {
	at, err := parsePlace(req.URL)
	if err != nil {
		return omakase.CheckoutReply{}, err
	}
	if len(req.Lines) == 0 {
		return omakase.CheckoutReply{}, omakase.Fail(omakase.CodeInvalid, "the cart is empty")
	}
	url := at.origin + "/cart/"
	for i, line := range mergeLines(req.Lines) {
		if line.VariantID == "" || !isDigits(line.VariantID) {
			return omakase.CheckoutReply{}, omakase.Fail(omakase.CodeInvalid,
				"a Shopify cart needs the number of a variant, found "+strconv.Quote(line.VariantID))
		}
		if line.Quantity < 1 {
			return omakase.CheckoutReply{}, omakase.Fail(omakase.CodeInvalid,
				"the quantity of variant "+line.VariantID+" must be 1 or more")
		}
		if i > 0 {
			url += ","
		}
		url += line.VariantID + ":" + strconv.Itoa(line.Quantity)
	}
	return omakase.CheckoutReply{URL: url}, nil
}

// mergeLines sums up lines of the same variant: Shopify keeps one of them.
func mergeLines(lines []omakase.CheckoutLine) []omakase.CheckoutLine {
	merged := make([]omakase.CheckoutLine, 0, len(lines))
next:
	for _, line := range lines {
		for i := range merged {
			if merged[i].VariantID == line.VariantID && line.Quantity > 0 {
				merged[i].Quantity += line.Quantity
				continue next
			}
		}
		merged = append(merged, line)
	}
	return merged
}

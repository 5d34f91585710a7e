package main

import omakase "github.com/omakase-ai/omakase/sdk/go"

// selfTest reads a small list of products and compares.
func selfTest(*omakase.Context) error {
	const document = `{"products":[{"id":1,"title":" Tea ","handle":"tea","body_html":"\u003cp\u003eGreen\u003c\/p\u003e",` +
		`"variants":[{"id":2,"title":"Default Title","price":"12.5","available":true}]}]}`
	l, _, err := readDocument(document, place{origin: "https://shop.example"}, "USD")
	if err != nil {
		return err
	}
	if len(l.products) != 1 {
		return omakase.Fail(omakase.CodeInternal, "selftest: the product was not found")
	}
	p := l.products[0]
	if p.Name != "Tea" || p.Description != "Green" || p.Price != "12.50" || p.URL != "https://shop.example/products/tea" {
		return omakase.Fail(omakase.CodeInternal, "selftest: the product was read wrong")
	}
	return nil
}

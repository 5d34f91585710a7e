// Command woocommerce is the plugin scraper.woocommerce: it reads the
// catalogues of WooCommerce shops through their Store API, which needs no key.
//
// It is a guest like any other: it knows the SDK and WooCommerce, and keeps no
// state between calls but its cursor.
package main

import omakase "github.com/omakase-ai/omakase/sdk/go"

func main() {} // never called: the host calls the handlers

func init() { omakase.Serve(plugin()) }

func plugin() omakase.Plugin {
	return omakase.Plugin{
		Scraper: omakase.Scraper{
			Detect:   detect,
			Scrape:   scrape,
			Extract:  extract,
			Checkout: checkout,
		},
		SelfTest: selfTest,
	}
}

// selfTest reads a small list of products and compares.
func selfTest(*omakase.Context) error {
	const document = `[{"id":1,"name":"Tea &amp; Co","permalink":"https://shop.example/product/tea/","is_in_stock":true,` +
		`"prices":{"price":"1250","regular_price":"1500","currency_code":"USD","currency_minor_unit":2}}]`
	l, err := readList(document, parentless)
	if err != nil {
		return err
	}
	if len(l.products) != 1 || l.products[0].Name != "Tea & Co" || l.products[0].Price != "12.50" || l.products[0].CompareAt != "15.00" {
		return omakase.Fail(omakase.CodeInternal, "selftest: the product was read wrong")
	}
	return nil
}

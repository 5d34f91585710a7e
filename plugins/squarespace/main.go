// Command squarespace is the plugin scraper.squarespace: it reads the products
// of Squarespace sites through the JSON form that each of their pages has.
//
// It is a guest like any other: it knows the SDK and Squarespace, and keeps no
// state between calls but its cursor.
package main

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
)

func main() {} // never called: the host calls the handlers

func init() { omakase.Serve(plugin()) }

func plugin() omakase.Plugin {
	return omakase.Plugin{
		Scraper: omakase.Scraper{
			Detect:  detect,
			Scrape:  scrape,
			Extract: extract,
		},
		SelfTest: selfTest,
	}
}

// selfTest reads a small page and compares.
func selfTest(*omakase.Context) error {
	const document = `{"collection":{"typeName":"products"},"items":[{"id":"1","title":"Tea","fullUrl":"/shop/p/tea","structuredContent":{"variants":` +
		`[{"id":"2","priceMoney":{"currency":"USD","value":"15.00"},"salePriceMoney":{"currency":"USD","value":"12.50"},"onSale":true,"qtyInStock":3}]}}]}`
	p, err := readPage(document, crawl.Address{Scheme: "https", Host: "shop.example", Path: "/"})
	if err != nil {
		return err
	}
	if len(p.products) != 1 || p.products[0].Price != "12.50" || p.products[0].CompareAt != "15.00" || p.products[0].URL != "https://shop.example/shop/p/tea" {
		return omakase.Fail(omakase.CodeInternal, "selftest: the product was read wrong")
	}
	return nil
}

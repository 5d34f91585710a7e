// Command magento is the plugin scraper.magento: it reads the catalogues of
// Magento 2 and Adobe Commerce shops through their GraphQL interface.
//
// It is a guest like any other: it knows the SDK and Magento, and keeps no
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

// selfTest reads a small answer and compares.
func selfTest(*omakase.Context) error {
	const document = `{"data":{"products":{"total_count":1,"items":[{"uid":"MQ==","sku":"t","name":"Tea","url_key":"tea","stock_status":"IN_STOCK",` +
		`"price_range":{"minimum_price":{"regular_price":{"value":15,"currency":"USD"},"final_price":{"value":12.5,"currency":"USD"}}}}]}}}`
	a, err := readDocument(document, crawl.Address{Scheme: "https", Host: "shop.example", Path: "/"})
	if err != nil {
		return err
	}
	if len(a.products) != 1 || a.products[0].Price != "12.50" || a.products[0].CompareAt != "15.00" || a.products[0].URL != "https://shop.example/tea.html" {
		return omakase.Fail(omakase.CodeInternal, "selftest: the product was read wrong")
	}
	return nil
}

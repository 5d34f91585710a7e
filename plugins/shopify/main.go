// Command shopify is the plugin scraper.shopify: it reads the catalogues of
// Shopify shops through the JSON that every theme of theirs serves, and falls
// back to collections, sitemaps and product pages where that is not enough.
//
// It is a guest like any other: it knows the SDK and Shopify, and nothing of
// the host, of stores or of jobs. It keeps no state between calls; all that a
// scrape must remember is in its cursor.
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

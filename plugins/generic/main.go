// Command generic is the plugin scraper.generic: it reads shops on platforms
// that no other plugin knows. It finds the pages of products by sitemaps, or
// else by lists and their next pages, and takes from each what package product
// makes of it. A page that it is not sure of gives nothing.
//
// It is a guest like any other and keeps no state between calls; all that a
// scrape must remember is in its cursor.
package main

import omakase "github.com/omakase-ai/omakase/sdk/go"

func main() {} // never called: the host calls the handlers

func init() { omakase.Serve(plugin()) }

func plugin() omakase.Plugin {
	return omakase.Plugin{
		Scraper:  omakase.Scraper{Detect: detect, Scrape: scrape, Extract: extract},
		SelfTest: selfTest,
	}
}

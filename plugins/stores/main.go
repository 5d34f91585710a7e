// Command stores is the plugin scraper.stores: it reads the shops of STORES
// (stores.jp) by their sitemap, their lists and their item pages.
//
// It is a guest like any other: it knows the SDK and STORES, and keeps no state
// between calls but its cursor.
package main

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

func main() {} // never called: the host calls the handlers

func init() { omakase.Serve(plugin()) }

func plugin() omakase.Plugin {
	return omakase.Plugin{
		Scraper:  omakase.Scraper{Detect: marks.Detect, Scrape: site.Scrape, Extract: site.Extract},
		SelfTest: selfTest,
	}
}

// marks tell a shop of STORES. It never changes.
var marks = &storefront.Marks{
	Platform: "STORES",
	Hosts:    []string{".stores.jp"},
	Texts:    []string{`ng-app="storefront"`, "powered by STORES", "stores-fs", "detailCtrl.", "://stores.jp", "officialmag.stores.jp"},
}

// site is how shops of STORES are walked. It never changes.
var site = &storefront.Site{
	Name:      "STORES",
	Item:      itemID,
	Address:   address,
	Lists:     []string{"/items", "/"},
	PageParam: "page",
	// Lists load further pages by script and do not say how many there are: a
	// page without products, or with those of the page before, is the end.
	More: func(*storefront.Page, int) (bool, error) { return true, nil },
	Read: readItem,
}

func itemID(a crawl.Address) string { return a.After("items") }

func address(shop crawl.Address, key string) string {
	return shop.Origin() + "/items/" + crawl.Escape(key)
}

// selfTest reads what a page's script is given.
func selfTest(*omakase.Context) error {
	i := readScript(`detailCtrl.addCart({"id":"5f","name":"Tea","variations":[{"id":"5f0","name":"50 g","salesPrice":1800,"quantity":2}]})`)
	if i.ID != "5f" || len(i.Variants) != 1 || i.Variants[0].Price != "1800" {
		return omakase.Fail(omakase.CodeInternal, "selftest: the item was read wrong")
	}
	return nil
}

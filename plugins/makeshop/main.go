// Command makeshop is the plugin scraper.makeshop: it reads MakeShop shops by
// their sitemap, their categories and their product pages, of the present form
// and of the one before.
//
// It is a guest like any other: it knows the SDK and MakeShop, and keeps no
// state between calls but its cursor.
package main

import (
	"strings"

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

// marks tell a MakeShop shop. It never changes.
var marks = &storefront.Marks{
	Platform: "MakeShop",
	Certain:  []string{`data-id="makeshop-`},
	Texts:    []string{"gigaplus.makeshop.jp", "makeshop.jp", "makeshop-multi-images", "/shopdetail/", "/shopbrand/", "/shopimages/"},
}

// site is how MakeShop shops are walked. It never changes.
var site = &storefront.Site{
	Name:  "MakeShop",
	Item:  itemID,
	Lists: []string{"/"},
	List: func(a crawl.Address) bool {
		return a.After("category") != "" && a.After("view") == "category" || a.After("shopbrand") != ""
	},
	PageParam: "page",
	Read:      readItem,
}

// itemID is the number of the product that an address leads to, without the
// zeros before it, or "".
func itemID(a crawl.Address) string {
	id := a.After("shopdetail")
	if a.After("view") == "item" {
		id = a.After("item")
	}
	if !storefront.IsNumber(id) {
		return ""
	}
	if id = strings.TrimLeft(id, "0"); id == "" {
		return "0"
	}
	return id
}

// selfTest checks the addresses of products, which all else hangs on.
func selfTest(*omakase.Context) error {
	for url, want := range map[string]string{
		"https://x.example/view/item/000000000123?category=ct5": "123", "https://x.example/shopdetail/000000000123/": "123", "https://x.example/view/category/ct5": "",
	} {
		if a, ok := crawl.Parse(url); !ok || itemID(a) != want {
			return omakase.Fail(omakase.CodeInternal, "selftest: "+url+" leads to "+itemID(a))
		}
	}
	return nil
}

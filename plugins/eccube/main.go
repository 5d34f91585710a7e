// Command eccube is the plugin scraper.eccube: it reads EC-CUBE shops by their
// sitemap, their list of products and their product pages.
//
// It is a guest like any other: it knows the SDK and EC-CUBE, and keeps no
// state between calls but its cursor.
package main

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/json"
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

// marks tell an EC-CUBE shop. It never changes.
var marks = &storefront.Marks{
	Platform: "EC-CUBE",
	Texts:    []string{"eccube-csrf-token", "ec-productRole", "ec-shelfGrid", "eccube.classCategories", "eccube.productsClassCategories", "ec-headerNaviRole", "/html/template/default/assets", "ECCUBE"},
}

// site is how EC-CUBE shops are walked. It never changes.
var site = &storefront.Site{
	Name:      "EC-CUBE",
	Item:      itemID,
	Lists:     []string{"/products/list", "/"},
	PageParam: "pageno",
	Read:      readItem,
}

// itemID is the number of the product that an address leads to, or "".
func itemID(a crawl.Address) string {
	if id := a.After("detail"); storefront.IsNumber(id) && a.After("products") == "detail" {
		return id
	}
	return ""
}

// selfTest reads what a page's script knows of its classes.
func selfTest(*omakase.Context) error {
	all := readClasses(json.NewReader(`{"1":{"#":{"product_class_id":""},"#3":{"name":"M","stock_find":true,"price02_inc_tax":"2,200","product_class_id":"11"}}};`), nil)
	if len(all) != 1 || all[0].ID != "11" || all[0].Price != "2200" || all[0].Availability != omakase.InStock {
		return omakase.Fail(omakase.CodeInternal, "selftest: the classes were read wrong")
	}
	return nil
}

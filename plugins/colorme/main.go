// Command colorme is the plugin scraper.colorme: it reads the shops of Color Me
// (カラーミーショップ) by their sitemap, their lists and their product pages.
//
// It is a guest like any other: it knows the SDK and Color Me, and keeps no
// state between calls but its cursor. The pages are EUC-JP; the host hands them
// over in UTF-8.
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

// marks tell a shop of Color Me. It never changes.
var marks = &storefront.Marks{
	Platform: "Color Me",
	Hosts:    []string{".shop-pro.jp"},
	Certain:  []string{"var Colorme"},
	Texts:    []string{".shop-pro.jp", "secure.shop-pro.jp", "cart.shop-pro.jp", "mode=cart_inn"},
}

// site is how shops of Color Me are walked. It never changes.
var site = &storefront.Site{
	Name:      "Color Me",
	Item:      itemID,
	Address:   address,
	Lists:     []string{"/?mode=srh&keyword=", "/"},
	List:      func(a crawl.Address) bool { return a.Param("mode") == "cate" || a.Param("mode") == "grp" },
	PageParam: "page",
	Read:      readItem,
}

// itemID is the number of the product that an address leads to, or "".
func itemID(a crawl.Address) string {
	if id := a.Param("pid"); storefront.IsNumber(id) {
		return id
	}
	return ""
}

func address(shop crawl.Address, key string) string { return shop.Origin() + "/?pid=" + key }

// selfTest reads what every product's page says in a script.
func selfTest(*omakase.Context) error {
	i := readScript(`{"product":{"id":5,"name":"\u8336","sales_price_including_tax":810,"stock_num":3},"inventory_control":"product"};`)
	if i.ID != "5" || i.Name != "茶" || i.Price != "810" || i.Availability != omakase.InStock {
		return omakase.Fail(omakase.CodeInternal, "selftest: the product was read wrong")
	}
	return nil
}

// Command base is the plugin scraper.base: it reads the shops of BASE
// (thebase.in) by their sitemap, their lists and their item pages.
//
// It is a guest like any other: it knows the SDK and BASE, and keeps no state
// between calls but its cursor.
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
		Scraper: omakase.Scraper{
			Detect:  detect,
			Scrape:  site.Scrape,
			Extract: extract,
		},
		SelfTest: selfTest,
	}
}

// site is how shops of BASE are walked. It never changes.
var site = &storefront.Site{
	Name:      "BASE",
	Item:      itemID,
	Address:   func(shop crawl.Address, key string) string { return shop.Origin() + "/items/" + key },
	Lists:     []string{"/"},
	List:      isCategory,
	PageParam: "page",
	More:      more,
	Read:      readItem,
	Refused:   refused,
}

// itemID is the number of the item that an address leads to, or "". Saved sites
// write /items/5.html.
func itemID(a crawl.Address) string {
	id := strings.TrimSuffix(a.After("items"), ".html")
	if !storefront.IsNumber(id) {
		return ""
	}
	return id
}

func isCategory(a crawl.Address) bool { return a.After("categories") != "" }

// more reports whether a list goes on after its page n: the lists of BASE load
// further pages by script, and say in a hidden element how many there are.
func more(p *storefront.Page, n int) (bool, error) {
	found, err := p.Query(omakase.HTMLRequest{Select: []omakase.HTMLQuery{storefront.Select("#max_page")}})
	if err != nil {
		return false, err
	}
	last := 0
	for _, c := range found.First(0) {
		if c < '0' || c > '9' || last > 1<<20 {
			return false, nil
		}
		last = last*10 + int(c-'0')
	}
	return n < last, nil
}

// extract reads the items of one saved page, an item's or a list, or of an
// answer of the API for shop owners.
func extract(ctx *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
	shop := &omakase.Shop{Country: "JP"}
	head, err := ctx.Body(req.Body).Range(0, 256)
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	if storefront.IsJSON(string(head)) {
		text, err := ctx.Body(req.Body).JSON("items", "item")
		if err != nil {
			return omakase.ExtractReply{}, err
		}
		at, _ := crawl.Parse(req.URL)
		products, err := readAPI(text, at)
		if err != nil {
			err = omakase.Fail(omakase.CodeBadData, err.Error())
		}
		return omakase.ExtractReply{Products: products, Shop: shop}, err
	}
	p, err := storefront.NewPage(ctx, req.URL, req.Body)
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	products, _, err := readItem(p)
	if err == nil && len(products) == 0 {
		products, err = readList(p)
	}
	return omakase.ExtractReply{Products: products, Shop: shop}, err
}

// selfTest checks the addresses of items, which all else hangs on.
func selfTest(*omakase.Context) error {
	for url, want := range map[string]string{
		"https://x.base.shop/items/88810001": "88810001", "https://x.base.shop/items/1.html": "1", "https://x.base.shop/categories/1": "",
	} {
		if a, ok := crawl.Parse(url); !ok || itemID(a) != want {
			return omakase.Fail(omakase.CodeInternal, "selftest: "+url+" leads to "+itemID(a))
		}
	}
	return nil
}

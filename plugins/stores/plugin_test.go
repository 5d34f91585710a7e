package main

import (
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/plugins/internal/plugintest"
	omakase "github.com/omakase-ai/omakase/sdk/go"
)

func page(i int) string {
	object := html.EscapeString(fmt.Sprintf(`{"id":"5f%d","name":"豆 %d","variations":[{"id":"5f%d0","name":"200g","salesPrice":%d,"quantity":0},{"id":"5f%d1","name":"500g","salesPrice":%d,"price":%d,"quantity":%d}]}`,
		i, i, i, 100*i, i, 200*i, 250*i, i%3))
	return fmt.Sprintf(`<html ng-app="storefront"><head><meta property="og:title" content="豆 %d | 店 powered by STORES.jp"><meta property="og:image" content="https://img.example/%d.jpg"></head>
		<body ng-init="detailCtrl.salesPrice=%d; detailCtrl.addItemBrowsingHistory(%s)"><h1 class="item_name">豆 %d</h1>
		<div class="main_content_result_item_list_detail">深煎り<br>です</div><p>SOLD OUT</p><button ng-click="detailCtrl.addCart(%s)">カートに入れる</button>`, i, i, 100*i, object, i, object)
}

func shop(n int) *plugintest.Shop {
	return &plugintest.Shop{N: n, ItemPath: func(i int) string { return fmt.Sprintf("/items/5f%d", i) }, Item: page}
}

func TestImport(t *testing.T) {
	t.Parallel()
	for _, p := range plugintest.Import(t, plugin(), shop(30), 31).Products {
		check(t, &p)
	}
	s := shop(45)
	s.NoSitemap = true
	s.ListPage = func(r *http.Request) int {
		if r.URL.Path != "/items" {
			return 0
		}
		return plugintest.PageOf(r, "page")
	}
	plugintest.Import(t, plugin(), s, 1+4+1+45)
}

func check(t *testing.T, p *omakase.Product) {
	t.Helper()
	i, _ := strconv.Atoi(strings.TrimPrefix(p.ID, "5f"))
	available := map[bool]string{true: omakase.InStock, false: omakase.OutOfStock}[i%3 != 0]
	if p.Name != fmt.Sprintf("豆 %d", i) || p.Price != strconv.Itoa(100*i) || p.PriceMax != strconv.Itoa(200*i) || p.CompareAt != strconv.Itoa(250*i) || p.Currency != "JPY" ||
		p.Availability != available || len(p.Variants) != 2 || p.Variants[0].Availability != omakase.OutOfStock || p.Variants[1].Title != "500g" || *p.Stock != int64(i%3) ||
		p.Description != "深煎り です" || len(p.ImageURLs) != 1 || p.URL != fmt.Sprintf("https://shop.example/items/5f%d", i) {
		t.Errorf("%+v", p)
	}
}

// TestPlatform holds what every plugin is held to.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := plugintest.Platform{
		Plugin:    plugin(),
		Addresses: map[string]int{"https://x.stores.jp/": 98, "https://notstores.jp/": 0},
		Bodies:    map[string]int{page(1): 96},
		NoProduct: [][2]string{
			{"https://shop.example/about", `<h1>店について</h1><p class="item_price">¥300</p>`},
			{"https://shop.example/about", ""},
			{"https://shop.example/about", `<a href="/items/5f">x</a>`},
		},
		Corpus: []string{"stores-item-html"},
	}
	p.Test(t)
}

func FuzzExtract(f *testing.F) {
	f.Add(page(1))
	plugintest.FuzzExtract(f, plugin(), "https://shop.example/items/5f1")
}

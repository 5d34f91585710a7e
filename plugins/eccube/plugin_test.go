package main

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/omakase-ai/omakase/plugins/internal/plugintest"
	omakase "github.com/omakase-ai/omakase/sdk/go"
)

func page(i int) string {
	state := map[bool]string{true: "InStock", false: "OutOfStock"}[i%3 != 0]
	return fmt.Sprintf(`<html><head><meta name="eccube-csrf-token" content="x"><link rel="canonical" href="https://shop.example/products/detail/%d">
		<script type="application/ld+json">{"@type":"Product","name":"彩 %d","image":["https://shop.example/a.jpg","https://shop.example/b.jpg"],"sku":"fork-%d","description":"国産",
		"offers":{"@type":"Offer","priceCurrency":"JPY","price":%d,"availability":"%s"}}</script></head><body>
		<div class="ec-productRole"><div class="ec-productRole__title"><h2 class="ec-headingTitle">彩 %d</h2></div>
		<div class="ec-productRole__priceRegular"><span class="price01-default">￥%d</span></div>
		<div class="ec-productRole__price"><span class="price02-default">￥%d ～ ￥%d</span><span class="ec-price__tax">税込</span></div>
		<select name="classcategory_id1"><option value="__unselected">選択してください</option><option value="1">チョコ</option><option value="2">抹茶</option></select>
		<script>eccube.classCategories = {"__unselected":{"__unselected":{"name":"選択してください","product_class_id":""}},
		"1":{"#":{"product_class_id":""},"#3":{"classcategory_id2":"3","name":"小","stock_find":false,"price01":"","price02":"%d","price02_inc_tax":"%d","product_class_id":"%d1","product_code":"a"}},
		"2":{"#4":{"name":"大","stock_find":true,"price01_inc_tax":"","price02_inc_tax":"%d","product_class_id":"%d2"}}}; var next = 1;</script>
		<div class="ec-productRole__btn"><button type="submit" class="ec-blockBtn--action add-cart">カートに入れる</button></div></div>`,
		i, i, i, 110*i, state, i, 1150*i, 110*i, 1100*i, 100*i, 110*i, i, 1100*i, i)
}

func shop(n int) *plugintest.Shop {
	return &plugintest.Shop{N: n, ItemPath: func(i int) string { return fmt.Sprintf("/products/detail/%d", i) }, Item: page}
}

func TestImport(t *testing.T) {
	t.Parallel()
	indexed := shop(30)
	indexed.Index = true
	for _, p := range plugintest.Import(t, plugin(), indexed, 34).Products {
		check(t, &p)
	}
	s := shop(45)
	s.NoSitemap = true
	s.ListPage = func(r *http.Request) int {
		if r.URL.Path != "/products/list" {
			return 0
		}
		return plugintest.PageOf(r, "pageno")
	}
	s.NextLink = func(page int) string { return fmt.Sprintf(`<a href="/products/list?pageno=%d">次へ</a>`, page) }
	plugintest.Import(t, plugin(), s, 1+3+1+45)
	s.Endless = true
	plugintest.Import(t, plugin(), s, 1+3+1+45+1)
}

func check(t *testing.T, p *omakase.Product) {
	t.Helper()
	i, _ := strconv.Atoi(p.ID)
	available := map[bool]string{true: omakase.InStock, false: omakase.OutOfStock}[i%3 != 0]
	if p.Name != fmt.Sprintf("彩 %d", i) || p.Price != strconv.Itoa(110*i) || p.PriceMax != strconv.Itoa(1100*i) || p.CompareAt != strconv.Itoa(1150*i) || p.Currency != "JPY" ||
		p.Availability != available || p.SKU != fmt.Sprint("fork-", i) || p.Description != "国産" || len(p.ImageURLs) != 2 || len(p.Variants) != 2 ||
		p.Variants[0].Title != "チョコ / 小" || p.Variants[0].Price != strconv.Itoa(110*i) || p.Variants[0].Availability != omakase.OutOfStock || p.Variants[1].Availability != omakase.InStock {
		t.Errorf("%+v", p)
	}
}

func TestSoldOut(t *testing.T) {
	t.Parallel()
	const body = `<div class="ec-productRole__title"><h2>急須</h2></div><div class="ec-productRole__price"><span class="price02-default">￥5,000</span></div>
		<div class="ec-productRole__btn"><button type="button" class="ec-blockBtn--action" disabled="disabled">ただいま品切れ中です。</button></div>`
	found := plugintest.Extract(t, plugin(), "https://shop.example/products/detail/7", body)
	if len(found) != 1 || found[0].Availability != omakase.OutOfStock || found[0].Price != "5000" || found[0].ID != "7" {
		t.Errorf("%+v", found)
	}
}

// TestPlatform holds what every plugin is held to.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := plugintest.Platform{
		Plugin: plugin(),
		Bodies: map[string]int{page(1): 96, "<p>cube</p>": 0},
		NoProduct: [][2]string{
			{"https://shop.example/products/list", `<a href="/products/detail/1">x</a><span class="price02-default">￥300</span>`},
			{"https://shop.example/products/detail/1", `<h1>ページが見つかりません</h1>`},
			{"https://shop.example/help/about", `<p>￥300</p>`},
		},
		Corpus: []string{"eccube-item-html"},
	}
	p.Test(t)
}

func FuzzExtract(f *testing.F) {
	f.Add(page(1))
	plugintest.FuzzExtract(f, plugin(), "https://shop.example/products/detail/1")
}

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
	off := map[bool]string{true: " off"}[i%3 != 0]
	return fmt.Sprintf(`<html><head><meta property="og:title" content="豆 %d | 店"><link rel="canonical" href="https://shop.example/view/item/%012d">
		<link rel="stylesheet" href="https://gigaplus.makeshop.jp/x.css"><meta property="og:image" content="https://gigaplus.makeshop.jp/x/%d.jpg"></head><body>
		<h1 class="item-name" data-id="makeshop-item-name:1">豆 %d</h1><span data-id="makeshop-item-fixed-price:1">%d</span><p>価格 <span data-id="makeshop-item-price:1">%d,000</span>円（税込）</p>
		<select data-id="makeshop-item-option2" title="量"><option value="0">選択してください</option><option value="1">200g</option><option value="2">500g</option></select>
		<p class="soldout--detail%s">SOLD OUT</p><button data-id="makeshop-item-cart-entry:1">カートに入れる</button><p>5,000円以上で送料無料</p>`, i, i, i, i, 2000*i, i, off)
}

func shop(n int) *plugintest.Shop {
	return &plugintest.Shop{
		N: n, ItemPath: func(i int) string { return fmt.Sprintf("/view/item/%012d", i) }, Item: page,
		Front: `<a href="/view/category/ct1">豆</a><a href="/view/page/about">店</a><a href="/view/category/ct1?sort=price">安い順</a>`,
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	for _, p := range plugintest.Import(t, plugin(), shop(30), 31).Products {
		check(t, &p)
	}
	s := shop(45)
	s.NoSitemap = true
	s.ListPage = func(r *http.Request) int {
		if r.URL.Path != "/view/category/ct1" {
			return 0
		}
		return plugintest.PageOf(r, "page")
	}
	s.NextLink = func(page int) string { return fmt.Sprintf(`<a href="/view/category/ct1?page=%d">次</a>`, page) }
	plugintest.Import(t, plugin(), s, 1+1+3+45)
	s.Endless = true
	plugintest.Import(t, plugin(), s, 1+1+3+45+1)
}

func check(t *testing.T, p *omakase.Product) {
	t.Helper()
	i, _ := strconv.Atoi(p.ID)
	available := map[bool]string{true: omakase.InStock, false: omakase.OutOfStock}[i%3 != 0]
	if p.Name != fmt.Sprintf("豆 %d", i) || p.Price != strconv.Itoa(1000*i) || p.CompareAt != strconv.Itoa(2000*i) || p.Currency != "JPY" || p.Availability != available ||
		len(p.Options) != 1 || p.Options[0].Name != "量" || len(p.Options[0].Values) != 2 || len(p.ImageURLs) != 1 || p.URL != fmt.Sprintf("https://shop.example/view/item/%012d", i) {
		t.Errorf("%+v", p)
	}
}

func TestFormerPage(t *testing.T) {
	t.Parallel()
	found := plugintest.Extract(t, plugin(), "https://shop.example/shopdetail/000000000012/", `<h1>急須</h1><input type="hidden" name="price1" value="8,800">
		<a href="javascript:basket_add()" class="x">カゴ</a><form action="/basket"><input type="submit"></form>`)
	if len(found) != 1 || found[0].ID != "12" || found[0].Price != "8800" || found[0].Availability != omakase.InStock {
		t.Errorf("%+v", found)
	}
}

func TestGroup(t *testing.T) {
	t.Parallel()
	found := plugintest.Extract(t, plugin(), "https://shop.example/view/item/000000000012", `<h1 data-id="makeshop-item-name:1">シャツ</h1><script type="application/ld+json">
		{"@type":"ProductGroup","name":"シャツ","brand":{"@type":"Brand","name":"B"},"hasVariant":[
		{"@type":"Product","sku":"a","size":"S","color":"赤","offers":{"@type":"Offer","price":"3000","priceCurrency":"JPY","availability":"https://schema.org/OutOfStock"}},
		{"@type":"Product","sku":"b","size":"M","color":"赤","offers":{"@type":"Offer","price":"3500","priceCurrency":"JPY","availability":"https://schema.org/InStock"}}]}</script>`)
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	if p := found[0]; len(p.Variants) != 2 || p.Price != "3000" || p.PriceMax != "3500" || p.Availability != omakase.InStock || p.Variants[1].Title != "赤 / M" || p.Brand != "B" {
		t.Errorf("%+v", p)
	}
}

// TestPlatform holds what every plugin is held to.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := plugintest.Platform{
		Plugin: plugin(),
		Bodies: map[string]int{page(1): 96, "<p>we make shops</p>": 0},
		NoProduct: [][2]string{
			{"https://shop.example/view/page/about", `<h1>店について</h1><span data-id="makeshop-item-price:1">300</span>`},
			{"https://shop.example/view/item/00000000001", `<h1>ページが見つかりません</h1>`},
		},
		Corpus: []string{"makeshop-item-html"},
	}
	p.Test(t)
}

func FuzzExtract(f *testing.F) {
	f.Add(page(1))
	plugintest.FuzzExtract(f, plugin(), "https://shop.example/view/item/000000000001")
}

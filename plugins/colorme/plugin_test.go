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
	return fmt.Sprintf(`<html><head><meta property="og:title" content="珈琲 %d - 店"><meta property="og:image" content="https://img21.shop-pro.jp/PA01/1/product/%d.jpg?1">
		<meta property="product:price:amount" content="%d"><meta property="product:price:currency" content="JPY">
		<script>var Colorme = {"page":"product","inventory_control":"option","product":{"id":%d,"name":"珈琲 %d","model_number":"C%d","stock_num":%d,"sales_price":%d,"sales_price_including_tax":%d,
		"variants":[{"title":"豆","option1_value":"豆","option2_value":"","stock_num":0,"option_price_including_tax":%d},{"title":"粉","option1_value":"粉","option2_value":"","stock_num":2,"option_price":1,"option_price_including_tax":%d}]}};
		var after = {"x": 1};</script></head><body><table><tr><th>定価</th><td>%d円(税込)</td></tr></table><p>10,000円以上で送料無料</p>
		<div class="product_description">深煎り<br>です</div><img src="https://img21.shop-pro.jp/PA01/1/product/%d.jpg"><img src="https://img21.shop-pro.jp/PA01/1/product/%d_o1.jpg">
		<img src="https://img21.shop-pro.jp/PA01/1/product/%d_th.jpg"><img src="https://img21.shop-pro.jp/PA01/1/product/9.jpg">`,
		i, i, 108*i, i, i, i, i%3, 100*i, 108*i, 108*i, 216*i, 300*i, i, i, i)
}

func shop(n int) *plugintest.Shop {
	return &plugintest.Shop{N: n, ItemPath: func(i int) string { return fmt.Sprintf("/?pid=%d", 100+i) }, Item: func(i int) string { return page(100 + i) }}
}

func TestImport(t *testing.T) {
	t.Parallel()
	for _, p := range plugintest.Import(t, plugin(), shop(30), 31).Products {
		check(t, &p)
	}
	s := shop(45)
	s.NoSitemap = true
	s.ListPage = func(r *http.Request) int {
		if r.URL.Query().Get("mode") != "srh" {
			return 0
		}
		return plugintest.PageOf(r, "page")
	}
	s.NextLink = func(page int) string { return fmt.Sprintf(`<a href="?mode=srh&keyword=&page=%d">次へ</a>`, page) }
	plugintest.Import(t, plugin(), s, 1+3+1+45)
	s.Endless = true
	plugintest.Import(t, plugin(), s, 1+3+1+45+1)
}

func check(t *testing.T, p *omakase.Product) {
	t.Helper()
	i, _ := strconv.Atoi(p.ID)
	available := map[bool]string{true: omakase.InStock, false: omakase.OutOfStock}[i%3 != 0]
	if p.Name != fmt.Sprintf("珈琲 %d", i) || p.Price != strconv.Itoa(108*i) || p.PriceMax != strconv.Itoa(216*i) || p.CompareAt != strconv.Itoa(300*i) || p.Currency != "JPY" ||
		p.Availability != available || p.SKU != fmt.Sprint("C", i) || len(p.Variants) != 2 || p.Variants[0].Availability != omakase.OutOfStock || p.Variants[1].Title != "粉" ||
		p.Description != "深煎り です" || len(p.ImageURLs) != 2 || p.URL != fmt.Sprintf("https://shop.example/?pid=%d", i) || *p.Stock != int64(i%3) {
		t.Errorf("%+v", p)
	}
}

// TestUncountedStock holds that where the shop counts no stock, the cart's
// button decides.
func TestUncountedStock(t *testing.T) {
	t.Parallel()
	const script = `<script>var Colorme = {"inventory_control":"none","product":{"id":5,"name":"茶","stock_num":null,"sales_price":100}};</script>`
	for body, want := range map[string]string{
		`<form name="product_form"><input type="submit" value="カートに入れる"></form>`: omakase.InStock,
		`<p class="soldout">SOLD OUT</p>`:                                                     omakase.OutOfStock,
		`<form name="product_form"><input type="submit" disabled></form>`:                     omakase.OutOfStock,
		`<form action="https://cart.shop-pro.jp/?mode=cart_inn"><button>カートへ</button></form>`: omakase.InStock,
	} {
		found := plugintest.Extract(t, plugin(), "https://shop.example/?pid=5", script+body)
		if len(found) != 1 || found[0].Availability != want || found[0].Price != "100" || found[0].Stock != nil {
			t.Errorf("%s: %+v", body, found)
		}
	}
}

// TestPlatform holds what every plugin is held to.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := plugintest.Platform{
		Plugin:    plugin(),
		Addresses: map[string]int{"https://x.shop-pro.jp/": 98, "https://shop-pro.jp.example/": 0},
		Bodies:    map[string]int{page(1): 96},
		NoProduct: [][2]string{
			{"https://shop.example/", `<script>var Colorme = {"page":"index","product":[]};</script>`},
			{"https://shop.example/", `<script>var Colorme = {"product":{"name":5`},
			{"https://shop.example/", ""},
		},
		Corpus: []string{"colorme-item-html"},
	}
	p.Test(t)
}

func FuzzExtract(f *testing.F) {
	f.Add(page(1))
	plugintest.FuzzExtract(f, plugin(), "https://shop.example/?pid=1")
}

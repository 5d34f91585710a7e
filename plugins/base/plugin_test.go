package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/plugins/internal/plugintest"
	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// shop is a small BASE shop, with items numbered from 1.
type shop struct {
	n         int
	noSitemap bool
	rel       bool   // lists have rel="next"
	bare      bool   // the theme has no meta and no JSON-LD
	body      string // of every page
	loop      bool   // every page of the list is the first
	gone      int    // an item that the sitemap names and that is not there
}

const head = `<html lang="ja"><head><meta name="copyright" content="BASE" /><meta name="BASE-Theme-Name" content="x">`

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.body != "":
		fmt.Fprint(w, head, "</head><body>", s.body)
	case r.URL.Path == "/sitemap.xml" && !s.noSitemap:
		fmt.Fprint(w, "<urlset><url><loc>https://www.pots.example/</loc></url>")
		for i := 1; i <= s.n; i++ {
			fmt.Fprintf(w, "<url><loc>https://www.pots.example/items/%d</loc><lastmod>2026-01-02</lastmod></url>", 1000+i)
		}
		fmt.Fprint(w, "</urlset>")
	case r.URL.Path == "/":
		s.list(w, r.URL.Query().Get("page"))
	case strings.HasPrefix(r.URL.Path, "/items/"):
		i, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/items/"))
		if i == s.gone || i <= 1000 || i > 1000+s.n {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, s.item(i-1000))
	default:
		http.NotFound(w, r)
	}
}

func (s *shop) list(w http.ResponseWriter, page string) {
	n, _ := strconv.Atoi(page)
	n = max(n, 1)
	last := (s.n + 23) / 24
	from := n - 1
	if s.loop {
		last, from = 1<<20, 0
	}
	fmt.Fprint(w, head)
	if s.rel && n < last {
		fmt.Fprintf(w, `<link rel="next" href="/?page=%d">`, n+1)
	}
	fmt.Fprintf(w, `</head><body><span id="max_page">%d</span><ul>`, last)
	for i := from*24 + 1; i <= min(from*24+24, s.n); i++ {
		fmt.Fprintf(w, `<li><a href="/items/%d"><h2>壺 %d</h2><p class="price">¥%d</p></a></li>`, 1000+i, i, 100*i)
	}
}

func (s *shop) item(i int) string {
	meta := fmt.Sprintf(`<meta property="og:title" content="壺 | 小 %d | 窯 powered by BASE"><meta property="product:price:amount" content="%d">
		<meta property="product:price:currency" content="JPY"><meta property="og:image" content="https://baseec-img-mng.akamaized.net/images/item/origin/a%d.jpg?q=90">`, i, 100*i, i)
	if s.bare {
		meta = ""
	}
	buy := map[bool]string{true: "purchasable", false: "unpurchasable"}[i%3 != 0]
	return head + meta + fmt.Sprintf(`<title>壺 | 小 %d | 窯 powered by BASE</title></head><body><h1 class="itemTitle">壺 | 小 %d</h1>
		<!-- <p class="price">¥99</p> --><p class="price"><span class="proper">¥%d</span></p><p class="price sale">¥%d</p>
		<img src="https://static.thebase.in/img/apps/itemlabel/new.png"><img src="https://baseec-img-mng.akamaized.net/images/item/origin/a%d.jpg?im=Resize,width=640">
		<img src="/loading.gif" data-src="https://baseec-img-mng.akamaized.net/images/item/origin/b%d.jpg">
		<form id="purchase_form"><select name="v"><option value="">選択</option><option value="%d1" data-stock="0">赤</option><option value="%d2" data-stock="4">青</option></select></form>
		<div class="item-detail__desc">手作り<br>の壺</div><p>¥10,000以上で送料無料</p>
		<script>gtag('event','view_item',{'items':[{'item_id':'%d','price':%d,'item_purchasability':'%s'}]});var t='<p>SOLD OUT</p>';</script>
		<a href="/items/9"><img src="https://baseec-img-mng.akamaized.net/images/item/origin/other.jpg"><p class="items-grid_price">¥5</p></a>`,
		i, i, 150*i, 100*i, i, i, i, i, 1000+i, 100*i, buy)
}

func TestImport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shop     shop
		found    int
		requests int
		partial  bool
	}{
		"sitemap":             {shop{n: 30}, 30, 31, false},
		"gone":                {shop{n: 30, gone: 1007}, 29, 31, false},
		"theme without meta":  {shop{n: 30, bare: true}, 30, 31, false},
		"lists by script":     {shop{n: 50, noSitemap: true}, 50, 55, false},
		"lists with rel=next": {shop{n: 50, noSitemap: true, rel: true}, 50, 55, false},
		"a list in a loop":    {shop{n: 50, noSitemap: true, loop: true}, 24, 28, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := plugintest.NewHost(t)
			plugintest.Serve(host, &test.shop)
			p := plugin()
			m := host.Import(&p, omakase.ScrapeRequest{URL: "https://pots.example/about"})
			if m.Err != nil {
				t.Fatal(m.Err)
			}
			if len(m.Products) != test.found || len(host.Fetched()) > test.requests || m.Partial != test.partial {
				t.Errorf("%d products, %d requests, partial %v; notes %q", len(m.Products), len(host.Fetched()), m.Partial, m.Notes)
			}
			for _, got := range m.Products {
				check(t, &got)
			}
		})
	}
}

func check(t *testing.T, p *omakase.Product) {
	t.Helper()
	i, _ := strconv.Atoi(p.ID)
	i -= 1000
	available := map[bool]string{true: omakase.InStock, false: omakase.OutOfStock}[i%3 != 0]
	if p.Name != fmt.Sprintf("壺 | 小 %d", i) || p.Price != strconv.Itoa(100*i) || p.CompareAt != strconv.Itoa(150*i) || p.Currency != "JPY" ||
		p.Availability != available || p.URL != fmt.Sprintf("https://pots.example/items/%d", 1000+i) || p.Description != "手作り の壺" || len(p.ImageURLs) != 2 ||
		len(p.Variants) != 2 || p.Variants[0].Title != "赤" || p.Variants[0].Availability != omakase.OutOfStock || p.Variants[1].Availability != available || *p.Stock != 4 {
		t.Errorf("%+v", p)
	}
}

func TestImportSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, code string }{
		"secret":         {`<form method="post"><input type="password" name="data[Shop][password]"></form>`, omakase.CodePassword},
		"not public yet": {`<p>窯は、現在準備中です。</p>`, omakase.CodeClosed},
		"empty":          {`<p>ようこそ</p>`, omakase.CodeNotAShop},
	} {
		host := plugintest.NewHost(t)
		plugintest.Serve(host, &shop{body: test.body})
		p := plugin()
		if m := host.Import(&p, omakase.ScrapeRequest{URL: "https://pots.example/"}); omakase.CodeOf(m.Err) != test.code {
			t.Errorf("%s: %v, %q", name, m.Err, m.Notes)
		}
	}
}

// TestStock holds that words never decide, and what does.
func TestStock(t *testing.T) {
	t.Parallel()
	const words = `<p>SOLD OUT COMING SOON</p><script>var t = "SOLD OUT"</script>`
	button := func(class string) string {
		return `<button class="purchaseButton__btn purchaseButton__btn--` + class + `">x</button>`
	}
	for name, test := range map[string]struct{ html, want string }{
		"words alone":         {words, ""},
		"button":              {words + button("addToCart"), omakase.InStock},
		"restock":             {button("noItem"), omakase.OutOfStock},
		"out of stock":        {button("outOfStock"), omakase.OutOfStock},
		"not on sale yet":     {button("comingSoon") + `<script>x={'item_purchasability': 'purchasable'}</script>`, omakase.OutOfStock},
		"last hour before":    {button("comingSoonStay"), omakase.OutOfStock},
		"no longer on sale":   {button("endOfSale"), omakase.OutOfStock},
		"partly":              {`<script>x={"item_purchasability":"partially_purchasable"}</script>`, omakase.InStock},
		"by variations":       {`<form><select><option value="1" data-stock="0">a</option><option value="2" data-stock="1">b</option></select></form>`, omakase.InStock},
		"none of variations":  {`<form><select><option value="1" data-stock="0">a</option></select></form>`, omakase.OutOfStock},
		"behind an age check": {`<div id="ageVerification" class="modal">18歳以上ですか</div>` + button("addToCart"), omakase.InStock},
	} {
		page := head + `<meta property="product:price:amount" content="500"></head><body><h1>壺</h1>` + test.html
		host := plugintest.NewHost(t)
		reply, err := extract(host.Context(), omakase.ExtractRequest{URL: "https://pots.example/items/5", Body: host.Body(page)})
		if err != nil || len(reply.Products) != 1 || reply.Products[0].Availability != test.want || reply.Products[0].Name != "壺" {
			t.Errorf("%s: %v, %+v", name, err, reply.Products)
		}
	}
}

// TestPlatform holds what every plugin is held to.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := plugintest.Platform{
		Plugin: plugin(),
		Addresses: map[string]int{
			"https://x.base.shop/": 98, "https://x.thebase.in/items/5": 98, "https://x.official.ec/": 98, "https://base.shop.example/": 0, "https://x.example/": 0,
		},
		Bodies: map[string]int{head: 96, `<title>x powered by BASE</title>`: 60, `{"a":"powered by BASE"}`: 0, "<p>base</p>": 0},
		NoProduct: [][2]string{
			{"https://pots.example/about", head + `</head><body><h1>窯について</h1><p class="price">¥300</p>`},
			{"https://pots.example/items/5", head + `</head><body><h1>ページが見つかりません</h1>`},
			{"https://pots.example/law", head + `</head><body><a href="/items/5">壺</a>`},
		},
	}
	p.Test(t)
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	for _, item := range plugintest.Corpus(t, "base-item-html", "base-list-html", "base-non-product-html") {
		url := item.URL
		if url == "" {
			url = "https://shop.example/"
		}
		host := plugintest.NewHost(t)
		reply, err := extract(host.Context(), omakase.ExtractRequest{URL: url, Body: host.Body(item.Text(t))})
		if err != nil {
			t.Fatal(err)
		}
		if item.Expected.Title != nil {
			plugintest.Compare(t, &item, reply.Products)
			plugintest.Truncated(t, plugin(), &item, url, item.Text(t))
			continue
		}
		var want []struct {
			ItemID, Title, Price string
			SoldOut              bool
		}
		if text := strings.NewReplacer(`"item_id"`, `"ItemID"`, `"sold_out"`, `"SoldOut"`).Replace(string(item.Expected.Items)); text != "" {
			if err := json.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
		}
		if len(reply.Products) != len(want) {
			t.Errorf("%s: %d products, want %d", item.File, len(reply.Products), len(want))
			continue
		}
		for i, w := range want {
			if p := reply.Products[i]; p.ID != w.ItemID || p.Name != w.Title || p.Price != w.Price || p.Currency != "JPY" || (p.Availability == omakase.OutOfStock) != w.SoldOut {
				t.Errorf("%s: got %+v\nwant %+v", item.File, p, w)
			}
		}
	}
}

func FuzzExtract(f *testing.F) {
	f.Add((&shop{n: 5}).item(3))
	f.Add(`<a href="/items/5"><h2>x</h2><p class="price">¥5</p></a>`)
	f.Fuzz(func(t *testing.T, page string) {
		host := plugintest.NewHost(t)
		reply, err := extract(host.Context(), omakase.ExtractRequest{URL: "https://pots.example/items/5", Body: host.Body(page)})
		if err != nil {
			return
		}
		for i := range reply.Products {
			plugintest.Sound(t, &reply.Products[i])
		}
	})
}

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
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// shop is a small Squarespace site with two stores, /shop with products of odd
// numbers and /prints with the others, and a blog.
type shop struct {
	n         int
	size      int // products on a page
	noSitemap bool
	bare      bool // lists have no variants
	endless   bool // the next page is always the same one
	status    int  // of everything
	home      string
	plain     bool // no JSON at all
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	asJSON := r.URL.Query().Get("format") == "json"
	switch {
	case s.status != 0:
		w.WriteHeader(s.status)
	case path == "/sitemap.xml" && !s.noSitemap:
		fmt.Fprint(w, "<urlset><url><loc>https://sq.example/</loc></url><url><loc>https://sq.example/blog/2026/post</loc></url>")
		for i := 1; i <= s.n; i++ {
			fmt.Fprintf(w, "<url><loc>https://sq.example%s</loc></url>", s.path(i))
		}
		fmt.Fprint(w, "</urlset>")
	case !asJSON || s.plain:
		fmt.Fprint(w, "<html><!-- This is Squarespace. --><script>Static.SQUARESPACE_CONTEXT = {}</script>"+s.home+"</html>")
	case path == "/shop" || path == "/prints":
		s.list(w, path, r.URL.Query().Get("offset"))
	case strings.Contains(path, "/p/"):
		i, _ := strconv.Atoi(path[strings.LastIndexByte(path, '-')+1:])
		write(w, map[string]any{"item": s.item(i, false), "websiteSettings": settings()})
	default:
		write(w, map[string]any{"collection": map[string]any{"typeName": "page"}, "items": []any{map[string]any{"id": "x", "title": "Post"}}})
	}
}

func write(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func settings() map[string]any {
	return map[string]any{"storeSettings": map[string]any{"selectedCurrency": "GBP"}}
}

func (s *shop) path(i int) string {
	if i%2 == 1 {
		return fmt.Sprintf("/shop/p/tea-%d", i)
	}
	return fmt.Sprintf("/prints/p/tea-%d", i)
}

func (s *shop) list(w http.ResponseWriter, path, offset string) {
	from, _ := strconv.Atoi(offset)
	var items []any
	next := 0
	for i := from + 1; i <= s.n; i++ {
		if !strings.HasPrefix(s.path(i), path+"/") {
			continue
		}
		if len(items) == s.size {
			next = i - 1
			break
		}
		items = append(items, s.item(i, s.bare))
	}
	page := map[string]any{
		"website": map[string]any{"siteTitle": "Sim &amp; Co", "language": "en-GB"}, "websiteSettings": settings(),
		"collection": map[string]any{"typeName": "products"}, "items": items,
	}
	if s.endless {
		next = from + 1
		page["items"] = []any{s.item(1, false)}
	}
	if next > 0 {
		page["pagination"] = map[string]any{"nextPage": true, "nextPageUrl": fmt.Sprintf("%s?offset=%d", path, next)}
	}
	write(w, page)
}

func (s *shop) item(i int, bare bool) map[string]any {
	variant := func(size string, cents int, sale bool, stock any) map[string]any {
		v := map[string]any{
			"id": fmt.Sprintf("v%d%s", i, size), "sku": fmt.Sprintf("S%d%s", i, size), "price": cents, "onSale": sale, "salePrice": 100,
			"attributes": map[string]any{"Size": size},
		}
		if stock == nil {
			v["unlimited"] = true
		} else {
			v["unlimited"], v["qtyInStock"] = false, stock
		}
		return v
	}
	item := map[string]any{
		"id": fmt.Sprint("id", i), "recordType": 11, "title": fmt.Sprintf("Tea &#38; %d", i), "urlId": fmt.Sprintf("p/tea-%d", i), "fullUrl": s.path(i),
		"excerpt": "<p>Green</p>", "assetUrl": "https://images.squarespace-cdn.com/main.jpg", "updatedOn": 1_767_225_600_000, "tags": []string{"new"},
		"items": []any{map[string]any{"assetUrl": "https://images.squarespace-cdn.com/a.jpg"}, map[string]any{"assetUrl": "https://images.squarespace-cdn.com/b.jpg"}},
	}
	if !bare {
		item["structuredContent"] = map[string]any{"variantOptionOrdering": []string{"Size"}, "variants": []any{
			variant("S", 1000+i, i%4 == 0, 2), variant("L", 2000+i, false, i%5*3),
		}}
	}
	return item
}

func TestImport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shop     shop
		found    int
		requests int
		partial  bool
	}{
		"two stores": {shop{n: 9, size: 20}, 9, 3, false},
		"pages":      {shop{n: 95, size: 20}, 95, 7, false},
		"no sitemap": {shop{n: 9, size: 20, noSitemap: true}, 5, 4, false},
		"bare lists": {shop{n: 9, size: 20, bare: true}, 9, 12, false},
		"endless":    {shop{n: 9, size: 20, endless: true}, 1, 2 * (maxStorePages + 2), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := plugintest.NewHost(t)
			plugintest.Serve(host, &test.shop)
			p := plugin()
			m := host.Import(&p, omakase.ScrapeRequest{URL: "https://sq.example/"})
			if m.Err != nil {
				t.Fatal(m.Err)
			}
			if len(m.Products) != test.found || m.Partial != test.partial || len(host.Fetched()) > test.requests || test.found > 1 && m.Shop.Name != "Sim & Co" && !test.shop.bare {
				t.Errorf("%d products, partial %v, %d requests, shop %+v; notes %q", len(m.Products), m.Partial, len(host.Fetched()), m.Shop, m.Notes)
			}
			for _, got := range m.Products {
				check(t, &got)
			}
		})
	}
}

func check(t *testing.T, p *omakase.Product) {
	t.Helper()
	i, _ := strconv.Atoi(strings.TrimPrefix(p.ID, "id"))
	low, _ := price.Minor(strconv.Itoa(1000+i), 2)
	before := ""
	if i%4 == 0 {
		low, before = "1.00", low
	}
	high, _ := price.Minor(strconv.Itoa(2000+i), 2)
	if p.Name != fmt.Sprintf("Tea & %d", i) || p.Price != low || p.PriceMax != high || p.CompareAt != before || p.Currency != "GBP" ||
		len(p.ImageURLs) != 2 || p.Availability != omakase.InStock || p.Description != "Green" || p.UpdatedAt != "2026-01-01T00:00:00Z" ||
		!strings.HasSuffix(p.URL, fmt.Sprintf("/p/tea-%d", i)) || p.Handle != fmt.Sprintf("tea-%d", i) || len(p.Variants) != 2 || p.Variants[1].Title != "L" ||
		p.Options[0].Name != "Size" || (p.Variants[1].Availability == omakase.InStock) != (i%5 != 0) || *p.Stock != int64(2+i%5*3) {
		t.Errorf("%+v", p)
	}
}

func TestImportSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shop shop
		code string
	}{
		"password":     {shop{status: 401}, omakase.CodePassword},
		"expired":      {shop{plain: true, home: "<h1>Website Expired</h1>"}, omakase.CodeClosed},
		"without shop": {shop{plain: true}, omakase.CodeNotAShop},
		"down":         {shop{status: 503}, omakase.CodeUnavailable},
		"nothing":      {shop{status: 404}, omakase.CodeNotAShop},
	} {
		host := plugintest.NewHost(t)
		plugintest.Serve(host, &test.shop)
		p := plugin()
		if m := host.Import(&p, omakase.ScrapeRequest{URL: "https://sq.example/"}); omakase.CodeOf(m.Err) != test.code {
			t.Errorf("%s: %v", name, m.Err)
		}
	}
	for _, cursor := range []string{"x", "q1 0 0 https://sq.example ", "q1 0 0 sq.example /shop", "q1 -1 0 https://sq.example /shop"} {
		_, err := scrape(plugintest.NewHost(t).Context(), omakase.ScrapeRequest{URL: "https://sq.example", Cursor: cursor})
		if omakase.CodeOf(err) != omakase.CodeInvalid {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

func TestReadPage(t *testing.T) {
	t.Parallel()
	p, err := readPage(`{"item":{"id":"5","title":"MOONFALL","fullUrl":"/store/moonfall","items":[],"assetUrl":"https://cdn.example/a.jpg",
		"variants":[{"id":"b","attributes":{"category":"stickers"},"onSale":false,"sku":"SQ1","stock":{"unlimited":true},
		"price":{"currencyCode":"USD","decimalValue":"6.00","fractionalDigits":2,"value":600},"salePrice":{"currencyCode":"USD","decimalValue":"0.00","value":0}}]}}`,
		crawl.Address{Scheme: "https", Host: "sq.example", Path: "/"})
	if err != nil || len(p.products) != 1 {
		t.Fatalf("%v, %+v", err, p)
	}
	got := p.products[0]
	if got.Price != "6.00" || got.Currency != "USD" || got.Availability != omakase.InStock || got.Stock != nil || got.SKU != "SQ1" || len(got.ImageURLs) != 1 || got.Variants[0].Title != "stickers" {
		t.Errorf("%+v", got)
	}
}

// TestPlatform holds what every plugin is held to.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := plugintest.Platform{
		Plugin:    plugin(),
		Addresses: map[string]int{"https://x.squarespace.com/": 95},
		Bodies: map[string]int{
			`{"website":{},"items":[{"structuredContent":{}}]}`:                                95,
			`<!-- This is Squarespace. --><link href="https://static1.squarespace.com/x.css">`: 90,
			`<img src="https://images.squarespace-cdn.com/x.jpg">`:                             40,
			`<p>squarespace is a word</p>`:                                                     0,
		},
	}
	p.Test(t)
	reply, _ := detect(plugintest.NewHost(t).Context(), omakase.DetectRequest{URL: "https://sq.example/", Headers: []omakase.Header{{Name: "server", Value: "Squarespace"}}})
	if reply.Score != 95 {
		t.Errorf("%+v", reply)
	}
}

func FuzzReadPage(f *testing.F) {
	f.Add(`{"items":[{"id":"1","title":"x","fullUrl":"/a","recordType":11,"variants":[{"id":"2","price":1,"attributes":{"a":"b"}}]}],"pagination":{"nextPage":true,"nextPageUrl":"?x"}}`)
	f.Fuzz(func(t *testing.T, document string) {
		p, _ := readPage(document, crawl.Address{Scheme: "https", Host: "sq.example", Path: "/"})
		for i := range p.products {
			plugintest.Sound(t, &p.products[i])
		}
	})
}

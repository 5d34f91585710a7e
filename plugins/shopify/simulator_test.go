package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// simulator is a Shopify shop as the plugin sees it through the host. Its
// products are numbered from 1.
type simulator struct {
	n           int
	pageCap     int    // products on a page at most; 0: 250
	ceiling     int    // page*limit at most; 0: 25,000
	pagination  string // "", same, fresh, shift, dup
	listing     string // "", 404, 403, html, password, empty, notes
	collections int    // how many; products but the last "loose" are spread over them
	loose       int    // products in no collection
	noMeta      bool
	noSitemap   bool
	only        string // dialect of product pages that there is: "" all, json, html
	hidden      int    // products that the shop counts and does not show
	password    bool
	closed      int    // status of everything
	currency    string // "" is JPY
	mute        bool   // pages say nothing of a currency
	home        string
	plain       bool           // headers and pages have nothing of Shopify's
	faults      map[string]int // by path: how often it answers with a web page
	fail        map[string]error
	known       bool // listings have not changed since an earlier job
}

func (s *simulator) fetch(req wire.FetchRequest) (fakehost.Response, error) {
	u, err := url.Parse(req.URL)
	if err != nil {
		return fakehost.Response{}, err
	}
	path := strings.TrimPrefix(u.EscapedPath(), "/en")
	if err := s.fail[path]; err != nil {
		return fakehost.Response{}, err
	}
	r := s.respond(path, u.Query())
	if s.faults[path] > 0 {
		s.faults[path]--
		r = page("<html><body>メンテナンス中です</body></html>")
	}
	if s.known && req.Conditional && r.Status == 200 {
		r.NotModified = true
	}
	if !s.plain {
		r.Headers = append(r.Headers, wire.Header{Name: "X-ShopId", Value: "1"})
	}
	return r, nil
}

func (s *simulator) respond(path string, query url.Values) fakehost.Response {
	switch {
	case s.closed != 0:
		return fakehost.Response{Status: s.closed, Body: s.home}
	case s.password:
		return passwordPage()
	case strings.HasSuffix(path, "/products.json"):
		return s.list(path, query)
	case path == "/meta.json" && !s.noMeta:
		return document(map[string]any{"name": "Sim", "currency": s.money(), "country": "JP", "published_products_count": s.n + s.hidden})
	case path == "/collections.json":
		return s.collectionList(query)
	case path == "/sitemap.xml" && !s.noSitemap:
		return page(`<?xml version="1.0"?><sitemapindex><sitemap><loc>https://other.example/sitemap_products_1.xml?from=1&amp;to=9</loc></sitemap>` +
			`<sitemap><loc>https://sim.example/sitemap_pages_1.xml</loc></sitemap></sitemapindex>`)
	case path == "/sitemap_products_1.xml" && !s.noSitemap:
		return s.sitemap()
	case strings.HasPrefix(path, "/products/"):
		return s.product(strings.TrimPrefix(path, "/products/"))
	case path == "/":
		return page(s.home)
	}
	return fakehost.Response{Status: 404, Body: "<html>not found</html>"}
}

func (s *simulator) money() string { return firstText(s.currency, "JPY") }

func page(html string) fakehost.Response { return fakehost.Response{Status: 200, Body: html} }

func passwordPage() fakehost.Response {
	return fakehost.Response{Status: 200, URL: "https://sim.example/password", Body: `<body class="template-password">`}
}

func document(v any) fakehost.Response {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return fakehost.Response{Status: 200, Body: string(text)}
}

func (s *simulator) list(path string, query url.Values) fakehost.Response {
	switch s.listing {
	case "404", "403":
		status, _ := strconv.Atoi(s.listing)
		return fakehost.Response{Status: status, Body: "<h1>no</h1>"}
	case "html":
		return page("<!doctype html><title>Just a moment...</title>")
	case "password":
		return passwordPage()
	case "empty":
		return document(map[string]any{"products": []any{}})
	}
	var numbers []int
	for i := 1; i <= s.n; i++ {
		if path == "/products.json" || path == fmt.Sprintf("/collections/c%d/products.json", s.collectionOf(i)) {
			numbers = append(numbers, i)
		}
	}
	return s.listPage(numbers, query)
}

func (s *simulator) collectionOf(i int) int {
	if i > s.n-s.loose || s.collections == 0 {
		return -1
	}
	return i % s.collections
}

func (s *simulator) listPage(numbers []int, query url.Values) fakehost.Response {
	limit, _ := strconv.Atoi(query.Get("limit"))
	at, _ := strconv.Atoi(query.Get("page"))
	if limit*at > cmpOr(s.ceiling, 25_000) {
		return fakehost.Response{Status: 400, Body: `{"errors":"Page * Limit exceeds the 25000 limit."}`}
	}
	limit = min(limit, cmpOr(s.pageCap, 250))
	from := (at - 1) * limit
	switch s.pagination {
	case "same":
		from = 0
	case "fresh":
		numbers = nil
		for i := range limit {
			numbers = append(numbers, from+i+1)
		}
		from = 0
	case "shift": // a product appears in front with every page
		for i := 1; i < at; i++ {
			numbers = append([]int{1_000_000 + i}, numbers...)
		}
	case "dup":
		from -= 3 * (at - 1)
	}
	numbers = numbers[min(from, len(numbers)):]
	numbers = numbers[:min(limit, len(numbers))]
	products := make([]any, 0, len(numbers))
	for _, i := range numbers {
		products = append(products, s.item(i, false))
	}
	if s.listing == "notes" {
		products = append(products, map[string]any{"handle": "broken"}, "nonsense", nil)
	}
	return document(map[string]any{"products": products})
}

func cmpOr(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

// item is product i in the dialect of products.json, or of /products/H.js.
func (s *simulator) item(i int, js bool) map[string]any {
	price := any(strconv.Itoa(100 + i))
	if js {
		price = (100 + i) * 100
	}
	p := map[string]any{
		"id": 7_000_000 + i, "title": fmt.Sprintf("Product %d", i), "handle": fmt.Sprintf("p-%d", i), "updated_at": "2026-01-01",
		"variants": []any{map[string]any{"id": 9_000_000 + i, "title": "Default Title", "price": price, "available": i%5 != 0}},
	}
	if js {
		p["price_min"] = price
		delete(p, "updated_at")
	}
	return p
}

func (s *simulator) collectionList(query url.Values) fakehost.Response {
	at, _ := strconv.Atoi(query.Get("page"))
	var list []any
	for i := (at - 1) * 30; i < min(at*30, s.collections); i++ {
		list = append(list, map[string]any{"handle": fmt.Sprintf("c%d", i), "products_count": 1})
	}
	return document(map[string]any{"collections": list})
}

func (s *simulator) sitemap() fakehost.Response {
	var b strings.Builder
	b.WriteString("<urlset><url><loc>https://other.example/</loc></url>")
	for i := 1; i <= s.n; i++ {
		fmt.Fprintf(&b, "<url><loc>https://other.example/products/p-%d</loc><lastmod>2026-02-02</lastmod><image:image><image:loc>x</image:loc></image:image></url>", i)
	}
	return page(b.String() + "</urlset>")
}

func (s *simulator) product(name string) fakehost.Response {
	handle, dialect, _ := strings.Cut(name, ".")
	i, err := strconv.Atoi(strings.TrimPrefix(handle, "p-"))
	if err != nil || i > s.n {
		return fakehost.Response{Status: 404}
	}
	switch {
	case dialect == "js" && s.only == "":
		return document(s.item(i, true))
	case dialect == "json" && s.only == "json":
		return document(map[string]any{"product": s.item(i, false)})
	case dialect != "":
		return fakehost.Response{Status: 404}
	case s.mute:
		return page("<html></html>")
	}
	return page(fmt.Sprintf(`<html><script>var meta = {"product":{"id":%d,"vendor":"V","variants":[{"id":%d,"price":%d,"sku":"S"}]}};`+
		`Shopify.currency = {"active":"%s","rate":"1.0"};</script><script type="application/ld+json">{"@type":"Product","name":"Product %d",`+
		`"offers":{"price":"%d","priceCurrency":"%s","availability":"InStock"}}</script></html>`,
		7_000_000+i, 9_000_000+i, (100+i)*100, s.money(), i, 100+i, s.money()))
}

// outcome is what a job makes of a shop.
type outcome struct {
	products map[string]omakase.Product
	notes    []string
	partial  bool
	total    int
	calls    int
	requests int
	shop     *omakase.Shop
	err      error
}

// missing counts those of the first n products that were not found.
func (o *outcome) missing(n int) (missing int) {
	for i := 1; i <= n; i++ {
		if _, ok := o.products[strconv.Itoa(7_000_000+i)]; !ok {
			missing++
		}
	}
	return missing
}

// walk runs a whole scrape as the host does.
func walk(t *testing.T, sim *simulator, req omakase.ScrapeRequest) outcome {
	t.Helper()
	host := newHost()
	host.Fetch = sim.fetch
	return walkHost(t, host, req)
}

func walkHost(t *testing.T, host *fakehost.Host, req omakase.ScrapeRequest) outcome {
	t.Helper()
	p := plugin()
	m := host.Import(&p, req)
	return outcome{
		products: m.Products, notes: m.Notes, partial: m.Partial, total: m.Total, calls: m.Calls,
		requests: len(host.Fetched()), shop: m.Shop, err: m.Err,
	}
}

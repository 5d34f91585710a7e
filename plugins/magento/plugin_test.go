package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/plugins/internal/plugintest"
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
)

// shop is a small Magento shop: products are numbered from 1, each third is
// configurable with two variants.
type shop struct {
	n        int
	refuses  string // what it does not allow in a query
	noPost   bool
	page     string // instead of JSON
	home     string
	status   int
	store    string // header of the last request
	shrinks  bool   // the second page is beyond the end
	suffix   string
	linkBase string
}

var pages = regexp.MustCompile(`pageSize:(\d+),currentPage:(\d+)`)

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query().Get("query")
	if r.Method == http.MethodPost {
		var body struct{ Query string }
		text, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(text, &body)
		query = body.Query
	}
	switch {
	case s.status != 0:
		w.WriteHeader(s.status)
	case r.URL.Path != "/graphql":
		fmt.Fprint(w, s.home)
	case s.page != "":
		fmt.Fprint(w, s.page)
	case s.noPost && r.Method == http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case s.refuses != "" && strings.Contains(query, s.refuses):
		fmt.Fprintf(w, `{"errors":[{"message":"Cannot query %s","extensions":{"category":"graphql"}}]}`, s.refuses)
	default:
		s.store = r.Header.Get("Store")
		s.list(w, query)
	}
}

func (s *shop) list(w http.ResponseWriter, query string) {
	m := pages.FindStringSubmatch(query)
	size, _ := strconv.Atoi(m[1])
	page, _ := strconv.Atoi(m[2])
	if s.shrinks && page > 1 {
		fmt.Fprint(w, `{"errors":[{"message":"currentPage value 2 specified is greater than the 1 page(s) available."}],"data":{"products":null}}`)
		return
	}
	items := []any{}
	for i := (page-1)*size + 1; i <= min(page*size, s.n); i++ {
		items = append(items, s.item(i))
	}
	data := map[string]any{"products": map[string]any{
		"total_count": s.n, "page_info": map[string]any{"total_pages": (s.n + size - 1) / size}, "items": items,
	}}
	if strings.Contains(query, "storeConfig") {
		data["storeConfig"] = map[string]any{"store_name": "Sim", "locale": "ar_SA", "secure_base_link_url": s.linkBase, "product_url_suffix": s.suffix}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

func (s *shop) item(i int) map[string]any {
	p := map[string]any{
		"__typename": "SimpleProduct", "uid": uid(i), "sku": fmt.Sprintf("S%d", i), "name": fmt.Sprintf("Board &amp; No. %d", i),
		"url_key": fmt.Sprintf("board-%d", i), "stock_status": map[bool]string{true: "IN_STOCK", false: "OUT_OF_STOCK"}[i%5 != 0],
		"description": map[string]any{"html": "<p>Strong</p>"}, "image": map[string]any{"url": "https://mag.example/m.jpg"},
		"media_gallery": []any{map[string]any{"url": "https://mag.example/m.jpg"}, map[string]any{"url": "https://mag.example/n.jpg"}},
		"categories":    []any{map[string]any{"name": "All"}, map[string]any{"name": "Boards"}},
		"price_range":   map[string]any{"minimum_price": amount(float64(i)+0.5, float64(i)+1), "maximum_price": amount(float64(i)+0.5, float64(i)+1)},
	}
	if i%3 == 0 {
		p["price_range"] = map[string]any{"minimum_price": amount(float64(i)+0.5, float64(i)+0.5), "maximum_price": amount(float64(i)+9, float64(i)+9)}
		p["configurable_options"] = []any{map[string]any{"label": "Width", "values": []any{map[string]any{"label": "610"}, map[string]any{"label": "1220"}}}}
		var variants []any
		for k, label := range []string{"610", "1220"} {
			now := float64(i) + 0.5 + 8.5*float64(k)
			variants = append(variants, map[string]any{
				"product": map[string]any{
					"uid": uid(1000*i + k), "sku": fmt.Sprintf("S%d-%s", i, label), "name": "Board", "stock_status": "IN_STOCK", "only_x_left_in_stock": 3,
					"price_range": map[string]any{"minimum_price": amount(now, now)},
				},
				"attributes": []any{map[string]any{"code": "width", "label": label}},
			})
		}
		p["variants"] = variants
	}
	return p
}

func uid(i int) string {
	text, _ := json.Marshal([]byte(strconv.Itoa(i)))
	return strings.Trim(string(text), `"`)
}

func amount(now, before float64) map[string]any {
	value := func(v float64) map[string]any { return map[string]any{"value": v, "currency": "SAR"} }
	return map[string]any{"regular_price": value(before), "final_price": value(now)}
}

func TestImport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shop     shop
		found    int
		requests int
	}{
		"one page":         {shop{n: 20, suffix: ".html"}, 20, 1},
		"pages":            {shop{n: 250, suffix: ".html"}, 250, 3},
		"full last page":   {shop{n: 200, suffix: ".html"}, 200, 2},
		"old version":      {shop{n: 20, refuses: "only_x_left_in_stock"}, 20, 3},
		"no empty filter":  {shop{n: 20, refuses: "filter:{}", suffix: ".html"}, 20, 2},
		"only by address":  {shop{n: 120, noPost: true}, 120, 6},
		"became shorter":   {shop{n: 150, shrinks: true, suffix: ".html"}, 100, 2},
		"empty":            {shop{}, 0, 1},
		"of another store": {shop{n: 5, suffix: ".html", linkBase: "https://mag.example/en/"}, 5, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := plugintest.NewHost(t)
			host.Config = `{"store":"en"}`
			plugintest.Serve(host, &test.shop)
			p := plugin()
			m := host.Import(&p, omakase.ScrapeRequest{URL: "https://mag.example/"})
			if m.Err != nil {
				t.Fatal(m.Err)
			}
			if len(m.Products) != test.found || m.Partial || len(host.Fetched()) > test.requests || m.Total != test.shop.n || test.shop.store != "en" {
				t.Errorf("%d products of %d, partial %v, %d requests, store %q; notes %q", len(m.Products), m.Total, m.Partial, len(host.Fetched()), test.shop.store, m.Notes)
			}
			base := "https://mag.example/"
			if test.shop.linkBase != "" {
				base = test.shop.linkBase
			}
			for id, got := range m.Products {
				check(t, id, &got, base, test.shop.refuses == "only_x_left_in_stock" || test.shop.noPost)
			}
		})
	}
}

func check(t *testing.T, id string, p *omakase.Product, base string, lean bool) {
	t.Helper()
	i, err := strconv.Atoi(id)
	if err != nil {
		t.Fatalf("id is %q", id)
	}
	images := 2
	if lean {
		images = 2 // the shop gives what was not asked for
	}
	if p.Name != "Board & No. "+id || p.Price != fmt.Sprintf("%d.50", i) || p.Currency != "SAR" || p.SKU != "S"+id || p.URL != base+"board-"+id+".html" ||
		len(p.ImageURLs) != images || (p.Availability == omakase.InStock) != (i%5 != 0) || p.Category != "Boards" || p.Description != "Strong" {
		t.Errorf("%+v", p)
	}
	if i%3 != 0 {
		if p.CompareAt != fmt.Sprintf("%d.00", i+1) || len(p.Variants) != 0 {
			t.Errorf("%+v", p)
		}
		return
	}
	if len(p.Variants) != 2 || p.Variants[1].Title != "1220" || p.Variants[1].Price != fmt.Sprintf("%d.00", i+9) || p.PriceMax != p.Variants[1].Price ||
		p.Options[0].Name != "Width" || p.CompareAt != "" || *p.Variants[0].Stock != 3 {
		t.Errorf("%+v", p)
	}
}

func TestImportStopsAtTheWindow(t *testing.T) {
	t.Parallel()
	host := plugintest.NewHost(t)
	plugintest.Serve(host, &shop{n: 10_100})
	p := plugin()
	m := host.Import(&p, omakase.ScrapeRequest{URL: "https://mag.example/"})
	if m.Err != nil || len(m.Products) != window || !m.Partial || !strings.Contains(strings.Join(m.Notes, ""), "10100") {
		t.Errorf("%v, %d products, partial %v, notes %q", m.Err, len(m.Products), m.Partial, m.Notes)
	}
}

func TestImportSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	const magento = `<script type="text/x-magento-init">{}</script><a data-mage-init="{}">`
	for name, test := range map[string]struct {
		shop shop
		code string
	}{
		"closed":        {shop{page: "<html>no</html>", home: magento}, omakase.CodeBlocked},
		"asks for more": {shop{page: `{"errors":[{"message":"unauthorized"}]}`, home: magento}, omakase.CodeBlocked},
		"other JSON":    {shop{page: `{"ok":true}`, home: magento}, omakase.CodeBlocked},
		"no shop":       {shop{page: "<html></html>", home: "<html>news</html>"}, omakase.CodeNotAShop},
		"refused":       {shop{status: 403}, omakase.CodeBlocked},
		"down":          {shop{status: 503}, omakase.CodeUnavailable},
		"frozen":        {shop{status: 402}, omakase.CodeClosed},
	} {
		host := plugintest.NewHost(t)
		plugintest.Serve(host, &test.shop)
		p := plugin()
		if m := host.Import(&p, omakase.ScrapeRequest{URL: "https://mag.example/"}); omakase.CodeOf(m.Err) != test.code {
			t.Errorf("%s: %v", name, m.Err)
		}
	}
	for _, cursor := range []string{"x", "m1;9;1;100;;;;https://x.example", "m1;0;0;100;;;;https://x.example", "m1;0;1;100;;;;x"} {
		_, err := scrape(plugintest.NewHost(t).Context(), omakase.ScrapeRequest{URL: "https://mag.example", Cursor: cursor})
		if omakase.CodeOf(err) != omakase.CodeInvalid {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

func TestReadDocument(t *testing.T) {
	t.Parallel()
	a, err := readDocument(`{"items":[{"sku":"a","name":"A","price_range":{"minimum_price":{"final_price":{"value":59.990000000000002,"currency":"EUR"}}}},
		{"sku":"b","name":"Ask","price_range":{"minimum_price":{"final_price":{"value":0}}}},{"sku":"c","name":"only named"},
		{"sku":"a","name":"again","price_range":{}},{"name":"nothing else","price_range":{}}, 5, null]}`, crawl.Address{Scheme: "https", Host: "mag.example", Path: "/"})
	if err != nil || len(a.products) != 2 || a.products[0].Price != "59.99" || a.products[1].Price != "" || len(a.notes) != 1 {
		t.Errorf("%v, %+v, %q", err, a.products, a.notes)
	}
	if id := numericID("NzQ5MA=="); id != "7490" {
		t.Errorf("the id is %q", id)
	}
	if id := numericID("abc"); id != "abc" {
		t.Errorf("the id is %q", id)
	}
}

// TestPlatform holds what every plugin is held to.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := plugintest.Platform{
		Plugin: plugin(),
		Bodies: map[string]int{
			`{"data":{"products":{"items":[{"sku":"1","price_range":{"minimum_price":{}}}]}}}`: 95,
			`<script type="text/x-magento-init">{}</script><a data-mage-init="{}">`:            90,
			`<p data-price-amount="3">`: 45,
			`<p>magento is a word</p>`:  0,
		},
		NoProduct: [][2]string{{"https://mag.example/about", `<h1>About</h1><p data-price-amount="3">$3.00</p>`}},
	}
	p.Test(t)
	reply, err := detect(plugintest.NewHost(t).Context(), omakase.DetectRequest{URL: "https://mag.example", Headers: []omakase.Header{{Name: "X-Magento-Cache-Id", Value: "1"}}})
	if err != nil || reply.Score != 95 {
		t.Errorf("%+v, %v", reply, err)
	}
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	for _, item := range plugintest.Corpus(t, "magento-graphql") {
		host := plugintest.NewHost(t)
		reply, err := extract(host.Context(), omakase.ExtractRequest{URL: item.URL, Body: host.Body(item.Text(t))})
		if err != nil {
			t.Fatal(err)
		}
		var want []struct {
			SKU, Title, Availability string
			Price                    float64
			Variants                 int
		}
		if err := json.Unmarshal(item.Expected.Products, &want); err != nil || len(want) != len(reply.Products) {
			t.Fatalf("%v, %d products, want %d", err, len(reply.Products), len(want))
		}
		for i, w := range want {
			p := reply.Products[i]
			amount, err := strconv.ParseFloat(p.Price, 64)
			if err != nil || p.SKU != w.SKU || p.Name != w.Title || amount != w.Price || p.Availability != w.Availability || len(p.Variants) != w.Variants {
				t.Errorf("got %+v\nwant %+v", p, w)
			}
		}
	}
}

func FuzzReadDocument(f *testing.F) {
	f.Add(`{"data":{"products":{"items":[{"uid":"MQ==","name":"x","price_range":{"minimum_price":{"final_price":{"value":1e3}}},"variants":[{"product":{"sku":"y"},"attributes":[{"code":"c","label":"l"}]}]}]}}}`)
	f.Fuzz(func(t *testing.T, document string) {
		a, _ := readDocument(document, crawl.Address{Scheme: "https", Host: "mag.example", Path: "/"})
		for i := range a.products {
			plugintest.Sound(t, &a.products[i])
		}
	})
}

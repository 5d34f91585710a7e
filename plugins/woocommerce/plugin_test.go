package main

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/plugins/internal/plugintest"
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// shop is a small WooCommerce shop: products are numbered from 1, each third is
// variable with two variants of its own prices.
type shop struct {
	n         int
	api       string // "" is /wp-json/wc/store/v1/; "old" before it, "plain" without pretty addresses, "sub" in a folder
	closed    bool   // the API answers 401
	page      string // instead of JSON
	home      string
	headless  bool // no totals in headers
	endless   bool // every page is the first
	noParents bool // variants can't be asked for by their product
	status    int
}

func (s *shop) root() string {
	switch s.api {
	case "plain":
		return "https://woo.example/?rest_route=/"
	case "sub":
		return "https://woo.example/store/wp-json/"
	}
	return "https://woo.example/wp-json/"
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if route := r.URL.Query().Get("rest_route"); s.api == "plain" && route != "" {
		path = "/wp-json" + route
	}
	if s.api == "sub" {
		path = strings.TrimPrefix(path, "/store")
		if strings.HasPrefix(r.URL.Path, "/wp-json") {
			path = "/nothing"
		}
	}
	want := "/wp-json/wc/store/v1/products"
	if s.api == "old" {
		want = "/wp-json/wc/store/products"
	}
	switch {
	case s.status != 0:
		w.WriteHeader(s.status)
	case path == "/" && r.URL.RawQuery == "":
		fmt.Fprintf(w, `<html><head><link rel="https://api.w.org/" href=%q></head><body class="woocommerce-no-js">%s
			<script src="/wp-content/plugins/woocommerce/a.js"></script></body></html>`, s.root(), s.home)
	case path != want || s.api == "plain" && strings.HasPrefix(r.URL.Path, "/wp-json"):
		http.Error(w, `{"code":"rest_no_route","data":{"status":404}}`, http.StatusNotFound)
	case s.closed:
		http.Error(w, `{"code":"rest_forbidden"}`, http.StatusUnauthorized)
	case s.page != "":
		fmt.Fprint(w, s.page)
	default:
		s.list(w, r.URL.Query())
	}
}

func (s *shop) list(w http.ResponseWriter, q url.Values) {
	var all []any
	if q.Get("type") == "variation" {
		for parent := range strings.SplitSeq(q.Get("parent"), ",") {
			if i, err := strconv.Atoi(parent); err == nil && !s.noParents {
				all = append(all, s.variant(i, 0), s.variant(i, 1))
			}
		}
	} else {
		for i := 1; i <= s.n; i++ {
			all = append(all, s.product(i))
		}
	}
	size, _ := strconv.Atoi(q.Get("per_page"))
	page, _ := strconv.Atoi(q.Get("page"))
	if s.endless {
		page = 1
	}
	if !s.headless && !s.endless {
		w.Header().Set("X-WP-Total", strconv.Itoa(len(all)))
		w.Header().Set("X-WP-TotalPages", strconv.Itoa((len(all)+size-1)/size))
	}
	all = all[min((page-1)*size, len(all)):]
	_ = json.NewEncoder(w).Encode(all[:min(size, len(all))])
}

func (s *shop) product(i int) map[string]any {
	p := map[string]any{
		"id": i, "name": fmt.Sprintf("Tea &#8211; No. %d", i), "type": "simple", "slug": fmt.Sprintf("tea-%d", i),
		"permalink": fmt.Sprintf("https://woo.example/product/tea-%d/", i), "sku": fmt.Sprintf("T%d", i),
		"description": "<p>Green &amp; fresh</p>\n", "is_in_stock": i%5 != 0, "is_purchasable": true,
		"images":     []any{map[string]any{"src": "https://woo.example/a.jpg"}, map[string]any{"src": "/b.jpg"}, map[string]any{"src": "https://woo.example/a.jpg"}},
		"categories": []any{map[string]any{"name": "Tea"}},
		"prices":     prices(1000+i, 1000+i),
	}
	if i%3 == 0 {
		p["type"] = "variable"
		p["attributes"] = []any{map[string]any{"name": "Size", "has_variations": true, "terms": []any{
			map[string]any{"name": "50 g", "slug": "50-g"}, map[string]any{"name": "100 g", "slug": "100-g"},
		}}}
		p["variations"] = []any{
			map[string]any{"id": 10*i + 100_000, "attributes": []any{map[string]any{"name": "Size", "value": "50-g"}}},
			map[string]any{"id": 10*i + 100_001, "attributes": []any{map[string]any{"name": "Size", "value": "100-g"}}},
		}
		m := prices(1000+i, 1000+i)
		m["price_range"] = map[string]any{"min_amount": strconv.Itoa(1000 + i), "max_amount": strconv.Itoa(2000 + i)}
		p["prices"] = m
	}
	return p
}

func (s *shop) variant(i, k int) map[string]any {
	return map[string]any{
		"id": 10*i + 100_000 + k, "parent": i, "type": "variation", "name": fmt.Sprintf("Tea - No. %d", i), "is_in_stock": k == 0,
		"is_purchasable": true, "prices": prices(1000+i+1000*k, 1500+i+1000*k), "low_stock_remaining": 2,
	}
}

func prices(now, before int) map[string]any {
	return map[string]any{
		"price": strconv.Itoa(now), "regular_price": strconv.Itoa(before), "currency_code": "EUR", "currency_minor_unit": 2,
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shop     shop
		requests int
		partial  bool
	}{
		"one page":        {shop{n: 20}, 2, false},
		"pages":           {shop{n: 250}, 6, false},
		"full last page":  {shop{n: 200}, 5, false},
		"no headers":      {shop{n: 250, headless: true}, 8, false},
		"in a folder":     {shop{n: 5, api: "sub"}, 4, false},
		"plain addresses": {shop{n: 5, api: "plain"}, 4, false},
		"before v1":       {shop{n: 5, api: "old"}, 5, false},
		"endless":         {shop{n: 100, endless: true}, 6, true},
		"no variants":     {shop{n: 9, noParents: true}, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := plugintest.NewHost(t)
			plugintest.Serve(host, &test.shop)
			p := plugin()
			m := host.Import(&p, omakase.ScrapeRequest{URL: "https://woo.example/"})
			if m.Err != nil {
				t.Fatal(m.Err)
			}
			if len(m.Products) != test.shop.n || m.Partial != test.partial || len(host.Fetched()) > test.requests {
				t.Errorf("%d products, partial %v, %d requests; notes %q", len(m.Products), m.Partial, len(host.Fetched()), m.Notes)
			}
			if !test.shop.headless && !test.shop.endless && m.Total != test.shop.n {
				t.Errorf("total is %d", m.Total)
			}
			for id, got := range m.Products {
				check(t, id, &got, test.shop.noParents)
			}
		})
	}
}

func check(t *testing.T, id string, p *omakase.Product, bare bool) {
	t.Helper()
	i, _ := strconv.Atoi(id)
	cents, _ := price.Minor(strconv.Itoa(1000+i), 2)
	if p.Name != "Tea – No. "+id || p.Price != cents || p.Currency != "EUR" || p.Description != "Green & fresh" || p.SKU != "T"+id ||
		p.URL != "https://woo.example/product/tea-"+id+"/" || !slices.Equal(p.ImageURLs, []string{"https://woo.example/a.jpg", "https://woo.example/b.jpg"}) ||
		(p.Availability == omakase.InStock) != (i%5 != 0) || p.Category != "Tea" {
		t.Errorf("%+v", p)
	}
	if i%3 != 0 {
		if len(p.Variants) != 0 || p.PriceMax != p.Price {
			t.Errorf("%+v", p)
		}
		return
	}
	if len(p.Variants) != 2 || p.Options[0].Name != "Size" || p.Variants[1].Title != "100 g" || p.Variants[1].Options[0] != "100 g" {
		t.Fatalf("%+v", p)
	}
	if v := p.Variants[1]; !bare && (v.Availability != omakase.OutOfStock || price.Compare(v.CompareAt, v.Price) <= 0 || v.Price != p.PriceMax || *v.Stock != 2) {
		t.Errorf("variant %+v of %+v", v, p)
	}
}

func TestImportSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shop      shop
		code      string
		retryable bool
	}{
		"API closed":    {shop{n: 5, closed: true}, omakase.CodeBlocked, false},
		"a page for it": {shop{n: 5, page: "<html>Just a moment...</html>"}, omakase.CodeBlocked, false},
		"an object":     {shop{n: 5, page: `{"code":"maintenance"}`}, omakase.CodeBlocked, false},
		"not open yet":  {shop{closed: true, home: `<div class="woocommerce-coming-soon-x">`}, omakase.CodeClosed, false},
		"down":          {shop{status: 503}, omakase.CodeUnavailable, true},
		"too fast":      {shop{status: 429}, omakase.CodeRateLimited, true},
		"frozen":        {shop{status: 402}, omakase.CodeClosed, false},
		"no shop":       {shop{status: 404}, omakase.CodeNotAShop, false},
		"refused":       {shop{status: 403}, omakase.CodeBlocked, false},
	} {
		host := plugintest.NewHost(t)
		plugintest.Serve(host, &test.shop)
		p := plugin()
		m := host.Import(&p, omakase.ScrapeRequest{URL: "https://woo.example/"})
		if omakase.CodeOf(m.Err) != test.code || len(m.Products) > 0 {
			t.Errorf("%s: %v, %d products", name, m.Err, len(m.Products))
		} else if e := m.Err.(*omakase.Error); e.Retryable != test.retryable {
			t.Errorf("%s: retryable is %v", name, e.Retryable)
		}
	}
	for _, cursor := range []string{"x", "w1;1;100;v1/;;ftp://x", "w1;0;100;v1/;;https://x.example/", "w1;1;1000;v1/;;https://x.example/"} {
		_, err := scrape(plugintest.NewHost(t).Context(), omakase.ScrapeRequest{URL: "https://woo.example", Cursor: cursor})
		if omakase.CodeOf(err) != omakase.CodeInvalid {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

func TestPriceless(t *testing.T) {
	t.Parallel()
	l, err := readList(`[{"id":1,"name":"Ask us","is_purchasable":false,"is_in_stock":true,"prices":{"price":"0","currency_code":"JPY","currency_minor_unit":0}},
		{"id":2,"name":"Free","is_purchasable":true,"prices":{"price":"0","currency_code":"JPY","currency_minor_unit":0}},
		{"id":3,"name":"Yen","prices":{"price":"1980","regular_price":"2500","currency_code":"JPY","currency_minor_unit":0}},
		{"id":6,"name":"Old","variations":[61,62,{"id":63}]},{"id":4},"odd",null,{"id":5,"name":"V","type":"variation"}]`, parentless)
	if err != nil || len(l.products) != 4 || len(l.products[3].Variants) != 3 {
		t.Fatalf("%v, %+v", err, l)
	}
	for i, want := range []string{"", "0", "1980"} {
		if l.products[i].Price != want {
			t.Errorf("%+v", l.products[i])
		}
	}
	if len(l.notes) != 3 || l.products[2].CompareAt != "2500" {
		t.Errorf("%q, %+v", l.notes, l.products[2])
	}
}

func TestCheckout(t *testing.T) {
	t.Parallel()
	line := func(product, variant string, n int) omakase.CheckoutLine {
		return omakase.CheckoutLine{ProductID: product, VariantID: variant, Quantity: n}
	}
	for name, test := range map[string]struct {
		lines  []omakase.CheckoutLine
		config string
		want   string
		code   string
	}{
		"one":       {[]omakase.CheckoutLine{line("5", "", 2)}, "", "https://woo.example/?add-to-cart=5&quantity=2", ""},
		"a variant": {[]omakase.CheckoutLine{line("5", "7", 1), line("5", "7", 2)}, "", "https://woo.example/?add-to-cart=7&quantity=3", ""},
		"several":   {[]omakase.CheckoutLine{line("5", "", 2), line("6", "8", 1)}, "", "https://woo.example/checkout-link/?products=5:2,8:1", ""},
		"old":       {[]omakase.CheckoutLine{line("5", "", 2), line("6", "", 1)}, `{"checkout_link":false}`, "", omakase.CodeUnsupported},
		"none":      {nil, "", "", omakase.CodeInvalid},
		"no number": {[]omakase.CheckoutLine{line("x", "", 2)}, "", "", omakase.CodeInvalid},
		"nothing":   {[]omakase.CheckoutLine{line("5", "", 0)}, "", "", omakase.CodeInvalid},
	} {
		host := plugintest.NewHost(t)
		host.Config = test.config
		reply, err := checkout(host.Context(), omakase.CheckoutRequest{URL: "https://woo.example/shop", Lines: test.lines})
		if reply.URL != test.want || omakase.CodeOf(err) != test.code {
			t.Errorf("%s: %q, %v", name, reply.URL, err)
		}
	}
}

// TestPlatform holds what every plugin is held to.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := plugintest.Platform{
		Plugin:    plugin(),
		Addresses: map[string]int{"https://woo.example/wp-json/wc/store/v1/products": 95},
		Bodies: map[string]int{
			`[{"permalink":"x","prices":{"currency_minor_unit":2}}]`:                                                    95,
			`<html><body class="woocommerce-no-js"><script src="/wp-content/plugins/woocommerce/x.js"></script></html>`: 90,
			`<html><meta name="generator" content="WooCommerce 9.1"></html>`:                                            60,
			`<html>we like shops</html>`: 0,
			`{"products":[]}`:            0,
		},
		NoProduct: [][2]string{{"https://woo.example/blog/", `<h1>News</h1><p>We sell tea for $5 now.</p>`}},
	}
	p.Test(t)
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	for _, item := range plugintest.Corpus(t, "woocommerce-store-api") {
		host := plugintest.NewHost(t)
		reply, err := extract(host.Context(), omakase.ExtractRequest{URL: item.URL, Body: host.Body(item.Text(t))})
		if err != nil {
			t.Fatal(err)
		}
		var want []struct {
			ID                     int
			Title, Price, Currency string
			Regular                string
			Available              bool
			Images, Variants       int
		}
		if err := json.Unmarshal(item.Expected.Products, &want); err != nil || len(want) != len(reply.Products) {
			t.Fatalf("%v, %d products, want %d", err, len(reply.Products), len(want))
		}
		for i, w := range want {
			p := reply.Products[i]
			if p.ID != strconv.Itoa(w.ID) || p.Name != w.Title || p.Price != w.Price || p.Currency != w.Currency ||
				(p.Availability == omakase.InStock) != w.Available || len(p.ImageURLs) != w.Images || len(p.Variants) != w.Variants ||
				w.Regular == w.Price && p.CompareAt != "" {
				t.Errorf("got %+v\nwant %+v", p, w)
			}
			if strings.ContainsAny(p.Description, "<>\n") || p.Description == "" {
				t.Errorf("description is %q", p.Description)
			}
		}
	}
}

func FuzzReadList(f *testing.F) {
	f.Add(`[{"id":1,"name":"x","variations":[1,{"id":2,"attributes":[{"name":"a","value":null}]}],"prices":{"price":"1"}}]`)
	f.Add(`{"id":1}`)
	f.Fuzz(func(t *testing.T, document string) {
		l, _ := readList(document, parentless)
		for i := range l.products {
			plugintest.Sound(t, &l.products[i])
		}
	})
}

// TestPage holds that a saved page gives the product with the number and the
// variants of its form, and other pages give none.
func TestPage(t *testing.T) {
	t.Parallel()
	const form = `[{"variation_id":71,"sku":"a","display_price":9.5,"display_regular_price":12,"is_in_stock":false,"attributes":{"attribute_pa_size":"s"},"image":{"src":"https://woo.example/s.jpg"}},
		{"variation_id":72,"sku":"b","display_price":14,"display_regular_price":14,"is_in_stock":true,"attributes":{"attribute_pa_size":"m","attribute_color":"red"}}]`
	const head = `<html lang="en"><head><title>Tea - Woo</title><link rel="canonical" href="https://woo.example/product/tea/"><script type="application/ld+json">{"@type":"Product","name":"Tea","sku":"T1",
		"image":"https://woo.example/a.jpg","offers":[{"@type":"Offer","price":"9.50","priceCurrency":"EUR","availability":"http://schema.org/InStock"}]}</script></head><body><h1>Tea</h1>`
	products := plugintest.Extract(t, plugin(), "https://woo.example/product/tea/", head+`<form class="variations_form cart" data-product_id="7" data-product_variations="`+html.EscapeString(form)+`">`)
	if len(products) != 1 {
		t.Fatalf("%+v", products)
	}
	p := products[0]
	if p.ID != "7" || p.Name != "Tea" || p.Price != "9.50" || p.PriceMax != "14.00" || p.CompareAt != "12.00" || p.Currency != "EUR" || p.Availability != omakase.InStock ||
		len(p.Variants) != 2 || p.Variants[0].Availability != omakase.OutOfStock || p.Variants[1].Title != "m / red" || len(p.Options) != 2 {
		t.Errorf("%+v", p)
	}
	worded := plugintest.Extract(t, plugin(), "https://woo.example/product/tea/", head+`<form class="variations_form cart" data-product_id="7" data-product_variations="`+html.EscapeString(form)+`">
		<table class="variations"><tr><th class="label"><label for="pa_size">Größe:</label></th><td><select id="pa_size" name="attribute_pa_size"><option value="">Wähle eine Option</option><option value="s">Klein &amp; fein</option><option value="m">Mittel</option></select></td></tr></table>`)
	if len(worded) != 1 || worded[0].Variants[0].Title != "Klein & fein" || worded[0].Variants[1].Title != "Mittel / red" || worded[0].Options[0].Name != "Größe" || worded[0].Options[1].Name != "color" {
		t.Errorf("%+v", worded)
	}
	simple := plugintest.Extract(t, plugin(), "https://woo.example/product/tea/", head+`<form class="cart"><button name="add-to-cart" value="7">Add to cart</button></form>`)
	if len(simple) != 1 || simple[0].ID != "7" || len(simple[0].Variants) != 0 || simple[0].Price != "9.50" {
		t.Errorf("%+v", simple)
	}
}

package demo

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var visitor = &http.Client{}

func open(t *testing.T) *Shop {
	t.Helper()
	s, err := Start(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// get returns the body of an answer with the status.
func get(t *testing.T, url string, status int) (string, http.Header) {
	t.Helper()
	resp, err := visitor.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("%s: status %d, %v", url, resp.StatusCode, err)
	}
	return string(body), resp.Header
}

func getJSON(t *testing.T, url string, into any) {
	t.Helper()
	body, _ := get(t, url, http.StatusOK)
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}

type variant struct {
	ID        int64
	Title     string
	Price     string
	CompareAt *string `json:"compare_at_price"`
	Available *bool
	Option1   string
	Option2   *string
}

type listed struct {
	ID       int64
	Title    string
	Handle   string
	BodyHTML string `json:"body_html"`
	Vendor   string
	Type     string `json:"product_type"`
	Tags     []string
	Variants []variant
	Images   []struct{ Src string }
	Options  []struct{ Values []string }
}

func walk(t *testing.T, base string) (all []listed, pages []int) {
	t.Helper()
	for n := 1; ; n++ {
		var body struct{ Products []listed }
		getJSON(t, fmt.Sprintf("%s/products.json?limit=250&page=%d", base, n), &body)
		pages = append(pages, len(body.Products))
		if len(body.Products) == 0 {
			return all, pages
		}
		all = append(all, body.Products...)
	}
}

func TestCatalogueByPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	products, pages := walk(t, s.URL())
	if diff := cmp.Diff([]int{25, 25, 10, 0}, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	var meta struct {
		Currency string
		Count    int `json:"published_products_count"`
	}
	getJSON(t, s.URL()+"/meta.json", &meta)
	if meta.Currency != "JPY" || meta.Count != len(products) {
		t.Errorf("meta.json says %+v for %d products", meta, len(products))
	}
	seen := map[any]bool{}
	var japanese, english, soldOut, partly, sale, many, bare int
	for _, p := range products {
		for _, key := range []any{p.ID, p.Handle} {
			if seen[key] {
				t.Errorf("%v comes twice", key)
			}
			seen[key] = true
		}
		if strings.ContainsFunc(p.Title, func(r rune) bool { return r > 0x3000 }) {
			japanese++
		} else {
			english++
		}
		in, out, cheaper := 0, 0, 0
		for _, v := range p.Variants {
			if seen[v.ID] || v.Price == "" || v.Available == nil || v.Option1 == "" {
				t.Errorf("%s has the variant %+v", p.Handle, v)
			}
			seen[v.ID] = true
			if *v.Available {
				in++
			} else {
				out++
			}
			if v.CompareAt != nil {
				cheaper++
			}
		}
		soldOut += count(in == 0)
		partly += count(in > 0 && out > 0)
		sale += count(cheaper > 0)
		many += count(len(p.Options) == 2)
		bare += count(len(p.Images) == 0)
		if p.Vendor == "" || p.Type == "" || len(p.Tags) == 0 || !strings.HasPrefix(p.BodyHTML, "<p>") {
			t.Errorf("%s is not complete: %+v", p.Handle, p)
		}
	}
	for what, n := range map[string]int{
		"Japanese": japanese, "English": english, "sold out": soldOut, "partly sold out": partly,
		"on sale": sale, "with two options": many, "without a picture": bare,
	} {
		if n == 0 {
			t.Errorf("no product is %s", what)
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// What the pages of each product say is what the list says.
func TestProductPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	products, _ := walk(t, s.URL())
	for _, p := range products {
		at := s.URL() + "/products/" + p.Handle
		var single struct {
			Product struct {
				ID       int64
				Tags     string
				Variants []variant
			}
		}
		getJSON(t, at+".json", &single)
		if single.Product.ID != p.ID || single.Product.Tags != strings.Join(p.Tags, ", ") || single.Product.Variants[0].Available != nil {
			t.Errorf("%s.json: %+v", p.Handle, single)
		}
		var ajax struct {
			ID       int64
			Variants []struct{ Price int }
		}
		getJSON(t, at+".js", &ajax)
		if got := fmt.Sprint(ajax.Variants[0].Price); ajax.ID != p.ID || got != p.Variants[0].Price+"00" {
			t.Errorf("%s.js: %+v", p.Handle, ajax)
		}
		page, _ := get(t, at, http.StatusOK)
		_, ld, _ := strings.Cut(page, `<script type="application/ld+json">`)
		ld, _, _ = strings.Cut(ld, "</script>")
		var data struct {
			Type    string `json:"@type"`
			Name    string
			Offers  []struct{ Price string }
			Members []struct{ Offers struct{ Price string } } `json:"hasVariant"`
		}
		if err := json.Unmarshal([]byte(ld), &data); err != nil {
			t.Errorf("%s: %v in %s", p.Handle, err, ld)
			continue
		}
		price := ""
		switch {
		case data.Type == "Product" && len(data.Offers) == 1:
			price = data.Offers[0].Price
		case data.Type == "ProductGroup" && len(data.Members) == len(p.Variants):
			price = data.Members[0].Offers.Price
		}
		if data.Name != p.Title || price != p.Variants[0].Price {
			t.Errorf("%s: structured data %+v", p.Handle, data)
		}
		for _, img := range p.Images {
			svg, header := get(t, img.Src, http.StatusOK)
			if err := xml.Unmarshal([]byte(svg), new(any)); err != nil && err != io.EOF || header.Get("Content-Type") != "image/svg+xml" {
				t.Errorf("%s: %v", img.Src, err)
			}
		}
	}
}

func TestCollectionsCoverTheCatalogue(t *testing.T) {
	t.Parallel()
	s := open(t)
	var list struct {
		Collections []struct {
			Handle string
			Count  int `json:"products_count"`
		}
	}
	getJSON(t, s.URL()+"/collections.json", &list)
	total := 0
	for _, c := range list.Collections {
		var body struct{ Products []listed }
		getJSON(t, s.URL()+"/collections/"+c.Handle+"/products.json?limit=25", &body)
		if len(body.Products) != c.Count || c.Count == 0 {
			t.Errorf("%s: %d products of %d", c.Handle, len(body.Products), c.Count)
		}
		if c.Handle != "sale" {
			total += c.Count
		}
		get(t, s.URL()+"/collections/"+c.Handle, http.StatusOK)
	}
	if total != 60 {
		t.Errorf("%d products are in a collection", total)
	}
}

func TestOtherAnswers(t *testing.T) {
	t.Parallel()
	s := open(t)
	products, _ := walk(t, s.URL())
	full := fmt.Sprintf("/cart/%d:2", products[0].Variants[0].ID)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/":                                    {200, "ひより道具店"},
		"/robots.txt":                          {200, "Disallow: /cart"},
		"/sitemap.xml":                         {200, s.URL() + "/sitemap_products_1.xml?from="},
		"/sitemap_products_1.xml":              {200, "<loc>" + s.URL() + "/products/gift-wrapping</loc><lastmod>"},
		"/cart.js":                             {200, `"currency":"JPY"`},
		full:                                   {200, "× 2"},
		"/cart/1:1":                            {404, "見つかりません"},
		"/cart/x":                              {404, "見つかりません"},
		"/products/none":                       {404, "404"},
		"/products/none.json":                  {404, "404"},
		"/collections/none":                    {404, "404"},
		"/collections/none/products.json":      {404, "404"},
		"/images/none.svg":                     {404, "404"},
		"/admin":                               {404, "404"},
		"/products.json?limit=250&page=101":    {400, "Page * Limit exceeds the 25000 limit."},
		"/products.json?limit=-1&page=x":       {200, `"title":"新茶 あさつゆ 100g"`},
		"/products.json?limit=2&page=2":        {200, `"handle":"hojicha-kukicha"`},
		"/products.json?page=" + "99999999999": {400, "limit"},
	} {
		body, header := get(t, s.URL()+path, want.status)
		if !strings.Contains(body, want.says) || header.Get("Powered-By") != "Shopify" {
			t.Errorf("%s: %s", path, body)
		}
	}
	var urls struct {
		Entries []struct {
			Loc string `xml:"loc"`
		} `xml:"url"`
	}
	body, _ := get(t, s.URL()+"/sitemap_products_1.xml", 200)
	if err := xml.Unmarshal([]byte(body), &urls); err != nil || len(urls.Entries) != 61 {
		t.Errorf("%d entries in the sitemap: %v", len(urls.Entries), err)
	}
	for _, e := range urls.Entries {
		if _, err := url.Parse(e.Loc); err != nil {
			t.Error(err)
		}
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, header := get(t, s.URL()+"/products.json", 200)
	for tag, want := range map[string]int{header.Get("ETag"): 304, `"other"`: 200} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/products.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", tag)
		resp, err := visitor.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("with %s: status %d; want %d", tag, resp.StatusCode, want)
		}
	}
}

func TestShopCloses(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if second, err := Start(ctx, s.Addr()); err == nil {
		second.Close()
		t.Error("two shops share an address")
	}
	cancel()
	<-s.done
	if resp, err := visitor.Get(s.URL()); err == nil {
		resp.Body.Close()
		t.Error("the shop answers after its context has ended")
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

package importer_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge/importer"
	"github.com/omakase-ai/omakase/core/store"
)

// shop answers like a shop's Admin interface; asked are the addresses.
type shop struct {
	mu    sync.Mutex
	asked []string
	next  string // rel="next" of the first page; "": there is one page
	err   error
	body  string // of the first page, "" for the usual
}

const firstPage = `{"products":[
	{"id":1,"title":"Admin Mug","body_html":"<b>Blue</b> mug &amp; <script>x()</script>saucer","handle":"admin-mug","status":"active","vendor":"V","product_type":"Mug","tags":"tea, new",
	 "images":[{"id":9,"src":"https://cdn.example.test/mug.png"}],"options":[{"name":"Size","values":["S","L"]}],
	 "variants":[{"id":11,"title":"S","price":"1500.00","sku":"MUG","inventory_quantity":7,"inventory_management":"shopify","option1":"S","image_id":9},
	             {"id":12,"title":"L","price":"1800.00","inventory_quantity":-2,"inventory_management":"shopify","option1":"L"}]},
	{"id":2,"title":"Admin Draft","handle":"admin-draft","status":"draft","images":[],"variants":[]},
	{"id":3,"title":" ","status":"active"}]}`

func (s *shop) Get(_ context.Context, url string, header http.Header) (importer.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, url)
	answer := importer.Answer{Status: http.StatusOK, Header: http.Header{}}
	switch {
	case s.err != nil:
		return answer, s.err
	case header.Get("X-Shopify-Access-Token") != "good-token":
		answer.Status, answer.Body = http.StatusUnauthorized, []byte(`{"errors":"Invalid API key"}`)
	case strings.HasSuffix(url, "/shop.json"):
		answer.Body = []byte(`{"shop":{"currency":"USD"}}`)
	case strings.Contains(url, "page_info=two"):
		answer.Body = []byte(`{"products":[{"id":4,"title":"Last","status":"archived","variants":[{"id":41,"price":"5.00","inventory_quantity":0,"inventory_management":"shopify","inventory_policy":"continue"}]}]}`)
	default:
		answer.Body = []byte(firstPage)
		if s.body != "" {
			answer.Body = []byte(s.body)
		}
		if s.next != "" {
			answer.Header.Set("Link", `<https://x.example/a?page_info=prev>; rel="previous", <`+s.next+`>; rel="next"`)
		}
	}
	return answer, nil
}

func (f *fixture) shopify(q importer.Shopify) store.CatalogImport {
	f.t.Helper()
	im, err := f.Shopify(f.t.Context(), "w", q)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.end(im.ID)
}

func TestShopify(t *testing.T) {
	t.Parallel()
	s := &shop{next: "http://169.254.169.254/elsewhere?page_info=two&limit=1"}
	f := start(t, nil, importer.Options{Fetch: s})
	q := importer.Shopify{Domain: "Tea.myshopify.com", Token: "good-token", Limit: 50}
	want := `completed 4/4 +3 -1 ["product 3: name is empty"]`
	for range 2 { // the second time nothing is there twice
		if got := said(f.shopify(q)); got != want {
			t.Errorf("it says %s, want %s", got, want)
		}
		if diff := cmp.Diff([]string{"Admin Mug", "Admin Draft", "Last"}, f.names()); diff != "" {
			t.Error(diff)
		}
	}
	const base = "https://tea.myshopify.com/admin/api/2024-01"
	asked := []string{base + "/shop.json", base + "/products.json?limit=50", base + "/products.json?limit=50&page_info=two"}
	if diff := cmp.Diff(append(asked, asked...), s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	page, err := f.store.ListProducts(t.Context(), "w", store.ListQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range []string{
		`"description":"Blue mug & saucer","price":1500,"productUrl":"https://tea.myshopify.com/products/admin-mug","isActive":true,"imageUrl":"https://cdn.example.test/mug.png","stockQuantity":7,"currency":"USD","availability":"InStock","sku":"MUG","brand":"V","category":"Mug","tags":["tea","new"]`,
		`"isActive":false`, `"isActive":false`,
	} {
		if !strings.Contains(string(page.Docs[i]), part) {
			t.Errorf("product %d lacks %s:\n%s", i, part, page.Docs[i])
		}
	}
	c, err := f.store.StoreContext(t.Context(), "w")
	if err != nil || c.Name != "tea" || c.URL != "https://tea.myshopify.com" {
		t.Errorf("context %+v, %v", c, err)
	}
	if _, err := f.store.ListProducts(t.Context(), "v", store.ListQuery{}); err != nil {
		t.Error(err)
	}
}

func TestShopifyReplaces(t *testing.T) {
	t.Parallel()
	s := &shop{next: "https://tea.myshopify.com/admin?page_info=two"}
	f := start(t, nil, importer.Options{Fetch: s})
	if err := f.store.CreateProducts(t.Context(), "w", []*catalog.Product{{Name: "old"}}); err != nil {
		t.Fatal(err)
	}
	q := importer.Shopify{Domain: "tea.myshopify.com", Token: "bad", Replace: true}
	if got := said(f.shopify(q)); got != `failed 0/0 +0 -0 ["Shopify API error: 401 Unauthorized"]` {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"old"}, f.names()); diff != "" {
		t.Error(diff)
	}
	q.Token = "good-token"
	f.shopify(q)
	if diff := cmp.Diff([]string{"Admin Mug", "Admin Draft", "Last"}, f.names()); diff != "" {
		t.Error(diff)
	}
}

func TestShopifyFails(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		shop *shop
		want string
	}{
		"refused":     {&shop{err: errs.New(errs.Blocked, "the server refuses us (status 403)")}, "Shopify API error: 403 Forbidden (the token needs the right read_products)"},
		"down":        {&shop{err: errs.New(errs.Unavailable, "gave up after 3 attempts")}, "Shopify API error: gave up after 3 attempts"},
		"inside":      {&shop{err: errs.New(errs.Denied, "the address is private")}, "Shopify API error: the address is private"},
		"no list":     {&shop{body: `{"x":1}`}, "Shopify API error: the answer holds no list of products"},
		"no JSON":     {&shop{body: `<html>`}, "Shopify API error: the answer holds no list of products"},
		"round about": {&shop{next: "?page_info=one"}, "Shopify API error: the pages come to no end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, nil, importer.Options{Fetch: tc.shop})
			im := f.shopify(importer.Shopify{Domain: "tea.example", Token: "good-token"})
			if im.State != store.ImportFailed || im.Errors[len(im.Errors)-1] != tc.want {
				t.Errorf("%s, want %s", said(im), tc.want)
			}
		})
	}
}

func TestCheckDomain(t *testing.T) {
	t.Parallel()
	for _, domain := range []string{"shop.myshopify.com", " Shop.MyShopify.com ", "a-b.co.jp", "xn--4gq.example"} {
		if _, err := importer.CheckDomain(domain); err != nil {
			t.Errorf("%q: %v", domain, err)
		}
	}
	f := start(t, nil, importer.Options{Fetch: &shop{}})
	for _, domain := range []string{
		"", "shop", "localhost", "https://shop.example", "shop.example/", "shop.example:443", "a@shop.example", "shop.example?x", "shop.example#x",
		"127.0.0.1", "127.1", "0x7f.1", "[::1]", "::1", "shop..example", ".example", "shop.example.", "sh op.example", "sh\nop.example", "-a.example",
		"sh%6fp.example", "shop\\.example", "日本.example", strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 130) + "example",
	} {
		if got, err := f.Shopify(t.Context(), "w", importer.Shopify{Domain: domain, Token: "t"}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v, %v", domain, got, err)
		}
	}
	for i, q := range []importer.Shopify{{Version: "2024-1"}, {Version: "../x"}, {Version: "2024-01/x"}, {Token: "a\r\nb"}, {Token: "あ"}} {
		q.Domain = "shop.example"
		if _, err := f.Shopify(t.Context(), "w", q); !errs.Is(err, errs.Invalid) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if list, _, err := f.store.ListImports(t.Context(), "w", 0, ""); err != nil || len(list) > 0 {
		t.Error(fmt.Sprint("recorded: ", list, err))
	}
}

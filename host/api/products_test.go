package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/host/api"
)

const post, put, del = http.MethodPost, http.MethodPut, http.MethodDelete

func TestProductLife(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	id := field(t, h.exchange(t, scenario{
		method: post, path: "/api/products", status: 201,
		body: `{"id":"mine","name":"Linen Shirt","description":"Summer","price":3980,"imageUrl":"https://cdn.example/s.png",
			"productUrl":"https://shop.example/s","isActive":true,"stockQuantity":10,"lowStockThreshold":3,"colour":"red"}`,
		want: `{"success":true,"product":{"name":"Linen Shirt","description":"Summer","price":3980,"currency":"JPY",
			"imageUrl":"https://cdn.example/s.png","productUrl":"https://shop.example/s","isActive":true,
			"stockQuantity":10,"lowStockThreshold":3}}`,
	}), "product", "id")
	if id == "mine" {
		t.Error("a single creation took the client's id")
	}
	path := "/api/products/" + id
	h.run(
		scenario{path: path, status: 200, want: `{"success":true,"product":{"name":"Linen Shirt"}}`},
		scenario{method: http.MethodHead, path: path, status: 200},
		scenario{path: "/api/products", status: 200, want: `{"success":true,"count":1}`, lacks: []string{"nextCursor"}},
		scenario{
			name: "a change touches only what it names", method: put, path: path, status: 200, body: `{"price":4200,"isActive":false,"id":"zzz"}`,
			want: `{"product":{"id":"` + id + `","name":"Linen Shirt","price":4200,"isActive":false,"stockQuantity":10}}`,
		},
		scenario{name: "inactive products are listed and found", path: "/api/products/search/LINEN", status: 200, want: `{"query":"LINEN","count":1}`},
		scenario{
			name: "null removes", method: put, path: path, status: 200,
			body: `{"imageUrl":null,"stockQuantity":null,"lowStockThreshold":null}`, want: `{"success":true}`,
		},
		scenario{path: path + "/stock", status: 200, want: `{"success":true,"inStock":true,"isLowStock":false,"message":"在庫あり"}`, lacks: []string{"quantity"}},
		scenario{path: path + "/history", status: 200, want: `{"success":true}`},
		scenario{path: path + "/history?limit=1", status: 200, want: `{"count":1}`},
		scenario{method: del, path: path, status: 200, want: `{"success":true,"message":"Product deleted"}`},
	)
	for _, gone := range []scenario{
		{method: del, path: path},
		{path: path},
		{method: put, path: path, body: `{"price":1}`},
		{path: path + "/stock"},
		{method: put, path: path + "/stock", body: `{"quantity":1}`},
		{method: post, path: path + "/stock/increment", body: `{}`},
		{path: path + "/history"},
		{path: "/api/products/search/"},
	} {
		gone.status, gone.want = 404, `{"error":"Product not found","code":"not_found"}`
		h.run(gone)
	}
}

func TestProductDefaults(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	for _, body := range []string{
		`{}`,
		`{"name":"","description":"","productUrl":"","imageUrl":""}`,
		`{"name":null,"description":null,"price":null,"productUrl":null,"imageUrl":null,"isActive":null,"stockQuantity":null,"lowStockThreshold":null}`,
	} {
		answer := h.exchange(t, scenario{
			method: post, path: "/api/products", status: 201, body: body,
			want: `{"product":{"name":"Unnamed Product","description":"","price":0,"productUrl":"","isActive":true}}`,
		})
		for _, key := range []string{"imageUrl", "stockQuantity", "lowStockThreshold", "currency"} {
			if strings.Contains(string(answer), `"`+key+`"`) {
				t.Errorf("%s: answer has %s: %s", body, key, answer)
			}
		}
	}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	for _, tt := range []struct{ body, price, currency string }{
		{`{"price":1980}`, "1980", "JPY"},
		{`{"price":0}`, "0", "JPY"},
		{`{"price":-0}`, "0", "JPY"},
		{`{"price":1980.00}`, "1980", "JPY"},
		{`{"price":1.98e3}`, "1980", "JPY"},
		{`{"price":880.5}`, "880.5", ""},
		{`{"price":12.99,"currency":"usd"}`, "12.99", "USD"},
		{`{"price":0.1}`, "0.1", ""},
		{`{"price":90071992547.99,"currency":"USD"}`, "90071992547.99", "USD"},
	} {
		answer := h.exchange(t, scenario{method: post, path: "/api/products", status: 201, body: tt.body})
		var got struct {
			Product struct {
				Price    json.Number
				Currency string
			}
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			t.Fatal(err)
		}
		if got.Product.Price.String() != tt.price || got.Product.Currency != tt.currency {
			t.Errorf("%s became %s %q, want %s %q", tt.body, got.Product.Price, got.Product.Currency, tt.price, tt.currency)
		}
	}
	id := field(t, h.exchange(t, scenario{method: post, path: "/api/products", status: 201, body: `{"price":12.99,"currency":"USD"}`}), "product", "id")
	h.run(
		scenario{name: "a price keeps its currency", method: put, path: "/api/products/" + id, body: `{"price":9.5}`, status: 200, want: `{"product":{"price":9.5,"currency":"USD"}}`},
		scenario{name: "a currency keeps the price", method: put, path: "/api/products/" + id, body: `{"currency":"EUR"}`, status: 200, want: `{"product":{"price":9.5,"currency":"EUR"}}`},
		scenario{name: "unless it has no such decimals", method: put, path: "/api/products/" + id, body: `{"currency":"JPY"}`, status: 400, want: `{"code":"invalid_request"}`},
	)
}

// wrongProducts are bodies that no write may take, and what the answer names.
var wrongProducts = []struct{ body, says string }{
	{``, "body is required"},
	{`null`, "JSON object"},
	{`[]`, "JSON object"},
	{`"x"`, "JSON object"},
	{`{"name":`, "not valid JSON"},
	{`{"name":"x"} {}`, "not valid JSON"},
	{`{"price":NaN}`, "not valid JSON"},
	{"{\"name\":\"\xff\"}", "UTF-8"},
	{`{"name":5}`, "name must be a string"},
	{`{"name":"  "}`, "name"},
	{`{"name":"a\u0000b"}`, "name"},
	{`{"name":"` + strings.Repeat("a", 501) + `"}`, "name"},
	{`{"description":{}}`, "description must be a string"},
	{`{"price":"abc"}`, "price must be a number"},
	{`{"price":-1}`, "price must not be negative"},
	{`{"price":1e400}`, "price has too many digits"},
	{`{"price":1e99999999999999999999}`, "price has too many digits"},
	{`{"price":99999999999999999}`, "too large"},
	{`{"price":1.001}`, "decimals"},
	{`{"price":1.5,"currency":"JPY"}`, "decimals"},
	{`{"price":1,"currency":"YEN"}`, "currency"},
	{`{"price":1,"currency":7}`, "currency must be a string"},
	{`{"isActive":"yes"}`, "isActive must be true or false"},
	{`{"stockQuantity":-1}`, "stockQuantity must not be negative"},
	{`{"stockQuantity":1.5}`, "stockQuantity must be a whole number"},
	{`{"stockQuantity":"3"}`, "stockQuantity must be a number"},
	{`{"stockQuantity":1e12}`, "stockQuantity is larger"},
	{`{"lowStockThreshold":[]}`, "lowStockThreshold must be a number"},
	{`{"imageUrl":"javascript:alert(1)"}`, "imageUrl"},
	{`{"productUrl":"data:text/html,x"}`, "productUrl"},
	{`{"productUrl":"https://shop.example/` + strings.Repeat("a", 5000) + `"}`, "productUrl"},
	{strings.Repeat(`{"a":`, 70) + `1` + strings.Repeat(`}`, 70), "nested"},
}

func TestWrongProductsAreRefused(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	id := field(t, h.exchange(t, scenario{method: post, path: "/api/products", status: 201, body: `{"name":"Mug","price":5}`}), "product", "id")
	before := string(h.exchange(t, scenario{path: "/api/products", status: 200}))
	for _, wrong := range wrongProducts {
		for _, sc := range []scenario{
			{method: post, path: "/api/products"},
			{method: put, path: "/api/products/" + id},
		} {
			sc.name, sc.body, sc.status = fmt.Sprintf("%s %.60s", sc.method, wrong.body), wrong.body, 400
			sc.want = `{"code":"invalid_request"}`
			if answer := field(t, h.exchange(t, sc), "error"); !strings.Contains(answer, wrong.says) {
				t.Errorf("%s: %q does not say %q", sc.name, answer, wrong.says)
			}
		}
	}
	for _, name := range []string{"name", "description", "price", "currency", "productUrl", "isActive"} {
		h.run(scenario{method: put, path: "/api/products/" + id, body: `{"` + name + `":null}`, status: 400, want: `{"error":"` + name + ` must not be null"}`})
	}
	if after := string(h.exchange(t, scenario{path: "/api/products", status: 200})); after != before {
		t.Errorf("a refused request wrote:\n%s\n%s", before, after)
	}
}

func TestBulk(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	const path = "/api/products/bulk"
	h.run(
		scenario{
			name: "ids and stock are kept", method: post, path: path, status: 201,
			body: `{"products":[{"name":"A","price":100},{"id":"b","name":"B","price":200,"stockQuantity":4,"lowStockThreshold":2}]}`,
			want: `{"success":true,"count":2,"products":[{"name":"A","price":100},{"id":"b","name":"B","stockQuantity":4,"lowStockThreshold":2}]}`,
		},
		scenario{name: "a taken id", method: post, path: path, status: 409, body: `{"products":[{"name":"C"},{"id":"b"}]}`, want: `{"code":"conflict"}`},
		scenario{name: "nothing", method: post, path: path, status: 201, body: `{"products":[]}`, want: `{"count":0,"products":[]}`},
		scenario{name: "an object", method: post, path: path, status: 400, body: `{"products":{"name":"x"}}`, want: `{"error":"Products array required","code":"invalid_request"}`},
		scenario{name: "no list", method: post, path: path, status: 400, body: `{}`, want: `{"error":"Products array required"}`},
		scenario{name: "a null", method: post, path: path, status: 400, body: `{"products":[{"name":"D"},null]}`, want: `{"error":"products[1] must be a JSON object"}`},
		scenario{name: "a wrong price", method: post, path: path, status: 400, body: `{"products":[{"price":1},{"price":"1"}]}`, want: `{"error":"products[1].price must be a number"}`},
		scenario{name: "a long name", method: post, path: path, status: 400, body: `{"products":[{"name":"` + strings.Repeat("a", 501) + `"}]}`, want: `{"error":"products[0].name is longer than 500 characters"}`},
		scenario{name: "a wrong id", method: post, path: path, status: 400, body: `{"products":[{"id":7}]}`, want: `{"error":"products[0].id must be a string"}`},
		scenario{name: "an id of control characters", method: post, path: path, status: 400, body: `{"products":[{"id":"a\nb"}]}`, want: `{"code":"invalid_request"}`},
		scenario{name: "too many", method: post, path: path, status: 413, body: `{"products":[` + strings.Repeat(`{},`, 10_000) + `{}]}`, want: `{"code":"too_large"}`},
		scenario{name: "all or none", path: "/api/products", status: 200, want: `{"count":2}`},
	)
}

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	big := `{"name":"x","other":"` + strings.Repeat("a", 1<<20) + `"}`
	h.run(
		scenario{name: "1 MiB elsewhere", method: post, path: "/api/products", body: big, status: 413, want: `{"code":"too_large"}`},
		scenario{name: "32 MiB in bulk", method: post, path: "/api/products/bulk", body: `{"products":[` + big + `]}`, status: 201, want: `{"count":1}`},
		scenario{name: "no more in bulk", method: post, path: "/api/products/bulk", body: strings.Repeat(" ", 32<<20+1), status: 413, want: `{"code":"too_large"}`},
	)
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	for contentType, status := range map[string]int{
		"application/json":                         201,
		"application/json; charset=utf-8":          201,
		"Application/JSON; charset=UTF-8":          201,
		"application/json; charset=shift_jis":      415,
		"text/plain":                               415,
		"application/x-www-form-urlencoded":        415,
		"multipart/form-data; boundary=x":          415,
		"application/json; charset=utf-8; charset": 415,
	} {
		want := `{}`
		if status == 415 {
			want = `{"code":"unsupported_media_type"}`
		}
		h.run(scenario{
			name: contentType, method: post, path: "/api/products", body: `{"name":"x"}`, status: status, want: want,
			header: map[string]string{"Content-Type": contentType},
		})
	}
	h.run(scenario{
		name: "compressed", method: post, path: "/api/products", body: `{"name":"x"}`, status: 415,
		header: map[string]string{"Content-Encoding": "gzip"}, want: `{"code":"unsupported_media_type"}`,
	})
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	tenant := map[string]string{"X-Workspace-Id": " tenant-a "}
	id := field(t, h.exchange(t, scenario{
		method: post, path: "/api/products", header: tenant, body: `{"name":"Tenant Lamp","price":900,"stockQuantity":2}`, status: 201,
	}), "product", "id")
	path := "/api/products/" + id
	h.run(
		scenario{name: "list", path: "/api/products", header: tenant, status: 200, want: `{"count":1}`},
		scenario{name: "get", path: path, header: tenant, status: 200, want: `{"product":{"name":"Tenant Lamp"}}`},
		scenario{name: "search", path: "/api/products/search/lamp", header: tenant, status: 200, want: `{"count":1}`},
		scenario{name: "stock", path: path + "/stock", header: tenant, status: 200, want: `{"quantity":2,"isLowStock":true,"message":"残りわずか（2点）"}`},
		scenario{name: "low stock", path: "/api/products/inventory/low-stock", header: tenant, status: 200, want: `{"count":1}`},
		scenario{name: "out of stock", path: "/api/products/inventory/out-of-stock", header: tenant, status: 200, want: `{"count":0}`},
		scenario{name: "list elsewhere", path: "/api/products", status: 200, want: `{"count":0}`},
		scenario{name: "get elsewhere", path: path, status: 404},
		scenario{name: "search elsewhere", path: "/api/products/search/lamp", status: 200, want: `{"count":0}`},
		scenario{name: "delete elsewhere", method: del, path: path, status: 404},
		scenario{name: "clear elsewhere", method: del, path: "/api/products", status: 200, want: `{"message":"All products cleared"}`},
		scenario{name: "blank is default", method: put, path: path, header: map[string]string{"X-Workspace-Id": "   "}, body: `{"price":1}`, status: 404},
		scenario{name: "still there", path: path, header: tenant, status: 200},
		scenario{name: "too long", path: "/api/products", header: map[string]string{"X-Workspace-Id": strings.Repeat("a", 129)}, status: 400, want: `{"code":"invalid_request"}`},
		scenario{name: "not printable", path: "/api/products", header: map[string]string{"X-Workspace-Id": "a\xffb"}, status: 400, want: `{"code":"invalid_request"}`},
	)
}

func TestPaging(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	for i := range 5 {
		h.exchange(t, scenario{method: post, path: "/api/products", body: fmt.Sprintf(`{"name":"Tea %d"}`, i), status: 201})
	}
	for _, path := range []string{"/api/products", "/api/products/search/tea"} {
		var names []string
		for cursor, pages := "", 0; ; pages++ {
			answer := h.exchange(t, scenario{path: path + "?limit=2&cursor=" + cursor, status: 200})
			var page struct {
				Count      int
				Products   []struct{ Name string }
				NextCursor *string
			}
			if err := json.Unmarshal(answer, &page); err != nil || page.Count != len(page.Products) {
				t.Fatalf("%v: %s", err, answer)
			}
			for _, p := range page.Products {
				names = append(names, p.Name)
			}
			if page.NextCursor == nil || pages > 5 {
				break
			}
			cursor = *page.NextCursor
		}
		if got := strings.Join(names, ","); got != "Tea 0,Tea 1,Tea 2,Tea 3,Tea 4" {
			t.Errorf("%s pages through %s", path, got)
		}
	}
	for _, query := range []string{"limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=1.5", "cursor=abc", "limit=2&cursor=%00garbage"} {
		h.run(scenario{path: "/api/products?" + query, status: 400, want: `{"code":"invalid_request"}`})
	}
}

func TestSearchTerms(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"生チョコ 100% <b>\"best\"</b>","description":"a/b"}`, status: 201})
	h.run(
		scenario{path: "/api/products/search/%E3%83%81%E3%83%A7%E3%82%B3", status: 200, want: `{"query":"チョコ","count":1}`},
		scenario{path: "/api/products/search/100%25", status: 200, want: `{"query":"100%","count":1}`},
		scenario{path: "/api/products/search/a%2Fb", status: 200, want: `{"query":"a/b","count":1}`},
		scenario{path: "/api/products/search/%22best", status: 200, want: `{"query":"\"best","count":1}`},
		scenario{path: "/api/products/search/none?q=1", status: 200, want: `{"query":"none","count":0,"products":[]}`},
	)
	for _, raw := range []string{"/api/products/search/%E0%A4%A", "/api/products/search/%ff", "/api/products/search/a%00b", "/api/products/%zz", "/api/products/%zz/stock"} {
		rawExchange(t, h, "GET "+raw, 400)
	}
	h.run(scenario{path: "/api/products/search/" + strings.Repeat("a", 501), status: 400, want: `{"code":"invalid_request"}`})
}

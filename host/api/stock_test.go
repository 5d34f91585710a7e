package api_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/omakase-ai/omakase/host/api"
)

func TestStock(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	path := "/api/products/" + field(t, h.exchange(t, scenario{
		method: post, path: "/api/products", body: `{"name":"Mug"}`, status: 201,
	}), "product", "id") + "/stock"
	h.run(
		scenario{name: "not managed", path: path, status: 200, want: `{"success":true,"inStock":true,"isLowStock":false,"message":"在庫あり"}`},
		scenario{name: "take from unmanaged", method: post, path: path + "/decrement", body: `{"amount":3}`, status: 200, want: `{"success":true,"stockStatus":{"inStock":true,"message":"在庫あり"}}`},
		scenario{name: "unmanaged begins at 0", method: post, path: path + "/increment", body: `{"amount":7}`, status: 200, want: `{"product":{"stockQuantity":7},"stockStatus":{"quantity":7,"isLowStock":false,"message":"在庫あり（7点）"}}`},
		scenario{name: "one by default", method: post, path: path + "/increment", body: `{}`, status: 200, want: `{"product":{"stockQuantity":8}}`},
		scenario{name: "take", method: post, path: path + "/decrement", body: `{"amount":3}`, status: 200, want: `{"product":{"stockQuantity":5},"stockStatus":{"isLowStock":true,"message":"残りわずか（5点）"}}`},
		scenario{
			name: "too few", method: post, path: path + "/decrement", body: `{"amount":6}`, status: 400,
			want: `{"success":false,"error":"在庫が不足しています","code":"insufficient_stock","product":{"stockQuantity":5}}`,
		},
		scenario{name: "set", method: put, path: path, body: `{"quantity":0}`, status: 200, want: `{"product":{"stockQuantity":0},"stockStatus":{"inStock":false,"quantity":0,"isLowStock":false,"message":"在庫切れ"}}`},
		scenario{path: "/api/products/inventory/out-of-stock", status: 200, want: `{"count":1}`},
		scenario{name: "set 1e1", method: put, path: path, body: `{"quantity":1e1}`, status: 200, want: `{"product":{"stockQuantity":10}}`},
		scenario{name: "overflow", method: post, path: path + "/increment", body: `{"amount":1000000000}`, status: 400, want: `{"code":"invalid_request"}`},
		scenario{name: "unchanged after refusals", path: path, status: 200, want: `{"quantity":10}`},
		scenario{
			name: "unknown product", method: post, path: "/api/products/nope/stock/decrement", body: `{"amount":1}`, status: 404,
			want: `{"success":false,"error":"商品が見つかりません","code":"not_found"}`,
		},
	)
	for _, body := range []string{`{}`, `{"quantity":"5"}`, `{"quantity":null}`, `{"quantity":true}`} {
		h.run(scenario{name: "set " + body, method: put, path: "/api/products/nope/stock", body: body, status: 400, want: `{"error":"Quantity must be a number","code":"invalid_request"}`})
	}
	for _, quantity := range []string{"-1", "1.5", "1e10", "-0.5"} {
		h.run(scenario{name: "set " + quantity, method: put, path: path, body: `{"quantity":` + quantity + `}`, status: 400, want: `{"code":"invalid_request"}`})
	}
	for _, amount := range []string{"-1", "0.5", `"5"`, "null", "1e10", "[]"} {
		for _, move := range []string{"increment", "decrement"} {
			h.run(scenario{name: move + " " + amount, method: post, path: path + "/" + move, body: `{"amount":` + amount + `}`, status: 400, want: `{"code":"invalid_request"}`})
		}
	}
	h.run(
		scenario{name: "no body", method: post, path: path + "/decrement", status: 400, want: `{"error":"Request body is required"}`},
		scenario{name: "still unchanged", path: path, status: 200, want: `{"quantity":10}`},
	)
}

func TestConcurrentBuyersNeverOversell(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	id := field(t, h.exchange(t, scenario{method: post, path: "/api/products", body: `{"name":"Last","stockQuantity":10}`, status: 201}), "product", "id")
	sold := make(chan int, 40)
	var buyers sync.WaitGroup
	for range 40 {
		buyers.Go(func() {
			sold <- statusOf(t, h, post, fmt.Sprintf("/api/products/%s/stock/decrement", id), `{"amount":1}`)
		})
	}
	buyers.Wait()
	close(sold)
	counts := map[int]int{}
	for status := range sold {
		counts[status]++
	}
	if counts[200] != 10 || counts[400] != 30 {
		t.Errorf("answers by status: %v, want 10 times 200 and 30 times 400", counts)
	}
}

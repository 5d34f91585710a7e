package api

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/host/observe"
)

// BenchmarkHandlers measures what a request costs between the parsed request
// and the answer ready to be written: no socket, no parsing of HTTP.
func BenchmarkHandlers(b *testing.B) {
	st, err := sqlite.Open(context.Background(), sqlite.Options{Path: filepath.Join(b.TempDir(), "omakase.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	products := make([]*catalog.Product, 1000)
	for i := range products {
		products[i] = &catalog.Product{
			ID: fmt.Sprint("p", i), Name: fmt.Sprintf("Tea %d of %d", i, i%10), Description: "A tin of tea, a hundred grams, from the first harvest.",
			URL: "https://shop.example/p", Price: catalog.Money{Amount: 1000, Currency: "JPY"}, Active: true,
		}
	}
	if err := st.CreateProducts(context.Background(), "default", products); err != nil {
		b.Fatal(err)
	}
	s := New(Options{Metrics: observe.NewMetrics("bench")})
	s.Attach(Backend{Store: st})
	handle := s.app.Handler()
	for _, bench := range []struct{ name, method, path, body string }{
		{name: "health", path: "/api/health"},
		{name: "product", path: "/api/products/p7"},
		{name: "list of 20", path: "/api/products?limit=20"},
		{name: "list of 1000", path: "/api/products"},
		{name: "search of 100", path: "/api/products/search/of%207"},
		{name: "refused product", method: "POST", path: "/api/products", body: `{"name":"Linen Shirt","description":"Breathable","price":3980,
			"imageUrl":"https://cdn.example/s.png","productUrl":"https://shop.example/s","isActive":true,"stockQuantity":-1}`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var rq fasthttp.Request
			rq.SetRequestURI(bench.path)
			if bench.method != "" {
				rq.Header.SetMethod(bench.method)
				rq.Header.SetContentType("application/json")
				rq.SetBodyString(bench.body)
			}
			var ctx fasthttp.RequestCtx
			ctx.Init(&rq, nil, nil)
			b.ReportAllocs()
			for b.Loop() {
				ctx.Response.Reset()
				handle(&ctx)
			}
		})
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/routing"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/plugins"
)

// benchTool has the tools of a voice session called one after another, warm:
// from the arguments that a model wrote to the result that it reads, through
// the plugin in its sandbox.
func benchTool() (rows []row, err error) {
	err = temp(func(dir string) error {
		ctx := context.Background()
		st, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "bench.db")})
		if err != nil {
			return err
		}
		defer func() { _ = st.Close() }()
		products := make([]*catalog.Product, 1000)
		for i := range products {
			products[i] = &catalog.Product{
				Name: fmt.Sprintf("%s %s %05d", from[i*7%len(from)], kinds[i%len(kinds)], i), Description: "ひとつずつ手作りの品です。日本の職人が仕上げました。",
				Category: kinds[i%len(kinds)], Price: catalog.Money{Amount: int64(500 + i), Currency: "JPY"}, Active: true,
			}
		}
		if err := st.CreateProducts(ctx, workspace, products); err != nil {
			return err
		}
		sales := shop.New(shop.Options{Store: st, Products: st, Rules: shop.Rules{MaxLines: 100, MaxQuantity: 1000}})
		host, err := wasm.New(wasm.Options{
			Builtin: plugins.Builtin(), CacheDir: dir,
			Functions: capability.New(capability.Services{Catalog: st, Knowledge: st, Shop: sales}),
		})
		if err != nil {
			return err
		}
		defer host.Close()
		took, err := callTools(ctx, routing.NewTools(routing.ToolOptions{Providers: host}), products)
		if err != nil {
			return err
		}
		p50, p99 := quantile(took, 0.5), quantile(took, 0.99)
		rows = append(rows, row{
			"tool call, arguments in to result out, 1,000 products", fmt.Sprintf("p50 %s, p99 %s", millis(p50), millis(p99)),
			"", "", "p50 ≤ 1 ms, p99 ≤ 5 ms", p50 <= time.Millisecond && p99 <= 5*time.Millisecond,
		})
		return nil
	})
	return rows, err
}

// callTools calls what a customer's visit calls, again and again.
func callTools(ctx context.Context, tools *routing.Tools, products []*catalog.Product) (took []time.Duration, err error) {
	n := 0
	call := func(name, arguments string) error {
		n++
		began := time.Now()
		result, err := tools.Call(ctx, realtime.Call{
			Workspace: workspace, Session: "bench", Cart: "bench", Language: "ja", ID: fmt.Sprint("call-", n), Name: name, Arguments: json.RawMessage(arguments),
		})
		took = append(took, time.Since(began))
		var refused struct{ Error string }
		if err == nil && (json.Unmarshal(result, &refused) != nil || refused.Error != "") {
			err = fmt.Errorf("%s: %s", name, result)
		}
		return err
	}
	for i := range 600 {
		id := products[i*37%len(products)].ID
		for _, c := range []struct{ name, arguments string }{
			{"search_products", `{"query":"` + words[i%len(words)] + `"}`},
			{"get_product_details", `{"product_id":"` + id + `"}`},
			{"check_stock", `{"product_id":"` + id + `"}`},
			{"get_recommendations", `{"product_id":"` + id + `"}`},
			{"add_to_cart", `{"product_id":"` + id + `","quantity":1}`},
			{"get_cart", `{}`},
			{"search_faq", `{"query":"送料"}`},
			{"clear_cart", `{}`},
		} {
			if err := call(c.name, c.arguments); err != nil {
				return nil, err
			}
		}
		if i == 20 { // warm
			took = took[:0]
		}
	}
	return took, nil
}

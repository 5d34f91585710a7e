package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/host/heap"
)

// benchOrder has eight customers place orders of five lines, each as soon as
// the one before is acknowledged, which is once it is on the disk.
func benchOrder() (rows []row, err error) {
	const orders, writers, lines = 4000, 8, 5
	defer heap.Keep(func() uint64 { return heap.Floor })() // as a host does
	err = temp(func(dir string) error {
		ctx := context.Background()
		st, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "bench.db")})
		if err != nil {
			return err
		}
		defer func() { _ = st.Close() }()
		products := make([]*catalog.Product, 1000)
		for i := range products {
			stock := int64(catalog.MaxQuantity)
			products[i] = &catalog.Product{
				Name: fmt.Sprintf("%s %s %05d", from[i*7%len(from)], kinds[i%len(kinds)], i), Description: "ひとつずつ手作りの品です。日本の職人が仕上げました。",
				Price: catalog.Money{Amount: int64(500 + i), Currency: "JPY"}, Active: true, StockQuantity: &stock,
			}
		}
		if err := st.CreateProducts(ctx, workspace, products); err != nil {
			return err
		}
		s := shop.New(shop.Options{Store: st, Products: st, Rules: shop.Rules{Tax: shop.Tax{Standard: 10_000}, MaxLines: lines, MaxQuantity: 9, Confirm: true}})
		carts := make(chan string, orders)
		for i := range orders {
			h := shop.Handle{Workspace: workspace, ID: fmt.Sprint("cart-", i), Make: true}
			for k := range lines {
				if _, err := s.Add(ctx, h, "", shop.Item{ProductID: products[(i*lines+k*7)%len(products)].ID, Quantity: 1}); err != nil {
					return err
				}
			}
			carts <- h.ID
		}
		close(carts)
		// What was stored so far, which no customer waits for, is on the disk
		// after the first order.
		if _, _, err := s.Place(ctx, workspace, shop.NewOrder{CartID: <-carts, Key: "k"}); err != nil {
			return err
		}
		took, err := placeAll(ctx, s, carts, writers)
		if err != nil {
			return err
		}
		synced, err := syncs(filepath.Join(dir, "raw"))
		if err != nil {
			return err
		}
		p50, p99 := quantile(took, 0.5), quantile(took, 0.99)
		rows = append(rows, row{
			"order of five lines, on the disk, sqlite, 8 writers", fmt.Sprintf("p99 %s (p50 %s)", millis(p99), millis(p50)),
			"bare fsync p99 " + millis(quantile(synced, 0.99)), "",
			"p99 ≤ 5 ms", p99 <= 5*time.Millisecond,
		})
		return nil
	})
	return rows, err
}

// syncs has the same disk take, as often, what eight orders write, with nothing
// around it: an order can't be faster in bad moments than the disk is.
func syncs(path string) (took []time.Duration, err error) {
	const times, size, length = 500, 190 << 10, 32 << 20
	f, err := os.Create(path) //nolint:gosec // in a folder of our own
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it is thrown away
	// Like a journal, the file has its length from the beginning.
	if _, err := f.Write(make([]byte, length)); err != nil {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	data := make([]byte, size)
	for i := range times {
		if _, err := f.WriteAt(data, int64(i)*size%(length-size)); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := f.Sync(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

func placeAll(ctx context.Context, s *shop.Service, carts <-chan string, writers int) (took []time.Duration, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for id := range carts {
				began := time.Now()
				_, _, placeErr := s.Place(ctx, workspace, shop.NewOrder{CartID: id, Key: "k"})
				d := time.Since(began)
				mu.Lock()
				if took = append(took, d); placeErr != nil {
					err = placeErr
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return took, err
}

//go:build unix

package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	coreshop "github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
)

// benchOrders has eight customers place orders of five lines, each as soon as
// the one before is acknowledged, and reports the 99th percentile.
func benchOrders(b *testing.B, s store.Store) {
	const writers, lines = 8, 5
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same products each time
	ps := make([]*catalog.Product, 1000)
	for i := range ps {
		ps[i] = benchProduct(r, i)
		ps[i].Source, ps[i].StockQuantity = nil, ptr[int64](catalog.MaxQuantity)
	}
	if err := s.CreateProducts(b.Context(), "w", ps); err != nil {
		b.Fatal(err)
	}
	service := coreshop.New(coreshop.Options{Store: s, Products: s, Rules: shopRules()})
	carts := make(chan string, b.N)
	for i := range b.N {
		h := coreshop.Handle{Workspace: "w", ID: fmt.Sprint("cart", i), Make: true}
		_, err := s.ChangeCart(b.Context(), h.Workspace, h.ID, true, time.Time{}, func(c *coreshop.Cart) error {
			for k := range lines {
				p := ps[(i*lines+k*7)%len(ps)]
				c.Lines = append(c.Lines, coreshop.Line{ProductID: p.ID, Name: p.Name, Price: p.Price, Quantity: 1})
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		carts <- h.ID
	}
	close(carts)
	times := make([]time.Duration, 0, b.N)
	var mu sync.Mutex
	var wg sync.WaitGroup
	cpu(b)
	b.ResetTimer()
	for range writers {
		wg.Go(func() {
			var own []time.Duration
			for id := range carts {
				began := time.Now()
				if _, _, err := service.Place(b.Context(), "w", coreshop.NewOrder{CartID: id, Key: "k"}); err != nil {
					b.Error(err)
				}
				own = append(own, time.Since(began))
			}
			mu.Lock()
			times = append(times, own...)
			mu.Unlock()
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*99/100])/1e3, "p99-µs")
	b.ReportMetric(float64(times[len(times)/2])/1e3, "p50-µs")
}

//go:build unix

package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/store"
)

// Benchmark measures what the project has figures to reach for. open is called
// once for each measurement.
func Benchmark(b *testing.B, open func(b *testing.B) store.Store) {
	b.Run("PageNew", func(b *testing.B) { benchPages(b, open(b), false) })
	b.Run("PageUnchanged", func(b *testing.B) { benchPages(b, open(b), true) })
	b.Run("Create", func(b *testing.B) { benchCreate(b, open(b), 1) })
	b.Run("CreateAtLoad", func(b *testing.B) { benchCreate(b, open(b), 32) })
	b.Run("Update", func(b *testing.B) { benchUpdate(b, open(b)) })
	b.Run("Order", func(b *testing.B) { benchOrders(b, open(b)) })
	b.Run("Read", func(b *testing.B) { benchRead(b, open(b)) })
	b.Run("Search", func(b *testing.B) { benchSearch(b, open(b)) })
}

// cpu has a benchmark report the processor time of the whole process, which
// tells more than the clock of a busy machine.
func cpu(b *testing.B) {
	b.Helper()
	start := cpuTime(b)
	b.Cleanup(func() {
		b.ReportMetric(float64((cpuTime(b)-start).Microseconds())/float64(b.N), "cpu-µs/op")
	})
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const pageSize = 250

var benchWords = strings.Fields(`有田焼 湯呑 緑茶 京都 茶碗 手作り 職人 伝統 陶器 磁器 珈琲 美しい 日本 限定 新作 送料無料
	Coffee Tea Mug Bowl Plate Gift Classic Cotton Shirt Blue Red Large Small Kyoto Handmade Organic`)

// sentence is text of n words, in which の is frequent and 希少品 rare.
func sentence(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(benchWords[r.IntN(len(benchWords))])
		switch r.IntN(4) {
		case 0:
			b.WriteString(" ")
		case 1:
			b.WriteString("の")
		case 2:
			b.WriteRune(rune(0x4e00 + r.IntN(2000)))
		}
	}
	return b.String()
}

func benchProduct(r *rand.Rand, id int) *catalog.Product {
	d := catalog.Draft{
		PlatformID: fmt.Sprint(id), Name: sentence(r, 3), Description: sentence(r, 20), Currency: "JPY", Price: fmt.Sprint(100 + r.IntN(9000)),
		Category: benchWords[r.IntN(8)], Images: []string{fmt.Sprintf("https://cdn.example/i/%d.jpg", id)}, URL: fmt.Sprintf("https://shop.example/p/%d", id),
		SKU: fmt.Sprintf("SKU-%d", id), Tags: []string{"tea", "gift"},
		Origins: []catalog.Origin{{Field: "*", Layer: "api", Confidence: 100}}, // as most plugins have it
	}
	for v := range 2 {
		d.Variants = append(d.Variants, catalog.DraftVariant{ID: fmt.Sprintf("%d-%d", id, v), Title: "色", Price: d.Price, SKU: "S", Options: []string{"青"}})
	}
	if id%5000 == 77 {
		d.Name += "希少"
	}
	p, err := catalog.NewProduct(&d, shop, "scraper.test")
	if err != nil {
		panic(err)
	}
	return p
}

func benchJob(b *testing.B, s store.Store) store.Job {
	b.Helper()
	j := store.Job{Workspace: "w", URL: "u", Shop: shop}
	err := s.CreateJob(b.Context(), nil, &j)
	if err == nil {
		j, err = s.ClaimJob(b.Context(), j.ID, time.Hour)
	}
	if err != nil {
		b.Fatal(err)
	}
	return j
}

func benchApply(b *testing.B, s store.Store, j *store.Job, ps []*catalog.Product) {
	b.Helper()
	got, err := s.ApplyPage(b.Context(), store.PageCommit{
		JobID: j.ID, Epoch: j.Epoch, Cursor: j.Cursor, Next: fmt.Sprint(j.Pages + 1), Products: ps,
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	*j = got
}

func benchPages(b *testing.B, s store.Store, again bool) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same products each time
	const pages = 20
	all := make([][]*catalog.Product, pages)
	for i := range all {
		for k := range pageSize {
			all[i] = append(all[i], benchProduct(r, i*pageSize+k))
		}
	}
	j := benchJob(b, s)
	if again {
		for _, ps := range all {
			benchApply(b, s, &j, ps)
		}
		if _, err := s.FinishJob(b.Context(), j.ID, j.Epoch, store.Outcome{State: store.JobCompleted}, nil); err != nil {
			b.Fatal(err)
		}
		j = benchJob(b, s)
	}
	for i := pages; i < b.N && !again; i++ {
		var page []*catalog.Product
		for k := range pageSize {
			page = append(page, benchProduct(r, i*pageSize+k))
		}
		all = append(all, page)
	}
	cpu(b)
	b.ResetTimer()
	for i := range b.N {
		benchApply(b, s, &j, all[i%len(all)])
	}
}

func benchCreate(b *testing.B, s store.Store, writers int) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same products each time
	ps := make([]*catalog.Product, b.N)
	for i := range ps {
		ps[i] = benchProduct(r, i)
		ps[i].Source, ps[i].Description = nil, sentence(r, 6)
	}
	work := make(chan *catalog.Product, b.N)
	for _, p := range ps {
		work <- p
	}
	close(work)
	cpu(b)
	b.ResetTimer()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for p := range work {
				if err := s.CreateProducts(b.Context(), "w", []*catalog.Product{p}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func benchUpdate(b *testing.B, s store.Store) {
	p := benchProduct(rand.New(rand.NewPCG(1, 2)), 1) //nolint:gosec // the same product each time
	p.Source = nil
	if err := s.CreateProducts(b.Context(), "w", []*catalog.Product{p}); err != nil {
		b.Fatal(err)
	}
	cpu(b)
	b.ResetTimer()
	for i := range b.N {
		_, err := s.UpdateProduct(b.Context(), "w", p.ID, func(q *catalog.Product) error {
			q.StockQuantity = ptr(int64(i))
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchRead(b *testing.B, s store.Store) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same products each time
	ps := make([]*catalog.Product, 1000)
	for i := range ps {
		ps[i] = benchProduct(r, i)
		ps[i].Source = nil
		if i%10 == 0 {
			ps[i].Name += " 百個"
		}
	}
	if err := s.CreateProducts(b.Context(), "w", ps); err != nil {
		b.Fatal(err)
	}
	b.Run("doc", func(b *testing.B) {
		cpu(b)
		for i := range b.N {
			if _, err := s.ProductDoc(b.Context(), "w", ps[i%1000].ID); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, limit := range []int{20, 100, 1000} {
		b.Run(fmt.Sprintf("list of %d", limit), func(b *testing.B) {
			cpu(b)
			for range b.N {
				if _, err := s.ListProducts(b.Context(), "w", store.ListQuery{Limit: limit}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("search with 100 hits", func(b *testing.B) {
		cpu(b)
		for range b.N {
			page, err := s.SearchProducts(b.Context(), "w", store.SearchQuery{Text: "百個"})
			if err != nil || len(page.Docs) != 100 {
				b.Fatal(len(page.Docs), err)
			}
		}
	})
}

// benchSearch asks for the first 20 hits of 100,000 products, and reports the
// 99th percentile beside the mean.
func benchSearch(b *testing.B, s store.Store) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same products each time
	j := benchJob(b, s)
	for id := 0; id < 100_000; {
		var page []*catalog.Product
		for range 1000 {
			page = append(page, benchProduct(r, id))
			id++
		}
		benchApply(b, s, &j, page)
	}
	small := benchProduct(r, 0)
	small.Name, small.Source = "京都の湯呑", nil
	if err := s.CreateProducts(b.Context(), "small", []*catalog.Product{small}); err != nil {
		b.Fatal(err)
	}
	for _, query := range []struct{ name, workspace, text string }{
		{"frequent 1", "w", "の"},
		{"frequent 2", "w", "京都"},
		{"frequent 3", "w", "有田焼"},
		{"frequent 2 latin", "w", "te"},
		{"frequent words", "w", "京都 有田焼"},
		{"rare 1", "w", "希"},
		{"rare 2", "w", "希少"},
		{"rare 3", "w", "都の希"},
		{"middling 2", "w", "茶一"},
		{"none", "w", "存在"},
		{"none of frequent", "w", "碗京都珈"},
		{"other workspace", "small", "京都"},
		{"other workspace, none", "small", "緑茶"},
	} {
		b.Run(query.name, func(b *testing.B) {
			cpu(b)
			times := make([]time.Duration, 0, b.N)
			for range b.N {
				start := time.Now()
				if _, err := s.SearchProducts(b.Context(), query.workspace, store.SearchQuery{Text: query.text, Limit: 20}); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)*99/100])/1e3, "p99-µs")
			b.ReportMetric(float64(times[len(times)/2])/1e3, "p50-µs")
		})
	}
}

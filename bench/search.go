package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/postgres"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/core/store/storetest/pgtest"
)

const (
	manyProducts = 100_000
	top          = 20
	workspace    = "bench"
)

// benchSearch asks the stores themselves, past every cache, for two-character
// words from rare to frequent, and holds each answer against a plain scan.
func benchSearch() (rows []row, err error) {
	err = temp(func(dir string) error {
		ctx := context.Background()
		lite, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "bench.db")})
		if err != nil {
			return err
		}
		defer func() { _ = lite.Close() }()
		r, err := searchRow(ctx, lite)
		if err != nil {
			return err
		}
		rows = append(rows, r)
		cluster := pgtest.Cluster{}
		url, err := cluster.Database(ctx)
		if err != nil {
			fmt.Fprintf(os.Stderr, "PostgreSQL not measured: %v\n", err)
			return nil
		}
		defer cluster.Stop()
		pg, err := postgres.Open(ctx, postgres.Options{URL: url})
		if err != nil {
			return err
		}
		defer func() { _ = pg.Close() }()
		if r, err = searchRow(ctx, pg); err != nil {
			return err
		}
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

var (
	kinds = []string{"湯呑み", "急須", "手ぬぐい", "藍染めシャツ", "砂時計", "コーヒー豆", "風呂敷", "木べら", "茶筒", "Tea Cup"}
	from  = []string{"備前", "有田", "京都", "南部", "江戸", "瀬戸", "金沢", "会津", "別府", "唐津", "信楽", "輪島", "越前", "美濃", "薩摩", "萩焼"}
	words = []string{"湯呑", "急須", "備前", "有田", "茶筒", "手作", "日本", "限定", "染め", "時計", "茶", "稀少"}
)

func searchRow(ctx context.Context, st store.Store) (row, error) {
	products, err := fill(ctx, st)
	if err != nil {
		return row{}, err
	}
	var took []time.Duration
	wrong := 0
	for range 40 {
		for _, w := range words {
			began := time.Now()
			page, err := st.SearchProducts(ctx, workspace, store.SearchQuery{Text: w, Limit: top})
			took = append(took, time.Since(began))
			if err != nil {
				return row{}, err
			}
			if !slices.EqualFunc(page.Docs, scan(products, w), func(doc []byte, id string) bool {
				return strings.HasPrefix(string(doc), `{"id":"`+id+`"`)
			}) {
				wrong++
			}
		}
	}
	p50, p99 := quantile(took, 0.5), quantile(took, 0.99)
	return row{
		fmt.Sprintf("search of 100,000 products, top 20, %s", st.Engine()),
		fmt.Sprintf("p99 %s (p50 %s), %d of %d inexact", millis(p99), millis(p50), wrong, len(took)),
		"", "", "p99 ≤ 10 ms, exact", p99 <= 10*time.Millisecond && wrong == 0,
	}, nil
}

func fill(ctx context.Context, st store.Store) ([]*catalog.Product, error) {
	all := make([]*catalog.Product, manyProducts)
	for i := range all {
		all[i] = &catalog.Product{
			Name:        fmt.Sprintf("%s %s %05d", from[i*7%len(from)], kinds[i%len(kinds)], i),
			Description: "ひとつずつ手作りの品です。日本の職人が仕上げました。" + map[bool]string{true: "限定品。", false: ""}[i%50 == 0] + map[bool]string{true: "稀少。", false: ""}[i%20_000 == 7],
			Price:       catalog.Money{Amount: int64(500 + i%29500), Currency: "JPY"}, Active: true,
		}
	}
	for batch := range slices.Chunk(all, 1000) {
		if err := st.CreateProducts(ctx, workspace, batch); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// scan is the truth: names that hold the word, then descriptions.
func scan(products []*catalog.Product, word string) (ids []string) {
	for _, field := range []func(p *catalog.Product) bool{
		func(p *catalog.Product) bool { return strings.Contains(p.Name, word) },
		func(p *catalog.Product) bool {
			return !strings.Contains(p.Name, word) && strings.Contains(p.Description, word)
		},
	} {
		for _, p := range products {
			if len(ids) < top && field(p) {
				ids = append(ids, p.ID)
			}
		}
	}
	return ids
}

// Package storetest is what every engine of the store must do: one suite, run
// by the tests of each engine.
package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// Open makes an empty store for one test, with a clock, and closes it after.
type Open func(t *testing.T, now func() time.Time) store.Store

// Run holds an engine to the promises of store.Store.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, group := range []struct {
		name  string
		tests map[string]func(*testing.T, *fixture)
	}{
		{"Products", productTests},
		{"Lists", listTests},
		{"Search", searchTests},
		{"KV", kvTests},
		{"Contexts", contextTests},
		{"FAQs", faqTests},
		{"Carts", cartTests},
		{"Orders", orderTests},
		{"CatalogImports", catalogImportTests},
		{"Voice", voiceTests},
		{"Jobs", jobTests},
		{"Pages", pageTests},
		{"Vanish", vanishTests},
		{"Origins", originTests},
		{"Transactions", transactionTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			for name, test := range group.tests {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					c := &clock{now: time.Date(2026, 11, 23, 9, 0, 0, 123456000, time.UTC)}
					test(t, &fixture{Store: open(t, c.Now), clock: c})
				})
			}
		})
	}
}

type fixture struct {
	store.Store
	clock *clock
}

// clock stands still until it is told to go on.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is in a zone of its own, so that a store that keeps it is found out.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now.In(time.FixedZone("JST", 9*60*60))
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, kind errs.Kind) {
	t.Helper()
	if !errs.Is(err, kind) {
		t.Fatalf("error is %v (%s), want kind %s", err, errs.KindOf(err), kind)
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func ptr[T any](v T) *T { return &v }

func yen(n int64) catalog.Money { return catalog.Money{Amount: n, Currency: "JPY"} }

// named is the least that is a product.
func named(format string, args ...any) *catalog.Product {
	return &catalog.Product{
		Name: fmt.Sprintf(format, args...), Price: yen(1000), Active: true, Availability: catalog.InStock,
	}
}

// full has every field filled.
func full() *catalog.Product {
	return &catalog.Product{
		Name: "有田焼 湯呑 \"大\"", Description: "手作りの湯呑です。\nMade in Arita <b>", URL: "https://shop.example/p/1?a=b&c=d",
		Price: yen(1980), CompareAt: yen(2500), SKU: "SKU-1", GTIN: "4901234567894", Brand: "有田", Category: "食器",
		Tags: []string{"tea", "和"}, Images: []string{"https://i.example/1.jpg", "https://i.example/2.jpg"},
		Options: []catalog.Option{{Name: "色", Values: []string{"青", "白"}}},
		Variants: []catalog.Variant{
			{
				ID: "v1", Title: "青", SKU: "SKU-1-B", GTIN: "1", Price: catalog.Money{Amount: 0, Currency: "JPY"},
				CompareAt: yen(3000), Availability: catalog.LimitedStock, Options: []string{"青"}, Image: "https://i.example/3.jpg", Stock: ptr[int64](0),
			},
			{ID: "v2", Title: "白", Price: catalog.Money{Amount: 1299, Currency: "USD"}, Availability: catalog.OutOfStock},
		},
		Availability: catalog.LimitedStock, Active: true, StockQuantity: ptr[int64](3), LowStockThreshold: ptr[int64](0),
		Source: &catalog.Source{
			Shop: "shop.example", PlatformID: "77", Plugin: "scraper.test", UpdatedAt: "2026-01-01T00:00:00+09:00", Hash: 1<<63 + 5,
			Origins: catalog.EncodeOrigins([]catalog.Origin{{Field: "*", Layer: "json_ld", Confidence: 90}, {Field: "na\x00me", Layer: "和", Confidence: 5}}),
		},
	}
}

// create stores products and fails the test where that doesn't work.
func (f *fixture) create(t *testing.T, workspace string, ps ...*catalog.Product) {
	t.Helper()
	must(t, f.CreateProducts(t.Context(), workspace, ps))
}

// names are those of all products of a workspace, in the order of the list.
func (f *fixture) names(t *testing.T, workspace string) []string {
	t.Helper()
	page, err := f.ListProducts(t.Context(), workspace, store.ListQuery{})
	must(t, err)
	return namesOf(t, page)
}

package storetest

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

var listTests = map[string]func(*testing.T, *fixture){
	"filters":          testFilters,
	"pages":            testPages,
	"pages are keyed":  testPagesAreKeyed,
	"cursors of ours":  testCursors,
	"cursor of others": testForeignCursor,
	"figures":          testFigures,
}

func testFilters(t *testing.T, f *fixture) {
	stock := func(name string, quantity, low *int64) *catalog.Product {
		p := named("%s", name)
		p.StockQuantity, p.LowStockThreshold = quantity, low
		return p
	}
	hidden := named("hidden")
	hidden.Active = false
	imported := full()
	imported.Name = "imported"
	f.create(t, "w",
		stock("unmanaged", nil, nil), stock("none", ptr[int64](0), nil), stock("five", ptr[int64](5), nil),
		stock("six", ptr[int64](6), nil), stock("six of ten", ptr[int64](6), ptr[int64](10)),
		stock("one, never low", ptr[int64](1), ptr[int64](0)), hidden, imported)
	active, err := f.CountActive(t.Context(), "w")
	must(t, err)
	equal(t, "active products", active, 7)
	nowhere, err := f.CountActive(t.Context(), "nowhere")
	must(t, err)
	equal(t, "active products of no workspace", nowhere, 0)
	for _, tc := range []struct {
		name string
		q    store.ListQuery
		want []string
	}{
		{"all", store.ListQuery{}, []string{"unmanaged", "none", "five", "six", "six of ten", "one, never low", "hidden", "imported"}},
		{"active", store.ListQuery{Active: true}, []string{"unmanaged", "none", "five", "six", "six of ten", "one, never low", "imported"}},
		{"low", store.ListQuery{Stock: store.LowStock}, []string{"five", "six of ten"}},
		{"sold out", store.ListQuery{Stock: store.SoldOut}, []string{"none"}},
		{"shop", store.ListQuery{Shop: "shop.example"}, []string{"imported"}},
		{"another shop", store.ListQuery{Shop: "none.example"}, []string{}},
		{"sold out of the shop", store.ListQuery{Shop: "shop.example", Stock: store.SoldOut}, []string{}},
	} {
		page, err := f.ListProducts(t.Context(), "w", tc.q)
		must(t, err)
		equal(t, tc.name, namesOf(t, page), tc.want)
	}
	empty, err := f.ListProducts(t.Context(), "nobody's", store.ListQuery{Limit: 5})
	must(t, err)
	equal(t, "empty workspace", empty, store.Page{})
}

// walk reads a list page by page.
func walk(t *testing.T, limit int, read func(cursor string) (store.Page, error)) []string {
	t.Helper()
	all, cursor := []string{}, ""
	for {
		page, err := read(cursor)
		must(t, err)
		if len(page.Docs) > limit {
			t.Fatalf("page holds %d, limit is %d", len(page.Docs), limit)
		}
		all = append(all, namesOf(t, page)...)
		if page.Next == "" {
			return all
		}
		if len(page.Docs) < limit {
			t.Fatalf("page of %d, not %d, is not the last", len(page.Docs), limit)
		}
		cursor = page.Next
	}
}

func testPages(t *testing.T, f *fixture) {
	var want []string
	for i := range 23 {
		p := named("p%d", i)
		p.Active = i%3 > 0
		f.create(t, "w", p)
		f.create(t, "other", named("x"))
		if p.Active {
			want = append(want, p.Name)
		}
	}
	for _, limit := range []int{1, 2, 7, len(want), 100} {
		got := walk(t, limit, func(cursor string) (store.Page, error) {
			return f.ListProducts(t.Context(), "w", store.ListQuery{Limit: limit, Cursor: cursor, Active: true})
		})
		equal(t, fmt.Sprintf("pages of %d", limit), got, want)
	}
}

// Rows that come and go between two pages neither repeat nor hide others.
func testPagesAreKeyed(t *testing.T, f *fixture) {
	var ps []*catalog.Product
	for i := range 10 {
		ps = append(ps, named("p%d", i))
	}
	f.create(t, "w", ps...)
	q := store.ListQuery{Limit: 4}
	page, err := f.ListProducts(t.Context(), "w", q)
	must(t, err)
	for _, i := range []int{0, 3, 4} {
		must(t, f.DeleteProduct(t.Context(), "w", ps[i].ID))
	}
	f.create(t, "w", named("new"))
	q.Cursor = page.Next
	page, err = f.ListProducts(t.Context(), "w", q)
	must(t, err)
	equal(t, "second page", namesOf(t, page), []string{"p5", "p6", "p7", "p8"})
	q.Limit, q.Cursor = 0, page.Next
	page, err = f.ListProducts(t.Context(), "w", q)
	must(t, err)
	equal(t, "the rest", namesOf(t, page), []string{"p9", "new"})
}

func testCursors(t *testing.T, f *fixture) {
	f.create(t, "w", named("a"), named("b"))
	f.create(t, "w2", named("a"), named("b"))
	page, err := f.ListProducts(t.Context(), "w", store.ListQuery{Limit: 1})
	must(t, err)
	for name, q := range map[string]struct {
		workspace string
		q         store.ListQuery
	}{
		"another workspace": {"w2", store.ListQuery{Limit: 1, Cursor: page.Next}},
		"another filter":    {"w", store.ListQuery{Limit: 1, Cursor: page.Next, Active: true}},
	} {
		if _, err := f.ListProducts(t.Context(), q.workspace, q.q); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: error is %v, want Invalid", name, err)
		}
	}
	_, err = f.SearchProducts(t.Context(), "w", store.SearchQuery{Text: "a", Limit: 1, Cursor: page.Next})
	wantKind(t, err, errs.Invalid)
	_, _, err = f.ListJobs(t.Context(), "w", store.JobQuery{Limit: 1, Cursor: page.Next})
	wantKind(t, err, errs.Invalid)
	if errs.HintOf(err) == "" {
		t.Fatal("no hint says what to do")
	}
}

func testForeignCursor(t *testing.T, f *fixture) {
	f.create(t, "w", named("a"), named("b"))
	page, err := f.ListProducts(t.Context(), "w", store.ListQuery{Limit: 1})
	must(t, err)
	rapid.Check(t, func(r *rapid.T) {
		cursor := rapid.OneOf(rapid.StringN(1, 60, -1), rapid.StringMatching(`[A-Za-z0-9_-]{1,40}`),
			rapid.Custom(func(r *rapid.T) string { // one bit off
				b := []byte(page.Next)
				i := rapid.IntRange(0, len(b)-1).Draw(r, "at")
				b[i] ^= byte(1 << rapid.IntRange(0, 7).Draw(r, "bit"))
				return string(b)
			})).Filter(func(s string) bool { return !slices.Contains([]string{"", page.Next}, s) }).Draw(r, "cursor")
		if _, err := f.ListProducts(t.Context(), "w", store.ListQuery{Limit: 1, Cursor: cursor}); !errs.Is(err, errs.Invalid) {
			r.Fatalf("error is %v, want Invalid", err)
		}
	})
}

func testFigures(t *testing.T, f *fixture) {
	figures := func(workspace string) store.Figures {
		got, err := f.Figures(t.Context(), workspace)
		must(t, err)
		return got
	}
	equal(t, "figures of nothing", figures("w"), store.Figures{})
	priced := func(m catalog.Money) *catalog.Product {
		p := named(`a name like "imageUrl": and %d`, m.Amount)
		p.Price = m
		return p
	}
	off := priced(catalog.Money{})
	off.Active = false
	f.create(t, "w", off)
	equal(t, "figures without prices", figures("w"), store.Figures{Products: 1})
	pictured := priced(yen(1000))
	pictured.Images = []string{"https://i.example/1.jpg"}
	f.create(t, "w", pictured, priced(yen(2000)), priced(yen(2001)), priced(catalog.Money{Amount: 5, Currency: "USD"}))
	f.create(t, "v", priced(yen(7)))
	equal(t, "figures", figures("w"), store.Figures{
		Products: 5, Active: 4, WithImages: 1, Prices: &store.PriceFigures{Min: yen(1000), Max: yen(2001), Average: yen(1667)},
	})
}

package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

var productTests = map[string]func(*testing.T, *fixture){
	"lossless":              testLossless,
	"create is all or none": testCreateAllOrNone,
	"create checks":         testCreateChecks,
	"update":                testUpdate,
	"update fails whole":    testUpdateFails,
	"updates in parallel":   testParallelUpdates,
	"creates in parallel":   testParallelCreates,
	"panic in a change":     testPanic,
	"everything at once":    testEverythingAtOnce,
	"delete":                testDelete,
	"clear":                 testClear,
	"replace":               testReplace,
	"workspaces":            testProductWorkspaces,
	"history":               testHistory,
	"revision":              testRevision,
	"hostile text":          testHostileText,
}

func namesOf(t *testing.T, page store.Page) []string {
	t.Helper()
	names := []string{}
	for _, doc := range page.Docs {
		var p struct {
			Name string `json:"name"`
		}
		must(t, json.Unmarshal(doc, &p))
		names = append(names, p.Name)
	}
	return names
}

func testLossless(t *testing.T, f *fixture) {
	for name, p := range map[string]*catalog.Product{
		"full": full(), "bare": {Name: "x"}, "free": {Name: "free", Price: catalog.Money{Currency: "USD"}},
		"no currency": {Name: "c", Price: catalog.Money{Amount: 1250}},
	} {
		f.create(t, "w", p)
		got, err := f.Product(t.Context(), "w", p.ID)
		must(t, err)
		equal(t, name, got, *p)
		if p.ID == "" || p.Seq == 0 || !p.CreatedAt.Equal(f.clock.Now()) {
			t.Fatalf("%s: id %q, seq %d and time %s were not filled in", name, p.ID, p.Seq, p.CreatedAt)
		}
		for _, at := range []time.Time{got.CreatedAt, got.UpdatedAt, p.CreatedAt} {
			if at.Location() != time.UTC {
				t.Fatalf("%s: time %s is not UTC", name, at)
			}
		}
		doc, err := f.ProductDoc(t.Context(), "w", p.ID)
		must(t, err)
		want := catalog.Encode(&got)
		if got.Source != nil {
			want = catalog.AddOrigins(want, got.Source.Origins)
		}
		if !bytes.Equal(doc, want) {
			t.Fatalf("%s: doc is\n%s, want\n%s", name, doc, want)
		}
	}
	_, err := f.Product(t.Context(), "w", "none")
	wantKind(t, err, errs.NotFound)
	_, err = f.ProductDoc(t.Context(), "w", "none")
	wantKind(t, err, errs.NotFound)
}

func testCreateAllOrNone(t *testing.T, f *fixture) {
	taken := named("first")
	taken.ID = "id-1"
	f.create(t, "w", taken)
	again := named("again")
	again.ID = "id-1"
	other := named("other")
	wantKind(t, f.CreateProducts(t.Context(), "w", []*catalog.Product{other, again}), errs.Conflict)
	if other.ID != "" || other.Seq != 0 {
		t.Fatalf("a product that was not stored got id %q and seq %d", other.ID, other.Seq)
	}
	equal(t, "names", f.names(t, "w"), []string{"first"})
	n, err := f.CountProducts(t.Context(), "w")
	must(t, err)
	equal(t, "count", n, 1)

	same := full()
	f.create(t, "w", same)
	wantKind(t, f.CreateProducts(t.Context(), "w", []*catalog.Product{full()}), errs.Conflict)
	f.create(t, "elsewhere", full())
}

func testCreateChecks(t *testing.T, f *fixture) {
	badID := named("x")
	badID.ID = "a\x00b"
	for name, p := range map[string]*catalog.Product{"no name": {}, "id": badID} {
		if err := f.CreateProducts(t.Context(), "w", []*catalog.Product{named("fine"), p}); !errs.Is(err, errs.Invalid) {
			t.Fatalf("%s: error is %v, want Invalid", name, err)
		}
	}
	wantKind(t, f.CreateProducts(t.Context(), "", []*catalog.Product{named("x")}), errs.Invalid)
	equal(t, "names", f.names(t, "w"), []string{})
}

func testUpdate(t *testing.T, f *fixture) {
	p := full()
	f.create(t, "w", p)
	f.clock.advance(time.Minute)
	got, err := f.UpdateProduct(t.Context(), "w", p.ID, func(q *catalog.Product) error {
		equal(t, "product to change", *q, *p)
		q.Name, q.Description, q.Price, q.StockQuantity = "急須", "no more cups", yen(5), nil
		q.ID, q.Workspace, q.Seq, q.CreatedAt = "hijack", "other", 99, time.Time{}
		q.Source.PlatformID = "99"
		return nil
	})
	must(t, err)
	want := *p
	want.Name, want.Description, want.Price, want.StockQuantity = "急須", "no more cups", yen(5), nil
	want.UpdatedAt = want.UpdatedAt.Add(time.Minute)
	want.Source = ptr(*p.Source)
	want.Source.Hash = 0 // no longer what the shop says
	must(t, want.NoteEdits(p))
	equal(t, "updated", got, want)
	stored, err := f.Product(t.Context(), "w", p.ID)
	must(t, err)
	equal(t, "stored", stored, want)
	equal(t, "old word", f.find(t, "w", "湯呑"), []string{})
	equal(t, "new word", f.find(t, "w", "急須"), []string{"急須"})

	_, err = f.UpdateProduct(t.Context(), "w", "none", func(*catalog.Product) error { return nil })
	wantKind(t, err, errs.NotFound)
	_, err = f.UpdateProduct(t.Context(), "none", p.ID, func(*catalog.Product) error { return nil })
	wantKind(t, err, errs.NotFound)
}

func testUpdateFails(t *testing.T, f *fixture) {
	p := named("cup")
	f.create(t, "w", p)
	reason := errors.New("no")
	_, err := f.UpdateProduct(t.Context(), "w", p.ID, func(q *catalog.Product) error {
		q.Name = "broken"
		return reason
	})
	if !errors.Is(err, reason) {
		t.Fatalf("error is %v, want that of change", err)
	}
	_, err = f.UpdateProduct(t.Context(), "w", p.ID, func(q *catalog.Product) error {
		q.StockQuantity = ptr[int64](-1)
		return nil
	})
	wantKind(t, err, errs.Invalid)
	got, err := f.Product(t.Context(), "w", p.ID)
	must(t, err)
	equal(t, "product", got, *p)
}

func testParallelUpdates(t *testing.T, f *fixture) {
	p := named("cup")
	p.StockQuantity = ptr[int64](40)
	f.create(t, "w", p)
	empty := errors.New("sold out")
	var wg sync.WaitGroup
	var mu sync.Mutex
	sold, refused := 0, 0
	for range 50 {
		wg.Go(func() {
			_, err := f.UpdateProduct(t.Context(), "w", p.ID, func(q *catalog.Product) error {
				if *q.StockQuantity == 0 {
					return empty
				}
				*q.StockQuantity--
				return nil
			})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				sold++
			case errors.Is(err, empty):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "sold and refused", []int{sold, refused}, []int{40, 10})
	entries, err := f.History(t.Context(), "w", p.ID, 100)
	must(t, err)
	equal(t, "entries of the history", len(entries), 41) // with the first stock
}

func testParallelCreates(t *testing.T, f *fixture) {
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			p := named("p%d", i)
			p.ID = fmt.Sprintf("id%d", i%30) // ten of them are taken
			err := f.CreateProducts(t.Context(), "w", []*catalog.Product{p})
			if err != nil && !errs.Is(err, errs.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	n, err := f.CountProducts(t.Context(), "w")
	must(t, err)
	equal(t, "count and list", []int{n, len(f.names(t, "w"))}, []int{30, 30})
}

// A panic comes out where it was caused, and harms nobody else.
func testPanic(t *testing.T, f *fixture) {
	p := named("cup")
	f.create(t, "w", p)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			defer func() {
				if got := recover(); (got == "of change") != (i%2 == 0) {
					t.Errorf("change %d: recovered %v", i, got)
				}
			}()
			_, err := f.UpdateProduct(t.Context(), "w", p.ID, func(q *catalog.Product) error {
				if i%2 == 0 {
					panic("of change")
				}
				q.Price = yen(q.Price.Amount + 1)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := f.Product(t.Context(), "w", p.ID)
	must(t, err)
	equal(t, "price", got.Price, yen(1010))
}

// Writers of all kinds get in each other's way, but never fail for it.
func testEverythingAtOnce(t *testing.T, f *fixture) {
	f.imported(t, item(1), item(2), item(3), item(4))
	j := f.running(t, "w", shop)
	ctx := t.Context()
	anyID := func(i int) string {
		page, err := f.ListProducts(ctx, "w", store.ListQuery{})
		if err != nil || len(page.Docs) == 0 {
			return "none"
		}
		return docID(t, page.Docs[i%len(page.Docs)])
	}
	var wg sync.WaitGroup
	for name, step := range map[string]func(i int) error{
		"page": func(i int) error {
			got, err := f.ApplyPage(ctx, store.PageCommit{
				JobID: j.ID, Epoch: j.Epoch, Cursor: j.Cursor, Next: fmt.Sprint(i),
				Products: []*catalog.Product{item(4, price(fmt.Sprint(i))), item(3), item(2, price(fmt.Sprint(i))), item(1), item(5 + i)},
			}, nil)
			j = got
			return err
		},
		"create": func(int) error { return f.CreateProducts(ctx, "w", []*catalog.Product{named("x")}) },
		"update": func(i int) error {
			_, err := f.UpdateProduct(ctx, "w", anyID(i), func(p *catalog.Product) error { p.Price = yen(int64(i)); return nil })
			return err
		},
		"delete": func(i int) error { return f.DeleteProduct(ctx, "w", anyID(i)) },
		"clear": func(i int) error {
			if i%10 > 0 {
				return nil
			}
			return f.ClearProducts(ctx, "w")
		},
		"kv": func(i int) error { return f.KVSet(ctx, "w", "p", fmt.Sprint(i%3), nil, time.Time{}, roomy) },
	} {
		wg.Go(func() {
			for i := range 40 {
				if err := step(i); err != nil && !errs.Is(err, errs.NotFound) {
					t.Errorf("%s: %v", name, err)
					return
				}
			}
		})
	}
	wg.Wait()
	n, err := f.CountProducts(ctx, "w")
	must(t, err)
	equal(t, "count and list", n, len(f.names(t, "w")))
	for _, hit := range f.find(t, "w", "x") {
		equal(t, "hit", hit, "x")
	}
}

func testDelete(t *testing.T, f *fixture) {
	p, q := full(), named("湯呑 2")
	f.create(t, "w", p, q)
	wantKind(t, f.DeleteProduct(t.Context(), "w", "none"), errs.NotFound)
	wantKind(t, f.DeleteProduct(t.Context(), "none", p.ID), errs.NotFound)
	must(t, f.DeleteProduct(t.Context(), "w", p.ID))
	wantKind(t, f.DeleteProduct(t.Context(), "w", p.ID), errs.NotFound)
	equal(t, "names", f.names(t, "w"), []string{"湯呑 2"})
	equal(t, "found", f.find(t, "w", "湯呑"), []string{"湯呑 2"})
	n, err := f.CountProducts(t.Context(), "w")
	must(t, err)
	equal(t, "count", n, 1)
	f.create(t, "w", full()) // its place in the shop is free again
}

func testClear(t *testing.T, f *fixture) {
	p := full()
	f.create(t, "w", p, named("b"))
	other := full()
	f.create(t, "other", other)
	must(t, f.ClearProducts(t.Context(), "w"))
	must(t, f.ClearProducts(t.Context(), "never used"))
	equal(t, "names", f.names(t, "w"), []string{})
	equal(t, "found", f.find(t, "w", "湯呑"), []string{})
	equal(t, "found elsewhere", f.find(t, "other", "湯呑"), []string{other.Name})
	n, err := f.CountProducts(t.Context(), "w")
	must(t, err)
	equal(t, "count", n, 0)
	next := full()
	f.create(t, "w", next)
	if next.Seq <= p.Seq {
		t.Fatalf("seq %d was used before", next.Seq)
	}
}

func testProductWorkspaces(t *testing.T, f *fixture) {
	a, b := full(), full()
	a.ID, b.ID = "same", "same"
	b.Name = "湯呑 b"
	f.create(t, "a", a)
	f.create(t, "b", b)
	ctx := context.WithoutCancel(t.Context())
	_, err := f.UpdateProduct(ctx, "b", "same", func(p *catalog.Product) error { p.Price = yen(1); return nil })
	must(t, err)
	got, err := f.Product(ctx, "a", "same")
	must(t, err)
	equal(t, "a's product", got, *a)
	entries, err := f.History(ctx, "a", "same", 10)
	must(t, err)
	equal(t, "a's history", len(entries), 0)
	equal(t, "a's hits", f.find(t, "a", "湯呑"), []string{a.Name})
	must(t, f.DeleteProduct(ctx, "b", "same"))
	equal(t, "names", f.names(t, "a"), []string{a.Name})
	equal(t, "names", f.names(t, "b"), []string{})
}

func testHistory(t *testing.T, f *fixture) {
	p := named("cup")
	p.StockQuantity = ptr[int64](5)
	p.Variants = []catalog.Variant{{ID: "v", Price: yen(10)}}
	f.create(t, "w", p)
	at := f.clock.Now().UTC()
	edit := func(change func(*catalog.Product)) {
		f.clock.advance(time.Second)
		_, err := f.UpdateProduct(t.Context(), "w", p.ID, func(q *catalog.Product) error { change(q); return nil })
		must(t, err)
	}
	edit(func(q *catalog.Product) { q.Name = "tea cup" }) // no change of price or stock
	renamed := at.Add(time.Second)
	edit(func(q *catalog.Product) { q.Price, q.CompareAt = yen(800), yen(1000) })
	edit(func(q *catalog.Product) { *q.StockQuantity = 4 })
	edit(func(q *catalog.Product) { q.Variants[0].Price = yen(11) })
	entry := func(after int, variant string, price, before catalog.Money, stock *int64) catalog.HistoryEntry {
		e := catalog.HistoryEntry{ProductID: p.ID, VariantID: variant, At: at.Add(time.Duration(after) * time.Second), Price: price, CompareAt: before, StockQuantity: stock}
		if variant == "" {
			e.Availability = catalog.InStock
		}
		return e
	}
	want := []catalog.HistoryEntry{
		entry(4, "v", yen(11), catalog.Money{}, nil),
		entry(3, "v", yen(10), catalog.Money{}, nil), // what it was until then
		entry(3, "", yen(800), yen(1000), ptr[int64](4)),
		entry(2, "", yen(800), yen(1000), ptr[int64](5)),
		{ProductID: p.ID, At: renamed, Price: yen(1000), Availability: catalog.InStock, StockQuantity: ptr[int64](5)},
	}
	got, err := f.History(t.Context(), "w", p.ID, 10)
	must(t, err)
	equal(t, "history", got, want)
	got, err = f.History(t.Context(), "w", p.ID, 2)
	must(t, err)
	equal(t, "newest two", got, want[:2])
}

func testRevision(t *testing.T, f *fixture) {
	p := named("cup")
	f.create(t, "other", named("x"))
	steps := []func() error{
		func() error { return f.CreateProducts(t.Context(), "w", []*catalog.Product{p}) },
		func() error {
			_, err := f.UpdateProduct(t.Context(), "w", p.ID, func(*catalog.Product) error { return nil })
			return err
		},
		func() error { return f.DeleteProduct(t.Context(), "w", p.ID) },
		func() error { return f.ClearProducts(t.Context(), "w") },
	}
	for i, step := range steps {
		before := f.Revision("w")
		must(t, step())
		if f.Revision("w") == before {
			t.Fatalf("revision is still %d after step %d", before, i)
		}
	}
}

func testHostileText(t *testing.T, f *fixture) {
	p := named("nul \x00 and \xff")
	p.Description, p.Category, p.Tags = "a\x00b' OR 1=1 --\\", "c\x00\xfe", []string{"\x00"}
	f.create(t, "w", p)
	got, err := f.Product(t.Context(), "w", p.ID)
	must(t, err)
	if got.Description != p.Description {
		t.Fatalf("description is %q, want %q", got.Description, p.Description)
	}
	for _, q := range []string{"\x00", "\xff", "'", `"`, "*", "a AND", "name:", "\\", "(", "' OR 1=1", "nul"} {
		if _, err := f.SearchProducts(t.Context(), "w", store.SearchQuery{Text: q}); err != nil {
			t.Errorf("search for %q: %v", q, err)
		}
		if _, err := f.ListProducts(t.Context(), q+"x", store.ListQuery{Shop: q}); err != nil && !errs.Is(err, errs.Invalid) {
			t.Errorf("list of %q: %v", q, err)
		}
		if _, err := f.Product(t.Context(), "w", q); !errs.Is(err, errs.NotFound) {
			t.Errorf("product %q: %v", q, err)
		}
	}
}

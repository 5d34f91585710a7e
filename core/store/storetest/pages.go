package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

var pageTests = map[string]func(*testing.T, *fixture){
	"new, changed, unchanged": testPage,
	"fencing":                 testFencing,
	"all or nothing":          testPageAtomic,
	"overlapping pages":       testOverlap,
	"rejections":              testRejections,
	"summary":                 testSummary,
	"edits":                   testEdits,
	"history":                 testImportHistory,
	"refs":                    testRefs,
	"page records":            testPageRecords,
	"large page":              testLargePage,
}

// item is a product as a shop shows it.
func item(id int, edits ...func(*catalog.Draft)) *catalog.Product {
	d := catalog.Draft{
		PlatformID: fmt.Sprint(id), Name: fmt.Sprintf("item %d", id), Description: "湯呑", Price: "1000", Currency: "JPY", Category: "cups",
	}
	for _, edit := range edits {
		edit(&d)
	}
	p, err := catalog.NewProduct(&d, shop, "scraper.test")
	if err != nil {
		panic(err)
	}
	return p
}

func price(p string) func(*catalog.Draft)    { return func(d *catalog.Draft) { d.Price = p } }
func category(c string) func(*catalog.Draft) { return func(d *catalog.Draft) { d.Category = c } }
func updated(at string) func(*catalog.Draft) { return func(d *catalog.Draft) { d.UpdatedAt = at } }
func soldOut(d *catalog.Draft)               { d.Availability = string(catalog.OutOfStock) }

// apply applies a page to a job whose cursor the page moves on.
func (f *fixture) apply(t *testing.T, j *store.Job, p store.PageCommit) {
	t.Helper()
	p.JobID, p.Epoch, p.Cursor = j.ID, j.Epoch, j.Cursor
	if p.Next == "" {
		p.Next = fmt.Sprintf("page %d", j.Pages+2)
	}
	got, err := f.ApplyPage(t.Context(), p, nil)
	must(t, err)
	stored, err := f.Job(t.Context(), j.Workspace, j.ID)
	must(t, err)
	equal(t, "stored job", stored, got)
	if c := got.Counts; c.Extracted != c.Imported+c.Updated+c.Unchanged+c.Rejected {
		t.Fatalf("counts don't add up: %+v", c)
	}
	*j = got
}

func (f *fixture) finish(t *testing.T, j *store.Job) {
	t.Helper()
	got, err := f.FinishJob(t.Context(), j.ID, j.Epoch, store.Outcome{State: store.JobCompleted, Complete: true}, nil)
	must(t, err)
	*j = got
}

// imported runs a job of one page with the products, to its end.
func (f *fixture) imported(t *testing.T, ps ...*catalog.Product) store.Job {
	t.Helper()
	j := f.running(t, "w", shop)
	f.apply(t, &j, store.PageCommit{Products: ps})
	f.finish(t, &j)
	return j
}

// byItem reads an imported product.
func (f *fixture) byItem(t *testing.T, name string) catalog.Product {
	t.Helper()
	page, err := f.ListProducts(t.Context(), "w", store.ListQuery{})
	must(t, err)
	for i, n := range namesOf(t, page) {
		if n == name {
			p, err := f.Product(t.Context(), "w", docID(t, page.Docs[i]))
			must(t, err)
			return p
		}
	}
	t.Fatalf("no product is called %q", name)
	return catalog.Product{}
}

func testPage(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	f.apply(t, &j, store.PageCommit{
		Products: []*catalog.Product{item(1), item(2), item(3)}, Next: "c2", Phase: store.PhasePages, Total: 4, Notes: []string{"a"},
	})
	if j.Cursor != "c2" || j.Phase != store.PhasePages || j.Total != 4 || j.Pages != 1 || len(j.Notes) != 1 {
		t.Fatalf("job after a page: %+v", j)
	}
	equal(t, "counts", j.Counts, store.Counts{Extracted: 3, Imported: 3})
	f.apply(t, &j, store.PageCommit{Notes: []string{"a", "b"}})
	equal(t, "notes", j.Notes, []string{"a", "b"})
	equal(t, "total", j.Total, 4)
	f.finish(t, &j)
	first := f.byItem(t, "item 2")
	if first.Source == nil || first.Source.Plugin != "scraper.test" || !first.Source.SeenAt.Equal(f.clock.Now()) || first.Source.Hash != item(2).Source.Hash {
		t.Fatalf("source is %+v", first.Source)
	}

	f.clock.advance(time.Hour)
	j = f.imported(t, item(1), item(2, price("900"), func(d *catalog.Draft) { d.Description = "急須" }), item(3), item(4))
	equal(t, "counts", j.Counts, store.Counts{Extracted: 4, Imported: 1, Updated: 1, Unchanged: 2})
	got := f.byItem(t, "item 2")
	if got.ID != first.ID || got.Seq != first.Seq || !got.CreatedAt.Equal(first.CreatedAt) || got.Price != yen(900) ||
		!got.UpdatedAt.Equal(f.clock.Now()) {
		t.Fatalf("product is %+v, was %+v", got, first)
	}
	same := f.byItem(t, "item 1")
	if !same.UpdatedAt.Equal(first.UpdatedAt) || !same.Source.SeenAt.Equal(f.clock.Now()) {
		t.Fatalf("unchanged product is %+v", same)
	}
	equal(t, "old word", f.find(t, "w", "湯呑"), []string{"item 1", "item 3", "item 4"})
	equal(t, "new word", f.find(t, "w", "急須"), []string{"item 2"})
	n, err := f.CountProducts(t.Context(), "w")
	must(t, err)
	equal(t, "count", n, 4)
}

func testFencing(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	ran := false
	also := func(store.Tx) error { ran = true; return nil }
	for name, p := range map[string]store.PageCommit{
		"older epoch": {JobID: j.ID, Epoch: j.Epoch - 1, Products: []*catalog.Product{item(1)}},
		"cursor":      {JobID: j.ID, Epoch: j.Epoch, Cursor: "elsewhere", Products: []*catalog.Product{item(1)}},
	} {
		if _, err := f.ApplyPage(t.Context(), p, also); !errs.Is(err, errs.Conflict) || ran {
			t.Fatalf("%s: error is %v, want Conflict (also ran: %t)", name, err, ran)
		}
	}
	_, err := f.ApplyPage(t.Context(), store.PageCommit{JobID: "none"}, also)
	wantKind(t, err, errs.NotFound)
	p := store.PageCommit{JobID: j.ID, Epoch: j.Epoch, Products: []*catalog.Product{item(1)}, Next: "2"}
	_, err = f.ApplyPage(t.Context(), p, also)
	must(t, err)
	_, err = f.ApplyPage(t.Context(), p, nil) // the same page once more
	wantKind(t, err, errs.Conflict)
	equal(t, "names", f.names(t, "w"), []string{"item 1"})
	if !ran {
		t.Fatal("also didn't run")
	}
}

func testPageAtomic(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	no := errors.New("no")
	_, err := f.ApplyPage(t.Context(), store.PageCommit{
		JobID: j.ID, Epoch: j.Epoch, Products: []*catalog.Product{item(1)}, Next: "2", Rejections: []store.Rejection{{Reason: "r"}},
	}, func(store.Tx) error { return no })
	if !errors.Is(err, no) {
		t.Fatalf("error is %v, want that of also", err)
	}
	equal(t, "names", f.names(t, "w"), []string{})
	got, err := f.Job(t.Context(), "w", j.ID)
	must(t, err)
	equal(t, "job", got, j)
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(1)}})
	equal(t, "names", f.names(t, "w"), []string{"item 1"})
}

func testOverlap(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(1), item(2), item(2), item(1, price("1100"))}})
	equal(t, "counts of a page with doubles", j.Counts, store.Counts{Extracted: 2, Imported: 2})
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(2), item(3), item(1, price("1200"))}})
	equal(t, "counts of pages that overlap", j.Counts, store.Counts{Extracted: 3, Imported: 3})
	f.apply(t, &j, store.PageCommit{Seen: []string{"3", "2", "unknown"}})
	equal(t, "counts with what was not modified", j.Counts, store.Counts{Extracted: 3, Imported: 3})
	f.finish(t, &j)
	equal(t, "price", f.byItem(t, "item 1").Price, yen(1200))
	equal(t, "names", f.names(t, "w"), []string{"item 1", "item 2", "item 3"})

	j = f.running(t, "w", shop)
	f.apply(t, &j, store.PageCommit{Seen: []string{"1", "2", "2"}})
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(2), item(3, price("5"))}})
	f.finish(t, &j)
	equal(t, "counts", j.Counts, store.Counts{Extracted: 3, Unchanged: 2, Updated: 1})
}

func testRejections(t *testing.T, f *fixture) {
	f.imported(t, item(1), item(2), item(3))
	j := f.running(t, "w", shop)
	reject := func(ids ...string) (list []store.Rejection) {
		for _, id := range ids {
			list = append(list, store.Rejection{PlatformID: id, Name: "n" + id, Reason: "no price"})
		}
		return list
	}
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(1)}, Rejections: reject("2", "7", "8", "7", "1", "", "")})
	equal(t, "counts", j.Counts, store.Counts{Extracted: 6, Unchanged: 1, Rejected: 5})
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(8)}, Rejections: reject("1", "7")})
	equal(t, "counts after a better copy", j.Counts, store.Counts{Extracted: 6, Unchanged: 1, Imported: 1, Rejected: 4})
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(2)}})
	equal(t, "counts after an old one", j.Counts, store.Counts{Extracted: 6, Unchanged: 2, Imported: 1, Rejected: 3})
	f.apply(t, &j, store.PageCommit{Rejections: reject("3")})
	got, err := f.Rejections(t.Context(), j.ID, 10)
	must(t, err)
	equal(t, "rejections", got, reject("7", "", "", "3"))
	got, err = f.Rejections(t.Context(), j.ID, 1)
	must(t, err)
	equal(t, "first rejection", got, reject("7"))
	f.finish(t, &j)
	equal(t, "vanished", j.Counts.Vanished, 0) // what was rejected is still in the shop
}

func testSummary(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{
		item(1, price("300")), item(2, price("0"), category("")), item(3, category("pots"), soldOut), item(4, func(d *catalog.Draft) { d.Price = "" }),
	}})
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(1, price("300")), item(5, price("20"), category("pots"))}})
	want := store.Summary{Categories: map[string]int{"cups": 2, "pots": 2}, MinPrice: yen(20), MaxPrice: yen(1000), OutOfStock: 1}
	equal(t, "summary", j.Summary, want)
	f.finish(t, &j)
	j = f.running(t, "w", shop)
	f.apply(t, &j, store.PageCommit{Seen: []string{"1", "2", "3", "4", "5"}})
	equal(t, "summary of what was not modified", j.Summary, want)
}

func testEdits(t *testing.T, f *fixture) {
	f.imported(t, item(1), item(2))
	p := f.byItem(t, "item 1")
	edit := func(change func(*catalog.Product)) {
		_, err := f.UpdateProduct(t.Context(), "w", p.ID, func(q *catalog.Product) error { change(q); return nil })
		must(t, err)
	}
	edit(func(q *catalog.Product) { q.LowStockThreshold = ptr[int64](9) })
	j := f.imported(t, item(1), item(2))
	equal(t, "counts after an edit of our own field", j.Counts, store.Counts{Extracted: 2, Unchanged: 2})
	edit(func(q *catalog.Product) { q.Price, q.Active = yen(1), false })
	j = f.imported(t, item(1), item(2))
	equal(t, "counts after an edit of the shop's", j.Counts, store.Counts{Extracted: 2, Updated: 1, Unchanged: 1})
	got := f.byItem(t, "item 1")
	if got.Price != yen(1000) || !got.Active || got.LowStockThreshold == nil || *got.LowStockThreshold != 9 || got.ID != p.ID {
		t.Fatalf("product is %+v", got)
	}
	must(t, f.DeleteProduct(t.Context(), "w", p.ID))
	j = f.imported(t, item(1), item(2))
	equal(t, "counts after a deletion", j.Counts, store.Counts{Extracted: 2, Imported: 1, Unchanged: 1})
}

func testImportHistory(t *testing.T, f *fixture) {
	variants := func(a, b string) func(*catalog.Draft) {
		return func(d *catalog.Draft) {
			d.Variants = []catalog.DraftVariant{{ID: "a", Price: a}, {ID: "b", Price: b, Availability: "InStock"}}
		}
	}
	f.imported(t, item(1, variants("1000", "2000")), item(2))
	start := f.clock.Now().UTC()
	f.clock.advance(time.Hour)
	f.imported(t, item(1, variants("1000", "1500"), soldOut), item(2, category("x")))
	changed := f.clock.Now().UTC()
	p := f.byItem(t, "item 1")
	got, err := f.History(t.Context(), "w", p.ID, 10)
	must(t, err)
	equal(t, "history", got, []catalog.HistoryEntry{
		{ProductID: p.ID, At: changed, Price: yen(1000), Availability: catalog.OutOfStock, StockQuantity: ptr[int64](0)},
		{ProductID: p.ID, VariantID: "b", At: changed, Price: yen(1500), Availability: catalog.InStock},
		{ProductID: p.ID, VariantID: "a", At: changed, Price: yen(1000), Availability: catalog.OutOfStock},
		{ProductID: p.ID, At: start, Price: yen(1000), Availability: catalog.InStock},
		{ProductID: p.ID, VariantID: "b", At: start, Price: yen(2000), Availability: catalog.InStock},
		{ProductID: p.ID, VariantID: "a", At: start, Price: yen(1000), Availability: catalog.InStock},
	})
	got, err = f.History(t.Context(), "w", f.byItem(t, "item 2").ID, 10)
	must(t, err)
	equal(t, "history of another", len(got), 0)
}

func testRefs(t *testing.T, f *fixture) {
	f.imported(t, item(1, updated("t1")), item(2, updated("t1")), item(3, updated("t1")))
	j := f.running(t, "w", shop)
	ref := func(id int, at string) store.Ref {
		return store.Ref{Key: fmt.Sprint(id), URL: fmt.Sprintf("https://shop.example/%d", id), UpdatedAt: at}
	}
	f.apply(t, &j, store.PageCommit{
		Products: []*catalog.Product{item(3, updated("t1"))},
		Refs:     []store.Ref{ref(1, "t1"), ref(2, "t2"), ref(3, "t9"), ref(4, "t1"), ref(5, ""), ref(4, "t1")},
	})
	equal(t, "counts", j.Counts, store.Counts{Extracted: 2, Unchanged: 2}) // 1 has not changed, 3 came whole
	pending := func(limit int) []store.Ref {
		refs, err := f.PendingRefs(t.Context(), j.ID, limit)
		must(t, err)
		return refs
	}
	equal(t, "pending", pending(10), []store.Ref{ref(2, "t2"), ref(4, "t1"), ref(5, "")})
	equal(t, "pending two", pending(2), []store.Ref{ref(2, "t2"), ref(4, "t1")})
	f.apply(t, &j, store.PageCommit{
		Products: []*catalog.Product{item(2, updated("t2"))}, Refs: []store.Ref{ref(4, "t1"), ref(6, "t1")}, RefsDone: []string{"2", "4"}, Phase: store.PhaseRefs,
	})
	equal(t, "pending", pending(10), []store.Ref{ref(5, ""), ref(6, "t1")})
}

func testPageRecords(t *testing.T, f *fixture) {
	j := f.running(t, "w", shop)
	record := func(cursor string, ids ...string) store.PageRecord {
		return store.PageRecord{Cursor: cursor, URL: "u" + cursor, ETag: `"e"`, LastModified: "m", Next: "n", PlatformIDs: ids}
	}
	pages := []store.PageRecord{record("", "1", "2"), record("b", "3"), record("c"), record("d", "4", "unknown")}
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(1), item(2)}, Record: &pages[0]})
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(3)}, Record: &pages[1]})
	f.apply(t, &j, store.PageCommit{Record: &pages[2]})
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(4)}, Record: &pages[3]})
	f.finish(t, &j)
	usable := func(workspace, shop, plugin string) []string {
		cursors := []string{}
		records, err := f.PageRecords(t.Context(), workspace, shop, plugin)
		must(t, err)
		for _, r := range records {
			cursors = append(cursors, r.Cursor)
		}
		return cursors
	}
	records, err := f.PageRecords(t.Context(), "w", shop, "scraper.test")
	must(t, err)
	equal(t, "records", records, pages[:3])
	equal(t, "of another workspace", usable("v", shop, "scraper.test"), []string{})
	equal(t, "of another shop", usable("w", "x.example", "scraper.test"), []string{})
	equal(t, "of another plugin", usable("w", shop, "scraper.x"), []string{})

	_, err = f.UpdateProduct(t.Context(), "w", f.byItem(t, "item 3").ID, func(p *catalog.Product) error { p.Price = yen(1); return nil })
	must(t, err)
	equal(t, "after an edit", usable("w", shop, "scraper.test"), []string{"", "c"})
	must(t, f.DeleteProduct(t.Context(), "w", f.byItem(t, "item 1").ID))
	equal(t, "after a deletion", usable("w", shop, "scraper.test"), []string{"c"})
	f.imported(t, item(1), item(3))
	equal(t, "after 2 vanished", usable("w", shop, "scraper.test"), []string{"b", "c"})

	j = f.running(t, "w", shop)
	again := record("b", "1")
	again.ETag = `"f"`
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(1)}, Record: &again})
	records, err = f.PageRecords(t.Context(), "w", shop, "scraper.test")
	must(t, err)
	equal(t, "written again", records, []store.PageRecord{again, pages[2]})
}

func testLargePage(t *testing.T, f *fixture) {
	var ps []*catalog.Product
	for i := range 2000 {
		ps = append(ps, item(i))
	}
	j := f.imported(t, ps...)
	equal(t, "counts", j.Counts, store.Counts{Extracted: 2000, Imported: 2000})
	j = f.imported(t, ps...)
	equal(t, "counts", j.Counts, store.Counts{Extracted: 2000, Unchanged: 2000})
	j = f.imported(t, item(1))
	equal(t, "counts", j.Counts, store.Counts{Extracted: 1, Unchanged: 1, Vanished: 1999})
}

package storetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

var vanishTests = map[string]func(*testing.T, *fixture){
	"marked, not deleted":     testVanish,
	"back in the shop":        testReturn,
	"only when complete":      testIncomplete,
	"only of that shop":       testVanishScope,
	"after a later job":       testVanishAfterLaterJob,
	"finish is whole or none": testFinishAtomic,
}

var transactionTests = map[string]func(*testing.T, *fixture){
	"do":    testDo,
	"join":  testJoin,
	"close": testClosed,
}

func docID(t *testing.T, doc []byte) string {
	t.Helper()
	var p struct {
		ID string `json:"id"`
	}
	must(t, json.Unmarshal(doc, &p))
	return p.ID
}

func testVanish(t *testing.T, f *fixture) {
	f.imported(t, item(1), item(2))
	before := f.byItem(t, "item 2")
	f.clock.advance(time.Hour)
	j := f.imported(t, item(1))
	equal(t, "counts", j.Counts, store.Counts{Extracted: 1, Unchanged: 1, Vanished: 1})
	now := f.clock.Now().UTC()
	want := before
	want.Active, want.VanishedAt, want.UpdatedAt = false, &now, now
	got := f.byItem(t, "item 2")
	equal(t, "vanished product", got, want)
	doc, err := f.ProductDoc(t.Context(), "w", got.ID)
	must(t, err)
	equal(t, "doc", string(doc), string(catalog.Encode(&got)))
	page, err := f.ListProducts(t.Context(), "w", store.ListQuery{Active: true})
	must(t, err)
	equal(t, "offered", namesOf(t, page), []string{"item 1"})
	entries, err := f.History(t.Context(), "w", got.ID, 1)
	must(t, err)
	equal(t, "history", entries, []catalog.HistoryEntry{{ProductID: got.ID, At: now, Price: yen(1000), Availability: catalog.OutOfStock}})

	f.clock.advance(time.Hour)
	j = f.imported(t, item(1))
	equal(t, "vanished again", j.Counts.Vanished, 0)
	equal(t, "still since", f.byItem(t, "item 2").VanishedAt, &now)
}

func testReturn(t *testing.T, f *fixture) {
	f.imported(t, item(1), item(2), item(3), item(4, soldOut))
	before := f.byItem(t, "item 2")
	f.imported(t, item(1))
	f.clock.advance(time.Hour)
	j := f.running(t, "w", shop)
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(2), item(3, price("5"))}, Seen: []string{"1", "4"}})
	f.finish(t, &j)
	equal(t, "counts", j.Counts, store.Counts{Extracted: 4, Updated: 3, Unchanged: 1})
	want := before
	want.UpdatedAt = f.clock.Now().UTC()
	want.Source = ptr(*before.Source)
	want.Source.SeenAt = want.UpdatedAt
	equal(t, "product that is back", f.byItem(t, "item 2"), want)
	equal(t, "price", f.byItem(t, "item 3").Price, yen(5))
	soldOut := f.byItem(t, "item 4")
	if soldOut.Active || soldOut.VanishedAt != nil {
		t.Fatalf("sold out product that is back: %+v", soldOut)
	}
}

func testIncomplete(t *testing.T, f *fixture) {
	f.imported(t, item(1), item(2))
	j := f.running(t, "w", shop)
	f.apply(t, &j, store.PageCommit{Products: []*catalog.Product{item(1)}})
	j, err := f.FinishJob(t.Context(), j.ID, j.Epoch, store.Outcome{State: store.JobCompleted, Partial: true}, nil)
	must(t, err)
	equal(t, "vanished", j.Counts.Vanished, 0)
	if p := f.byItem(t, "item 2"); !p.Active || p.VanishedAt != nil {
		t.Fatalf("product is %+v", p)
	}
}

func testVanishScope(t *testing.T, f *fixture) {
	f.imported(t, item(1))
	entered := named("entered by hand")
	f.create(t, "w", entered)
	elsewhere := f.running(t, "v", shop)
	f.apply(t, &elsewhere, store.PageCommit{Products: []*catalog.Product{item(2)}})
	other := f.running(t, "w", "other.example")
	f.finish(t, &other)
	equal(t, "vanished", other.Counts.Vanished, 0)
	j := f.imported(t)
	equal(t, "vanished", j.Counts.Vanished, 1)
	f.finish(t, &elsewhere)
	equal(t, "vanished elsewhere", elsewhere.Counts.Vanished, 0)
	got, err := f.Product(t.Context(), "w", entered.ID)
	must(t, err)
	equal(t, "entered by hand", got, *entered)
}

// A job fails half way, another sees the whole shop, then the first goes on.
func testVanishAfterLaterJob(t *testing.T, f *fixture) {
	f.imported(t, item(1), item(2), item(3))
	first := f.running(t, "w", shop)
	f.apply(t, &first, store.PageCommit{Products: []*catalog.Product{item(1)}})
	_, err := f.FinishJob(t.Context(), first.ID, first.Epoch, store.Outcome{State: store.JobFailed}, nil)
	must(t, err)
	f.imported(t, item(1), item(2), item(3))
	_, err = f.ResetJob(t.Context(), nil, "w", first.ID)
	must(t, err)
	first, err = f.ClaimJob(t.Context(), first.ID, lease)
	must(t, err)
	f.apply(t, &first, store.PageCommit{Products: []*catalog.Product{item(2)}})
	f.finish(t, &first)
	equal(t, "vanished", first.Counts.Vanished, 0)
}

func testFinishAtomic(t *testing.T, f *fixture) {
	f.imported(t, item(1))
	j := f.running(t, "w", shop)
	no := errors.New("no")
	_, err := f.FinishJob(t.Context(), j.ID, j.Epoch, store.Outcome{State: store.JobCompleted, Complete: true}, func(store.Tx) error { return no })
	if !errors.Is(err, no) {
		t.Fatalf("error is %v, want that of also", err)
	}
	if p := f.byItem(t, "item 1"); p.VanishedAt != nil {
		t.Fatal("product was marked although the job has not ended")
	}
	got, err := f.Job(t.Context(), "w", j.ID)
	must(t, err)
	equal(t, "job", got, j)
	_, err = f.FinishJob(t.Context(), j.ID, j.Epoch, store.Outcome{State: store.JobRunning}, nil)
	wantKind(t, err, errs.Internal)
}

func testDo(t *testing.T, f *fixture) {
	no := errors.New("no")
	j := store.Job{Workspace: "w", URL: "u", Shop: shop}
	err := f.Do(t.Context(), func(tx store.Tx) error {
		if err := f.CreateJob(t.Context(), tx, &j); err != nil {
			return err
		}
		return no
	})
	if !errors.Is(err, no) {
		t.Fatalf("error is %v, want that of fn", err)
	}
	_, err = f.Job(t.Context(), "w", j.ID)
	wantKind(t, err, errs.NotFound)
	must(t, f.Do(t.Context(), func(tx store.Tx) error { return f.CreateJob(t.Context(), tx, &j) }))
	_, err = f.Job(t.Context(), "w", j.ID)
	must(t, err)
	func() {
		defer func() { _ = recover() }()
		_ = f.Do(t.Context(), func(store.Tx) error { panic("of fn") })
	}()
	must(t, f.Ping(t.Context()))
	f.job(t, "w", shop) // the connection is free again
}

func testJoin(t *testing.T, f *fixture) {
	j := f.job(t, "w", shop)
	_, err := f.CancelJob(t.Context(), "w", j.ID)
	must(t, err)
	must(t, f.Do(t.Context(), func(tx store.Tx) error {
		_, err := f.ResetJob(t.Context(), tx, "w", j.ID)
		return err
	}))
	got, err := f.Job(t.Context(), "w", j.ID)
	must(t, err)
	equal(t, "state", got.State, store.JobPending)
	_, err = f.ResetJob(t.Context(), foreign{}, "w", j.ID)
	wantKind(t, err, errs.Internal)
}

type foreign struct{ store.TxMarker }

func testClosed(t *testing.T, f *fixture) {
	f.create(t, "w", named("x"))
	must(t, f.Close())
	if err := f.CreateProducts(t.Context(), "w", []*catalog.Product{named("y")}); err == nil {
		t.Fatal("a closed store takes products")
	}
	if _, err := f.ListProducts(t.Context(), "w", store.ListQuery{}); err == nil {
		t.Fatal("a closed store lists products")
	}
}

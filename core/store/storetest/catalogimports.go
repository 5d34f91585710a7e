package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/store"
)

var catalogImportTests = map[string]func(*testing.T, *fixture){
	"life":      testImportLife,
	"claims":    testImportClaims,
	"apply":     testImportApply,
	"replace":   testImportReplace,
	"again":     testImportAgain,
	"knowledge": testImportKnowledge,
	"undone":    testImportUndone,
	"list":      testImportList,
}

const importLease = 10 * time.Second

// claimedImport makes a claimed import.
func (f *fixture) claimedImport(t *testing.T, workspace string, payload []byte) store.CatalogImport {
	t.Helper()
	im := store.CatalogImport{Workspace: workspace, Kind: store.ImportCSV, Name: "商品.csv", Replace: true}
	must(t, f.CreateImport(t.Context(), &im, bytes.NewReader(payload), importLease))
	claimed, err := f.ClaimImport(t.Context(), im.ID, im.Epoch, importLease)
	must(t, err)
	return claimed
}

// batches is what ApplyImport asks for.
func batches(list ...store.ImportBatch) func() (*store.ImportBatch, error) {
	return func() (*store.ImportBatch, error) {
		if len(list) == 0 {
			return nil, nil
		}
		b := list[0]
		list = list[1:]
		return &b, nil
	}
}

func testImportLife(t *testing.T, f *fixture) {
	ctx := t.Context()
	payload := bytes.Repeat([]byte("0123456789abcdef"), 50_000)
	im := store.CatalogImport{Workspace: "w", Kind: store.ImportCSV, Name: "a\x00b", Replace: true}
	must(t, f.CreateImport(ctx, &im, bytes.NewReader(payload), importLease))
	until := im.StartedAt.Add(importLease)
	want := store.CatalogImport{
		ID: im.ID, Seq: im.Seq, Workspace: "w", Kind: store.ImportCSV, Name: "a\ufffdb", Replace: true, State: store.ImportPending,
		StartedAt: f.clock.Now().UTC().Truncate(time.Microsecond), LeaseUntil: &until,
	}
	got, err := f.Import(ctx, "w", im.ID)
	must(t, err)
	equal(t, "import", got, want)
	equal(t, "what was created", im, want)
	_, err = f.Import(ctx, "v", im.ID)
	wantKind(t, err, errs.NotFound)
	equal(t, "payload", bytes.Equal(f.payload(t, im.ID), payload), true)

	claimed, err := f.ClaimImport(ctx, im.ID, 0, importLease)
	must(t, err)
	equal(t, "state", claimed.State, store.ImportProcessing)
	must(t, f.CountImport(ctx, im.ID, claimed.Epoch, 3))
	_, err = f.ApplyImport(ctx, im.ID, claimed.Epoch, false, batches(store.ImportBatch{Done: 2, Stored: 1, Refused: 1, Errors: []string{"line 2: no"}}))
	must(t, err)
	f.clock.advance(time.Second)
	done, err := f.ApplyImport(ctx, im.ID, claimed.Epoch, false, batches(store.ImportBatch{Done: 1, Stored: 1, Last: true}))
	must(t, err)
	ended := im.StartedAt.Add(time.Second)
	want.State, want.Epoch, want.Total, want.Done, want.Stored, want.Refused = store.ImportCompleted, 1, 3, 3, 2, 1
	want.Errors, want.EndedAt, want.LeaseUntil = []string{"line 2: no"}, &ended, nil
	equal(t, "import at its end", done, want)
	got, err = f.Import(ctx, "w", im.ID)
	must(t, err)
	equal(t, "import as stored", got, want)
	equal(t, "payload at the end", len(f.payload(t, im.ID)), 0)
}

func (f *fixture) payload(t *testing.T, id string) (all []byte) {
	t.Helper()
	for n := 0; ; n++ {
		part, err := f.ImportPayload(t.Context(), id, n)
		must(t, err)
		if part == nil {
			return all
		}
		all = append(all, part...)
	}
}

func testImportClaims(t *testing.T, f *fixture) {
	ctx := t.Context()
	im := f.claimedImport(t, "w", []byte("x"))
	_, err := f.ClaimImport(ctx, im.ID, 0, importLease)
	wantKind(t, err, errs.Conflict)
	_, err = f.ClaimImport(ctx, "nobody", 0, importLease)
	wantKind(t, err, errs.NotFound)
	abandoned := func(all bool) int {
		list, err := f.AbandonedImports(ctx, all, 10)
		must(t, err)
		return len(list)
	}
	equal(t, "abandoned while the lease holds", abandoned(false), 0)
	equal(t, "abandoned when nobody else is there", abandoned(true), 1)
	f.clock.advance(importLease)
	equal(t, "abandoned when the lease has passed", abandoned(false), 1)
	must(t, f.RenewImport(ctx, im.ID, im.Epoch, importLease))
	equal(t, "abandoned when it was renewed", abandoned(false), 0)
	must(t, f.ReleaseImport(ctx, im.ID, im.Epoch))
	equal(t, "abandoned when it was released", abandoned(false), 1)

	taken, err := f.ClaimImport(ctx, im.ID, im.Epoch, importLease)
	must(t, err)
	for _, stale := range []error{
		f.RenewImport(ctx, im.ID, im.Epoch, importLease), f.CountImport(ctx, im.ID, im.Epoch, 1), f.ReleaseImport(ctx, im.ID, im.Epoch),
	} {
		wantKind(t, stale, errs.Conflict)
	}
	_, err = f.ApplyImport(ctx, im.ID, im.Epoch, true, batches(store.ImportBatch{Products: []*catalog.Product{named("late")}}))
	wantKind(t, err, errs.Conflict)
	equal(t, "products of a claim that was lost", f.names(t, "w"), []string{})
	failed, err := f.FailImport(ctx, im.ID, taken.Epoch, 2, "it broke", "line 2: no")
	must(t, err)
	equal(t, "errors", failed.Errors, []string{"it broke", "line 2: no"})
	equal(t, "refused", failed.Refused, 2)
	_, err = f.FailImport(ctx, im.ID, taken.Epoch, 0, "again")
	wantKind(t, err, errs.Conflict)
	equal(t, "abandoned at the end", abandoned(true), 0)
}

func testImportApply(t *testing.T, f *fixture) {
	ctx := t.Context()
	kept := named("kept")
	kept.ID, kept.LowStockThreshold = "k", ptr[int64](2)
	f.create(t, "w", kept, named("other"))
	f.create(t, "v", named("elsewhere"))
	im := f.claimedImport(t, "w", nil)
	byID, twice := named("kept, but new"), named("twice, last")
	byID.ID, byID.Price, twice.ID = "k", yen(5), "t"
	first := named("twice, first")
	first.ID = "t"
	before := f.Revision("w")
	_, err := f.ApplyImport(ctx, im.ID, im.Epoch, false, batches(
		store.ImportBatch{Products: []*catalog.Product{named("a"), byID, first, twice}}, store.ImportBatch{Products: []*catalog.Product{named("湯呑")}}))
	must(t, err)
	equal(t, "names", f.names(t, "w"), []string{"kept, but new", "other", "a", "twice, last", "湯呑"})
	equal(t, "names elsewhere", f.names(t, "v"), []string{"elsewhere"})
	equal(t, "found", f.find(t, "w", "呑"), []string{"湯呑"})
	equal(t, "not found any more", f.find(t, "w", "first"), []string{})
	got, err := f.Product(ctx, "w", "k")
	must(t, err)
	equal(t, "threshold that nobody spoke of", got.LowStockThreshold, ptr[int64](2))
	history, err := f.History(ctx, "w", "k", 10)
	must(t, err)
	equal(t, "changes of price", len(history), 2)
	n, err := f.CountProducts(ctx, "w")
	must(t, err)
	equal(t, "count", n, 5)
	if f.Revision("w") == before {
		t.Error("the revision stays")
	}
}

func testImportReplace(t *testing.T, f *fixture) {
	ctx := t.Context()
	f.create(t, "w", named("old"), full())
	f.create(t, "v", named("elsewhere"))
	im := f.claimedImport(t, "w", nil)
	var list []store.ImportBatch
	want := []string{}
	for i := range 5 {
		list = append(list, store.ImportBatch{Products: []*catalog.Product{named("new %d", i)}, Done: 1, Stored: 1, Last: i == 4})
		want = append(want, fmt.Sprintf("new %d", i))
	}
	done, err := f.ApplyImport(ctx, im.ID, im.Epoch, true, batches(list...))
	must(t, err)
	equal(t, "state", done.State, store.ImportCompleted)
	equal(t, "names", f.names(t, "w"), want)
	equal(t, "names elsewhere", f.names(t, "v"), []string{"elsewhere"})
	n, err := f.CountProducts(ctx, "w")
	must(t, err)
	equal(t, "count", n, 5)
}

// Products of the same place in a shop are not there twice.
func testImportAgain(t *testing.T, f *fixture) {
	ctx := t.Context()
	im := f.claimedImport(t, "w", nil)
	for i := range 3 {
		p := full()
		p.Name, p.Price = fmt.Sprintf("form %d", i), yen(int64(100+i))
		_, err := f.ApplyImport(ctx, im.ID, im.Epoch, false, batches(store.ImportBatch{Products: []*catalog.Product{p}}))
		must(t, err)
		equal(t, "names", f.names(t, "w"), []string{p.Name})
	}
	page, err := f.ListProducts(ctx, "w", store.ListQuery{Shop: "shop.example"})
	must(t, err)
	equal(t, "products of the shop", len(page.Docs), 1)
}

func testImportKnowledge(t *testing.T, f *fixture) {
	ctx := t.Context()
	must(t, f.SetStoreContext(ctx, "w", &knowledge.Context{
		Name: "old", Description: "old", BrandVoice: &knowledge.BrandVoice{Tone: "calm"}, Policies: &knowledge.Policies{Shipping: "free"},
	}))
	im := f.claimedImport(t, "w", nil)
	seed := knowledge.Seeds()[0]
	again := func() {
		_, err := f.ApplyImport(ctx, im.ID, im.Epoch, false, batches(store.ImportBatch{
			FAQs: []*knowledge.FAQ{
				{Question: seed.Question, Answer: "無料です", Active: true}, {Question: "new", Answer: "a", Active: true}, {Question: "NEW?", Answer: "b", Active: true},
			},
			Context: &knowledge.Context{Name: "new", Categories: []string{"茶"}},
		}))
		must(t, err)
	}
	again()
	again()
	equal(t, "questions", f.questions(t, "w"), append(seedQuestions(), "NEW?"))
	got, err := f.FAQ(ctx, "w", seed.ID)
	must(t, err)
	equal(t, "answer", got.Answer, "無料です")
	c, err := f.StoreContext(ctx, "w")
	must(t, err)
	equal(t, "context", c, &knowledge.Context{
		Name: "new", Categories: []string{"茶"},
		BrandVoice: &knowledge.BrandVoice{Tone: "calm", Keywords: []string{}, AvoidWords: []string{}}, Policies: &knowledge.Policies{Shipping: "free"},
	})
}

func testImportUndone(t *testing.T, f *fixture) {
	ctx := t.Context()
	f.create(t, "w", named("old"))
	im := f.claimedImport(t, "w", nil)
	broken := errors.New("broken")
	n := 0
	_, err := f.ApplyImport(ctx, im.ID, im.Epoch, true, func() (*store.ImportBatch, error) {
		if n++; n > 2 {
			return nil, broken
		}
		return &store.ImportBatch{Products: []*catalog.Product{named("new")}, Done: 1, FAQs: []*knowledge.FAQ{{Question: fmt.Sprint(n), Answer: "a"}}}, nil
	})
	if !errors.Is(err, broken) {
		t.Fatalf("error is %v", err)
	}
	equal(t, "names", f.names(t, "w"), []string{"old"})
	equal(t, "questions", f.questions(t, "w"), seedQuestions())
	got, err := f.Import(ctx, "w", im.ID)
	must(t, err)
	equal(t, "entries dealt with", got.Done, 0)
	_, err = f.ApplyImport(ctx, im.ID, im.Epoch, false, batches(store.ImportBatch{Products: []*catalog.Product{{}}}))
	wantKind(t, err, errs.Invalid)
}

func testImportList(t *testing.T, f *fixture) {
	ctx := t.Context()
	var ids []string
	for range 7 {
		im := f.claimedImport(t, "w", []byte("x"))
		ids = append(ids, im.ID)
	}
	f.claimedImport(t, "v", nil)
	var walked []string
	for cursor := ""; ; {
		list, next, err := f.ListImports(ctx, "w", 3, cursor)
		must(t, err)
		for _, im := range list {
			walked = append(walked, im.ID)
		}
		if cursor = next; next == "" {
			break
		}
	}
	for i := range ids {
		equal(t, "newest first", walked[i], ids[len(ids)-1-i])
	}
	// Those that ended are forgotten in time, the others never.
	_, err := f.FailImport(ctx, ids[0], 1, 0, "x")
	must(t, err)
	for range store.MaxImportRecords {
		im := store.CatalogImport{Workspace: "w", Kind: store.ImportURL, Name: "x"}
		must(t, f.CreateImport(ctx, &im, nil, importLease))
		ids = append(ids, im.ID)
	}
	_, err = f.Import(ctx, "w", ids[0])
	wantKind(t, err, errs.NotFound)
	_, err = f.Import(ctx, "w", ids[1])
	must(t, err)
}

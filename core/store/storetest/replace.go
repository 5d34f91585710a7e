package storetest

import (
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
)

// testReplace replaces a catalogue whose products come from the same shop as
// the new ones, whole or not at all, and in one workspace alone.
func testReplace(t *testing.T, f *fixture) {
	ctx := t.Context()
	before, other := full(), full()
	f.create(t, "w", before, named("b"))
	f.create(t, "other", other)
	must(t, f.SetStoreContext(ctx, "w", &knowledge.Context{Name: "old"}))

	again, added := full(), named("added")
	again.Name = "湯呑 again"
	must(t, f.ReplaceCatalog(ctx, "w", []*catalog.Product{again, added}, &knowledge.Context{Name: "new"}))
	equal(t, "names", f.names(t, "w"), []string{again.Name, "added"})
	equal(t, "names elsewhere", f.names(t, "other"), []string{other.Name})
	equal(t, "found", f.find(t, "w", "湯呑"), []string{again.Name})
	n, err := f.CountProducts(ctx, "w")
	must(t, err)
	equal(t, "count", n, 2)
	if again.ID == "" || again.Seq <= before.Seq {
		t.Errorf("id %q, seq %d after %d", again.ID, again.Seq, before.Seq)
	}
	got, err := f.Product(ctx, "w", again.ID)
	must(t, err)
	equal(t, "product", got, *again)
	_, err = f.Product(ctx, "w", before.ID)
	wantKind(t, err, errs.NotFound)

	// What is wrong at the end undoes the beginning.
	twice := named("twice")
	twice.ID = again.ID
	same := named("same")
	same.ID = again.ID
	wantKind(t, f.ReplaceCatalog(ctx, "w", []*catalog.Product{twice, same}, &knowledge.Context{Name: "x"}), errs.Conflict)
	wantKind(t, f.ReplaceCatalog(ctx, "w", []*catalog.Product{{}}, nil), errs.Invalid)
	wantKind(t, f.ReplaceCatalog(ctx, "w", nil, &knowledge.Context{Name: strings.Repeat("x", 5_000)}), errs.Invalid)
	equal(t, "names", f.names(t, "w"), []string{again.Name, "added"})
	known, err := f.StoreContext(ctx, "w")
	must(t, err)
	equal(t, "context", known.Name, "new")

	must(t, f.ReplaceCatalog(ctx, "w", nil, nil))
	equal(t, "names", f.names(t, "w"), []string{})
	known, err = f.StoreContext(ctx, "w")
	must(t, err)
	equal(t, "context", known.Name, "new")
	f.movesAlone(t, "fresh", "third", func() { // third is told of nothing, which other may still be
		must(t, f.ReplaceCatalog(ctx, "fresh", []*catalog.Product{named("first")}, nil))
	})
	equal(t, "names", f.names(t, "fresh"), []string{"first"})
}

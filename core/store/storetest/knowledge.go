package storetest

import (
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
)

var contextTests = map[string]func(*testing.T, *fixture){
	"context": testContext,
}

func testContext(t *testing.T, f *fixture) {
	ctx := t.Context()
	got, err := f.StoreContext(ctx, "w")
	must(t, err)
	equal(t, "context at first", got, (*knowledge.Context)(nil))
	must(t, f.SetStoreContext(ctx, "w", nil))

	want := &knowledge.Context{
		Name: "茶屋 \"緑\"", Description: "お茶の店\n<b>", URL: "https://tea.example", Categories: []string{"茶", "茶器"},
		BrandVoice: &knowledge.BrandVoice{Tone: "calm", Keywords: []string{"旬"}, AvoidWords: []string{"安い"}},
		Policies:   &knowledge.Policies{Shipping: "two days", Support: "mail"},
	}
	f.movesAlone(t, "w", "v", func() { must(t, f.SetStoreContext(ctx, "w", want)) })
	got, err = f.StoreContext(ctx, "w")
	must(t, err)
	equal(t, "context", got, want)
	got, err = f.StoreContext(ctx, "v")
	must(t, err)
	equal(t, "context of another workspace", got, (*knowledge.Context)(nil))

	must(t, f.SetStoreContext(ctx, "w", &knowledge.Context{Categories: []string{}, BrandVoice: &knowledge.BrandVoice{}}))
	got, err = f.StoreContext(ctx, "w")
	must(t, err)
	equal(t, "what was left out", got, &knowledge.Context{
		Name: knowledge.DefaultName, Categories: []string{}, BrandVoice: &knowledge.BrandVoice{Keywords: []string{}, AvoidWords: []string{}},
	})
	wantKind(t, f.SetStoreContext(ctx, "w", &knowledge.Context{Name: strings.Repeat("名", 201)}), errs.Invalid)
	wantKind(t, f.SetStoreContext(ctx, "w", &knowledge.Context{URL: "javascript:alert(1)"}), errs.Invalid)
	got, err = f.StoreContext(ctx, "w")
	must(t, err)
	equal(t, "name after refused changes", got.Name, knowledge.DefaultName)

	must(t, f.SetStoreContext(ctx, "w", nil))
	got, err = f.StoreContext(ctx, "w")
	must(t, err)
	equal(t, "context after removal", got, (*knowledge.Context)(nil))
}

// movesAlone holds that a change moves the revision of a workspace, and not
// that of another. The change can be made again: an engine that has just begun
// to listen to others may take all workspaces for changed once.
func (f *fixture) movesAlone(t *testing.T, workspace, other string, change func()) {
	t.Helper()
	for range 3 {
		before, elsewhere := f.Revision(workspace), f.Revision(other)
		change()
		if f.Revision(workspace) == before {
			t.Error("the revision of the workspace is to move")
		}
		if f.Revision(other) == elsewhere {
			return
		}
	}
	t.Error("the revision of another workspace moves with it")
}

package postgres

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/store/internal/sqlstore"
)

// The windows of a search leave nothing out, repeat nothing, and lie in the
// block that their lexeme names.
func TestWindows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Int64Range(1, 1<<20).Draw(t, "workspace") << 40
		next := rapid.Int64Range(0, 1<<22).Draw(t, "next")
		from := low + rapid.Int64Range(0, next).Draw(t, "from")
		to := low + next
		at := from
		for _, w := range windows(from, to) {
			if w.From != at || w.To <= w.From || w.To > to {
				t.Fatalf("window %+v after %d, up to %d", w, at, to)
			}
			if a, b := block(w.From+1, w.Level), block(w.To, w.Level); a != b {
				t.Fatalf("window %+v is in blocks %s and %s", w, a, b)
			}
			at = w.To
		}
		if at != to {
			t.Fatalf("windows end at %d, not %d", at, to)
		}
	})
}

func TestTSVector(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		terms []string
		want  []string
		dense bool
	}{
		{"gaps take positions", []string{"ab", "b", catalog.Gap, "ab"}, []string{"'ab':1,4", "'b':2"}, false},
		{"frequent", strings.Fields(strings.Repeat("aa ", 300)), []string{"'aa':1,2,", ",250", "'··dense'"}, true},
	} {
		got, dense := tsvector(1<<40+5, tc.terms)
		if dense != tc.dense {
			t.Errorf("%s: dense is %t", tc.name, dense)
		}
		for _, want := range append(tc.want, "'··0:", "'··3:1'") {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in %q", tc.name, want, got)
			}
		}
		if strings.Contains(got, "251") || strings.Contains(got, "'·'") {
			t.Errorf("%s: %q", tc.name, got)
		}
	}
}

func TestTSQuery(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		tier sqlstore.Tier
		want string
	}{
		{"茶碗", sqlstore.TierName, "('·茶碗')"},
		{"茶碗", sqlstore.TierRest, "('茶碗') & !(('·茶碗'))"},
		{"茶", sqlstore.TierAll, "('·茶':* | '茶':*)"},
		{"abc", sqlstore.TierName, "(('·ab' <-> '·bc')) | ('··dense' & (('·ab') | ('ab')) & (('·bc') | ('bc')))"},
	} {
		if got := tsquery(catalog.Query(tc.text), tc.tier); got != tc.want {
			t.Errorf("%s, tier %d: query is %s, want %s", tc.text, tc.tier, got, tc.want)
		}
	}
}

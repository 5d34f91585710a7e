package storetest

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/store"
)

var searchTests = map[string]func(*testing.T, *fixture){
	"words":           testWords,
	"tiers":           testTiers,
	"many workspaces": testSearchWorkspaces,
	"is exact":        testSearchIsExact,
	"frequent terms":  testFrequentTerms,
}

// find is a search for all hits.
func (f *fixture) find(t *testing.T, workspace, text string) []string {
	t.Helper()
	page, err := f.SearchProducts(t.Context(), workspace, store.SearchQuery{Text: text})
	must(t, err)
	return namesOf(t, page)
}

func testWords(t *testing.T, f *fixture) {
	for _, text := range [][2]string{
		{"有田焼 湯呑み", "手作りの湯のみです"},
		{"Classic T-Shirt", "100% cotton"},
		{"カップ", "ｶﾌﾟﾁｰﾉ用のコーヒーカップ"},
		{"茶", "緑"},
		{"Tea—紅茶", "ＴＥＡ from 京都府"},
		{"湯", "呑"},
	} {
		p := named("%s", text[0])
		p.Description = text[1]
		f.create(t, "w", p)
	}
	for query, want := range map[string][]string{
		"湯呑":      {"有田焼 湯呑み"},
		"湯":       {"有田焼 湯呑み", "湯"},
		"茶":       {"茶", "Tea—紅茶"},
		"呑":       {"有田焼 湯呑み", "湯"},
		"t-shirt": {"Classic T-Shirt"},
		"SHIRT":   {"Classic T-Shirt"},
		"かっぷ":     {"カップ"},
		"カプチーノ":   {"カップ"},
		"tea":     {"Tea—紅茶"},
		"京都":      {"Tea—紅茶"},
		"都京":      {},
		"湯呑 手作り":  {"有田焼 湯呑み"},
		"焼湯":      {}, // not across a gap
		"100":     {"Classic T-Shirt"},
		"t":       {"Classic T-Shirt", "Tea—紅茶"},
		"":        {},
		" ・—":     {},
		"緑茶":      {}, // not from a name into a description
		"み":       {"有田焼 湯呑み"},
		"府":       {"Tea—紅茶"},
		"classic": {"Classic T-Shirt"},
	} {
		equal(t, query, f.find(t, "w", query), want)
	}
}

func testTiers(t *testing.T, f *fixture) {
	add := func(name, description string, active bool) {
		p := named("%s", name)
		p.Description, p.Active = description, active
		f.create(t, "w", p)
	}
	add("1", "a tea bowl", true)
	add("2 tea", "", true)
	add("3", "more tea", false)
	add("4 tea", "tea", false)
	add("5", "coffee", true)
	add("6 tea", "tea", true)
	add("7", "tea", true)
	add("8 bowl", "for tea", true)
	add("9 bowl of tea", "", true)
	for _, tc := range []struct {
		q    store.SearchQuery
		want []string
	}{
		{store.SearchQuery{Text: "tea"}, []string{"1", "2 tea", "3", "4 tea", "6 tea", "7", "8 bowl", "9 bowl of tea"}},
		{store.SearchQuery{Text: "tea", Limit: 100}, []string{"2 tea", "4 tea", "6 tea", "9 bowl of tea", "1", "3", "7", "8 bowl"}},
		{store.SearchQuery{Text: "tea", Limit: 100, Active: true}, []string{"2 tea", "6 tea", "9 bowl of tea", "1", "7", "8 bowl"}},
		{store.SearchQuery{Text: "tea", Active: true}, []string{"1", "2 tea", "6 tea", "7", "8 bowl", "9 bowl of tea"}},
		{store.SearchQuery{Text: "bowl tea", Limit: 100}, []string{"9 bowl of tea", "1", "8 bowl"}},
		{store.SearchQuery{Text: "e", Limit: 100}, []string{"2 tea", "4 tea", "6 tea", "9 bowl of tea", "1", "3", "5", "7", "8 bowl"}},
	} {
		page, err := f.SearchProducts(t.Context(), "w", tc.q)
		must(t, err)
		equal(t, fmt.Sprintf("%+v", tc.q), namesOf(t, page), tc.want)
		if tc.q.Limit == 0 {
			continue
		}
		for limit := 1; limit < 10; limit++ {
			q := tc.q
			q.Limit = limit
			got := walk(t, limit, func(cursor string) (store.Page, error) {
				q.Cursor = cursor
				return f.SearchProducts(t.Context(), "w", q)
			})
			equal(t, fmt.Sprintf("%+v by %d", tc.q, limit), got, tc.want)
		}
	}
}

func testSearchWorkspaces(t *testing.T, f *fixture) {
	for i := range 12 {
		f.create(t, fmt.Sprintf("w%d", i%4), named("tea %d", i))
	}
	equal(t, "hits", f.find(t, "w1", "tea"), []string{"tea 1", "tea 5", "tea 9"})
	equal(t, "hits of nobody", f.find(t, "w9", "tea"), []string{})
}

// contains is the truth that an index must tell: every run of the query is a
// substring of a run of the text.
func contains(text, query string) bool {
	runs := func(s string) []string {
		return strings.FieldsFunc(catalog.Fold(s), func(r rune) bool { return len(catalog.Query(string(r))) == 0 })
	}
	wanted := runs(query)
	for _, want := range wanted {
		found := false
		for _, run := range runs(text) {
			found = found || strings.Contains(run, want)
		}
		if !found {
			return false
		}
	}
	return len(wanted) > 0
}

func testSearchIsExact(t *testing.T, f *fixture) {
	// Few letters make many near hits.
	letters := []rune("あア茶湯呑aAbé1 ・-ー")
	textGen := rapid.StringOfN(rapid.SampledFrom(letters), 0, 12, -1)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		workspace := fmt.Sprintf("w%d", n)
		var ps []*catalog.Product
		for range rapid.IntRange(1, 8).Draw(r, "products") {
			p := named("%s", "n"+textGen.Draw(r, "name"))
			p.Description = textGen.Draw(r, "description")
			ps = append(ps, p)
		}
		must(t, f.CreateProducts(t.Context(), workspace, ps))
		for range 4 {
			query := rapid.StringOfN(rapid.SampledFrom(letters), 1, 4, -1).Draw(r, "query")
			all, inName, others := []string{}, []string{}, []string{}
			for _, p := range ps {
				// Separate runs may be found in different texts.
				switch {
				case contains(p.Name, query):
					all, inName = append(all, p.Name), append(inName, p.Name)
				case contains(p.Name+"\n"+p.Description, query):
					all, others = append(all, p.Name), append(others, p.Name)
				}
			}
			equal(t, query, f.find(t, workspace, query), all)
			page, err := f.SearchProducts(t.Context(), workspace, store.SearchQuery{Text: query, Limit: 100})
			must(t, err)
			equal(t, query, namesOf(t, page), append(inName, others...))
		}
	})
}

// A term more frequent than an index may note positions of.
func testFrequentTerms(t *testing.T, f *fixture) {
	long := named("long")
	long.Description = strings.Repeat("a", 400) + "b " + strings.Repeat("です ", 600) + "ですよ"
	short := named("aaaa")
	short.Description = "です"
	decoy := named("decoy")
	decoy.Description = strings.Repeat("です ", 600) + "すよ" + strings.Repeat("a", 400) + " ab"
	named := named("%s", strings.Repeat("ab", 200)+"ac")
	f.create(t, "w", long, short, decoy, named)
	for query, want := range map[string][]string{
		"ですよ": {"long"}, "aab": {"long"}, "aaab": {"long"}, "aaa": {"long", "aaaa", "decoy"}, "aba": {named.Name}, "abac": {named.Name},
		"です": {"long", "aaaa", "decoy"}, "bb": {}, "よa": {"decoy"},
	} {
		equal(t, query, f.find(t, "w", query), want)
		got := walk(t, 1, func(cursor string) (store.Page, error) {
			return f.SearchProducts(t.Context(), "w", store.SearchQuery{Text: query, Limit: 1, Cursor: cursor})
		})
		if len(got) != len(want) {
			t.Fatalf("%s: pages hold %q, want %q", query, got, want)
		}
	}
}

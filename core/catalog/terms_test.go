package catalog_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/catalog"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", []string{}},
		{"茶", []string{"茶"}},
		{"湯呑み", []string{"湯呑", "呑み", "み"}},
		{"Linen Shirt", []string{"li", "in", "ne", "en", "n", catalog.Gap, "sh", "hi", "ir", "rt", "t"}},
		{"Ｔシャツ①", []string{"tし", "しゃ", "ゃつ", "つ1", "1"}},
		{"・…—", []string{}},
		{"a·b", []string{"a", catalog.Gap, "b"}},
	} {
		if diff := cmp.Diff(tt.want, catalog.Terms(tt.text)); diff != "" {
			t.Errorf("Terms(%q):\n%s", tt.text, diff)
		}
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []catalog.Phrase
	}{
		{" ", nil},
		{"茶", []catalog.Phrase{{Terms: []string{"茶"}, Prefix: true}}},
		{"湯呑み", []catalog.Phrase{{Terms: []string{"湯呑", "呑み"}}}},
		{"LINEN 茶", []catalog.Phrase{{Terms: []string{"li", "in", "ne", "en"}}, {Terms: []string{"茶"}, Prefix: true}}},
	} {
		if diff := cmp.Diff(tt.want, catalog.Query(tt.text)); diff != "" {
			t.Errorf("Query(%q):\n%s", tt.text, diff)
		}
	}
}

// Phrases must find exactly the texts that hold the query as a substring.
func TestPhrasesAreSubstrings(t *testing.T) {
	t.Parallel()
	alphabet := []rune("abcアいー茶湯 ・1")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 30).Draw(t, "text"))
		word := string(rapid.SliceOfN(rapid.SampledFrom([]rune("abcアいー茶湯1")), 1, 4).Draw(t, "word"))
		phrases := catalog.Query(word)
		if len(phrases) != 1 {
			t.Fatalf("%q has %d phrases", word, len(phrases))
		}
		want := strings.Contains(catalog.Fold(text), catalog.Fold(word))
		if got := found(catalog.Terms(text), phrases[0]); got != want {
			t.Fatalf("%q in %q: %v, want %v", word, text, got, want)
		}
	})
}

func found(terms []string, p catalog.Phrase) bool {
	if p.Prefix {
		return slices.ContainsFunc(terms, func(s string) bool { return strings.HasPrefix(s, p.Terms[0]) })
	}
	for i := range terms {
		if i+len(p.Terms) <= len(terms) && slices.Equal(terms[i:i+len(p.Terms)], p.Terms) {
			return true
		}
	}
	return false
}

// What is known of Japanese letters without a search is what the tables say.
func TestJapaneseLetters(t *testing.T) {
	t.Parallel()
	for r := rune(0x2e80); r < 0xa700; r++ {
		folded := catalog.Fold(string(r))
		if lower := strings.ToLower(folded); lower != folded {
			t.Errorf("%U folds to %q, in lower case %q", r, folded, lower)
		}
		letters := strings.IndexFunc(folded, func(r rune) bool {
			return r != utf8.RuneError && unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So)
		})
		if terms := catalog.Terms(string(r)); (len(terms) > 0) != (letters >= 0) {
			t.Errorf("%U has the terms %q", r, terms)
		}
	}
}

func TestTermsAreBounded(t *testing.T) {
	t.Parallel()
	if n := len(catalog.Terms(strings.Repeat("あいう ", 20_000))); n > catalog.MaxTerms {
		t.Errorf("%d terms", n)
	}
}

func FuzzTerms(f *testing.F) {
	f.Add("Ｔシャツ・①")
	f.Add("\xff\xfe")
	f.Fuzz(func(t *testing.T, text string) {
		for _, term := range catalog.Terms(text) {
			if term == "" || strings.ContainsAny(term, " \"'\\:") {
				t.Errorf("term %q of %q", term, text)
			}
		}
	})
}

func BenchmarkTerms(b *testing.B) {
	text := strings.Repeat("備前焼の湯呑み、ひとつずつ手作りです。Bizen tea cup. ", 6)
	for b.Loop() {
		catalog.Terms(text)
	}
}

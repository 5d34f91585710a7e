package wasm

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/scrape"
)

// TestOnePass holds the one pass over a page to looking for each mark by itself.
func TestOnePass(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 0, 60, -1)
		of := rapid.SliceOfN(rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 1, 9, -1), 0, 3), 0, 4).Draw(t, "marks")
		p := scrape.Probe{URL: "https://shop.example/", Body: []byte(text.Draw(t, "body"))}
		got := newMarks(of).in(&p)
		for i, list := range of {
			want := len(list) == 0
			for _, mark := range list {
				want = want || bytes.Contains(p.Body, []byte(mark)) || strings.Contains(p.URL, mark)
			}
			if got[i] != want {
				t.Fatalf("plugin %d with %q: %v", i, list, got[i])
			}
		}
	})
}

func TestMarksOfHeadersAndAddress(t *testing.T) {
	t.Parallel()
	m := newMarks([][]string{{"X-ShopId"}, {"Shop.Example"}, {"elsewhere"}, nil})
	got := m.in(&scrape.Probe{URL: "https://shop.example/", Headers: [][2]string{{"X-SHOPID", "7"}}})
	if !got[0] || !got[1] || got[2] || !got[3] {
		t.Errorf("got %v", got)
	}
}

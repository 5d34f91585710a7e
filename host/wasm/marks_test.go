package wasm_test

import (
	"testing"

	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/wasm"
)

// TestMarks holds that a plugin isn't loaded for pages without its marks.
func TestMarks(t *testing.T) {
	t.Parallel()
	h := newHost(t, map[string][]byte{"x.wasm": withManifestText(t, `{"id":"scraper.x","version":"1.0.0","provides":["scraper/1"],"marks":["Shop.Example","x-made-by"]}`)}, wasm.Options{})
	s, err := h.Scraper("scraper.x")
	if err != nil {
		t.Fatal(err)
	}
	calls := func() int64 { return h.Plugins()[0].Calls }
	for i, page := range []scrape.Probe{
		{URL: "https://other.example/"},
		{URL: "https://other.example/", Headers: [][2]string{{"Server", "nginx"}}, Body: []byte("a shop.example in small letters")},
	} {
		if score, reason, err := s.Detect(t.Context(), page); score != 0 || reason != "" || err != nil || calls() != 0 {
			t.Errorf("page %d: %d %q %v, %d calls", i, score, reason, err, calls())
		}
	}
	for i, page := range []scrape.Probe{
		{URL: "https://SHOP.example/"},
		{URL: "https://other.example/", Headers: [][2]string{{"X-Made-By", "us"}}},
		{URL: "https://other.example/", Body: []byte("built on Shop.Example")},
	} {
		before := calls()
		if _, _, _ = s.Detect(t.Context(), page); calls() != before+1 {
			t.Errorf("page %d: the plugin was not asked", i)
		}
	}
}

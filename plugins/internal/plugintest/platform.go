package plugintest

import (
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// Platform is what the plugin of any platform is held to, besides what it alone
// does.
type Platform struct {
	Plugin    omakase.Plugin
	Addresses map[string]int // how sure it is of addresses, without their pages
	Bodies    map[string]int // and of bodies, at an address that tells nothing
	NoProduct [][2]string    // addresses and pages that sell nothing
	Corpus    []string       // kinds of items, each of one product
}

// Test holds the plugin to it.
func (p *Platform) Test(t *testing.T) {
	t.Helper()
	t.Run("self-test", func(t *testing.T) {
		t.Parallel()
		if err := p.Plugin.SelfTest(NewHost(t).Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("detection", func(t *testing.T) {
		t.Parallel()
		for url, want := range p.Addresses {
			if got := Score(t, p.Plugin, url, ""); got != want {
				t.Errorf("%s scores %d, want %d", url, got, want)
			}
		}
		for body, want := range p.Bodies {
			if got := Score(t, p.Plugin, "https://x.example/", body); got != want {
				t.Errorf("%.200s scores %d, want %d", body, got, want)
			}
		}
	})
	t.Run("no product", func(t *testing.T) {
		t.Parallel()
		for _, page := range p.NoProduct {
			if found := Extract(t, p.Plugin, page[0], page[1]); len(found) > 0 {
				t.Errorf("%s, %.200s: %+v", page[0], page[1], found)
			}
		}
	})
	if len(p.Corpus) > 0 {
		t.Run("corpus", func(t *testing.T) {
			t.Parallel()
			CompareCorpus(t, p.Plugin, p.Corpus...)
		})
	}
}

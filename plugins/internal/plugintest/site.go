package plugintest

import (
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
)

// Import imports a simulated shop and holds that all of its products were
// found, with no more than so many requests.
func Import(t *testing.T, p omakase.Plugin, shop *Shop, requests int) *fakehost.Import {
	t.Helper()
	host := NewHost(t)
	Serve(host, shop)
	m := host.Import(&p, omakase.ScrapeRequest{URL: "https://shop.example/"})
	if m.Err != nil {
		t.Fatal(m.Err)
	}
	if len(m.Products) != shop.N || m.Partial || len(host.Fetched()) > requests {
		t.Errorf("%d products of %d, %d requests of %d, partial %v; notes %q", len(m.Products), shop.N, len(host.Fetched()), requests, m.Partial, m.Notes)
	}
	return m
}

// Extract reads a page.
func Extract(t *testing.T, p omakase.Plugin, url, page string) []omakase.Product {
	t.Helper()
	host := NewHost(t)
	reply, err := p.Scraper.Extract(host.Context(), omakase.ExtractRequest{URL: url, Body: host.Body(page)})
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return reply.Products
}

// Score is how sure a plugin is of a page.
func Score(t *testing.T, p omakase.Plugin, url, page string) int {
	t.Helper()
	host := NewHost(t)
	reply, err := p.Scraper.Detect(host.Context(), omakase.DetectRequest{URL: url, Status: 200, Body: host.Body(page)})
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return reply.Score
}

// CompareCorpus reads every item of those kinds and compares what is found.
func CompareCorpus(t *testing.T, p omakase.Plugin, kinds ...string) {
	t.Helper()
	for _, item := range Corpus(t, kinds...) {
		url := item.URL
		if url == "" {
			url = "https://shop.example/"
		}
		text := item.Text(t)
		if score := Score(t, p, url, text); score < 90 {
			t.Errorf("%s: score %d", item.File, score)
		}
		Compare(t, &item, Extract(t, p, url, text))
		Truncated(t, p, &item, url, text)
	}
}

// Truncated holds that a page which was cut off anywhere gives the right price
// or none.
func Truncated(t *testing.T, p omakase.Plugin, item *Item, url, text string) {
	t.Helper()
	if item.Expected.Price == nil {
		return
	}
	for cut := range len(text) {
		if len(text) > 3_000 && cut%7 != 0 {
			continue
		}
		for _, got := range Extract(t, p, url, text[:cut]) {
			if got.Price != "" && !sameAmount(got.Price, *item.Expected.Price) {
				t.Errorf("%s: cut off behind %q the price is %s, not %s", item.File, text[max(0, cut-30):cut], got.Price, *item.Expected.Price)
				return
			}
		}
	}
}

// FuzzExtract holds that whatever a page is, what is found is sound.
func FuzzExtract(f *testing.F, p omakase.Plugin, url string) {
	f.Fuzz(func(t *testing.T, page string) {
		host := NewHost(t)
		reply, err := p.Scraper.Extract(host.Context(), omakase.ExtractRequest{URL: url, Body: host.Body(page)})
		if err != nil {
			return
		}
		for i := range reply.Products {
			Sound(t, &reply.Products[i])
		}
	})
}

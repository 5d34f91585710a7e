package scrape_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
)

// site answers for the web, the router and its plugins.
type site struct {
	page    scrape.Probe
	err     error
	readers []scrape.Scraper
	certain bool
	hold    chan struct{} // nil: answers at once
}

func (s *site) Probe(_ context.Context, url string) (scrape.Probe, error) {
	if s.hold != nil {
		<-s.hold
	}
	if s.page.URL == "" {
		s.page.URL = url
	}
	return s.page, s.err
}

func (s *site) Candidates(context.Context, scrape.Probe) ([]scrape.Scraper, bool, error) {
	return s.readers, s.certain, nil
}

// extractor finds the same products on every page.
type extractor struct {
	shop
	id     string
	drafts []catalog.Draft
}

func (e *extractor) ID() string { return e.id }

func (e *extractor) Extract(context.Context, scrape.Probe) ([]catalog.Draft, error) {
	return e.drafts, nil
}

func (e *extractor) Open(context.Context, scrape.SessionOptions) (scrape.Session, error) {
	return e, nil
}

func read(t *testing.T, s *site, url string, limit int) (scrape.Reading, []string) {
	t.Helper()
	if s.page.Status == 0 {
		s.page.Status = 200
	}
	got, err := scrape.NewReader(s, s).Read(t.Context(), "w", url, limit)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, p := range got.Products {
		names = append(names, p.Name)
	}
	return got, names
}

func TestReadTakesTheFirstThatFinds(t *testing.T) {
	t.Parallel()
	page := []catalog.Draft{
		{Name: "A", PlatformID: "1", Price: "10", Currency: "JPY"},
		{Name: "A again", PlatformID: "1"},
		{PlatformID: "2"},
		{Name: "B", URL: "https://shop.example/p"},
		{Name: "C", URL: "https://shop.example/p"},
		{Name: "D", PlatformID: "4"},
	}
	s := &site{readers: []scrape.Scraper{&shop{}, &extractor{id: "scraper.none"}, &extractor{id: "scraper.finds", drafts: page}}}
	got, names := read(t, s, "https://www.shop.example/list", 3)
	if diff := cmp.Diff([]string{"A", "B", "C"}, names); diff != "" || got.Plugin != "scraper.finds" || len(got.Rejections) != 1 {
		t.Errorf("%s by %s, %v", diff, got.Plugin, got.Rejections)
	}
	if src := got.Products[0].Source; src.Shop != "shop.example" || src.Plugin != "scraper.finds" {
		t.Errorf("%+v", src)
	}
	if _, names = read(t, &site{readers: []scrape.Scraper{&extractor{}}}, "https://shop.example/about", 3); len(names) != 0 {
		t.Errorf("%q", names)
	}
}

// The front page of a known platform stands for the beginning of its
// catalogue, by pages and by references; no other page does.
func TestReadWalksFromTheFrontPage(t *testing.T) {
	t.Parallel()
	e := &extractor{id: "scraper.platform"}
	calls := 0
	e.page = func(_ context.Context, q scrape.PageRequest) (scrape.PageReply, error) {
		calls++
		switch {
		case len(q.Refs) > 0:
			var reply scrape.PageReply
			for _, ref := range q.Refs {
				reply.Drafts = append(reply.Drafts, catalog.Draft{PlatformID: ref.Key, Name: ref.Key})
			}
			return reply, nil
		case q.Cursor == "":
			return scrape.PageReply{Drafts: []catalog.Draft{{PlatformID: "1", Name: "one"}}, Next: "2"}, nil
		}
		return scrape.PageReply{Refs: []store.Ref{{Key: "two"}, {Key: "three"}, {Key: "four"}}}, nil
	}
	s := &site{readers: []scrape.Scraper{e}, certain: true}
	for limit, want := range map[int][]string{1: {"one"}, 3: {"one", "two", "three"}, 50: {"one", "two", "three", "four"}} {
		if _, names := read(t, s, "https://shop.example/", limit); !cmp.Equal(want, names) {
			t.Errorf("at most %d: %q, want %q", limit, names, want)
		}
	}
	calls = 0
	for _, url := range []string{"https://shop.example/pages/about", "https://shop.example/?page=2"} {
		s.page.URL = ""
		if _, names := read(t, s, url, 50); len(names)+calls != 0 {
			t.Errorf("%s: %q after %d calls", url, names, calls)
		}
	}
	s.page.URL, s.certain = "", false
	if _, names := read(t, s, "https://shop.example/", 50); len(names)+calls != 0 {
		t.Errorf("a shop that nobody recognises: %q", names)
	}
	e.page = func(_ context.Context, q scrape.PageRequest) (scrape.PageReply, error) {
		calls++
		return scrape.PageReply{Next: q.Cursor + "x"}, nil
	}
	s.page.URL, s.certain = "", true
	if read(t, s, "https://shop.example/", 50); calls != 10 {
		t.Errorf("an endless catalogue was asked for %d pages", calls)
	}
}

func TestReadFails(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]errs.Kind{404: errs.NotFound, 410: errs.NotFound, 500: errs.Unavailable, 304: errs.Unavailable} {
		s := &site{page: scrape.Probe{Status: status}}
		if _, err := scrape.NewReader(s, s).Read(t.Context(), "w", "https://shop.example/", 5); !errs.Is(err, kind) {
			t.Errorf("%d: %v", status, err)
		}
	}
	denied := &site{err: errs.New(errs.Denied, "no")}
	if _, err := scrape.NewReader(denied, denied).Read(t.Context(), "w", "https://shop.example/", 5); !errs.Is(err, errs.Denied) {
		t.Error(err)
	}
	for _, url := range []string{"", "nope", "::::", "file:///etc/passwd", "https://"} {
		if _, err := scrape.NewReader(denied, denied).Read(t.Context(), "w", url, 5); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// Whoever comes when all hands are full is told so at once.
func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	s := &site{hold: make(chan struct{}), page: scrape.Probe{URL: "https://shop.example/", Status: 200}}
	r := scrape.NewReader(s, s)
	ended := make(chan error)
	const many = 40
	for i := range many {
		go func() {
			_, err := r.Read(t.Context(), "w", fmt.Sprintf("https://shop%d.example/", i), 5)
			ended <- err
		}()
	}
	busy := 0
	for range many - 8 {
		if err := <-ended; errs.Is(err, errs.Busy) {
			busy++
		}
	}
	close(s.hold)
	for range 8 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if busy != many-8 {
		t.Errorf("%d were refused", busy)
	}
}

package routing_test

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/routing"
	"github.com/omakase-ai/omakase/core/scrape"
)

// scraper scores by what it finds in the URL and in the page.
type scraper struct {
	id        string
	url, page string
	score     int
	err       error
}

func (s scraper) ID() string { return s.id }

func (s scraper) Detect(_ context.Context, p scrape.Probe) (int, string, error) {
	switch {
	case s.err != nil:
		return 0, "", s.err
	case s.url != "" && strings.Contains(p.URL, s.url):
		return 100, "its host", nil
	case s.page != "" && strings.Contains(string(p.Body), s.page):
		return s.score, "its page", nil
	}
	return 0, "", nil
}

func (s scraper) Open(context.Context, scrape.SessionOptions) (scrape.Session, error) {
	return nil, errors.New("not used")
}

type scrapers []scrape.Scraper

func (s scrapers) Scrapers(context.Context) []scrape.Scraper { return s }

type page struct {
	body   string
	status int // 0 is 200
	err    error
	asked  int
}

func (p *page) Probe(_ context.Context, url string) (scrape.Probe, error) {
	p.asked++
	return scrape.Probe{URL: url, Status: cmp.Or(p.status, 200), Body: []byte(p.body)}, p.err
}

func TestRoute(t *testing.T) {
	t.Parallel()
	all := scrapers{
		scraper{id: "scraper.shopify", url: "myshopify.com", page: "cdn.shopify.com", score: 90},
		scraper{id: "scraper.base", page: "thebase", score: 90},
		scraper{id: "scraper.generic", page: "cart", score: 40},
		scraper{id: "scraper.broken", err: errors.New("trap")},
	}
	for name, tt := range map[string]struct {
		q      scrape.RouteQuery
		body   string
		id     string
		reason string
		asked  int
		kind   errs.Kind
	}{
		"certain by URL":    {scrape.RouteQuery{URL: "https://a.myshopify.com/"}, "", "scraper.shopify", "100 of 100: its host", 0, ""},
		"best by page":      {scrape.RouteQuery{URL: "https://a.example/"}, "cart thebase", "scraper.base", "90 of 100: its page", 1, ""},
		"generic catches":   {scrape.RouteQuery{URL: "https://a.example/"}, "cart", "scraper.generic", "40 of 100", 1, ""},
		"forced plugin":     {scrape.RouteQuery{URL: "https://a.example/", Plugin: "scraper.base"}, "", "scraper.base", "asked for", 0, ""},
		"forced store type": {scrape.RouteQuery{URL: "https://a.example/", StoreType: "general_ec"}, "", "scraper.generic", "store type general_ec", 0, ""},
		"unknown plugin":    {scrape.RouteQuery{URL: "https://a.example/", Plugin: "scraper.nope"}, "", "", "", 0, errs.Unsupported},
		"no shop":           {scrape.RouteQuery{URL: "https://a.example/"}, "news", "", "", 1, errs.NotAShop},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &page{body: tt.body}
			r := routing.Router{Scrapers: all, Prober: p}
			s, reason, err := r.Route(t.Context(), tt.q)
			if tt.kind != "" {
				if !errs.Is(err, tt.kind) || errs.HintOf(err) == "" {
					t.Fatalf("error %v with hint %q; want kind %s", err, errs.HintOf(err), tt.kind)
				}
			} else if err != nil || s.ID() != tt.id || !strings.Contains(reason, tt.reason) {
				t.Fatalf("%v, %q, %v", s, reason, err)
			}
			if p.asked != tt.asked {
				t.Errorf("the page was fetched %d times, want %d", p.asked, tt.asked)
			}
		})
	}
}

func TestFallbackTriesWhatNoneRecognises(t *testing.T) {
	t.Parallel()
	r := routing.Router{
		Scrapers: scrapers{scraper{id: "scraper.shopify"}}, Prober: &page{body: "?"},
		Fallback: []string{"scraper.generic", "scraper.shopify"},
	}
	s, reason, err := r.Route(t.Context(), scrape.RouteQuery{URL: "https://a.example/"})
	if err != nil || s.ID() != "scraper.shopify" || !strings.Contains(reason, "no plugin recognises") {
		t.Errorf("%v, %q, %v", s, reason, err)
	}
}

// A shop may have no front page and products all the same.
func TestFallbackWithoutAFrontPage(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{200: "scraper.generic", 404: "scraper.shopify", 503: "scraper.shopify"} {
		r := routing.Router{
			Scrapers: scrapers{scraper{id: "scraper.generic"}, scraper{id: "scraper.shopify"}}, Prober: &page{body: "?", status: status},
			Fallback: []string{"scraper.generic", "scraper.shopify"}, Pageless: []string{"scraper.shopify"},
		}
		if s, _, err := r.Route(t.Context(), scrape.RouteQuery{URL: "https://a.example/"}); err != nil || s.ID() != want {
			t.Errorf("%d: %v, %v; want %s", status, s, err, want)
		}
	}
}

func TestRouteTellsWhyNothingAnswered(t *testing.T) {
	t.Parallel()
	down := errs.New(errs.Unavailable, "connection refused")
	r := routing.Router{Scrapers: scrapers{scraper{id: "a"}}, Prober: &page{err: down}}
	if _, _, err := r.Route(t.Context(), scrape.RouteQuery{URL: "https://a.example/"}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("a shop that is down: %v", err)
	}
	r = routing.Router{Scrapers: scrapers{scraper{id: "a", err: errors.New("trap")}}, Prober: &page{}}
	if _, _, err := r.Route(t.Context(), scrape.RouteQuery{URL: "https://a.example/"}); err == nil || !strings.Contains(err.Error(), "asking a: trap") {
		t.Errorf("every plugin fails: %v", err)
	}
}

func TestCandidatesForAPageThatIsHere(t *testing.T) {
	t.Parallel()
	all := scrapers{
		scraper{id: "scraper.shopify", page: "cdn.shopify.com", score: 90},
		scraper{id: "scraper.generic", page: "cart", score: 40},
		scraper{id: "scraper.ill", err: errors.New("down")},
	}
	for _, tt := range []struct {
		body    string
		want    string
		certain bool
	}{
		{"cdn.shopify.com", "scraper.shopify scraper.generic", true},
		{"cart", "scraper.generic scraper.shopify", true},
		{"nothing", "scraper.generic scraper.shopify", false},
	} {
		r := &routing.Router{Scrapers: all, Fallback: []string{"scraper.generic", "scraper.shopify", "scraper.absent"}}
		got, certain, err := r.Candidates(t.Context(), scrape.Probe{Status: 200, Body: []byte(tt.body)})
		var ids []string
		for _, s := range got {
			ids = append(ids, s.ID())
		}
		if names := strings.Join(ids, " "); err != nil || names != tt.want || certain != tt.certain {
			t.Errorf("%s: %s, %t, %v", tt.body, names, certain, err)
		}
	}
	none := &routing.Router{Scrapers: scrapers{all[0]}}
	if _, _, err := none.Candidates(t.Context(), scrape.Probe{}); !errs.Is(err, errs.Unsupported) {
		t.Error(err)
	}
}

package routing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
)

// Certain is the score from which on no other plugin is asked.
const Certain = 95

// Enough is the lowest score with which a plugin is chosen.
const Enough = 30

// Scrapers are the scraper plugins that are enabled now, in order of
// preference.
type Scrapers interface {
	Scrapers(ctx context.Context) []scrape.Scraper
}

// Marker are Scrapers that tell at a glance which of them may know a page, so
// that the others need not be asked.
type Marker interface {
	Marked(ctx context.Context, p scrape.Probe) []scrape.Scraper
}

// Prober looks at a shop's first page.
type Prober interface {
	Probe(ctx context.Context, url string) (scrape.Probe, error)
}

// Router chooses the scraper of a shop. It holds no state of its own.
type Router struct {
	Scrapers Scrapers
	Prober   Prober
	// Fallback are ids of scrapers that try a shop which none recognises, the
	// first enabled one of them. The scraper itself says what is missing.
	Fallback []string
	// Pageless are those of Fallback that need no front page: where a shop has
	// none, they try first.
	Pageless []string
}

// storeTypes are the names by which the REST contract and STORE_TYPE force a
// platform. Others are taken as the last part of a plugin's id.
var storeTypes = map[string]string{
	"general_ec": "scraper.generic", "custom": "scraper.generic",
	"stores.jp": "scraper.stores", "color_me": "scraper.colorme", "ec_cube": "scraper.eccube", "ec-cube": "scraper.eccube", "woo": "scraper.woocommerce",
}

// Route decides which scraper serves a shop and says why. A forced plugin or
// store type is obeyed without a look at the shop. Otherwise every scraper
// scores the URL, and where none is certain, the first page as well; the best
// score wins, the earlier plugin among equals. A shop that none recognises goes to
// the fallback.
func (r *Router) Route(ctx context.Context, q scrape.RouteQuery) (scrape.Scraper, string, error) {
	all := r.Scrapers.Scrapers(ctx)
	if q.Plugin != "" || q.StoreType != "" {
		return forced(all, q)
	}
	best, err := r.score(ctx, all, scrape.Probe{Workspace: q.Workspace, URL: q.URL})
	if err != nil {
		return nil, "", err
	}
	fallback := r.Fallback
	if best.score < Certain {
		probe, err := r.Prober.Probe(ctx, q.URL)
		if err != nil {
			return nil, "", errs.Wrap("looking at "+q.URL, err)
		}
		probe.Workspace = q.Workspace
		if probe.Status/100 != 2 {
			fallback = slices.Concat(r.Pageless, r.Fallback)
		}
		if best, err = r.score(ctx, all, probe); err != nil {
			return nil, "", err
		}
	}
	if best.score >= Enough {
		return best.scraper, best.String(), nil
	}
	for _, id := range fallback {
		if s := byID(all, id); s != nil {
			return s, "no plugin recognises the shop, so " + id + " tries", nil
		}
	}
	return nil, "", errs.New(errs.NotAShop, "no plugin knows this kind of shop (best guess: %s)", best).
		WithHint("name a plugin or a store type; enabled are %s", names(all))
}

// Candidates are the scrapers that may read a page that is here already: the
// one that recognises it best, and then the fallback. certain says that there
// is such a one.
func (r *Router) Candidates(ctx context.Context, page scrape.Probe) (all []scrape.Scraper, certain bool, err error) {
	enabled := r.Scrapers.Scrapers(ctx)
	best, err := r.score(ctx, enabled, page)
	if err != nil {
		return nil, false, err
	}
	if certain = best.score >= Enough; certain {
		all = append(all, best.scraper)
	}
	for _, id := range r.Fallback {
		s := byID(enabled, id)
		if s != nil && (!certain || s.ID() != best.scraper.ID()) {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil, false, errs.New(errs.Unsupported, "no plugin reads single pages").WithHint("enabled are %s", names(enabled))
	}
	return all, certain, nil
}

func byID(all []scrape.Scraper, id string) scrape.Scraper {
	i := slices.IndexFunc(all, func(s scrape.Scraper) bool { return s.ID() == id })
	if i < 0 {
		return nil
	}
	return all[i]
}

func forced(all []scrape.Scraper, q scrape.RouteQuery) (scrape.Scraper, string, error) {
	id, why := q.Plugin, "asked for by plugin"
	if id == "" {
		why = "asked for by store type " + q.StoreType
		if id = storeTypes[q.StoreType]; id == "" {
			id = "scraper." + q.StoreType
		}
	}
	if s := byID(all, id); s != nil {
		return s, why, nil
	}
	return nil, "", errs.New(errs.Unsupported, "no scraper plugin %s is enabled", id).
		WithHint("enabled are %s", names(all))
}

// guess is a scraper with its score.
type guess struct {
	scraper scrape.Scraper
	score   int
	reason  string
}

func (g guess) String() string {
	if g.scraper == nil {
		return "none"
	}
	return fmt.Sprintf("%s with %d of 100: %s", g.scraper.ID(), g.score, g.reason)
}

// score asks every scraper that may know the page.
func (r *Router) score(ctx context.Context, all []scrape.Scraper, p scrape.Probe) (guess, error) {
	if m, ok := r.Scrapers.(Marker); ok {
		all = m.Marked(ctx, p)
	}
	return score(ctx, all, p)
}

// score asks every scraper. One that fails takes no part; when all fail, the
// first failure is the answer.
func score(ctx context.Context, all []scrape.Scraper, p scrape.Probe) (guess, error) {
	var best guess
	var failure error
	answered := len(all) == 0
	for _, s := range all {
		n, reason, err := s.Detect(ctx, p)
		if err != nil {
			if failure == nil {
				failure = errs.Wrap("asking "+s.ID(), err)
			}
			continue
		}
		answered = true
		if n > best.score {
			best = guess{s, min(n, 100), reason}
		}
		if n >= Certain {
			break
		}
	}
	if !answered {
		return guess{}, failure
	}
	return best, nil
}

func names(all []scrape.Scraper) string {
	if len(all) == 0 {
		return "none"
	}
	ids := make([]string, len(all))
	for i, s := range all {
		ids[i] = s.ID()
	}
	return strings.Join(ids, ", ")
}

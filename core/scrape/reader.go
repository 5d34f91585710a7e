package scrape

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// Extractor is a Scraper that finds the products of a page it is handed.
type Extractor interface {
	Scraper
	Extract(ctx context.Context, page Probe) ([]catalog.Draft, error)
}

// Fetcher gets a page, politely and through the guard of the network.
type Fetcher interface {
	Probe(ctx context.Context, url string) (Probe, error)
}

// Chooser names the scrapers that may read a page, the likeliest first.
// certain says that the first recognises it.
type Chooser interface {
	Candidates(ctx context.Context, page Probe) (all []Scraper, certain bool, err error)
}

// Reader reads single pages at once, for somebody who waits for them. It
// stores nothing. It is safe for concurrent use.
type Reader struct {
	fetch  Fetcher
	choose Chooser
	slots  chan struct{}
}

// maxReads is how many pages are read at the same time: each holds a page and
// a plugin.
const maxReads = 8

// NewReader returns a Reader.
func NewReader(fetch Fetcher, choose Chooser) *Reader {
	return &Reader{fetch: fetch, choose: choose, slots: make(chan struct{}, maxReads)}
}

// Reading is what a page held.
type Reading struct {
	URL        string             // after redirects
	Plugin     string             // that found the products; "" when none did
	Products   []*catalog.Product // without ids and times, no two of the same place in the shop
	Rejections []store.Rejection
}

// Read finds at most limit products on a page. The address of a shop's front
// page stands for its catalogue where the page itself shows none and a plugin
// knows the platform. No product is no error.
//
// The error is Invalid for what is no web address, Denied for one that must
// not be fetched, Busy when too many pages are being read, and else says why
// the page could not be read.
func (r *Reader) Read(ctx context.Context, workspace, address string, limit int) (Reading, error) {
	shop, err := catalog.ShopKey(address)
	if err != nil {
		return Reading{}, err
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	default:
		return Reading{}, errs.New(errs.Busy, "too many pages are being read").WithHint("try again in a moment")
	}
	page, err := r.fetch.Probe(ctx, address)
	if err != nil {
		return Reading{}, err
	}
	if page.Status < 200 || page.Status > 299 {
		return Reading{}, errs.New(unanswered(page.Status), "the page answers with status %d", page.Status)
	}
	page.Workspace = workspace
	candidates, certain, err := r.choose.Candidates(ctx, page)
	if err != nil {
		return Reading{}, err
	}
	reading := Reading{URL: page.URL}
	for _, s := range candidates {
		e, ok := s.(Extractor)
		if !ok {
			continue
		}
		drafts, err := e.Extract(ctx, page)
		if err != nil {
			return Reading{}, errs.Wrap("asking "+s.ID(), err)
		}
		if reading.take(drafts, shop, s.ID(), limit); len(reading.Products) > 0 {
			return reading, nil
		}
	}
	if certain && isFront(page.URL) {
		err = reading.walk(ctx, candidates[0], workspace, address, shop, limit)
	}
	return reading, err
}

// unanswered is the kind of a page that is not there.
func unanswered(status int) errs.Kind {
	if status == 404 || status == 410 {
		return errs.NotFound
	}
	return errs.Unavailable
}

func isFront(address string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == ""
}

// take adds the products of drafts. What a page shows twice is there once.
func (g *Reading) take(drafts []catalog.Draft, shop, plugin string, limit int) {
	seen := map[string]bool{}
	for _, p := range g.Products {
		seen[p.Source.PlatformID] = true
	}
	for i := range drafts {
		d := &drafts[i]
		if d.PlatformID == "" {
			d.PlatformID = placeOf(d)
		}
		p, err := catalog.NewProduct(d, shop, plugin)
		switch {
		case err != nil:
			g.Rejections = append(g.Rejections, store.Rejection{PlatformID: d.PlatformID, Name: d.Name, Reason: err.Error()})
			continue
		case seen[p.Source.PlatformID]:
			continue
		case len(g.Products) >= limit:
			return
		}
		seen[p.Source.PlatformID] = true
		g.Plugin, g.Products = plugin, append(g.Products, p)
	}
}

// placeOf tells products of one page apart that came without an id: several
// cards may lead to the same address.
func placeOf(d *catalog.Draft) string {
	for _, id := range []string{d.Handle, d.SKU} {
		if id != "" {
			return id
		}
	}
	sum := sha256.Sum256([]byte(d.URL + "\n" + d.Name))
	return hex.EncodeToString(sum[:16])
}

// maxFrontPages bounds what the front page of a shop stands for.
const maxFrontPages = 10

// walk reads the beginning of a shop's catalogue, as an import would.
func (g *Reading) walk(ctx context.Context, s Scraper, workspace, address, shop string, limit int) error {
	session, err := s.Open(ctx, SessionOptions{Workspace: workspace, URL: address})
	if err != nil {
		return err
	}
	defer session.Close()
	q := PageRequest{Max: limit}
	var refs []store.Ref
	for range maxFrontPages {
		reply, err := session.Page(ctx, q)
		if err != nil {
			return err
		}
		g.take(reply.Drafts, shop, s.ID(), limit)
		refs = append(refs, reply.Refs...)
		done := reply.Next == "" || reply.Next == q.Cursor || len(q.Refs) > 0
		switch q.Seen = len(g.Products); {
		case q.Seen >= limit, done && len(refs) == 0:
			return nil
		case done: // the catalogue has only named its products
			q.Refs, refs = refs[:min(len(refs), RefBatch, limit-q.Seen)], nil
		default:
			q.Cursor = reply.Next
		}
	}
	return nil
}

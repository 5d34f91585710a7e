package main

import (
	"bytes"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/product"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// scraper is one call of scrape.
type scraper struct {
	ctx      *omakase.Context
	req      omakase.ScrapeRequest
	at       crawl.Address // the shop, as the operator gave it
	maxLists int
	maxDepth int
}

func scrape(ctx *omakase.Context, req omakase.ScrapeRequest) (omakase.ScrapeReply, error) {
	at, err := storefront.Origin(req.URL)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	s := &scraper{ctx: ctx, req: req, at: at, maxLists: 200, maxDepth: 8}
	err = ctx.ReadConfig(func(r *json.Reader) {
		for key := range r.Fields {
			switch key {
			case "max_lists":
				s.maxLists = r.Int()
			case "max_depth":
				s.maxDepth = r.Int()
			}
		}
	})
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	if len(req.Refs) > 0 {
		return storefront.ReadRefs(req.Refs, s.readRef)
	}
	if req.Cursor == "" {
		return s.first()
	}
	c, err := parseCursor(req.Cursor)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	if c.phase == phaseSitemap {
		return s.sitemap(c)
	}
	return s.list(c)
}

// fetched is a page of the shop.
type fetched struct {
	*storefront.Page
	read *omakase.Reading // nil where there is no web page
}

// get fetches a page and has it read. What the page says instead of showing
// something is an error.
func (s *scraper) get(url string, prefetch []string) (fetched, error) {
	page, err := storefront.GetPage(s.ctx, omakase.FetchRequest{URL: url, Prefetch: prefetch})
	if err != nil {
		return fetched{}, err
	}
	f := fetched{Page: page}
	if f.Status != 200 {
		return f, nil
	}
	head, err := s.ctx.Body(f.Body).Range(0, headBytes)
	if err != nil || storefront.IsJSON(string(head)) || !bytes.Contains(head, []byte("<")) {
		return f, err
	}
	r, err := product.Read(s.ctx, f.Body, f.URL)
	if err != nil {
		return f, err
	}
	if f.read = &r; r.Refusal != nil {
		return f, r.Refusal
	}
	return f, nil
}

// headBytes is how much of a page is looked at to tell that it is one.
const headBytes = 1 << 10

// first looks at the address that was given, and decides how to find the
// products: by sitemaps, else by lists.
func (s *scraper) first() (omakase.ScrapeReply, error) {
	home, err := s.get(s.req.URL, []string{s.at.Origin() + "/sitemap.xml"})
	switch {
	case err != nil:
		return omakase.ScrapeReply{}, err
	case home.Status == 401 || home.Status == 403:
		return omakase.ScrapeReply{}, omakase.Fail(omakase.CodeBlocked, "the shop turns this importer away (status 403); ask whoever runs it to let it through")
	case home.read == nil:
		return omakase.ScrapeReply{}, omakase.Fail(omakase.CodeNotAShop, "there is no web page at "+s.req.URL)
	}
	if to, ok := crawl.Parse(home.URL); ok {
		s.at = to // after redirects
	}
	reply, err := s.bySitemap()
	if err != nil || len(reply.Refs) > 0 || reply.Next != "" {
		return reply, err
	}
	c := cursor{phase: phaseList}
	c.add(waiting{url: s.at.Canonical().String()})
	return s.readList(c, home)
}

// readRef reads the product of a page.
func (s *scraper) readRef(ref omakase.Ref, upcoming []string) (storefront.Reading, error) {
	f, err := s.get(ref.URL, upcoming)
	if err != nil {
		if omakase.CodeOf(err) == omakase.CodeUnsupported || omakase.CodeOf(err) == omakase.CodePassword || omakase.CodeOf(err) == omakase.CodeClosed {
			return storefront.Reading{Note: storefront.MessageOf(err), Partial: true}, nil
		}
		return storefront.Reading{}, err
	}
	switch {
	case f.Status == 404 || f.Status == 410:
		return storefront.Reading{}, nil
	case f.read == nil:
		return storefront.Reading{Note: "its page can't be read", Partial: f.Status != 200}, nil
	}
	if f.read.Product == nil {
		return storefront.Reading{Note: "its page sells no single product, or does not say so plainly"}, nil
	}
	p := *f.read.Product
	p.ID = ref.Key
	return storefront.Reading{Products: []omakase.Product{p}}, nil
}

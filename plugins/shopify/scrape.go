package main

import (
	"errors"
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

// How a catalogue is read:
//
//  1. pages of products.json, until one is empty or as many products were
//     seen as /meta.json promised;
//  2. where pages end at Shopify's ceiling of 25,000, or repeat themselves:
//     the pages of each collection;
//  3. where products are still missing, or products.json is closed: the
//     sitemap, whose addresses the host hands back in batches.
//
// Each call reads one page. The host knows which products it has seen; the
// plugin only compares their number with the shop's own.

// ceiling is how far products.json can be paged, in products.
const ceiling = 25_000

// scraper is one call of scrape.
type scraper struct {
	ctx *omakase.Context
	req omakase.ScrapeRequest
}

func scrape(ctx *omakase.Context, req omakase.ScrapeRequest) (omakase.ScrapeReply, error) {
	s := &scraper{ctx: ctx, req: req}
	if len(req.Refs) > 0 {
		return s.refs()
	}
	if req.Cursor == "" {
		return s.first()
	}
	c, err := parseCursor(req.Cursor)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	switch c.phase {
	case phaseCollections:
		return s.collections(c)
	case phaseSitemap:
		return s.sitemap(c)
	}
	return s.products(c)
}

// settings are the plugin's configuration.
type settings struct {
	pageSize int
	locale   string
}

func readSettings(ctx *omakase.Context) (settings, error) {
	o := settings{pageSize: maxPageSize}
	err := ctx.ReadConfig(func(r *json.Reader) {
		for key := range r.Fields {
			switch key {
			case "page_size":
				o.pageSize = r.Int()
			case "locale":
				o.locale = r.Str()
			}
		}
	})
	if err != nil {
		return o, err
	}
	if o.pageSize < 1 || o.pageSize > maxPageSize {
		return o, omakase.Fail(omakase.CodeInvalid, "config page_size must be from 1 to 250")
	}
	if o.locale != "" && !isLocale(o.locale) {
		return o, omakase.Fail(omakase.CodeInvalid, `config locale must look like "en" or "pt-br"`)
	}
	return o, nil
}

// first asks what the shop says of itself, and reads the first page.
func (s *scraper) first() (omakase.ScrapeReply, error) {
	o, err := readSettings(s.ctx)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	at, err := parsePlace(s.req.URL)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	if at.prefix == "" && o.locale != "" {
		at.prefix = "/" + o.locale
	}
	c := cursor{phase: phaseProducts, shop: at, limit: o.pageSize, page: 1, list: 1}
	if s.req.Max > 0 {
		c.limit = min(c.limit, s.req.Max)
	}
	m, err := readMeta(s.ctx, at)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	if m.origin != "" {
		c.shop.origin = m.origin
	}
	c.currency = m.shop.Currency
	s.req.Total = m.total
	reply, err := s.products(c)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	reply.Total = m.total
	if reply.Shop == nil && m.shop != (omakase.Shop{}) {
		reply.Shop = &m.shop
	}
	return reply, nil
}

// products reads a page of products.json.
func (s *scraper) products(c cursor) (omakase.ScrapeReply, error) {
	if reply, over := s.enough(c); over {
		return reply, nil
	}
	url := c.shop.String() + "/products.json?limit=" + strconv.Itoa(c.limit) + "&page="
	a, err := s.page(omakase.FetchRequest{
		URL:         url + strconv.Itoa(c.page),
		Conditional: true,
		Prefetch:    s.upcoming(c, url),
	}, listed)
	switch {
	case err != nil && c.page == 1 && mayHaveOtherWays(err):
		return s.withoutListing(c, a, err)
	case err != nil:
		return omakase.ScrapeReply{}, err
	case a.notModified:
		return omakase.ScrapeReply{Unchanged: true, Source: url + strconv.Itoa(c.page)}, nil
	case a.overCeiling():
		return s.beyond(c, "the shop lists no more than 25,000 products"), nil
	}
	l, err := a.listing(c.shop, c.currency)
	switch {
	case err != nil && c.page == 1 && !(isRetryable(err) && isJSON(a.text)):
		return s.withoutListing(c, a, err)
	case err != nil:
		return omakase.ScrapeReply{}, err
	case l.count == 0:
		return s.ended(c), nil
	}
	return s.listed(c, l, url+strconv.Itoa(c.page))
}

// listed is the reply with the products of a page.
func (s *scraper) listed(c cursor, l listing, url string) (omakase.ScrapeReply, error) {
	reply := omakase.ScrapeReply{Products: l.products, Source: url, Notes: l.notes}
	if c.page == 1 {
		c.size = pageSize(l.count, c.limit)
		if c.currency == "" && len(l.products) > 0 {
			shop, err := readShop(s.ctx, l.products[0].URL)
			if err != nil {
				return omakase.ScrapeReply{}, err
			}
			c.currency = shop.Currency
			reply.Shop = &shop
			for i := range l.products {
				setCurrency(&l.products[i], c.currency)
			}
			if c.currency == "" {
				reply.Notes = append(reply.Notes, "the shop does not say in which currency its prices are")
			}
		}
	}
	c.page++
	reply.Next = c.String()
	return reply, nil
}

// pageSize is how many products the shop gives on a page, after its first.
// Shops may cap it below what was asked; a page that is nearly full is full but
// for what the shop hides.
func pageSize(count, limit int) int {
	if count*5 >= limit*4 {
		return limit
	}
	return count
}

// ahead is how many pages are named for the host to fetch early: two, so that
// the shop works on even where one page takes longer to read than another.
const ahead = 2

// upcoming are the pages that will be asked for next, as far as that is likely.
func (s *scraper) upcoming(c cursor, url string) []string {
	size := max(c.size, 1)
	if c.size == 0 {
		size = c.limit
	}
	var urls []string
	for page := c.page; page < c.page+ahead; page++ {
		if s.req.Total > 0 && page*size >= s.req.Total || (page+1)*c.limit > ceiling ||
			s.req.Max > 0 && page*size >= s.req.Max {
			break
		}
		urls = append(urls, url+strconv.Itoa(page+1))
	}
	return urls
}

// enough reports whether the pages so far are all that are to be read, and
// what follows them.
func (s *scraper) enough(c cursor) (omakase.ScrapeReply, bool) {
	read, seen, total := c.page-1, s.req.Seen, s.req.Total
	switch {
	case read == 0:
		return omakase.ScrapeReply{}, false
	case total > 0 && seen >= total && seen < read*c.limit:
		return omakase.ScrapeReply{}, true // all were seen, and a page was short
	case s.runaway():
		return s.stopRunaway(), true
	case read > 2 && 2*seen <= (read-1)*c.size:
		return s.beyond(c, "the shop's pages repeat the same products"), true
	case c.page*c.limit > ceiling:
		return s.beyond(c, "the shop lists no more than 25,000 products"), true
	}
	return omakase.ScrapeReply{}, false
}

// runaway reports that a shop shows far more products than it says it has, as
// one does that makes up pages without end.
func (s *scraper) runaway() bool {
	return s.req.Total > 0 && s.req.Seen > s.req.Total+s.req.Total/2+500
}

func (s *scraper) stopRunaway() omakase.ScrapeReply {
	return omakase.ScrapeReply{Partial: true, Notes: []string{
		"stopped: the shop says that it has " + count(s.req.Total) + " but shows new ones without end",
	}}
}

// ended is the reply after the last page: the end, unless the shop has more
// products than it has shown.
func (s *scraper) ended(c cursor) omakase.ScrapeReply {
	if s.req.Total <= s.req.Seen {
		if s.req.Seen == 0 && c.page == 1 {
			return omakase.ScrapeReply{Notes: []string{"the shop lists no products"}}
		}
		return omakase.ScrapeReply{}
	}
	return omakase.ScrapeReply{
		Next:  c.toSitemap(),
		Notes: []string{s.missing() + "; the rest is looked for in its sitemap"},
	}
}

// beyond goes on where products.json can't be paged further.
func (s *scraper) beyond(c cursor, why string) omakase.ScrapeReply {
	if s.req.Total > 0 && s.req.Seen >= s.req.Total {
		return omakase.ScrapeReply{}
	}
	next := cursor{
		phase: phaseCollections, shop: c.shop, currency: c.currency,
		limit: c.limit, size: max(c.size, 1), page: 1, list: 1,
	}
	return omakase.ScrapeReply{
		Next:  next.String(),
		Notes: []string{why + "; the others are looked for in its collections"},
	}
}

func (c *cursor) toSitemap() string {
	next := cursor{phase: phaseSitemap, shop: c.shop, currency: c.currency, limit: c.limit, size: c.size, page: 1}
	return next.String()
}

// missing says how many products the shop has, and has shown.
func (s *scraper) missing() string {
	return "the shop says that it has " + count(s.req.Total) + " and has listed " + strconv.Itoa(s.req.Seen)
}

func count(products int) string {
	if products == 1 {
		return "1 product"
	}
	return strconv.Itoa(products) + " products"
}

// listed are the fields of a page of products that are read; the others are
// most of it.
var listed = []string{
	"products.id", "products.title", "products.handle", "products.body_html", "products.description", "products.vendor",
	"products.product_type", "products.type", "products.created_at", "products.updated_at", "products.tags",
	"products.images.src", "products.options.name", "products.options.values", "products.price_min", "products.price_varies",
	"products.variants.id", "products.variants.title", "products.variants.public_title", "products.variants.option1",
	"products.variants.option2", "products.variants.option3", "products.variants.sku", "products.variants.barcode",
	"products.variants.price", "products.variants.compare_at_price", "products.variants.available",
	"products.variants.featured_image.src",
}

// page fetches a page that should be JSON, and of which the fields of paths are
// read, a second time when it is not: shops show a web page instead while they
// are being worked on.
func (s *scraper) page(req omakase.FetchRequest, paths []string) (answer, error) {
	a, err := get(s.ctx, req, paths...)
	if err != nil || a.notModified || a.status != 200 || isWhole(a.text) {
		return a, err
	}
	s.ctx.Body(a.handle).Release()
	return get(s.ctx, req, paths...)
}

// isWhole reports whether text looks like a JSON document that was not cut
// off.
func isWhole(text string) bool {
	if json.IsPacked(text) {
		return true
	}
	end := strings.TrimRight(text, " \t\r\n")
	return isJSON(text) && (end[len(end)-1] == '}' || end[len(end)-1] == ']')
}

// overCeiling reports Shopify's answer to a page beyond the ceiling.
func (a *answer) overCeiling() bool {
	return a.status == 400 && strings.Contains(a.text, "exceeds the")
}

// listing reads the products of a page. An error that is not retryable means
// that the shop has no such listing.
func (a *answer) listing(at place, currency string) (listing, error) {
	if why := a.refused(); why != "" {
		const what = "reading the shop's product list: "
		switch a.status {
		case 200:
			return listing{}, omakase.Retry(omakase.CodeBadData, what+why+"; the shop may be down for maintenance")
		case 401, 403:
			return listing{}, omakase.Fail(omakase.CodeBlocked, what+why)
		}
		return listing{}, omakase.Fail(omakase.CodeNotFound, what+why)
	}
	l, found, err := readDocument(a.text, at, currency)
	switch {
	case err != nil:
		return l, omakase.Retry(omakase.CodeBadData, "reading the shop's product list: "+err.Error())
	case !found:
		return l, omakase.Fail(omakase.CodeNotAShop, "the shop's product list holds no products")
	}
	return l, nil
}

func isRetryable(err error) bool {
	e, ok := errors.AsType[*omakase.Error](err)
	return ok && e.Retryable
}

// mayHaveOtherWays reports whether an error of the first request leaves hope
// that another page of the shop can be read.
func mayHaveOtherWays(err error) bool {
	switch omakase.CodeOf(err) {
	case omakase.CodeBlocked, omakase.CodeRobots, omakase.CodeTooLarge, omakase.CodePassword:
		return true
	}
	return false
}

package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

const (
	maxStores     = 40 // pages that may be lists of products
	maxStorePages = 2_000
)

// scraper is one call of scrape.
type scraper struct {
	ctx *omakase.Context
	req omakase.ScrapeRequest
}

// scrape finds the pages that may be lists of products and reads them one after
// another.
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
	return s.list(c)
}

// cursor is where a scrape goes on.
type cursor struct {
	origin string
	pages  int      // read of this list
	found  bool     // a list of products was found
	queue  []string // paths with queries, of which the first is read next
}

const cursorVersion = "q1"

// String is the cursor as the host keeps it.
func (c cursor) String() string {
	found := "0"
	if c.found {
		found = "1"
	}
	return cursorVersion + " " + strconv.Itoa(c.pages) + " " + found + " " + c.origin + " " + strings.Join(c.queue, " ")
}

// parseCursor reads what String wrote, and nothing else.
func parseCursor(s string) (cursor, error) {
	f := strings.Split(s, " ")
	if len(f) >= 5 && f[0] == cursorVersion {
		pages, err := strconv.ParseUint(f[1], 10, 31)
		c := cursor{pages: int(pages), found: f[2] == "1", origin: f[3], queue: f[4:]}
		at, ok := crawl.Parse(c.origin)
		if err == nil && ok && at.Origin() == c.origin && c.String() == s && strings.HasPrefix(c.queue[0], "/") {
			return c, nil
		}
	}
	return cursor{}, omakase.Fail(omakase.CodeInvalid, "the cursor is not one of this plugin's")
}

// first finds the lists and reads the first of them.
func (s *scraper) first() (omakase.ScrapeReply, error) {
	at, err := storefront.Origin(s.req.URL)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	m, err := storefront.Get(s.ctx, omakase.FetchRequest{URL: at.Origin() + "/sitemap.xml"})
	switch {
	case omakase.CodeOf(err) == omakase.CodeRobots:
	case err != nil:
		return omakase.ScrapeReply{}, err
	case m.Status == 401:
		return omakase.ScrapeReply{}, errPassword()
	}
	c := cursor{origin: at.Origin()}
	entries, _ := crawl.ReadSitemap(m.Text)
	c.queue = stores(at, entries.Entries)
	return s.list(c)
}

func errPassword() error {
	return omakase.Fail(omakase.CodePassword, "the site is behind a password: it can be read once the password is removed in Squarespace under Settings, Site Availability")
}

// stores are the pages that may be lists of products, likely ones first: those
// of whose products the sitemap tells, the one that was asked for, and those
// with a name like a shop's.
func stores(at crawl.Address, entries []crawl.Entry) []string {
	var sure, named, other []string
	for _, e := range entries {
		to, ok := crawl.Parse(e.URL)
		if !ok || !crawl.SameSite(at, to) || to.Trap() != "" {
			continue
		}
		segments := to.Segments()
		switch n := len(segments); {
		case n >= 3 && segments[n-2] == "p":
			sure = storefront.AddOnce(sure, "/"+strings.Join(segments[:n-2], "/"))
		case n >= 1 && isShopName(segments[0]):
			named = storefront.AddOnce(named, "/"+segments[0])
		case n == 2:
			other = storefront.AddOnce(other, "/"+segments[0])
		}
	}
	if path := strings.TrimSuffix(at.Path, "/"); path != "" && at.Trap() == "" && !strings.Contains(path, "/p/") {
		sure = storefront.AddOnce(sure, path)
	}
	all := sure
	for _, path := range named {
		all = storefront.AddOnce(all, path)
	}
	if len(all) == 0 {
		for _, path := range append(other, "/shop", "/store", "/") {
			all = storefront.AddOnce(all, path)
		}
	}
	var kept []string
	for _, path := range all {
		if !strings.Contains(path, " ") {
			kept = append(kept, path)
		}
	}
	return kept[:min(len(kept), maxStores)]
}

func isShopName(s string) bool {
	switch strings.ToLower(s) {
	case "shop", "store", "products", "online-store", "shop-all", "all", "merch", "boutique", "tienda", "onlineshop":
		return true
	}
	return false
}

// list reads a page of the first list of the queue.
func (s *scraper) list(c cursor) (omakase.ScrapeReply, error) {
	url := c.origin + asJSON(c.queue[0])
	a, err := storefront.Get(s.ctx, omakase.FetchRequest{URL: url}, fields...)
	switch omakase.CodeOf(err) {
	case "":
	case omakase.CodeRobots, omakase.CodeBlocked, omakase.CodeTooLarge:
		return s.after(c, omakase.ScrapeReply{Partial: true, Notes: []string{"left out " + c.queue[0] + ": " + storefront.MessageOf(err)}})
	default:
		return omakase.ScrapeReply{}, err
	}
	if a.Status == 401 {
		return omakase.ScrapeReply{}, errPassword()
	}
	if a.NoJSON() != "" {
		if c.pages > 0 && a.Status == 200 {
			return omakase.ScrapeReply{}, omakase.Retry(omakase.CodeBadData, "reading "+c.queue[0]+": "+a.NoJSON())
		}
		return s.after(c, omakase.ScrapeReply{})
	}
	at, err := storefront.Origin(c.origin)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	p, err := readPage(a.Text, at)
	if err != nil {
		return omakase.ScrapeReply{}, omakase.Retry(omakase.CodeBadData, "reading "+c.queue[0]+": "+err.Error())
	}
	if !p.store && len(p.products) == 0 {
		return s.after(c, omakase.ScrapeReply{})
	}
	c.found = true
	reply := omakase.ScrapeReply{Products: p.products, Refs: p.refs, Notes: p.notes, Source: url, Shop: &p.site}
	switch {
	case p.next == "" || p.items == 0 || strings.Contains(p.next, " "):
		return s.after(c, reply)
	case p.next == c.queue[0] || c.pages >= maxStorePages:
		reply.Partial = true
		reply.Notes = append(reply.Notes, "stopped: "+c.queue[0]+" leads to further pages without end")
		return s.after(c, reply)
	}
	c.queue[0] = p.next
	c.pages++
	reply.Next = c.String()
	return reply, nil
}

// asJSON is the path of a page's JSON form.
func asJSON(path string) string {
	if strings.Contains(path, "?") {
		return path + "&format=json"
	}
	return path + "?format=json"
}

// after goes on with the next list of the queue, or ends.
func (s *scraper) after(c cursor, reply omakase.ScrapeReply) (omakase.ScrapeReply, error) {
	c.queue, c.pages = c.queue[1:], 0
	if len(c.queue) > 0 {
		reply.Next = c.String()
		return reply, nil
	}
	if !c.found {
		return omakase.ScrapeReply{}, s.diagnose(c.origin)
	}
	return reply, nil
}

// diagnose finds words for a site without a list of products.
func (s *scraper) diagnose(origin string) error {
	home, err := storefront.Get(s.ctx, omakase.FetchRequest{URL: origin + "/"})
	if err != nil {
		return err
	}
	lower := strings.ToLower(home.Text)
	switch score, _ := scorePage(home.Text); {
	case home.Status == 401:
		return errPassword()
	case strings.Contains(lower, "website expired") || strings.Contains(lower, "this website is currently private") || strings.Contains(lower, "site is unavailable"):
		return omakase.Fail(omakase.CodeClosed, "the site is closed: Squarespace shows that it has expired or is private")
	case score >= 50:
		return omakase.Fail(omakase.CodeNotAShop, "the site is one of Squarespace, but none of its pages is a store")
	}
	return omakase.Fail(omakase.CodeNotAShop, "this does not look like a Squarespace site")
}

// refs reads products whose lists did not hold their data.
func (s *scraper) refs() (omakase.ScrapeReply, error) {
	return storefront.ReadRefs(s.req.Refs, func(ref omakase.Ref, _ []string) (storefront.Reading, error) {
		at, ok := crawl.Parse(ref.URL)
		if !ok {
			return storefront.Reading{Note: "its address is none"}, nil
		}
		a, err := storefront.Get(s.ctx, omakase.FetchRequest{URL: at.Origin() + at.Path + "?format=json"}, fields...)
		if err != nil || a.Status == 404 || a.Status == 410 {
			return storefront.Reading{}, err
		}
		if why := a.NoJSON(); why != "" {
			return storefront.Reading{Note: why}, nil
		}
		p, err := readPage(a.Text, at)
		if err != nil {
			return storefront.Reading{}, omakase.Retry(omakase.CodeBadData, err.Error())
		}
		return storefront.Reading{Products: p.products}, nil
	})
}

package storefront

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
)

const (
	maxRefs  = 5_000 // in one reply
	maxLists = 80    // lists that a walk goes through
	// maxListPages is how far one list is followed. A shop with more products in
	// one list than these hold has a sitemap.
	maxListPages = 1_000
	maxListURL   = 300
)

// Site is a platform whose shops are walked by their pages: the sitemap names
// the products, and where it does not, lists of products do. Products are
// references, which the host hands back in batches.
type Site struct {
	// Name is the platform's, for messages.
	Name string
	// Item is the key of the product that an address of the shop leads to, ""
	// when it leads to none.
	Item func(a crawl.Address) (key string)
	// Address is where the product with a key is read; nil reads what led there.
	Address func(shop crawl.Address, key string) string
	// Lists are the paths of lists that hold all products, the best first.
	Lists []string
	// List reports whether an address is that of a list of products, such as a
	// category. Those that the first list links to are followed as well. nil
	// follows none.
	List func(a crawl.Address) bool
	// PageParam is the parameter that names a page of a list.
	PageParam string
	// More reports whether a list has a page after its page n, where neither
	// rel="next" nor a link tells. nil: it has none.
	More func(p *Page, n int) (bool, error)
	// Read reads the products of a product's page, none where it shows none. The
	// reason says why in a shop owner's words, "" where it is simply no product.
	Read func(p *Page) (products []omakase.Product, reason string, err error)
	// Refused is why a page that shows no products shows none: a password, a
	// closed shop. nil where it does not tell.
	Refused func(p *Page) error
}

// Scrape reads one page of a shop's catalogue.
func (s *Site) Scrape(ctx *omakase.Context, req omakase.ScrapeRequest) (omakase.ScrapeReply, error) {
	w := &walk{site: s, ctx: ctx, req: req}
	if len(req.Refs) > 0 {
		return w.refs()
	}
	at, err := Origin(req.URL)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	if req.Cursor == "" {
		return w.sitemap(cursor{phase: phaseSitemap, origin: at.Origin()})
	}
	c, err := parseCursor(req.Cursor)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	if c.phase == phaseSitemap {
		return w.sitemap(c)
	}
	return w.list(c)
}

// walk is one call of Scrape.
type walk struct {
	site *Site
	ctx  *omakase.Context
	req  omakase.ScrapeRequest
}

// phase is the part of a walk that a cursor is in.
type phase string

const (
	phaseSitemap phase = "m"
	phaseLists   phase = "l"
)

// cursor is where a walk goes on.
type cursor struct {
	phase  phase
	origin string
	at     int         // file of the sitemap, or page of the list, from 0
	taken  int         // entries of that file dealt with so far
	found  bool        // products were found
	shown  crawl.Marks // products that the pages of the list showed so far
	queue  []string    // lists to read, of which the first is read next
}

const cursorVersion = "h2"

// String is the cursor as the host keeps it.
func (c cursor) String() string {
	found := "0"
	if c.found {
		found = "1"
	}
	return strings.Join(append([]string{
		cursorVersion, string(c.phase), c.origin, strconv.Itoa(c.at), strconv.Itoa(c.taken), found, "-" + c.shown.String(),
	}, c.queue...), " ")
}

// parseCursor reads what String wrote, and nothing else.
func parseCursor(s string) (cursor, error) {
	f := strings.Split(s, " ")
	if len(f) >= 7 && f[0] == cursorVersion {
		at, err1 := strconv.ParseUint(f[3], 10, 31)
		taken, err2 := strconv.ParseUint(f[4], 10, 31)
		c := cursor{phase: phase(f[1]), origin: f[2], at: int(at), taken: int(taken), found: f[5] == "1", queue: f[7:]}
		marks, marked := crawl.ReadMarks(strings.TrimPrefix(f[6], "-"))
		c.shown = marks
		shop, ok := crawl.Parse(c.origin)
		known := c.phase == phaseSitemap || c.phase == phaseLists && len(c.queue) > 0
		if err1 == nil && err2 == nil && marked && ok && shop.Origin() == c.origin && known && c.String() == s {
			return c, nil
		}
	}
	return cursor{}, omakase.Fail(omakase.CodeInvalid, "the cursor is not one of this plugin's")
}

// sitemap refers to the products that a file of the sitemap names.
func (w *walk) sitemap(c cursor) (omakase.ScrapeReply, error) {
	m, err := w.readSitemap(c.origin + "/sitemap.xml")
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	files := 0
	if m.Index {
		files = len(m.Entries)
		if c.at >= files {
			return w.afterSitemap(c, omakase.ScrapeReply{})
		}
		shop, err := Origin(c.origin)
		if err != nil {
			return omakase.ScrapeReply{}, err
		}
		file, ok := shop.Resolve(m.Entries[c.at].URL)
		if !ok || !crawl.SameSite(shop, file) {
			c.at++
			return w.sitemapNext(c, files, omakase.ScrapeReply{})
		}
		if m, err = w.readSitemap(shop.Origin() + strings.TrimPrefix(file.String(), file.Origin())); err != nil {
			return omakase.ScrapeReply{}, err
		}
	}
	refs := w.referred(c.origin, m.Entries)
	c.found = c.found || len(refs) > 0
	reply := omakase.ScrapeReply{Refs: refs[min(c.taken, len(refs)):]}
	if len(reply.Refs) > maxRefs {
		reply.Refs = reply.Refs[:maxRefs]
		c.taken += maxRefs
		reply.Next = c.String()
		return reply, nil
	}
	c.at, c.taken = c.at+1, 0
	return w.sitemapNext(c, files, reply)
}

func (w *walk) sitemapNext(c cursor, files int, reply omakase.ScrapeReply) (omakase.ScrapeReply, error) {
	if c.at < files {
		reply.Next = c.String()
		return reply, nil
	}
	return w.afterSitemap(c, reply)
}

// afterSitemap ends the walk, or goes on with lists where the sitemap named no
// products.
func (w *walk) afterSitemap(c cursor, reply omakase.ScrapeReply) (omakase.ScrapeReply, error) {
	if c.found {
		return reply, nil
	}
	next := cursor{phase: phaseLists, origin: c.origin, queue: w.site.Lists}
	return w.list(next)
}

// readSitemap reads a file of the sitemap; one that is not there is empty.
func (w *walk) readSitemap(url string) (crawl.Sitemap, error) {
	a, err := Get(w.ctx, omakase.FetchRequest{URL: url})
	switch omakase.CodeOf(err) {
	case "":
	case omakase.CodeRobots, omakase.CodeBlocked, omakase.CodeTooLarge, omakase.CodePassword:
		return crawl.Sitemap{}, nil
	default:
		return crawl.Sitemap{}, err
	}
	m, _ := crawl.ReadSitemap(a.Text)
	return m, nil
}

// referred are the products that entries of a sitemap lead to.
func (w *walk) referred(origin string, entries []crawl.Entry) []omakase.Ref {
	shop, _ := crawl.Parse(origin)
	var refs []omakase.Ref
	seen := map[string]bool{}
	for _, e := range entries {
		if ref, ok := w.ref(shop, e.URL); ok && !seen[ref.Key] {
			seen[ref.Key] = true
			ref.UpdatedAt = e.Modified
			refs = append(refs, ref)
		}
	}
	return refs
}

// ref is the product of the shop that a link leads to.
func (w *walk) ref(shop crawl.Address, link string) (omakase.Ref, bool) {
	to, ok := shop.Resolve(link)
	if !ok || !crawl.SameSite(shop, to) {
		return omakase.Ref{}, false
	}
	key := w.site.Item(to)
	if key == "" {
		return omakase.Ref{}, false
	}
	to.Scheme, to.Host = shop.Scheme, shop.Host
	ref := omakase.Ref{Key: key, URL: to.Canonical().String()}
	if w.site.Address != nil {
		ref.URL = w.site.Address(shop, key)
	}
	return ref, true
}

// refs reads the products of references.
func (w *walk) refs() (omakase.ScrapeReply, error) {
	return ReadRefs(w.req.Refs, func(ref omakase.Ref, upcoming []string) (Reading, error) {
		p, err := GetPage(w.ctx, omakase.FetchRequest{URL: ref.URL, Prefetch: upcoming})
		if err != nil {
			return Reading{}, err
		}
		if why := p.Missing(); why != "" {
			if p.Status == 404 || p.Status == 410 {
				return Reading{}, nil // gone
			}
			return Reading{Note: why, Partial: true}, nil
		}
		products, reason, err := w.site.Read(p)
		if err != nil {
			return Reading{}, err
		}
		if len(products) == 0 && w.site.Refused != nil {
			if err := w.site.Refused(p); err != nil {
				return Reading{}, err
			}
		}
		if len(products) == 0 && reason == "" {
			reason = "its page shows no product"
		}
		return Reading{Products: products, Note: reason}, nil
	})
}

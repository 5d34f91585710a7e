package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/product"
)

const (
	// maxDry is how many lists in a row may name neither a new product nor a new
	// list before the walk ends. Pages about the shop come in between.
	maxDry = 25
	// maxAgain is how many pages in a row may show only what their list has shown
	// before, until it is left: a shop that counts its pages on and on shows the
	// same ones again. A list may well show what another one does.
	maxAgain = 5
)

// list reads the next list.
func (s *scraper) list(c cursor) (omakase.ScrapeReply, error) {
	switch {
	case c.pages >= s.maxLists:
		return omakase.ScrapeReply{Partial: true, Notes: []string{"stopped after " + strconv.Itoa(c.pages) + " lists; max_lists of this plugin lets it read more"}}, nil
	case c.dry >= maxDry:
		return omakase.ScrapeReply{Partial: true, Notes: []string{"stopped after " + strconv.Itoa(c.pages) + " lists, of which the last " + strconv.Itoa(c.dry) + " named nothing new"}}, nil
	}
	f, err := s.get(c.queue[0].url, nil)
	if err != nil || f.read == nil {
		if err != nil && omakase.CodeOf(err) != omakase.CodeRobots && omakase.CodeOf(err) != omakase.CodeTooLarge && omakase.CodeOf(err) != omakase.CodeUnsupported {
			return omakase.ScrapeReply{}, err
		}
		c.next()
		return omakase.ScrapeReply{Next: c.String(), Partial: err != nil}, nil
	}
	return s.readList(c, f)
}

// readList takes from a list the products that it names, the lists that it
// leads to, and the product that the page itself may be.
func (s *scraper) readList(c cursor, f fetched) (omakase.ScrapeReply, error) {
	at := c.next()
	reply := omakase.ScrapeReply{Source: f.URL}
	if p := f.read.Product; p != nil {
		reply.Products = append(reply.Products, *p)
	}
	found, err := product.ReadList(s.ctx, f.Body, f.URL)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	links := s.sort(found.Links, f.URL)
	reply.Refs = links.products
	for _, url := range links.pages {
		c.add(waiting{url, at.depth, true})
	}
	before := len(c.seen)
	for _, ref := range links.others {
		if at.depth < s.maxDepth {
			c.add(waiting{url: ref.URL, depth: at.depth + 1})
		}
	}
	c.judge(at, &reply, links.others, len(c.seen) > before)
	if len(reply.Refs) == 0 && len(reply.Products) == 0 && c.pages == 1 && len(c.queue) == 0 {
		return omakase.ScrapeReply{}, omakase.Fail(omakase.CodeNotAShop, s.at.Host+" does not look like a shop: no page, list or sitemap of it names a product")
	}
	reply.Next = c.String()
	return reply, nil
}

// links are those of a list, by what they lead to.
type links struct {
	products, others []omakase.Ref
	pages            []string // of the same list
}

// sort tells the links of the page at url apart.
func (s *scraper) sort(all []omakase.Link, url string) links {
	var out links
	here, ok := crawl.Parse(url)
	if !ok {
		here = s.at
	}
	for _, l := range all {
		to, ok := crawl.Parse(l.URL)
		if !ok || !crawl.SameSite(to, here) {
			continue
		}
		canonical := to.Canonical()
		ref := omakase.Ref{Key: to.Identity(), URL: to.String()}
		switch page := l.Next || isPage(here, to, l.Text); {
		case canonical.Trap() != "" || ref.Key == here.Identity() && !page:
		case page:
			out.pages = append(out.pages, canonical.String())
		case kindOf(to) == productAddress || l.Priced:
			out.products = append(out.products, ref)
		case kindOf(to) == otherAddress && l.Text != "":
			out.others = append(out.others, ref)
		}
	}
	return out
}

// isPage reports whether a link with that text leads to another page of the
// list at an address: it is a number, and little else differs.
func isPage(here, to crawl.Address, text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n < 100_000 && listPath(here) == listPath(to)
}

// listPath is the path of a list without the number of its page: /cups for
// /cups, /cups/2 and /cups/page/2/.
func listPath(a crawl.Address) string {
	path := strings.TrimSuffix(a.Path, "/")
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return path
	}
	if _, err := strconv.Atoi(path[i+1:]); err != nil {
		return path
	}
	for _, word := range [...]string{"/page", "/p", "/seite", "/pagina"} {
		if before, ok := strings.CutSuffix(path[:i], word); ok {
			return before
		}
	}
	return path[:i]
}

// judge tells whether the page at an address brought anything new, and leaves a
// list that goes on without. listed is whether the page led to new lists.
func (c *cursor) judge(at waiting, reply *omakase.ScrapeReply, others []omakase.Ref, listed bool) {
	fresh, freshHere := listed, false
	see := func(key string) {
		fresh = c.named.New(key) || fresh
		freshHere = c.shown.New(key) || freshHere
	}
	for i := range reply.Products {
		see(reply.Products[i].ID)
	}
	for i := range reply.Refs {
		see(reply.Refs[i].Key)
	}
	if len(reply.Refs) == 0 && len(reply.Products) == 0 { // it may lead to products whose addresses don't tell
		for i := range others {
			freshHere = c.shown.New(others[i].Key) || freshHere
		}
	}
	switch {
	case fresh:
		c.dry = 0
	case !at.more || !freshHere: // else it has something that only other lists had before
		c.dry++
	}
	if c.again++; freshHere {
		c.again = 0
	}
	if c.again >= maxAgain {
		c.queue = c.queue[c.morePages():]
	}
}

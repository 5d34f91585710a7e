package main

import (
	"strconv"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/product"
)

// maxDry is how many lists in a row may name nothing new before the walk ends:
// a shop that counts its pages on and on shows the same ones again.
const maxDry = 25

// list reads the next list.
func (s *scraper) list(c cursor) (omakase.ScrapeReply, error) {
	if c.pages >= s.maxLists || c.dry >= maxDry {
		return omakase.ScrapeReply{Partial: true, Notes: []string{"stopped after " + strconv.Itoa(c.pages) + " lists; max_lists of this plugin lets it read more"}}, nil
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
	depth := c.next().depth
	reply := omakase.ScrapeReply{Source: f.URL}
	here, ok := crawl.Parse(f.URL)
	if !ok {
		here = s.at
	}
	if p := f.read.Product; p != nil {
		reply.Products = append(reply.Products, *p)
	}
	found, err := product.ReadList(s.ctx, f.Body, f.URL)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	var told, others []omakase.Ref
	var next []string
	for _, l := range found.Links {
		to, ok := crawl.Parse(l.URL)
		if !ok || !crawl.SameSite(to, here) {
			continue
		}
		canonical := to.Canonical()
		switch {
		case canonical.Trap() != "" || canonical.Identity() == here.Identity() && !l.Next:
		case l.Next:
			next = append(next, canonical.String())
		case kindOf(to) == productAddress || l.Priced:
			told = append(told, omakase.Ref{Key: to.Identity(), URL: to.String()})
		case kindOf(to) == otherAddress && l.Text != "":
			others = append(others, omakase.Ref{Key: to.Identity(), URL: to.String()})
		}
	}
	reply.Refs = told
	before := len(c.seen)
	for _, url := range next {
		if c.add(url, depth) { // before others: a list is read to its end
			last := len(c.queue) - 1
			c.queue = append([]waiting{c.queue[last]}, c.queue[:last]...)
		}
	}
	for _, ref := range others {
		if depth < s.maxDepth {
			c.add(ref.URL, depth+1)
		}
	}
	if len(told) == 0 && len(c.seen) == before {
		c.dry++
	} else if len(told) > 0 {
		c.dry = 0
	}
	if len(told) == 0 && len(reply.Products) == 0 && c.pages == 1 && len(c.queue) == 0 {
		return omakase.ScrapeReply{}, omakase.Fail(omakase.CodeNotAShop, s.at.Host+" does not look like a shop: no page, list or sitemap of it names a product")
	}
	reply.Next = c.String()
	return reply, nil
}

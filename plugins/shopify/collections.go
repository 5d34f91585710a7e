package main

import (
	"strconv"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

const (
	// maxCollectionPages bounds the collection phase of one scrape.
	maxCollectionPages = 4_000
	// queueLength and queueBytes bound the collections in a cursor; the list
	// is read again for the next ones.
	queueLength = 20
	queueBytes  = 1_500
)

// collections reads a page of the collection at the head of the cursor's
// queue, or fills the queue when it is empty.
func (s *scraper) collections(c cursor) (omakase.ScrapeReply, error) {
	switch {
	case s.req.Total > 0 && s.req.Seen >= s.req.Total && !s.runaway():
		return omakase.ScrapeReply{}, nil
	case s.runaway():
		return s.stopRunaway(), nil
	case c.spent >= maxCollectionPages:
		return omakase.ScrapeReply{
			Next: c.toSitemap(), Partial: true,
			Notes: []string{"stopped after " + strconv.Itoa(maxCollectionPages) + " pages of collections"},
		}, nil
	case len(c.queue) == 0:
		return s.listCollections(c)
	}
	return s.collection(c)
}

// collection reads a page of one collection.
func (s *scraper) collection(c cursor) (omakase.ScrapeReply, error) {
	url := c.shop.String() + "/collections/" + escapeSegment(cleanHandle(c.queue[0])) +
		"/products.json?limit=" + strconv.Itoa(c.limit) + "&page=" + strconv.Itoa(c.page)
	a, err := s.page(omakase.FetchRequest{URL: url, Conditional: true}, listed)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	c.spent++
	if a.notModified {
		return omakase.ScrapeReply{Unchanged: true, Source: url}, nil
	}
	l, err := a.listing(c.shop, c.currency)
	if err != nil && isRetryable(err) {
		return omakase.ScrapeReply{}, err
	}
	reply := omakase.ScrapeReply{Products: l.products, Notes: l.notes}
	if err != nil { // a collection that was removed, or has no list
		reply.Notes = append(reply.Notes, "left out collection "+c.queue[0]+": "+err.Error())
	}
	if l.count > 0 {
		reply.Source = url
	}
	if c.page++; l.count < c.size || c.page*c.limit > ceiling {
		c.page = 1
		c.queue = c.queue[1:]
	}
	reply.Next = c.String()
	return reply, nil
}

// listCollections puts the next collections into the cursor's queue.
func (s *scraper) listCollections(c cursor) (omakase.ScrapeReply, error) {
	url := c.shop.String() + "/collections.json?limit=" + strconv.Itoa(maxPageSize) + "&page=" + strconv.Itoa(c.list)
	a, err := s.page(omakase.FetchRequest{URL: url}, nil)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	c.spent++
	if a.status == 200 && !isJSON(a.text) {
		return omakase.ScrapeReply{}, omakase.Retry(omakase.CodeBadData, "reading the shop's collections: "+a.refused())
	}
	var handles []string
	if a.refused() == "" {
		if handles, err = readCollections(a.text); err != nil {
			return omakase.ScrapeReply{}, omakase.Retry(omakase.CodeBadData, "reading the shop's collections: "+err.Error())
		}
	}
	if len(handles) == 0 {
		return omakase.ScrapeReply{
			Next:  c.toSitemap(),
			Notes: []string{"the shop's collections hold no more; the others are looked for in its sitemap"},
		}, nil
	}
	c.enqueue(handles)
	return omakase.ScrapeReply{Next: c.String()}, nil
}

// enqueue takes as many of a list's collections as a cursor may hold, from the
// place where the last one ended.
func (c *cursor) enqueue(handles []string) {
	bytes := 0
	for c.taken < len(handles) && len(c.queue) < queueLength && bytes < queueBytes {
		handle := handles[c.taken]
		c.taken++
		if queueable(handle) && handle != "all" {
			c.queue = append(c.queue, handle)
			bytes += len(handle)
		}
	}
	if c.taken >= len(handles) {
		c.list++
		c.taken = 0
	}
	c.page = 1
}

// readCollections reads the handles of the collections of a list that hold
// products, as far as the list says how many.
func readCollections(document string) (handles []string, err error) {
	r := json.NewReader(document)
	if r.Kind() != json.Object {
		r.Skip()
		return nil, r.End()
	}
	for key := range r.Fields {
		if key != "collections" || r.Kind() != json.Array {
			continue
		}
		for range r.Items {
			if r.Kind() == json.Object {
				handles = append(handles, readCollection(r))
			}
		}
	}
	return handles, r.End()
}

// readCollection reads the handle of a collection; "" is one to leave out.
func readCollection(r *json.Reader) string {
	var handle, products string
	for key := range r.Fields {
		switch key {
		case "handle":
			handle = scalar(r)
		case "products_count":
			products = scalar(r)
		}
	}
	if products == "0" {
		return ""
	}
	return handle
}

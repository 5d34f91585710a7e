package storefront

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
)

// list refers to the products on a page of the first list of the queue.
func (w *walk) list(c cursor) (omakase.ScrapeReply, error) {
	shop, err := Origin(c.origin)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	p, err := GetPage(w.ctx, omakase.FetchRequest{URL: c.origin + c.queue[0]})
	switch omakase.CodeOf(err) {
	case "":
	case omakase.CodeRobots, omakase.CodeBlocked, omakase.CodeTooLarge:
		return w.nextList(c, omakase.ScrapeReply{Partial: true, Notes: []string{"left out " + c.queue[0] + ": " + MessageOf(err)}}, err)
	default:
		return omakase.ScrapeReply{}, err
	}
	if why := p.Missing(); why != "" {
		return w.nextList(c, omakase.ScrapeReply{}, omakase.Fail(omakase.CodeNotAShop, "reading "+c.queue[0]+": "+why))
	}
	found, err := p.Query(omakase.HTMLRequest{Select: []omakase.HTMLQuery{
		{CSS: "a[href]", Attrs: []string{"href"}, Limit: 5_000},
		{CSS: `link[rel~="next"], a[rel~="next"]`, Attrs: []string{"href"}, Limit: 1},
	}})
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	var entries []crawl.Entry
	for _, href := range found.All(0) {
		entries = append(entries, crawl.Entry{URL: href})
	}
	reply := omakase.ScrapeReply{Refs: w.referred(c.origin, entries)}
	if c.at == 0 && c.queue[0] == w.site.Lists[0] || !c.found && len(reply.Refs) == 0 {
		c.queue = w.furtherLists(c.queue, shop, found.All(0))
	}
	fresh := false
	for i := range reply.Refs {
		fresh = c.shown.New(reply.Refs[i].Key) || fresh
	}
	if !fresh { // it is behind the list's end
		return w.nextList(c, reply, w.refused(p, c))
	}
	c.found = true
	next, err := w.nextPage(p, c, found)
	switch {
	case err != nil:
		return omakase.ScrapeReply{}, err
	case next == "":
		return w.nextList(c, reply, nil)
	case c.at+1 >= maxListPages || len(next) > maxListURL:
		reply.Partial = true
		reply.Notes = append(reply.Notes, "stopped: "+c.queue[0]+" leads to further pages without end")
		return w.nextList(c, reply, nil)
	}
	c.at++
	c.queue[0] = next
	reply.Next = c.String()
	return reply, nil
}

// furtherLists are the lists that a page links to, behind those of the queue.
func (w *walk) furtherLists(queue []string, shop crawl.Address, links []string) []string {
	queue = append([]string(nil), queue...)
	if w.site.List == nil {
		return queue
	}
	for _, link := range links {
		to, ok := shop.Resolve(link)
		if !ok || !crawl.SameSite(shop, to) || !w.site.List(to) {
			continue
		}
		to = to.Canonical()
		path := strings.TrimPrefix(to.String(), to.Origin())
		if len(queue) < maxLists && len(path) <= maxListURL && to.Trap() == "" && !strings.Contains(path, " ") {
			queue = AddOnce(queue, path)
		}
	}
	return queue
}

// nextPage is the path of the list's next page, "" when there is none.
func (w *walk) nextPage(p *Page, c cursor, found *Answers) (string, error) {
	if link := found.First(1); link != "" {
		if to, ok := p.At.Resolve(link); ok && crawl.SameSite(p.At, to) {
			if path := strings.TrimPrefix(to.String(), to.Origin()); path != c.queue[0] && !strings.Contains(path, " ") {
				return path, nil
			}
		}
	}
	if w.site.PageParam == "" {
		return "", nil
	}
	at, ok := crawl.Parse(c.origin + c.queue[0])
	if !ok {
		return "", nil
	}
	n := c.at + 1
	if v, err := strconv.Atoi(at.Param(w.site.PageParam)); err == nil {
		n = v
	}
	number := strconv.Itoa(n + 1)
	more := false
	for _, link := range found.All(0) {
		to, ok := p.At.Resolve(link)
		if ok && to.Param(w.site.PageParam) == number && to.Path == at.Path {
			more = true
			break
		}
	}
	if !more && w.site.More != nil {
		var err error
		if more, err = w.site.More(p, n); err != nil {
			return "", err
		}
	}
	if !more {
		return "", nil
	}
	return at.WithParam(w.site.PageParam, number), nil
}

// refused is why a page shows no products, where none were found so far.
func (w *walk) refused(p *Page, c cursor) error {
	if c.found {
		return nil
	}
	if w.site.Refused != nil {
		if err := w.site.Refused(p); err != nil {
			return err
		}
	}
	return p.Refusal()
}

// nextList goes on with the next list of the queue, or ends. why is what is in
// the way of this list, and the reply where no list had any product.
func (w *walk) nextList(c cursor, reply omakase.ScrapeReply, why error) (omakase.ScrapeReply, error) {
	code := omakase.CodeOf(why)
	if !c.found && (code == omakase.CodePassword || code == omakase.CodeClosed) {
		return omakase.ScrapeReply{}, why
	}
	c.queue, c.at, c.shown = c.queue[1:], 0, crawl.Marks{}
	switch {
	case len(c.queue) > 0:
		reply.Next = c.String()
		return reply, nil
	case c.found || len(reply.Refs) > 0:
		return reply, nil
	case why != nil:
		return omakase.ScrapeReply{}, why
	}
	return omakase.ScrapeReply{}, omakase.Fail(omakase.CodeNotAShop, "the site shows no products that "+w.site.Name+"'s shops have")
}

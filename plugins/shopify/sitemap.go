package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
)

// maxRefs bounds the references of one reply.
const maxRefs = 5_000

// sitemap refers to the products in a file of the sitemap.
func (s *scraper) sitemap(c cursor) (omakase.ScrapeReply, error) {
	files, direct, err := s.sitemapFiles(c)
	if err != nil {
		return s.noSitemap(err)
	}
	text := direct
	if direct == "" {
		if c.page > len(files) {
			return omakase.ScrapeReply{}, nil
		}
		if text, err = s.readXML(files[c.page-1], "<urlset"); err != nil {
			return s.noSitemap(err)
		}
	}
	refs := refsIn(text, c.shop)
	reply := omakase.ScrapeReply{Refs: refs[min(c.taken, len(refs)):]}
	switch {
	case len(reply.Refs) > maxRefs:
		reply.Refs = reply.Refs[:maxRefs]
		c.taken += maxRefs
		reply.Next = c.String()
	case c.page < len(files):
		c.page++
		c.taken = 0
		reply.Next = c.String()
	}
	return reply, nil
}

// noSitemap ends a scrape whose last resort can't be read. What may be read
// later stays an error.
func (s *scraper) noSitemap(err error) (omakase.ScrapeReply, error) {
	if s.req.Cursor == "" || isRetryable(err) || omakase.CodeOf(err) == omakase.CodeCancelled {
		return omakase.ScrapeReply{}, err
	}
	note := messageOf(err)
	if s.req.Total > 0 {
		note = s.missing() + "; " + note
	}
	return omakase.ScrapeReply{Partial: true, Notes: []string{note}}, nil
}

// sitemapFiles are the addresses of the files that list products. A sitemap
// that is such a file itself is returned as text instead.
func (s *scraper) sitemapFiles(c cursor) (files []string, direct string, err error) {
	text, err := s.readXML(c.shop.origin+"/sitemap.xml", "<sitemapindex", "<urlset")
	if err != nil {
		return nil, "", err
	}
	if !strings.Contains(text, "<sitemapindex") {
		return nil, text, nil
	}
	var plain []string
	eachLoc(text, "sitemap", func(loc, _ string) {
		path := pathAndQuery(loc)
		switch {
		case strings.HasPrefix(path, c.shop.prefix+"/sitemap_products_"):
			files = append(files, c.shop.origin+path)
		case strings.HasPrefix(path, "/sitemap_products_"):
			plain = append(plain, c.shop.origin+path)
		}
	})
	if len(files) == 0 {
		files = plain // the handles are the same in every language
	}
	return files, "", nil
}

// readXML fetches a sitemap and checks that it is one.
func (s *scraper) readXML(url string, roots ...string) (string, error) {
	a, err := get(s.ctx, omakase.FetchRequest{URL: url})
	if err != nil {
		return "", err
	}
	const what = "reading the shop's sitemap: "
	if a.status != 200 {
		return "", omakase.Fail(omakase.CodeNotFound, what+"there is none (status "+strconv.Itoa(a.status)+")")
	}
	for _, root := range roots {
		if strings.Contains(a.text, root) && strings.Contains(a.text, "</"+root[1:]) {
			return a.text, nil
		}
	}
	return "", omakase.Retry(omakase.CodeBadData, what+"something else comes in its place")
}

// refsIn are the products that a file of the sitemap lists.
func refsIn(text string, shop place) []omakase.Ref {
	var refs []omakase.Ref
	eachLoc(text, "url", func(loc, modified string) {
		if handle := handleOf(loc); handle != "" {
			refs = append(refs, omakase.Ref{Key: handle, URL: shop.product(handle), UpdatedAt: modified})
		}
	})
	return refs
}

// eachLoc calls fn with the address and the time of change of each entry.
func eachLoc(text, element string, fn func(loc, modified string)) {
	begin, end := "<"+element+">", "</"+element+">"
	for {
		_, rest, found := strings.Cut(text, begin)
		if !found {
			return
		}
		entry, rest, found := strings.Cut(rest, end)
		if !found {
			return
		}
		if loc := firstElement(entry, "loc"); loc != "" {
			fn(loc, firstElement(entry, "lastmod"))
		}
		text = rest
	}
}

// firstElement is the text of the first element of that name.
func firstElement(xml, name string) string {
	_, rest, _ := strings.Cut(xml, "<"+name+">")
	value, _, found := strings.Cut(rest, "</"+name+">")
	if !found {
		return ""
	}
	value = strings.TrimSpace(value)
	if cdata, ok := strings.CutPrefix(value, "<![CDATA["); ok {
		return strings.TrimSpace(strings.TrimSuffix(cdata, "]]>"))
	}
	return plaintext.Unescape(value)
}

// pathAndQuery is what follows the origin of a URL: sitemaps name their files
// by whichever host was asked first.
func pathAndQuery(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		rest, _, _ = strings.Cut(rest[i:], "#")
		return rest
	}
	return ""
}

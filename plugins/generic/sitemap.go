package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

const (
	maxSitemaps = 100 // files of one shop
	samples     = 4   // pages that are tried where addresses say nothing
)

// bySitemap begins with the shop's sitemap. An empty reply means that it has
// none with products.
func (s *scraper) bySitemap() (omakase.ScrapeReply, error) {
	for _, name := range [...]string{"/sitemap.xml", "/sitemap_index.xml"} {
		c := cursor{phase: phaseSitemap}
		c.add(waiting{url: s.at.Origin() + name})
		reply, err := s.sitemap(c)
		switch {
		case err == nil && (len(reply.Refs) > 0 || reply.Next != ""):
			return reply, nil
		case err != nil && (storefront.Retryable(err) && omakase.CodeOf(err) != omakase.CodeBadData && omakase.CodeOf(err) != omakase.CodeUnavailable || omakase.CodeOf(err) == omakase.CodeCancelled):
			return omakase.ScrapeReply{}, err
		}
	}
	return omakase.ScrapeReply{}, nil
}

// sitemap reads the next file of the shop's sitemaps.
func (s *scraper) sitemap(c cursor) (omakase.ScrapeReply, error) {
	at := c.next()
	url := at.url
	var prefetch []string
	if len(c.queue) > 0 {
		prefetch = []string{c.queue[0].url}
	}
	a, err := storefront.Get(s.ctx, omakase.FetchRequest{URL: url, Prefetch: prefetch})
	if err != nil && c.pages > 1 && omakase.CodeOf(err) == omakase.CodeRobots {
		return omakase.ScrapeReply{Next: c.String(), Partial: true, Notes: []string{"robots.txt forbids reading " + url}}, nil
	}
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	m, ok := crawl.ReadSitemap(a.Text)
	if a.Status != 200 || !ok {
		return omakase.ScrapeReply{Next: c.String()}, nil
	}
	if m.Index && at.depth >= s.maxDepth {
		return omakase.ScrapeReply{Next: c.String(), Partial: true}, nil
	}
	if m.Index {
		for _, e := range promising(m.Entries) {
			if to, ok := crawl.Parse(e.URL); ok && crawl.SameSite(to, s.at) && len(c.seen) < maxSitemaps {
				c.add(waiting{url: to.String(), depth: at.depth + 1})
			}
		}
		return omakase.ScrapeReply{Next: c.String()}, nil
	}
	refs, sure := s.refsOf(m.Entries, fileName(url))
	if !sure && len(refs) > 0 && c.pages <= 2 {
		if sure, err = s.sample(refs); err != nil {
			return omakase.ScrapeReply{}, err
		}
		if !sure {
			refs = nil
		}
	}
	return omakase.ScrapeReply{Refs: refs, Next: c.String()}, nil
}

// promising are the files of an index that may list products: those that say
// so where any does, else all that don't say something else.
func promising(entries []crawl.Entry) []crawl.Entry {
	var named, others []crawl.Entry
	for _, e := range entries {
		name := fileName(e.URL)
		switch {
		case hasAny(name, "product", "item", "goods", "shohin", "artikel", "produkt", "produit", "prodotti"):
			if !hasAny(name, "categor", "review", "tag") {
				named = append(named, e)
			}
		case hasAny(name, "post", "blog", "news", "page", "categor", "tag", "author", "image", "video", "brand", "store", "review", "help", "content"):
		default:
			others = append(others, e)
		}
	}
	if len(named) > 0 {
		return named
	}
	return others
}

// fileName is the name of a sitemap's file without the word itself, which has
// an item in it.
func fileName(url string) string {
	return strings.ReplaceAll(strings.ToLower(url[strings.LastIndexByte(url, '/')+1:]), "sitemap", "")
}

// refsOf are the entries that may be products. sure reports that their
// addresses or the sitemap's say so.
func (s *scraper) refsOf(entries []crawl.Entry, file string) (refs []omakase.Ref, sure bool) {
	named := hasAny(file, "product", "item", "goods")
	var told, others []omakase.Ref
	for _, e := range entries {
		to, ok := crawl.Parse(e.URL)
		if !ok || !crawl.SameSite(to, s.at) || to.Canonical().Trap() != "" || strings.Trim(to.Path, "/") == "" && to.Query == "" {
			continue
		}
		ref := omakase.Ref{Key: to.Identity(), URL: to.String(), UpdatedAt: e.Modified}
		switch kindOf(to) {
		case productAddress:
			told = append(told, ref)
		case otherAddress:
			others = append(others, ref)
		case noProduct:
		}
	}
	switch {
	case len(told) > 0:
		return told, true
	case named:
		return others, len(others) > 0
	}
	return others, false
}

// sample reports whether any of some pages sells a product.
func (s *scraper) sample(refs []omakase.Ref) (bool, error) {
	step := max(1, len(refs)/samples)
	for i := step / 2; i < len(refs); i += step {
		got, err := s.readRef(refs[i], nil)
		if err != nil && (storefront.Retryable(err) || omakase.CodeOf(err) == omakase.CodeCancelled) {
			return false, err
		}
		if len(got.Products) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// addressKind is what an address tells of a page.
type addressKind uint8

const (
	otherAddress addressKind = iota
	productAddress
	noProduct
)

// kindOf guesses from an address whether its page is a product's.
func kindOf(a crawl.Address) addressKind {
	path := strings.ToLower(a.Path) + "/"
	segments := a.Segments()
	switch {
	case hasAny(path, "/blog/", "/blogs/", "/news/", "/category/", "/categories/", "/collections/", "/tag/", "/tags/", "/author/", "/about", "/contact", "/faq", "/privacy", "/terms", "/policy", "/policies",
		"/cart/", "/account", "/login", "/register", "/checkout", "/search", "/brand/", "/brands/", "/help", "/support", "/stores/", "/press", "/careers", "/jobs/", "/feed/", "/law/", "/guide", "/company", "/sitemap") &&
		!hasAny(path, "/products/", "/product/", "/item/", "/items/"):
		return noProduct
	case len(segments) > 1 && hasAny(path, "/product/", "/products/", "/item/", "/items/", "/goods/", "/p/", "/dp/", "/pd/", "/prod/", "/shop/", "/produkt/", "/produkte/", "/produit/", "/prodotto/", "/producto/", "/productos/", "/produto/", "/detail/", "/shopdetail/", "/view/item/", "/store/"):
		last := segments[len(segments)-1]
		if strings.HasPrefix(last, "product") || last == "list" || last == "all" {
			return noProduct
		}
		return productAddress
	case a.Param("pid") != "" || a.Param("product_id") != "" || a.Param("goods_id") != "":
		return productAddress
	}
	return otherAddress
}

func hasAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

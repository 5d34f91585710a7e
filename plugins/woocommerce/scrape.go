package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// maxPageSize is how many products the Store API gives on a page.
const maxPageSize = 100

// maxVariantPages bounds the pages of variants for one page of products: no
// shop has more on a hundred products, unless its API ignores what is asked.
const maxVariantPages = 30

// scraper is one call of scrape.
type scraper struct {
	ctx *omakase.Context
	req omakase.ScrapeRequest
}

func scrape(ctx *omakase.Context, req omakase.ScrapeRequest) (omakase.ScrapeReply, error) {
	s := &scraper{ctx: ctx, req: req}
	if len(req.Refs) > 0 {
		return omakase.ScrapeReply{}, omakase.Fail(omakase.CodeInvalid, "this plugin makes no references")
	}
	if req.Cursor == "" {
		return s.first()
	}
	c, err := parseCursor(req.Cursor)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	return s.page(c)
}

// settings are the plugin's configuration.
type settings struct {
	pageSize     int
	checkoutLink bool
}

func readSettings(ctx *omakase.Context) (settings, error) {
	o := settings{pageSize: maxPageSize, checkoutLink: true}
	err := ctx.ReadConfig(func(r *json.Reader) {
		for key := range r.Fields {
			switch key {
			case "page_size":
				o.pageSize = r.Int()
			case "checkout_link":
				o.checkoutLink = r.Bool()
			}
		}
	})
	if err == nil && (o.pageSize < 1 || o.pageSize > maxPageSize) {
		err = omakase.Fail(omakase.CodeInvalid, "config page_size must be from 1 to 100")
	}
	return o, err
}

// first finds the Store API and reads its first page.
func (s *scraper) first() (omakase.ScrapeReply, error) {
	o, err := readSettings(s.ctx)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	at, err := storefront.Origin(s.req.URL)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	size := o.pageSize
	if s.req.Max > 0 {
		size = min(size, s.req.Max)
	}
	c := cursor{root: at.Origin() + "/wp-json/", version: "v1/", page: 1, size: size}
	reply, err := s.page(c)
	if err == nil || storefront.Retryable(err) || omakase.CodeOf(err) != omakase.CodeNotFound {
		return reply, err
	}
	return s.elsewhere(c, err)
}

// elsewhere looks for the Store API where the shop's page says that its API is,
// and under the name that it had before version 1.
func (s *scraper) elsewhere(c cursor, why error) (omakase.ScrapeReply, error) {
	home, err := storefront.Get(s.ctx, omakase.FetchRequest{URL: s.req.URL})
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	if root := apiRoot(home); root != "" && root != c.root {
		c.root = root
		if reply, err := s.page(c); omakase.CodeOf(err) != omakase.CodeNotFound {
			return reply, err
		}
	}
	c.version = ""
	if reply, err := s.page(c); omakase.CodeOf(err) != omakase.CodeNotFound {
		return reply, err
	}
	return omakase.ScrapeReply{}, diagnose(home, why)
}

// apiRoot is where the page says that the API of its WordPress is.
func apiRoot(home storefront.Answer) string {
	for _, h := range home.Headers {
		if strings.EqualFold(h.Name, "Link") && strings.Contains(h.Value, "https://api.w.org/") {
			if root := between(h.Value, "<", ">"); root != "" {
				return root
			}
		}
	}
	before, _, found := strings.Cut(home.Text, "https://api.w.org/")
	if !found {
		return ""
	}
	tag := home.Text[strings.LastIndexByte(before, '<')+1:]
	tag, _, _ = strings.Cut(tag, ">")
	for _, quote := range [...]string{`"`, "'"} {
		if root := between(tag, "href="+quote, quote); strings.HasPrefix(root, "http") {
			return strings.ReplaceAll(root, "&amp;", "&")
		}
	}
	return ""
}

// between is the text between two marks, or "".
func between(s, begin, end string) string {
	_, rest, _ := strings.Cut(s, begin)
	text, _, found := strings.Cut(rest, end)
	if !found {
		return ""
	}
	return text
}

// diagnose finds words for a site whose Store API can't be read.
func diagnose(home storefront.Answer, why error) error {
	switch score, _ := scorePage(home.Text); {
	case strings.Contains(home.Text, "woocommerce-coming-soon") || strings.Contains(home.Text, "wp-block-woocommerce-coming-soon"):
		return omakase.Fail(omakase.CodeClosed, "the shop is not open yet: it shows WooCommerce's coming-soon page")
	case strings.Contains(home.Text, "post-password-form") && score < 50:
		return omakase.Fail(omakase.CodePassword, "the shop is behind a password: it can be read once the password is removed")
	case score >= 50:
		return omakase.Fail(omakase.CodeBlocked, "the shop is one of WooCommerce, but its Store API can't be read: "+storefront.MessageOf(why)+
			"; a security plugin may have turned the REST API off for visitors")
	case home.Status == 403 || home.Status == 401:
		return omakase.Fail(omakase.CodeBlocked, "the site refuses to be read (status "+strconv.Itoa(home.Status)+")")
	}
	return omakase.Fail(omakase.CodeNotAShop, "this does not look like a WooCommerce shop: "+storefront.MessageOf(why))
}

// page reads a page of products with their variants.
func (s *scraper) page(c cursor) (omakase.ScrapeReply, error) {
	var prefetch []string
	if s.req.Total > c.page*c.size && (s.req.Max == 0 || s.req.Max > c.page*c.size) {
		next := c
		next.page++
		prefetch = []string{next.url()}
	}
	url := c.url()
	a, err := storefront.Get(s.ctx, omakase.FetchRequest{URL: url, Prefetch: prefetch}, fields...)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	l, err := readAnswer(a, c, parentless)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	if len(l.products) > 0 && l.products[0].ID == c.first && c.page > 1 {
		return omakase.ScrapeReply{Partial: true, Notes: []string{"stopped: the shop shows the same page again and again"}}, nil
	}
	if err := s.addVariants(c, &l); err != nil {
		return omakase.ScrapeReply{}, err
	}
	reply := omakase.ScrapeReply{Products: l.products, Source: a.URL, Notes: l.notes, Total: number(omakase.HeaderValue(a.Headers, "X-WP-Total"))}
	if c.page == 1 && len(l.products) > 0 {
		reply.Shop = &omakase.Shop{Currency: l.products[0].Currency}
	}
	pages := number(omakase.HeaderValue(a.Headers, "X-WP-TotalPages"))
	if l.count > 0 && (c.page < pages || pages == 0 && l.count >= c.size) {
		c.first = l.products0()
		c.page++
		reply.Next = c.String()
	}
	if l.count == 0 && c.page == 1 {
		reply.Notes = append(reply.Notes, "the shop lists no products")
	}
	return reply, nil
}

func (l *list) products0() string {
	if len(l.products) == 0 {
		return ""
	}
	return l.products[0].ID
}

// readAnswer reads a list, or says why there is none: not_found where the API
// is not there, bad_data where something else comes in its place.
func readAnswer(a storefront.Answer, c cursor, want which) (list, error) {
	if why := a.NoJSON(); why != "" {
		if c.page > 1 && a.Status != 404 {
			return list{}, omakase.Retry(omakase.CodeBadData, "reading the list of products: "+why)
		}
		return list{}, omakase.Fail(omakase.CodeNotFound, "reading the Store API: "+why)
	}
	if !strings.HasPrefix(strings.TrimSpace(a.Text), "[") {
		return list{}, omakase.Fail(omakase.CodeNotFound, "reading the Store API: it answers with something else than a list")
	}
	l, err := readList(a.Text, want)
	if err != nil {
		return l, omakase.Retry(omakase.CodeBadData, "reading the list of products: "+err.Error())
	}
	return l, nil
}

// addVariants asks for the variants of those products that have any: the list
// of products names them without their prices.
func (s *scraper) addVariants(c cursor, l *list) error {
	var parents []string
	for i := range l.products {
		if len(l.products[i].Variants) > 0 {
			parents = append(parents, l.products[i].ID)
		}
	}
	if len(parents) == 0 {
		return nil
	}
	for page, pages := 1, 1; page <= min(pages, maxVariantPages); page++ {
		a, err := storefront.Get(s.ctx, omakase.FetchRequest{URL: c.variants(parents, page)}, fields...)
		if err != nil {
			if storefront.Retryable(err) {
				return err
			}
			break
		}
		of, err := readAnswer(a, cursor{page: page}, variants)
		switch {
		case err != nil && page > 1:
			return err
		case err != nil || of.count == 0:
			page = maxVariantPages // this shop does not tell: older ones can't
			continue
		}
		l.merge(of)
		pages = number(omakase.HeaderValue(a.Headers, "X-WP-TotalPages"))
		if pages == 0 && of.count >= maxPageSize {
			pages = page + 1
		}
	}
	for i := range l.products {
		complete(&l.products[i])
	}
	return nil
}

// complete gives variants without data of their own what the product has, where
// that can't be wrong.
func complete(p *omakase.Product) {
	for i := range p.Variants {
		v := &p.Variants[i]
		if v.Price == "" && p.Price == p.PriceMax {
			v.Price = p.Price
		}
		if v.Availability == "" && p.Availability == omakase.OutOfStock {
			v.Availability = omakase.OutOfStock
		}
	}
}

// number reads a small number, 0 when it is none.
func number(s string) int {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

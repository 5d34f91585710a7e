package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

const (
	defaultPageSize = 100
	maxPageSize     = 300
	// window is how far a list can be paged: the search engine behind it goes
	// no further.
	window = 10_000
)

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
	got, err := s.ask(c)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	if got.problem != "" && len(got.products) == 0 {
		if strings.Contains(got.problem, "currentPage") { // the list has become shorter
			return omakase.ScrapeReply{}, nil
		}
		return omakase.ScrapeReply{}, omakase.Retry(omakase.CodeBadData, "the shop's GraphQL interface says: "+got.problem)
	}
	return s.reply(c, got), nil
}

// first finds the way in which the shop can be asked, and reads its first page.
func (s *scraper) first() (omakase.ScrapeReply, error) {
	at, err := storefront.Origin(s.req.URL)
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	c := cursor{origin: at.Origin(), page: 1, size: defaultPageSize}
	err = s.ctx.ReadConfig(func(r *json.Reader) {
		for key := range r.Fields {
			switch key {
			case "page_size":
				c.size = r.Int()
			case "store":
				c.store = r.Str()
			}
		}
	})
	switch {
	case err != nil:
		return omakase.ScrapeReply{}, err
	case c.size < 1 || c.size > maxPageSize:
		return omakase.ScrapeReply{}, omakase.Fail(omakase.CodeInvalid, "config page_size must be from 1 to 300")
	}
	if s.req.Max > 0 {
		c.size = min(c.size, s.req.Max)
	}
	var why error
	for c.way = range ways {
		got, err := s.ask(c)
		switch {
		case omakase.CodeOf(err) == omakase.CodeNotFound:
			why = err
			continue
		case err != nil:
			return omakase.ScrapeReply{}, err
		case got.problem == "" || len(got.products) > 0:
			return s.reply(c, got), nil
		}
		why = omakase.Fail(omakase.CodeBadData, "the shop's GraphQL interface says: "+got.problem)
	}
	return omakase.ScrapeReply{}, s.diagnose(at, why)
}

// ask asks for a page. The code is not_found where something else than an
// answer comes.
func (s *scraper) ask(c cursor) (*answer, error) {
	a, err := storefront.Get(s.ctx, c.request())
	if err != nil {
		return nil, err
	}
	if !a.IsJSON() {
		const what = "asking the shop's GraphQL interface: "
		if why := a.NoJSON(); c.page == 1 {
			return nil, omakase.Fail(omakase.CodeNotFound, what+why)
		}
		return nil, omakase.Retry(omakase.CodeBadData, what+"something else comes in its place")
	}
	at, err := storefront.Origin(c.origin)
	if err != nil {
		return nil, err
	}
	got, err := readAnswer(a.Text, at, c)
	if err != nil {
		return nil, omakase.Retry(omakase.CodeBadData, "reading the shop's products: "+err.Error())
	}
	if !got.listed && got.problem == "" {
		if c.page > 1 {
			return nil, omakase.Retry(omakase.CodeBadData, "asking the shop's GraphQL interface: the answer has no products")
		}
		return nil, omakase.Fail(omakase.CodeNotFound, "asking the shop's GraphQL interface: the answer has no products (status "+strconv.Itoa(a.Status)+")")
	}
	return got, nil
}

// readAnswer reads an answer. What a shop says of its addresses stands after
// the products that need it, and on the first page only.
func readAnswer(text string, at crawl.Address, c cursor) (*answer, error) {
	got := &answer{at: at, seen: map[string]bool{}, suffix: c.suffix, base: c.base}
	if c.page == 1 {
		config := &answer{at: at, seen: map[string]bool{}}
		if i := strings.Index(text, `"storeConfig"`); i >= 0 {
			config.read(json.NewReader(text[i+len(`"storeConfig":`):]), "")
		}
		got.suffix, got.base, got.name, got.locale = config.suffix, config.base, config.name, config.locale
	}
	r := json.NewReader(text)
	got.read(r, "")
	return got, r.End()
}

// reply is a page, and where the next one is.
func (s *scraper) reply(c cursor, got *answer) omakase.ScrapeReply {
	reply := omakase.ScrapeReply{Products: got.products, Total: got.total, Notes: got.notes, Source: c.origin + "/graphql?page=" + strconv.Itoa(c.page)}
	if c.page == 1 {
		c.suffix, c.base = got.suffix, got.base
		shop := omakase.Shop{Name: got.name, Locale: got.locale}
		if len(got.products) > 0 {
			shop.Currency = got.products[0].Currency
		}
		reply.Shop = &shop
	}
	if strings.ContainsAny(c.suffix+c.base, ";") {
		c.suffix, c.base = "", ""
	}
	more := c.page < got.pages || got.pages == 0 && c.page*c.size < got.total
	switch {
	case got.items == 0 && c.page == 1:
		reply.Notes = append(reply.Notes, "the shop lists no products")
	case got.items == 0 || !more:
	case (c.page+1)*c.size > window:
		reply.Partial = true
		reply.Notes = append(reply.Notes, "the shop says that it has "+strconv.Itoa(got.total)+" products, and lists no more than "+strconv.Itoa(window))
	default:
		c.page++
		reply.Next = c.String()
	}
	return reply
}

// diagnose finds words for a site whose GraphQL interface can't be read.
func (s *scraper) diagnose(at crawl.Address, why error) error {
	home, err := storefront.Get(s.ctx, omakase.FetchRequest{URL: at.String()})
	if err != nil {
		return err
	}
	if score, _ := scorePage(home.Text); score >= 50 {
		return omakase.Fail(omakase.CodeBlocked, "the shop is one of Magento, but "+storefront.MessageOf(why)+
			"; its owner may have closed /graphql to visitors")
	}
	if home.Status == 401 || home.Status == 403 {
		return omakase.Fail(omakase.CodeBlocked, "the site refuses to be read (status "+strconv.Itoa(home.Status)+")")
	}
	return omakase.Fail(omakase.CodeNotAShop, "this does not look like a Magento shop: "+storefront.MessageOf(why))
}

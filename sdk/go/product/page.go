// Package product makes products of what a page says: in JSON-LD, microdata
// and RDFa, in meta tags, in the state of its scripts, and in what a visitor
// sees. Sources are compared before one is believed, each field keeps where it
// came from, and a page that is about something else gives none: a false
// product is worse than a missed one.
//
// It knows no platform. Plugins of platforms use it for pages that their own
// knowledge does not cover.
package product

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/schema"
)

// Query asks the host for all that Read looks at.
func Query(body, url string) omakase.HTMLRequest {
	return omakase.HTMLRequest{
		Body: body, URL: url, JSONLD: true, OG: true, Micro: true, RDFa: true, Outline: true, State: stateNames[:],
	}
}

// Read has the host read a page as a whole, which costs a fraction of doing it
// in the guest. A host from before that could be asked hands over what the page
// is made of instead.
func Read(ctx *omakase.Context, body, url string) (omakase.Reading, error) {
	reply, err := ctx.HTML().Query(omakase.HTMLRequest{Body: body, URL: url, Product: true})
	if err != nil || reply.Reading != nil {
		return orNone(reply.Reading), err
	}
	if reply, err = ctx.HTML().Query(Query(body, url)); err != nil {
		return omakase.Reading{}, err
	}
	return NewPage(url, &reply).Reading(), nil
}

// ReadList has the host read what a page leads to, likewise.
func ReadList(ctx *omakase.Context, body, url string) (omakase.List, error) {
	reply, err := ctx.HTML().Query(omakase.HTMLRequest{Body: body, URL: url, List: true})
	if err != nil {
		return omakase.List{}, err
	}
	return listOf(ctx, body, url, reply.List)
}

// ReadAny has the host read the product that a page sells, or else what the
// page leads to.
func ReadAny(ctx *omakase.Context, body, url string) (omakase.Reading, omakase.List, error) {
	reply, err := ctx.HTML().Query(omakase.HTMLRequest{Body: body, URL: url, Product: true, List: true})
	if err != nil {
		return omakase.Reading{}, omakase.List{}, err
	}
	r := orNone(reply.Reading)
	if reply.Reading == nil {
		if r, err = Read(ctx, body, url); err != nil {
			return r, omakase.List{}, err
		}
	}
	if r.Product != nil || r.Refusal != nil {
		return r, omakase.List{}, nil //nolint:nilerr // a refusal is an answer
	}
	l, err := listOf(ctx, body, url, reply.List)
	return r, l, err
}

// listOf is the host's list, or one that is read in the guest where the host
// gave none.
func listOf(ctx *omakase.Context, body, url string, l *omakase.List) (omakase.List, error) {
	if l != nil {
		return *l, nil
	}
	html, err := ctx.HTML().Query(Query(body, url))
	if err != nil {
		return omakase.List{}, err
	}
	found, err := ctx.HTML().Query(ListQuery(body, url))
	if err != nil {
		return omakase.List{}, err
	}
	return NewPage(url, &html).ReadList(&found), nil
}

func orNone(r *omakase.Reading) omakase.Reading {
	if r == nil {
		return omakase.Reading{}
	}
	return *r
}

// Reading is what the page as a whole says.
func (p *Page) Reading() omakase.Reading {
	if found, ok := p.Product(); ok {
		return omakase.Reading{Product: &found}
	}
	return omakase.Reading{Refusal: p.Refusal()}
}

// Page is a page as the host has read it.
type Page struct {
	URL  string
	HTML *omakase.HTMLReply

	at          crawl.Address
	id          string // of that address
	canonicalID string // of the one that the page names; "" when it names none but the home page
	title       string // of the document, without the shop's name
	heading     *omakase.Place
	linked      []schema.Thing
	micro       []schema.Thing
	rdfa        []schema.Thing
	hint        price.Hint
	stated      []stated // nil until it was asked for
	weights     map[string]pathWeight
	torn        bool // an amount that a visitor sees has a character missing
	asides      map[string]bool
	pairs       *identity // likewise
}

// NewPage looks at a reply to Query for the page at url, which may be "" when
// it is not known.
func NewPage(url string, html *omakase.HTMLReply) *Page {
	p := &Page{URL: url, HTML: html}
	if p.at, _ = crawl.Parse(firstText(url, html.Canonical)); p.URL == "" {
		p.URL = html.Canonical
	}
	p.id = p.at.Identity()
	if canonical, ok := crawl.Parse(html.Canonical); ok && canonical.Path != "/" {
		p.canonicalID = canonical.Identity()
	}
	p.linked = schema.Read(html.JSONLD...)
	p.micro = schema.Read(html.Micro)
	p.rdfa = schema.Read(html.RDFa)
	p.hint = price.Hint{Country: country(p.at.Host, html.Lang), Lang: html.Lang}
	p.title = firstText(p.meta("og:title"), html.Title)
	p.heading = p.mainHeading()
	return p
}

// meta is the content of the first meta tag of one of the names.
func (p *Page) meta(names ...string) string {
	for _, name := range names {
		for i := range p.HTML.OG {
			if h := &p.HTML.OG[i]; h.Value != "" && strings.EqualFold(h.Name, name) {
				return h.Value
			}
		}
	}
	return ""
}

// mainHeading is the heading that names what the page is about: of the first
// level, and closest to the title.
func (p *Page) mainHeading() *omakase.Place {
	var best *omakase.Place
	score := 0
	for i := range p.HTML.Outline {
		h := &p.HTML.Outline[i]
		if h.Kind != omakase.PlaceHeading {
			continue
		}
		s := 10*likeness(h.Text, p.title) - 3*h.Level
		if h.Hidden { // scripts show it later, or never
			s -= 45
		}
		if p.inAside(h.Path) {
			s -= 40
		}
		if (h.Level > 1 || h.Hidden) && s < 30 {
			continue
		}
		if best == nil || s > score {
			best, score = h, s
		}
	}
	return best
}

// inAside remembers what inAside says of a path: many places share one.
func (p *Page) inAside(path string) bool {
	aside, ok := p.asides[path]
	if !ok {
		if p.asides == nil {
			p.asides = map[string]bool{}
		}
		aside = inAside(path)
		p.asides[path] = aside
	}
	return aside
}

// inAside reports whether a path leads into a part of the page that is about
// something else.
func inAside(path string) bool {
	path = headless(strings.ToLower(path))
	return hasAny(path, "footer", "header>", "nav>", "nav.", "aside", "related", "recommend", "similar", "crosssell", "cross-sell", "upsell", "up-sell",
		"modal", "dialog", "popup", "recently", "sidebar", "menu")
}

// headless is a path in lower case in which the head of a product is called no
// header: that is the word for a site's.
func headless(path string) string {
	if !strings.Contains(path, "header") {
		return path
	}
	steps := strings.Split(path, ">")
	for i, step := range steps {
		if hasAny(step, "product-header", "product__header", "product_header", "productheader", "header.product", "product-details-header", "product_details_header", "productdetailheader", "product-detail-header", "item-header", "pdp-header") {
			steps[i] = strings.ReplaceAll(step, "header", "head")
		}
	}
	return strings.Join(steps, ">")
}

// likeness is how much of the words of a are in b: 0 to 10.
func likeness(a, b string) int {
	words := wordsOf(a)
	if len(words) == 0 {
		return 0
	}
	b = " " + strings.Join(wordsOf(b), " ") + " "
	found := 0
	for _, w := range words {
		if strings.Contains(b, w) {
			found++
		}
	}
	return 10 * found / len(words)
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return r < '0' || r > '9' && r < 'a' || r > 'z' && r < 0x80 || r == '\u3000' || r == '｜' || r == '“' || r == '”' || r == '’' || r == '–' || r == '—'
	})
}

// country is whose shop a host is, by its name or else by the page's language.
func country(host, lang string) string {
	host, _, _ = strings.Cut(host, ":")
	top := strings.ToUpper(host[strings.LastIndexByte(host, '.')+1:])
	switch {
	case top == "UK":
		return "GB"
	case len(top) == 2 && top != "IO" && top != "CO" && top != "TV" && top != "ME" && top != "AI" && top != "EU" && top[0] >= 'A':
		return top
	}
	if _, region, ok := strings.Cut(strings.ReplaceAll(lang, "_", "-"), "-"); ok && len(region) == 2 {
		return strings.ToUpper(region)
	}
	return ""
}

func hasAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func firstText(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

package storefront

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/product"
	"github.com/omakase-ai/omakase/sdk/go/schema"
)

// Page is a web page that the host holds.
type Page struct {
	ctx    *omakase.Context
	At     crawl.Address
	Body   string // its handle
	Status int    // 0 when it was saved
	URL    string // where it came from in the end; "" when it was saved

	read *omakase.Reading // nil until it was asked for
}

// NewPage returns the page with that handle, as it came from an address.
func NewPage(ctx *omakase.Context, address, body string) (*Page, error) {
	at, err := Origin(address)
	return &Page{ctx: ctx, At: at, Body: body}, err
}

// GetPage fetches a page; see [Get] for its errors.
func GetPage(ctx *omakase.Context, req omakase.FetchRequest) (*Page, error) {
	resp, err := ctx.HTTP().Fetch(req)
	if err != nil {
		return nil, err
	}
	a := Answer{FetchReply: resp.FetchReply}
	if err := refuse(&a); err != nil {
		return nil, err
	}
	p, err := NewPage(ctx, a.URL, a.Body)
	p.Status, p.URL = a.Status, a.URL
	return p, err
}

// Missing says why a page is none of the shop's, "" when it is one.
func (p *Page) Missing() string {
	switch {
	case p.Status == 404 || p.Status == 410:
		return "there is none (status " + strconv.Itoa(p.Status) + ")"
	case p.Status == 401 || p.Status == 403:
		return "it may not be read (status " + strconv.Itoa(p.Status) + ")"
	case p.Status != 0 && (p.Status < 200 || p.Status > 299):
		return "it answers with status " + strconv.Itoa(p.Status)
	}
	return ""
}

// Text is the page as it is written.
func (p *Page) Text() (string, error) { return p.ctx.Body(p.Body).Text() }

// BreaksOff reports whether the page ends within a text that it shows, so that
// what was cut off is missing in it: of a price that is a digit.
func (p *Page) BreaksOff(shown string) bool {
	last := shown[strings.LastIndexByte(shown, ' ')+1:]
	text, err := p.Text()
	return err == nil && last != "" && strings.HasSuffix(strings.TrimSpace(text), last)
}

// Shown is the price in a text that the page shows; none where the page breaks
// off within it.
func (p *Page) Shown(text string, h price.Hint) price.Price {
	got := price.Parse(text, h)
	if got.Amount != "" && p.BreaksOff(text) {
		return price.Price{}
	}
	return got
}

// Query asks the host about the page, which is parsed once.
func (p *Page) Query(req omakase.HTMLRequest) (*Answers, error) {
	req.Body, req.URL = p.Body, p.At.String()
	reply, err := p.ctx.HTML().Query(req)
	return &Answers{HTMLReply: reply}, err
}

// Answers are the answers to a query. The index of a selection is its place in
// the request.
type Answers struct{ omakase.HTMLReply }

// Found reports whether a selection has any node.
func (a *Answers) Found(i int) bool { return a.Select[i].Total > 0 }

// First is the first value of the first node of a selection, or "".
func (a *Answers) First(i int) string {
	for _, n := range a.Select[i].Nodes {
		if len(n.Values) > 0 {
			return n.Values[0]
		}
	}
	return ""
}

// All are the first values of the nodes of a selection.
func (a *Answers) All(i int) []string {
	var all []string
	for _, n := range a.Select[i].Nodes {
		if len(n.Values) > 0 {
			all = append(all, n.Values[0])
		}
	}
	return all
}

// Meta is the content of the first meta tag with that name or property, or "".
func (a *Answers) Meta(name string) string { return omakase.HeaderValue(a.OG, name) }

// Select asks for the first of the attributes of nodes; "text" is what a
// visitor reads.
func Select(css string, attrs ...string) omakase.HTMLQuery {
	if len(attrs) == 0 {
		attrs = []string{"text"}
	}
	return omakase.HTMLQuery{CSS: css, Attrs: attrs}
}

// Product is what the JSON-LD of a page says of the product that the page is
// about; nil when it says nothing of one.
func Product(documents []string) *schema.Thing {
	things := schema.Read(documents...)
	for i := range things {
		if things[i].Role == schema.Main && things[i].IsProduct() {
			return &things[i]
		}
	}
	return nil
}

// Generic is what the page says of its product, read as that of a shop which no
// plugin knows; ok is false where it shows none.
func (p *Page) Generic() (found omakase.Product, ok bool, err error) {
	r, err := p.reading()
	if err != nil || r.Product == nil {
		return found, false, err
	}
	return *r.Product, true, nil
}

// Refusal is why the page shows nothing that could be read; nil where it shows
// something.
func (p *Page) Refusal() error {
	r, err := p.reading()
	if err != nil || r.Refusal == nil {
		return err
	}
	return r.Refusal
}

// reading is what the page says as a whole; the host is asked once.
func (p *Page) reading() (omakase.Reading, error) {
	if p.read == nil {
		r, err := product.Read(p.ctx, p.Body, p.At.String())
		if err != nil {
			return r, err
		}
		p.read = &r
	}
	return *p.read, nil
}

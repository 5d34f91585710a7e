package page

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"runtime/metrics"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	maxMetas  = 300
	maxLinked = 400
)

// A page's tree is about ten times its text. A page made for it takes
// hundreds of times as much, since the parser opens unclosed elements again
// and again.
const (
	treeFree   = 32 << 20
	treeFactor = 32
)

var errTree = errs.New(errs.TooLarge, "the page's markup is too convoluted to parse")

// Page is a parsed page. It never changes, and may be queried from several
// goroutines.
type Page struct {
	root    *html.Node
	unended bool // no end tag closes it

	damaged bool // bytes all over it are no text

	items, typed bool // it has microdata, RDFa
}

// Parse parses a page, and gives up when it takes too much memory or ctx ends.
// Its errors are TooLarge or BadData.
func Parse(ctx context.Context, page []byte) (*Page, error) {
	p := &Page{unended: !hasEnd(page), damaged: isDamaged(page)}
	text := string(page)
	ok, err := p.parse(ctx, text, true)
	if err == nil && !ok {
		_, err = p.parse(ctx, text, false)
	}
	var known *errs.Error
	switch {
	case err == nil:
		return p, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &known):
		return nil, known
	}
	return nil, errs.New(errs.BadData, "parsing the page: %v", err)
}

// parse makes the tree. It is not ok if what nests in the page turned out not
// to.
func (p *Page) parse(ctx context.Context, page string, nests bool) (ok bool, err error) {
	m := newMeter(ctx, len(page))
	short, left, err := elide(page, nester{tree: tree{meter: m}, off: !nests})
	if err != nil {
		return false, err
	}
	doc, err := goquery.NewDocumentFromReader(m.reader(short))
	if err != nil {
		return false, err
	}
	p.root = doc.Get(0)
	left.restore(p.root)
	p.items, p.typed = left.items, left.typed
	if !left.complete() {
		return false, nil
	}
	return left.draw()
}

// isDamaged reports whether characters are missing all over a page, and not
// just in a word or two.
func isDamaged(page []byte) bool {
	missing := bytes.Count(page, []byte("\ufffd"))
	return missing >= 4 && missing*4096 >= len(page) || missing > 0 && missing*1024 >= len(page)
}

// hasEnd reports whether a page's own end tag stands near its end.
func hasEnd(page []byte) bool {
	for end := page[max(0, len(page)-16<<10):]; ; {
		at := bytes.LastIndex(end, []byte("</"))
		if at < 0 {
			return false
		}
		if name := end[at+2:]; len(name) >= 4 && (bytes.EqualFold(name[:4], []byte("html")) || bytes.EqualFold(name[:4], []byte("body"))) {
			return true
		}
		end = end[:at]
	}
}

// meter looks at what becomes of a page. What the rest of the process allocates
// meanwhile counts as well: the bound is a coarse one.
type meter struct {
	ctx    context.Context
	most   uint64
	sample [1]metrics.Sample
}

func newMeter(ctx context.Context, size int) *meter {
	m := &meter{ctx: ctx}
	m.sample[0].Name = "/gc/heap/allocs:bytes"
	m.most = m.allocated() + treeFree + treeFactor*uint64(size)
	return m
}

func (m *meter) allocated() uint64 {
	metrics.Read(m.sample[:])
	return m.sample[0].Value.Uint64()
}

func (m *meter) check() error {
	if err := m.ctx.Err(); err != nil {
		return err
	}
	if m.allocated() > m.most {
		return errTree
	}
	return nil
}

func (m *meter) reader(page []byte) *pageReader { return &pageReader{m, page} }

// pageReader hands a page to the parser in pieces, with a check in between.
type pageReader struct {
	meter *meter
	page  []byte
}

// Read gives the next piece.
func (r *pageReader) Read(b []byte) (int, error) {
	if len(r.page) == 0 {
		return 0, io.EOF
	}
	if err := r.meter.check(); err != nil {
		return 0, err
	}
	n := copy(b, r.page[:min(len(r.page), 4<<10)])
	r.page = r.page[n:]
	return n, nil
}

// document is what a page says of itself.
type document struct {
	title, lang     string
	base, canonical string
	metas           []wire.Header
	linked          []string // JSON-LD, as it stands there
	scripts         []string // inline, in order
	code            []string // those of them that run
	data            []dataScript
}

// dataScript is a script that holds data for other scripts.
type dataScript struct{ name, text string }

// readDocument reads it in one walk. address is where the page came from; ""
// leaves links as they are.
func readDocument(page *html.Node, address string) *document {
	d := &document{}
	d.read(page)
	d.title = strings.Join(strings.Fields(d.title), " ")
	if links := d.resolve(address); links != nil {
		if d.canonical != "" {
			d.canonical = links(d.canonical)
		}
		d.base = links("")
	}
	return d
}

func (d *document) read(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if c.Namespace == "" {
			d.element(c)
		}
		d.read(c)
	}
}

func (d *document) element(n *html.Node) {
	switch n.Data {
	case "html":
		d.lang = strings.TrimSpace(attribute(n, "lang"))
	case "title":
		if d.title == "" && n.FirstChild != nil {
			d.title = n.FirstChild.Data
		}
	case "base":
		if d.base == "" {
			d.base = strings.TrimSpace(attribute(n, "href"))
		}
	case "link":
		if d.canonical == "" && hasToken(attribute(n, "rel"), "canonical") {
			d.canonical = strings.TrimSpace(attribute(n, "href"))
		}
	case "meta":
		name := attribute(n, "property")
		if name == "" {
			name = attribute(n, "name")
		}
		if content, ok := lookup(n, "content"); ok && name != "" && len(d.metas) < maxMetas {
			d.metas = append(d.metas, wire.Header{Name: strings.TrimSpace(name), Value: strings.TrimSpace(content)})
		}
	case "script":
		d.script(n)
	}
}

func (d *document) script(n *html.Node) {
	if n.FirstChild == nil {
		return
	}
	if _, external := lookup(n, "src"); external {
		return
	}
	text := n.FirstChild.Data
	d.scripts = append(d.scripts, text)
	media, _, _ := strings.Cut(attribute(n, "type"), ";")
	media = strings.ToLower(strings.TrimSpace(media))
	switch {
	case len(d.linked)+len(d.data)+len(d.code) >= maxLinked:
	case media == "application/ld+json":
		d.linked = append(d.linked, text)
	case strings.HasSuffix(media, "json") || media == "text/x-magento-init":
		name := attribute(n, "id")
		if name == "" {
			name = media
		}
		d.data = append(d.data, dataScript{name: name, text: text})
	case media == "" || strings.HasSuffix(media, "javascript") || media == "module":
		d.code = append(d.code, text)
	}
}

func hasToken(list, token string) bool {
	for _, t := range strings.Fields(list) {
		if strings.EqualFold(t, token) {
			return true
		}
	}
	return false
}

// resolve returns a function that makes links of the page absolute; nil when
// nothing is known to resolve against.
func (d *document) resolve(address string) func(string) string {
	base, err := url.Parse(address)
	if err != nil || address == "" {
		base = &url.URL{}
	}
	if d.base != "" {
		if b, err := base.Parse(d.base); err == nil {
			base = b
		}
	}
	if !base.IsAbs() {
		return nil
	}
	return func(link string) string {
		u, err := base.Parse(strings.TrimSpace(link))
		if err != nil {
			return link
		}
		return u.String()
	}
}

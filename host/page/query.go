package page

import (
	"bytes"
	"context"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/go/product"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	maxQueries  = 200 // in one request, nested ones included
	maxScripts  = 32  // regular expressions in one request
	maxPattern  = 1000
	pagesParsed = 2 // that a call keeps
)

// Limits bound an answer.
type Limits struct {
	Nodes int // that selections may find
	Bytes int // of text in them
}

// Query answers a batch of queries. The kinds of its errors are Invalid, for a
// request that makes no sense, and TooLarge.
func (p *Page) Query(ctx context.Context, q *wire.HTMLRequest, l Limits) (*wire.HTMLReply, error) {
	return p.query(ctx, q, l, readDocument(p.root, q.URL))
}

// query answers queries whose page says d of itself at their address.
func (p *Page) query(ctx context.Context, q *wire.HTMLRequest, l Limits, d *document) (*wire.HTMLReply, error) {
	a := &answer{ctx: ctx, nodes: l.Nodes, bytes: l.Bytes}
	queries, err := a.compile(q.Select)
	if err != nil {
		return nil, err
	}
	patterns, err := compilePatterns(q.Scripts)
	if err != nil {
		return nil, err
	}
	a.links = d.resolve(q.URL)
	reply := &wire.HTMLReply{Title: d.title, Lang: d.lang, Base: d.base, Canonical: d.canonical}
	if reply.Select, err = a.run(p.root, queries); err != nil {
		return nil, err
	}
	if q.OG {
		reply.OG = d.metas
	}
	if q.JSONLD {
		for _, text := range d.linked {
			reply.JSONLD = append(reply.JSONLD, repairJSON(text)...)
		}
	}
	if q.Micro && !p.items {
		reply.Micro = `{"items":[]}`
	} else if q.Micro {
		if reply.Micro, err = microdata(ctx, p.root, a.links); err != nil {
			return nil, err
		}
	}
	if q.RDFa && p.typed {
		if reply.RDFa, err = rdfa(ctx, p.root, a.links); err != nil {
			return nil, err
		}
	}
	if len(q.State) > 0 {
		if reply.State, err = readState(ctx, d, q.State); err != nil {
			return nil, err
		}
	}
	if q.Outline {
		reply.Unended, reply.Damaged = p.unended, p.damaged
		if err := outline(ctx, p.root, a.links, reply); err != nil {
			return nil, err
		}
	}
	if q.Product || q.List {
		if err := p.judge(ctx, q, l, d, reply); err != nil {
			return nil, err
		}
	}
	reply.Scripts, err = findScripts(ctx, patterns, d.scripts)
	return reply, err
}

// judge reads the page as a whole: the product that it sells, or what it leads
// to.
func (p *Page) judge(ctx context.Context, q *wire.HTMLRequest, l Limits, d *document, reply *wire.HTMLReply) error {
	all := product.Query("", q.URL)
	html, err := p.query(ctx, &all, l, d)
	if err != nil {
		return err
	}
	page := product.NewPage(q.URL, html)
	if q.Product {
		r := page.Reading()
		if reply.Reading = &r; r.Product != nil || r.Refusal != nil {
			return ctx.Err()
		}
	}
	if !q.List {
		return ctx.Err()
	}
	links := product.ListQuery("", q.URL)
	found, err := p.query(ctx, &links, l, d)
	if err != nil {
		return err
	}
	list := page.ReadList(found)
	reply.List = &list
	return ctx.Err()
}

// query is a wire.HTMLQuery that is ready to run.
type query struct {
	sel   selector
	attrs []string
	limit int
	each  []query
}

// answer collects what queries find, up to the limits.
type answer struct {
	ctx          context.Context
	nodes, bytes int // how many more may be found
	queries      int
	links        func(string) string // makes a link absolute; nil leaves it
}

func (a *answer) compile(qs []wire.HTMLQuery) ([]query, error) {
	out := make([]query, len(qs))
	for i := range qs {
		q := &qs[i]
		if a.queries++; a.queries > maxQueries {
			return nil, errs.New(errs.Invalid, "more than %d queries in one request", maxQueries)
		}
		sel, err := parseSelector(q.CSS)
		if err != nil {
			return nil, err
		}
		each, err := a.compile(q.Each)
		if err != nil {
			return nil, err
		}
		out[i] = query{sel: sel, attrs: q.Attrs, limit: q.Limit, each: each}
	}
	return out, nil
}

func (a *answer) run(scope *html.Node, qs []query) ([]wire.HTMLNodes, error) {
	if len(qs) == 0 {
		return nil, nil
	}
	out := make([]wire.HTMLNodes, len(qs))
	for i := range qs {
		if err := a.one(scope, &qs[i], &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *answer) one(scope *html.Node, q *query, out *wire.HTMLNodes) error {
	var failed error
	err := q.sel.each(a.ctx, scope, func(n *html.Node) {
		out.Total++
		if failed != nil || q.limit > 0 && len(out.Nodes) >= q.limit {
			return
		}
		if a.nodes--; a.nodes < 0 {
			failed = errs.New(errs.TooLarge, "more nodes are selected than one answer may hold").WithHint("use limit, or a narrower selector")
			return
		}
		node := wire.HTMLNode{}
		if len(q.attrs) > 0 {
			node.Values = make([]string, len(q.attrs))
		}
		for i, attr := range q.attrs {
			node.Values[i] = a.value(n, attr)
			a.bytes -= len(node.Values[i])
		}
		if a.bytes < 0 {
			failed = errs.New(errs.TooLarge, "more text is selected than one answer may hold").WithHint("use limit, or a narrower selector")
			return
		}
		node.Each, failed = a.run(n, q.each)
		out.Nodes = append(out.Nodes, node)
	})
	if err != nil {
		return err
	}
	return failed
}

// value is an attribute of n, its text, or its inner HTML.
func (a *answer) value(n *html.Node, attr string) string {
	switch attr {
	case "text":
		return textOf(n)
	case "html":
		var b bytes.Buffer
		for c := n.FirstChild; c != nil && b.Len() <= a.bytes; c = c.NextSibling {
			_ = html.Render(&b, c) // a buffer never fails
		}
		return b.String()
	}
	v := attribute(n, attr)
	if a.links != nil && v != "" && (attr == "href" || attr == "src") {
		return a.links(v)
	}
	return v
}

func attribute(n *html.Node, name string) string {
	v, _ := lookup(n, name)
	return v
}

func lookup(n *html.Node, name string) (string, bool) {
	for i := range n.Attr {
		if n.Attr[i].Key == name {
			return n.Attr[i].Val, true
		}
	}
	return "", false
}

// textOf is the text that a reader sees, with each run of white space as one
// space. Of a script it is the script.
func textOf(n *html.Node) string {
	if c := n.FirstChild; c != nil && c.NextSibling == nil && c.Type == html.TextNode && hidden(n) {
		return strings.TrimSpace(c.Data)
	}
	var b strings.Builder
	appendText(&b, n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func appendText(b *strings.Builder, n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case c.Type != html.ElementNode || hidden(c):
		default:
			if separates(c) {
				b.WriteByte(' ')
			}
			appendText(b, c)
			if separates(c) {
				b.WriteByte(' ')
			}
		}
	}
}

// hidden elements hold no text for readers.
func hidden(n *html.Node) bool {
	switch n.Data {
	case "script", "style", "template", "noscript":
		return true
	}
	return false
}

// separates reports whether an element's text stands apart from what is around
// it, so that <li>a</li><li>b</li> isn't "ab".
func separates(n *html.Node) bool {
	switch n.Data {
	case "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "em", "font", "i", "ins", "kbd", "mark", "q", "rp", "rt",
		"ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr":
		return false
	}
	return true
}

func compilePatterns(patterns []string) ([]*regexp.Regexp, error) {
	if len(patterns) > maxScripts {
		return nil, errs.New(errs.Invalid, "more than %d regular expressions in one request", maxScripts)
	}
	var out []*regexp.Regexp
	for _, p := range patterns {
		if len(p) > maxPattern {
			return nil, errs.New(errs.Invalid, "a regular expression has at most %d bytes, this one %d", maxPattern, len(p))
		}
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, errs.New(errs.Invalid, "regular expression: %v", err)
		}
		out = append(out, re)
	}
	return out, nil
}

// findScripts finds group 1 of the first match of each pattern, or the whole
// match where there is no group.
func findScripts(ctx context.Context, patterns []*regexp.Regexp, scripts []string) ([]string, error) {
	var out []string
	for _, re := range patterns {
		found := ""
		for _, s := range scripts {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if m := re.FindStringSubmatch(s); m != nil {
				found = m[min(1, len(m)-1)]
				break
			}
		}
		out = append(out, found)
	}
	return out, nil
}

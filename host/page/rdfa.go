package page

import (
	"cmp"
	"context"
	"strings"

	"golang.org/x/net/html"

	"github.com/omakase-ai/omakase/core/errs"
)

// rdfa returns {"items":[…]}, as microdata does: the typed things of a page
// that are no property of another, by the rules of RDFa Lite. That is what
// shops write; the rest of RDFa is not read.
func rdfa(ctx context.Context, page *html.Node, links func(string) string) (string, error) {
	r := &rdfaReader{ctx: ctx, links: links, top: []*item{}}
	r.below(page, nil, "", 0)
	if r.err != nil {
		return "", r.err
	}
	if len(r.top) == 0 {
		return "", nil
	}
	return encodeItems(r.top)
}

type rdfaReader struct {
	ctx   context.Context
	links func(string) string
	top   []*item
	count int
	err   error
}

// below reads what is inside of n; within is the thing around it.
func (r *rdfaReader) below(n *html.Node, within *item, vocab string, nested int) {
	for c := n.FirstChild; c != nil && r.err == nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			r.element(c, within, vocab, nested)
		}
	}
}

func (r *rdfaReader) element(n *html.Node, within *item, vocab string, nested int) {
	if r.err = cmp.Or(r.err, r.ctx.Err()); r.err != nil {
		return
	}
	if v, ok := lookup(n, "vocab"); ok {
		vocab = strings.TrimSpace(v)
	}
	types := strings.Fields(attribute(n, "typeof"))
	names := strings.Fields(attribute(n, "property"))
	if len(types) == 0 && (within == nil || len(names) == 0) {
		r.below(n, within, vocab, nested)
		return
	}
	if r.count += 1 + len(names); r.count > maxItems {
		r.err = errs.New(errs.TooLarge, "the page has more than %d RDFa values", maxItems)
		return
	}
	var v any
	inner := within
	if len(types) > 0 && nested < maxNest {
		it := &item{ID: cmp.Or(attribute(n, "resource"), attribute(n, "about")), Properties: map[string][]any{}}
		for _, t := range types {
			it.Type = append(it.Type, expand(t, vocab))
		}
		v, inner = it, it
		nested++
		if within == nil || len(names) == 0 {
			r.top = append(r.top, it)
		}
	} else {
		v = r.value(n)
	}
	if within != nil {
		for _, name := range names {
			name = name[strings.LastIndexByte(name, ':')+1:]
			within.Properties[name] = append(within.Properties[name], v)
		}
	}
	r.below(n, inner, vocab, nested)
}

// expand makes a URL of a type in the page's vocabulary.
func expand(t, vocab string) string {
	if vocab == "" || strings.Contains(t, ":") {
		return t
	}
	return strings.TrimSuffix(vocab, "/") + "/" + t
}

func (r *rdfaReader) value(n *html.Node) string {
	if content, ok := lookup(n, "content"); ok {
		return strings.TrimSpace(content)
	}
	for _, attr := range [...]string{"href", "src", "resource"} {
		if link := strings.TrimSpace(attribute(n, attr)); link != "" {
			if r.links != nil && attr != "resource" {
				return r.links(link)
			}
			return link
		}
	}
	if at, ok := lookup(n, "datetime"); ok {
		return strings.TrimSpace(at)
	}
	var b strings.Builder
	allText(&b, n)
	return strings.TrimSpace(b.String())
}

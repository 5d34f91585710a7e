package page

import (
	"bytes"
	"cmp"
	"context"
	stdjson "encoding/json"
	"strings"

	"golang.org/x/net/html"

	"github.com/omakase-ai/omakase/core/errs"
)

const (
	maxItems = 10_000 // items and values of one page
	maxNest  = 64     // items in items
)

// item is a microdata item in the form of the W3C's JSON.
type item struct {
	Type       []string         `json:"type,omitempty"`
	ID         string           `json:"id,omitempty"`
	Properties map[string][]any `json:"properties"`
}

// microdata returns {"items":[…]}: the items of a page that belong to no other,
// as the HTML standard converts them to JSON. Text is trimmed, and like every
// other consumer it takes a content attribute wherever it stands.
func microdata(ctx context.Context, page *html.Node, links func(string) string) (string, error) {
	m := &microdataReader{ctx: ctx, links: links, ids: map[string]*html.Node{}}
	m.index(page)
	items := []*item{}
	for _, n := range m.top {
		items = append(items, m.item(n, nil))
	}
	if m.err != nil {
		return "", m.err
	}
	return encodeItems(items)
}

func encodeItems(items []*item) (string, error) {
	var b bytes.Buffer
	enc := stdjson.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string][]*item{"items": items}); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

type microdataReader struct {
	ctx   context.Context
	links func(string) string
	top   []*html.Node          // items that are no property
	ids   map[string]*html.Node // the first element of each id
	count int
	err   error
}

func (m *microdataReader) index(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if id := attribute(c, "id"); id != "" && m.ids[id] == nil {
			m.ids[id] = c
		}
		_, scope := lookup(c, "itemscope")
		_, prop := lookup(c, "itemprop")
		if scope && !prop {
			m.top = append(m.top, c)
		}
		m.index(c)
	}
}

// item reads one item; within are the items around it.
func (m *microdataReader) item(n *html.Node, within []*html.Node) *item {
	it := &item{
		Type: strings.Fields(attribute(n, "itemtype")), ID: strings.TrimSpace(attribute(n, "itemid")),
		Properties: map[string][]any{},
	}
	within = append(within[:len(within):len(within)], n)
	seen := map[*html.Node]bool{n: true}
	m.below(n, it, within, seen)
	for _, id := range strings.Fields(attribute(n, "itemref")) {
		if ref := m.ids[id]; ref != nil {
			m.element(ref, it, within, seen)
		}
	}
	return it
}

// below reads the properties below n.
func (m *microdataReader) below(n *html.Node, it *item, within []*html.Node, seen map[*html.Node]bool) {
	for c := n.FirstChild; c != nil && m.err == nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			m.element(c, it, within, seen)
		}
	}
}

// element reads n as a part of an item, once.
func (m *microdataReader) element(n *html.Node, it *item, within []*html.Node, seen map[*html.Node]bool) {
	if m.err = cmp.Or(m.err, m.ctx.Err()); m.err != nil || seen[n] {
		return
	}
	seen[n] = true
	_, scope := lookup(n, "itemscope")
	if names := strings.Fields(attribute(n, "itemprop")); len(names) > 0 {
		// Counted before they are read: items may refer to one another.
		if m.count += len(names); m.count > maxItems {
			m.err = errs.New(errs.TooLarge, "the page has more than %d microdata values", maxItems)
			return
		}
		v := m.value(n, scope, within)
		for _, name := range names {
			it.Properties[name] = append(it.Properties[name], v)
		}
	}
	if !scope {
		m.below(n, it, within, seen)
	}
}

// urlAttributes hold the value of elements that link somewhere.
var urlAttributes = map[string]string{
	"audio": "src", "embed": "src", "iframe": "src", "img": "src", "source": "src", "track": "src", "video": "src",
	"a": "href", "area": "href", "link": "href", "object": "data",
}

func (m *microdataReader) value(n *html.Node, scope bool, within []*html.Node) any {
	if scope {
		for _, around := range within {
			if around == n {
				return "ERROR" // as the standard has it: an item that holds itself
			}
		}
		if len(within) >= maxNest {
			return "ERROR"
		}
		return m.item(n, within)
	}
	if content, ok := lookup(n, "content"); ok {
		return strings.TrimSpace(content)
	}
	switch n.Data {
	case "meta":
		return ""
	case "data", "meter":
		return strings.TrimSpace(attribute(n, "value"))
	case "time":
		if at, ok := lookup(n, "datetime"); ok {
			return strings.TrimSpace(at)
		}
	}
	if attr, ok := urlAttributes[n.Data]; ok {
		link := strings.TrimSpace(attribute(n, attr))
		if link != "" && m.links != nil {
			link = m.links(link)
		}
		return link
	}
	var b strings.Builder
	allText(&b, n)
	return strings.TrimSpace(b.String())
}

// allText is the text content of n.
func allText(b *strings.Builder, n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
		allText(b, c)
	}
}

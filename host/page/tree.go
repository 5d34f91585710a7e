package page

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const nodeSlab = 256 // nodes that are allocated together at most

// tree makes nodes as the parser would.
type tree struct {
	slab     []html.Node
	made     int
	drawings []drawn
	meter    *meter
	err      error

	items, typed bool // there is microdata, RDFa
}

func (t *tree) node(kind html.NodeType, data string) *html.Node {
	if len(t.slab) == 0 {
		if t.err == nil {
			t.err = t.meter.check()
		}
		t.slab = make([]html.Node, min(nodeSlab, 16+t.made))
	}
	node := &t.slab[0]
	t.slab = t.slab[1:]
	t.made++
	node.Type, node.Data = kind, data
	return node
}

func (t *tree) element(of tag, attrs []html.Attribute) *html.Node {
	node := t.node(html.ElementNode, of.name)
	node.DataAtom, node.Attr = of.atom, attrs
	t.notice(attrs)
	return node
}

// notice looks for attributes that tell of structured data.
func (t *tree) notice(attrs []html.Attribute) {
	for i := range attrs {
		switch attrs[i].Key {
		case "itemscope":
			t.items = true
		case "typeof":
			t.typed = true
		}
	}
}

// text adds what stands between two tags.
func (n *nester) text(s string) {
	f := n.whole()
	if f == nil || s == "" {
		return
	}
	s = unescaped(newlines(s))
	if f.kind == preformatted && f.node.FirstChild == nil {
		if s = afterBreak(s); s == "" {
			return
		}
	}
	if !isBlank(s) {
		if f.kind == table || f.kind == rows || f.kind == row {
			f.spoiled = true
			return
		}
		f.frameless = true
	}
	f.node.AppendChild(n.node(html.TextNode, s))
}

// content adds the text of an element that holds no markup.
func (n *nester) content(s string) {
	f := n.whole()
	if f == nil {
		return
	}
	if s = newlines(s); f.kind == written {
		s = unescaped(s)
	}
	if f.atom == atom.Textarea {
		s = afterBreak(s)
	}
	if s != "" {
		f.node.AppendChild(n.node(html.TextNode, s))
	}
}

// comment adds one, given with its marks.
func (n *nester) comment(s string) {
	const begin, end = "<!--", "-->"
	switch f := n.whole(); {
	case f == nil:
	case len(s) < len(begin+end) || !strings.HasPrefix(s, begin) || !strings.HasSuffix(s, end):
		f.spoiled = true
	default:
		f.node.AppendChild(n.node(html.CommentNode, unescaped(newlines(s[len(begin):len(s)-len(end)]))))
	}
}

// unescaped is a text with its character references replaced. Most have none.
func unescaped(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return html.UnescapeString(s)
}

// afterBreak is a text without the line break that it may begin with.
func afterBreak(s string) string { return strings.TrimPrefix(strings.TrimPrefix(s, "\r"), "\n") }

func isBlank(s string) bool {
	for i := range len(s) {
		if !isSpace(s[i]) {
			return false
		}
	}
	return true
}

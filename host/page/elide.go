package page

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

const (
	// elided begins the number of what a parser does not get to see: the text of
	// a script or style sheet, or all attributes of an element.
	elided    = '\x02'
	elideFrom = 64 // bytes, below which a text is not worth it
)

// elisions are what was left out of a page.
type elisions struct {
	texts []string
	attrs [][]html.Attribute

	items, typed bool // that there is microdata and RDFa, as restore finds
}

// elide is a page with numbers in place of the texts of its scripts and style
// sheets and of the attributes of its elements: they are most of what shops
// send, no markup stands in them, and the parser looks at each byte several
// times. restore puts them back. Where something begins and ends is found by
// the parser's own rules, and whatever is odd is left to it.
func elide(page string) (short []byte, left elisions) {
	if strings.IndexByte(page, elided) >= 0 || strings.IndexByte(page, 0) >= 0 {
		return []byte(page), left
	}
	e := elider{in: page, out: make([]byte, 0, len(page)/2), known: map[string]int{}}
	e.run()
	return append(e.out, page[e.from:]...), e.elisions
}

type elider struct {
	elisions
	in    string
	from  int // of what was not copied yet
	out   []byte
	slab  []html.Attribute
	known map[string]int // attributes of elements that the parser compares
}

func (e *elider) run() {
	for i := 0; ; {
		open := strings.IndexByte(e.in[i:], '<')
		if i += open + 1; open < 0 || i >= len(e.in) {
			return
		}
		c := e.in[i]
		switch {
		case isLetter(c):
			i = e.element(i)
		case c == '/' && i+1 < len(e.in) && isLetter(e.in[i+1]):
			t := tagReader{in: e.in, i: i + 1}
			i = t.skip()
		case c == '!':
			i = e.declaration(i)
		case c == '/' || c == '?':
			i = e.behind(i, ">")
		}
		if i < 0 {
			return
		}
	}
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// behind is the place behind the next mark; -1 when there is none.
func (e *elider) behind(i int, mark string) int {
	found := strings.Index(e.in[i:], mark)
	if found < 0 {
		return -1
	}
	return i + found + len(mark)
}

// declaration is the end of what begins with <!, given where the ! stands. A
// comment ends by rules of its own.
func (e *elider) declaration(i int) int {
	if !strings.HasPrefix(e.in[i+1:], "--") {
		return e.behind(i, ">")
	}
	i += len("!--")
	rest := e.in[i:]
	if strings.HasPrefix(rest, ">") || strings.HasPrefix(rest, "->") {
		return e.behind(i, ">")
	}
	end := e.behind(i, "-->")
	if end >= 0 {
		rest = e.in[i:end]
	}
	if odd := strings.Index(rest, "--!>"); odd >= 0 {
		return i + odd + len("--!>")
	}
	return end
}

// element is where to go on behind the start tag whose name is at i, and behind
// its text if that holds no markup.
func (e *elider) element(i int) int {
	t := tagReader{in: e.in, i: i, slab: e.slab}
	body := t.read()
	e.slab = t.slab
	if body < 0 {
		return -1
	}
	kind := kindOf(t.name)
	switch kind {
	case drawing:
		return e.behindDrawing(body, t.name)
	case plain, compared, input:
		e.attributes(&t, kind)
		return body
	case own:
		return body
	}
	if e.attributes(&t, plain); e.in[body-2] == '/' {
		return body
	}
	end := e.textEnd(body, t.name)
	if end < 0 || kind != code {
		return end
	}
	text := e.in[body:end]
	// In a comment of a script, a script may begin that ends before it.
	if at := strings.Index(text, "<!--"); at >= 0 && strings.Contains(strings.ToLower(text[at:]), "<script") {
		return -1
	}
	if len(text) >= elideFrom {
		e.out = append(append(e.out, e.in[e.from:body]...), elided)
		e.out = strconv.AppendInt(e.out, int64(len(e.texts)), 10)
		e.texts, e.from = append(e.texts, text), end
	}
	return end
}

// attributes leaves the attributes of a tag out.
func (e *elider) attributes(t *tagReader, kind int) {
	if t.odd || len(t.attrs) == 0 {
		return
	}
	n := len(e.attrs)
	if kind == compared {
		source := e.in[t.nameEnd:t.i]
		if before, ok := e.known[source]; ok {
			n = before
		} else {
			e.known[source] = n
		}
	}
	if n == len(e.attrs) {
		e.attrs = append(e.attrs, t.attrs)
	}
	e.out = append(e.out, e.in[e.from:t.nameEnd]...)
	if kind == input && isHidden(t.attrs) {
		e.out = append(e.out, " type=hidden"...)
	}
	e.out = append(e.out, ' ', elided)
	e.out = append(strconv.AppendInt(e.out, int64(n), 10), '>')
	e.from = t.i
}

// isHidden reports whether an input of those attributes is for scripts alone.
func isHidden(attrs []html.Attribute) bool {
	for i := range attrs {
		if attrs[i].Key == "type" {
			return strings.EqualFold(attrs[i].Val, "hidden")
		}
	}
	return false
}

// behindDrawing is the place behind the end of a drawing or formula, in which
// other rules hold, and others of it inside; -1 when it does not end.
func (e *elider) behindDrawing(i int, name string) int {
	if e.in[i-2] == '/' {
		return i
	}
	for inside := 1; inside > 0; inside-- {
		end := e.textEnd(i, name)
		if end < 0 {
			return -1
		}
		inside += strings.Count(e.in[i:end], "<"+asciiLower(name))
		i = end + len("</")
	}
	return i
}

// textEnd is where the next end tag of that name begins.
func (e *elider) textEnd(i int, name string) int {
	for {
		at := e.behind(i, "</")
		if at < 0 || at+len(name) >= len(e.in) {
			return -1
		}
		if strings.EqualFold(e.in[at:at+len(name)], name) && endsName(e.in[at+len(name)]) {
			return at - len("</")
		}
		i = at
	}
}

// Kinds of elements.
const (
	plain    = iota
	compared // by their attributes, where they are not closed; but links never nest
	input    // matters to the parser when it is hidden
	own      // attributes of them matter to the parser
	drawing
	code // holds a text without markup that is not shown
	text // likewise, shown
)

func kindOf(name string) int {
	if len(name) > len("annotation-xml") {
		return plain
	}
	var lower [16]byte
	switch string(lower[:copy(lower[:], asciiLower(name))]) {
	case "b", "big", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u", "code":
		return compared
	case "html", "body", "annotation-xml", "frameset":
		return own
	case "input":
		return input
	case "svg", "math":
		return drawing
	case "script", "style":
		return code
	case "title", "textarea", "noscript", "iframe", "noembed", "noframes", "xmp", "plaintext":
		return text
	}
	return plain
}

// restore puts what was elided back into the tree below n.
func (l *elisions) restore(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if n := len(c.Attr); n == 1 || n == 2 && c.Data == "input" {
			if i, ok := number(c.Attr[n-1].Key); ok && i < len(l.attrs) {
				c.Attr = l.attrs[i]
			}
		}
		for i := range c.Attr {
			switch c.Attr[i].Key {
			case "itemscope":
				l.items = true
			case "typeof":
				l.typed = true
			}
		}
		if c.Data != "script" && c.Data != "style" {
			l.restore(c)
		} else if t := c.FirstChild; t != nil && t.Type == html.TextNode {
			if i, ok := number(t.Data); ok && i < len(l.texts) {
				t.Data = newlines(l.texts[i])
			}
		}
	}
}

// number reads the mark of something elided.
func number(s string) (int, bool) {
	if len(s) < 2 || s[0] != elided {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:], 10, 31)
	return int(n), err == nil
}

// newlines is a text with line breaks as the parser makes them.
func newlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

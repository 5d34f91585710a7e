package page

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	// elided begins the number of what a parser does not get to see: the text of
	// a script or style sheet, or all attributes of an element.
	elided    = '\x02'
	elideFrom = 64 // bytes, below which a text is not worth it
)

// elisions are what was left out of a page.
type elisions struct {
	nester
	texts []string
	attrs [][]html.Attribute
}

// elide is a page with numbers in place of the texts of its scripts and style
// sheets and of the attributes of its elements: they are most of what shops
// send, no markup stands in them, and the parser looks at each byte several
// times. What is in elements that nest as the standard would have it goes as
// well, for the tree of it is as written. restore puts them all back. Where
// something begins and ends is found by the parser's own rules, and whatever
// is odd is left to it.
func elide(page string, n nester) (short []byte, left elisions, err error) {
	if strings.IndexByte(page, elided) >= 0 || strings.IndexByte(page, 0) >= 0 {
		return []byte(page), left, nil
	}
	e := elider{elisions: elisions{nester: n}, in: page, out: make([]byte, 0, len(page)/2), known: map[string]int{}}
	e.run()
	return append(e.out, page[e.from:]...), e.elisions, e.err
}

type elider struct {
	elisions
	in    string
	from  int // of what was not copied yet
	last  int // where the last tag ended
	out   []byte
	slab  []html.Attribute
	known map[string]int // attributes of elements that the parser compares

	templates bool
}

func (e *elider) run() {
	for i := 0; e.err == nil; {
		open := strings.IndexByte(e.in[i:], '<')
		if i += open + 1; open < 0 || i >= len(e.in) {
			return
		}
		from := i - 1
		c := e.in[i]
		switch {
		case isLetter(c):
			e.text(e.in[e.last:from])
			i = e.element(i)
		case c == '/' && i+1 < len(e.in) && isLetter(e.in[i+1]):
			e.text(e.in[e.last:from])
			i = e.endTag(i + 1)
		case c == '!':
			e.text(e.in[e.last:from])
			if i = e.declaration(i); i >= 0 {
				e.comment(e.in[from:i])
			}
		case c == '/' || c == '?':
			e.spoil()
			i = e.behind(i, ">")
		default:
			continue
		}
		if i < 0 {
			return
		}
		e.last = i
	}
}

// endTag is the place behind the end tag whose name is at i.
func (e *elider) endTag(i int) int {
	t := tagReader{in: e.in, i: i}
	end := t.skip()
	if end < 0 {
		return end
	}
	// Most end tags end the last element.
	if f := e.top(); (f == nil || f.name != t.name) && !e.ended(tagOf(t.name)) {
		return end
	}
	from := i - len("</")
	if f := e.end(); e.keeps(&f) && from-f.body >= nestFrom {
		e.out, e.from = e.take(&f, e.out[:f.out]), from
	}
	return end
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
	r := tagReader{in: e.in, i: i, slab: e.slab}
	body := r.read()
	e.slab = r.slab
	if body < 0 {
		return -1
	}
	t := tagOf(r.name)
	if t.kind == drawing {
		end, height := e.behindDrawing(&r)
		if end >= 0 {
			e.drawing(t, e.in[i-1:end], height)
		}
		return end
	}
	if e.hides(t) {
		return -1
	}
	if t.kind != own {
		e.attributes(&r, t.kind)
	}
	if t.kind.isVoid() {
		e.stands(t, &r)
		return body
	}
	e.out, e.from = append(e.out, e.in[e.from:body]...), body
	e.begin(frame{tag: t, body: body, out: len(e.out)}, &r)
	if t.kind.isUnmarked() {
		return e.unmarked(body, &t)
	}
	return body
}

// hides reports whether all that follows may be text, or left out but for its
// white space.
func (e *elider) hides(t tag) bool {
	e.templates = e.templates || t.kind == template
	switch t.atom {
	case atom.Plaintext, atom.Frameset:
		return true
	case atom.Col, atom.Colgroup:
		return e.templates
	}
	return false
}

// unmarked is the end of the text of an element that holds no markup.
func (e *elider) unmarked(body int, t *tag) int {
	end := e.textEnd(body, t.name)
	if end < 0 {
		return end
	}
	text := e.in[body:end]
	if t.kind != code {
		e.content(text)
		return end
	}
	if at := strings.Index(text, "<!--"); at >= 0 && t.atom == atom.Script && strings.Contains(strings.ToLower(text[at:]), "<script") {
		if end = e.scriptEnd(body); end < 0 {
			return end
		}
		text = e.in[body:end]
	}
	e.content(text)
	if len(text) >= elideFrom {
		e.out = strconv.AppendInt(append(e.out, elided), int64(len(e.texts)), 10)
		e.texts, e.from = append(e.texts, text), end
	}
	return end
}

// attributes leaves the attributes of a tag out, unless the tag as a whole is
// likely to go.
func (e *elider) attributes(t *tagReader, k kind) {
	compared := k == formatting || k == nobr
	if t.odd || len(t.attrs) == 0 || !compared && e.whole() != nil {
		return
	}
	n := len(e.attrs)
	if compared {
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
	if k == input && isHidden(t.attrs) {
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

// scriptEnd is where the end tag of a script begins. In a comment of a script,
// scripts may begin and end that are a part of it.
func (e *elider) scriptEnd(i int) int {
	const script = "script"
	comment, inner := false, false
	for ; i < len(e.in); i++ {
		if comment && e.in[i] == '-' && strings.HasPrefix(e.in[i:], "-->") {
			comment, inner = false, false
		}
		if e.in[i] != '<' {
			continue
		}
		name := strings.TrimPrefix(e.in[i+1:], "/")
		ends := len(name) < len(e.in)-i-1
		named := len(name) > len(script) && strings.EqualFold(name[:len(script)], script) && endsName(name[len(script)])
		switch {
		case named && ends && !inner:
			return i
		case named && comment:
			inner = !ends
		case comment && !inner && !ends && (name == "" || !isLetter(name[0])):
			comment = false // as the parser has it
		case !comment && strings.HasPrefix(name, "!--"):
			comment = true
			i++ // its dashes may be those of its end
		}
	}
	return -1
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
		l.notice(c.Attr)
		t := c.FirstChild
		switch isText := t != nil && t.Type == html.TextNode; {
		case c.Data != "script" && c.Data != "style":
			if !isText || !l.hang(c, t) {
				l.restore(c)
			}
		case isText:
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

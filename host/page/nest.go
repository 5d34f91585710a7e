package page

import (
	"strconv"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	nestFrom  = 16  // bytes, below which what an element holds is not worth it
	maxOpen   = 512 // elements, as the parser has it
	maxSearch = 64  // of them, among which an end tag looks for its element
)

// nest is the content of an element that the parser makes of it as it is
// written.
type nest struct {
	head     *html.Node // has it as children; the parser makes another of it
	height   int        // of the tree below it
	from, to int        // of the drawings in it
}

// nester builds what elements hold whose tags nest as the standard wants them:
// every end tag is there, in order, and nothing stands where the parser would
// move it from. The parser's work on that is most of its work, and has no
// other result than the tree that is written. All else makes an element
// spoiled, and with it the elements around it, but not those inside.
//
// The head of a nest stays in what the parser gets, with a mark in place of its content.
// So whatever it does to the elements around, it does to the head; and where
// the mark ends up tells that the head was open, and its content welcome, when
// it came. What the mark can't tell is known here: that no link, formatting,
// button or selection is open or was left open, which may reach into what
// comes later (the parser opens formatting again, and closes a link at the
// next one); and that no table is, where a nest has tables or forms of its own.
type nester struct {
	tree
	nests   []nest
	open    []frame
	count   [kinds]int // of the open ones
	off     bool       // nothing more is taken
	strayed bool       // a form may be open
	hung    int        // nests that are in the parser's tree
	lost    bool       // a nest is where it was not expected
}

// frame is an open element.
type frame struct {
	tag
	node      *html.Node // unless it was spoiled from the start
	spoiled   bool
	paragraph bool // it stands in one that some elements close
	placed    bool // it holds what a table around it would change
	frameless bool // it holds what a page of frames has not
	implied   bool // it has no tags
	height    int
	body      int // where its content begins: in the page,
	out       int // in what the parser gets,
	nests     int // among the nests,
	drawings  int // and among the drawings
}

func (n *nester) top() *frame {
	if len(n.open) == 0 {
		return nil
	}
	return &n.open[len(n.open)-1]
}

// whole is the element on top, unless it is spoiled.
func (n *nester) whole() *frame {
	if f := n.top(); f != nil && !f.spoiled {
		return f
	}
	return nil
}

// spoil leaves the element on top to the parser.
func (n *nester) spoil() {
	if f := n.top(); f != nil {
		f.spoiled = true
	}
}

// stop leaves the rest of the page to the parser.
func (n *nester) stop() { n.off, n.open = true, nil }

// begin opens an element.
func (n *nester) begin(f frame, r *tagReader) {
	if n.off || len(n.open) == maxOpen || f.kind.single() && n.count[f.kind] > 0 {
		n.stop()
		return
	}
	if up := n.whole(); up != nil && up.kind == table && f.kind == row {
		n.begin(frame{tag: tag{atom.Tbody, rows, atom.Tbody.String()}, implied: true}, &tagReader{})
	}
	if up := n.top(); up != nil && up.kind == f.kind && f.kind.endsItself() {
		up.spoiled = true
		n.end()
	}
	if up := n.top(); up != nil {
		if !n.fits(up, f.tag) {
			up.spoiled = true
		}
		f.paragraph = up.paragraph
	}
	if f.kind == paragraph {
		f.paragraph = true
	} else if f.kind.endsParagraph() || f.kind.hidesParagraph() {
		f.paragraph = false
	}
	f.spoiled = r.odd || f.kind.isOdd() || f.kind == form && (n.strayed || n.count[form] > 0)
	f.placed = f.kind == table || f.kind == form
	f.frameless = f.kind.excludesFrames()
	f.nests, f.drawings = len(n.nests), len(n.drawings)
	if !f.spoiled {
		f.node = n.element(f.tag, r.attrs)
	}
	n.count[f.kind]++
	n.open = append(n.open, f)
}

// stands adds an element that has no content.
func (n *nester) stands(t tag, r *tagReader) {
	f := n.whole()
	switch {
	case f == nil:
	case r.odd || !n.fits(f, t):
		f.spoiled = true
	default:
		f.add(n.element(t, r.attrs), 1)
		f.frameless = f.frameless || t.kind.excludesFrames()
	}
}

// add appends an element to the content, and the height with which it adds to
// that.
func (f *frame) add(node *html.Node, height int) {
	f.node.AppendChild(node)
	f.height = max(f.height, height)
}

// fits reports whether the parser leaves an element where it is written, which
// is in f.
func (n *nester) fits(f *frame, t tag) bool {
	if f.paragraph && t.kind.endsParagraph() {
		return false
	}
	switch f.kind {
	case table:
		return t.kind == rows
	case rows:
		return t.kind == row
	case row:
		return t.kind == cell
	case choice:
		return t.kind == option || t.kind == options
	case options:
		return t.kind == option
	case option:
		return false
	}
	switch t.kind {
	case rows, row, cell, option, options, template, own, odd, nobr:
		return false
	case listItem:
		return f.kind == list
	case term:
		return f.kind == terms || f.atom == atom.Div && len(n.open) > 1 && n.open[len(n.open)-2].kind == terms
	case heading:
		return f.kind != heading
	case reading:
		return f.kind == ruby
	case rule, input:
		return n.count[choice] == 0
	}
	return true
}

// ended reports whether an end tag ends the element on top. If not, what it
// ends is closed.
func (n *nester) ended(t tag) bool {
	if f := n.top(); f != nil && f.implied && t.kind == table {
		n.end()
	}
	for i := len(n.open) - 1; i >= max(0, len(n.open)-maxSearch); i-- {
		if f := &n.open[i]; f.atom == t.atom && f.name == t.name {
			if i == len(n.open)-1 {
				return true
			}
			n.leave(i)
			return false
		}
	}
	n.spoil()
	return false
}

// leave closes the elements from the one at i, whose end tag is there, while
// those in it have none.
func (n *nester) leave(i int) {
	for j, f := range n.open[i:] {
		if f.kind.lasts() || j > 0 && (f.kind == table || f.kind == template) {
			n.stop()
			return
		}
		n.strayed = n.strayed || f.kind == form
	}
	for len(n.open) > i {
		n.spoil()
		n.end()
	}
}

// end closes the element on top and returns it.
func (n *nester) end() frame {
	f := n.open[len(n.open)-1]
	n.open = n.open[:len(n.open)-1]
	n.count[f.kind]--
	up := n.top()
	switch {
	case up == nil:
	case f.spoiled:
		up.spoiled = true
	case !up.spoiled:
		up.add(f.node, f.height+1)
		up.placed = up.placed || f.placed
		up.frameless = up.frameless || f.frameless
	}
	return f
}

// keeps reports whether what the element holds, which was the last one open,
// is a nest.
func (n *nester) keeps(f *frame) bool {
	c := &n.count
	return !f.spoiled && f.kind.heads() && f.frameless &&
		c[formatting]+c[link]+c[nobr]+c[button]+c[choice] == 0 && (!f.placed || c[table]+c[template] == 0)
}

// take adds a nest, in which others may be, and appends its mark.
func (n *nester) take(f *frame, to []byte) []byte {
	n.nests = append(n.nests[:f.nests], nest{head: f.node, height: f.height, from: f.drawings, to: len(n.drawings)})
	to = strconv.AppendInt(append(to, elided), int64(f.nests), 10)
	return append(to, elided)
}

// hang puts a nest below its head, if t is its mark.
func (n *nester) hang(head, t *html.Node) bool {
	last := len(t.Data) - 1
	if last < 0 || t.Data[last] != elided {
		return false
	}
	i, ok := number(t.Data[:last])
	if !ok || i >= len(n.nests) {
		return false
	}
	k := &n.nests[i]
	if k.head == nil || t.NextSibling != nil || head.DataAtom != k.head.DataAtom || head.Namespace != "" {
		n.lost = true
		return false
	}
	depth := k.height
	for up := head; up != nil; up = up.Parent {
		if depth++; depth > maxOpen || kindOf(up.DataAtom).lasts() {
			n.lost = true
			return false
		}
	}
	adopt(head, k.head)
	k.head = nil
	n.hung++
	return true
}

// adopt gives what is below one node to another.
func adopt(to, from *html.Node) {
	to.FirstChild, to.LastChild = from.FirstChild, from.LastChild
	for c := to.FirstChild; c != nil; c = c.NextSibling {
		c.Parent = to
	}
}

// complete reports whether all nests are where they belong.
func (n *nester) complete() bool { return !n.lost && n.hung == len(n.nests) }

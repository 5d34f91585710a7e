package page

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// drawn is a drawing in a nest. The parser makes it, which knows the names of
// drawings, in one go with the others.
type drawn struct {
	node   *html.Node // in its place
	source string
}

// drawing adds one that is so high. A formula is left where it is.
func (n *nester) drawing(t tag, source string, height int) {
	f := n.whole()
	if f == nil || t.atom != atom.Svg || !n.fits(f, t) {
		n.spoil()
		return
	}
	node := n.node(html.ElementNode, t.name)
	f.add(node, height)
	n.drawings = append(n.drawings, drawn{node, source})
}

// behindDrawing is the place behind a drawing or formula, in which other rules
// hold, and how high its tree is, given its tag. The place is -1 unless all
// tags in it nest and none of them ends it.
func (e *elider) behindDrawing(r *tagReader) (end, height int) {
	if r.closed {
		return r.i, 1
	}
	names := []string{asciiLower(r.name)}
	for i := r.i; ; {
		open := strings.IndexByte(e.in[i:], '<')
		if i += open + 1; open < 0 || i >= len(e.in) {
			return -1, 0
		}
		if strings.HasPrefix(e.in[i:], "!--") {
			if i = e.declaration(i); i < 0 {
				return -1, 0
			}
			continue
		}
		ends := e.in[i] == '/'
		if ends {
			i++
		}
		if i == len(e.in) || !isLetter(e.in[i]) {
			return -1, 0
		}
		t := tagReader{in: e.in, i: i}
		if i = t.skip(); i < 0 {
			return -1, 0
		}
		name, top := asciiLower(t.name), names[len(names)-1]
		switch {
		case ends && name != top || !ends && (len(names) == maxOpen || top == "title" || top == "desc" || isForeign(name)):
			return -1, 0
		case ends:
			if names = names[:len(names)-1]; len(names) == 0 {
				return i, height + 1
			}
		case !t.closed:
			names = append(names, name)
		}
		height = max(height, len(names))
	}
}

// isForeign reports whether an element is none of drawings and formulas, or
// may hold such.
func isForeign(name string) bool {
	switch name {
	case "a", "image", "math", "style", "svg", "title":
		return false
	case "annotation-xml", "foreignobject", "mi", "mn", "mo", "ms", "mtext", "ruby", "span", "sub", "sup", "var":
		return true
	}
	return tagOf(name).kind != phrasing
}

// draw has the parser make the drawings in all nests, and reports whether they
// are what they seemed to be.
func (n *nester) draw() (ok bool, err error) {
	var all []drawn
	var source []byte
	for _, k := range n.nests {
		for _, d := range n.drawings[k.from:k.to] {
			all, source = append(all, d), append(source, d.source...)
		}
	}
	if len(all) == 0 {
		return true, nil
	}
	body := tagOf("body")
	made, err := html.ParseFragment(n.meter.reader(source), n.element(body, nil))
	if err != nil || len(made) != len(all) {
		return false, err
	}
	for i, m := range made {
		if m.DataAtom != atom.Svg || m.Namespace != "svg" {
			return false, nil
		}
		to := all[i].node
		to.DataAtom, to.Namespace, to.Attr = m.DataAtom, m.Namespace, m.Attr
		adopt(to, m)
	}
	return true, nil
}

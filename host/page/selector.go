package page

import (
	"context"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/omakase-ai/omakase/core/errs"
)

const (
	maxSelector = 1000 // bytes of one selector
	maxSteps    = 64   // compounds of one selector, in all of its alternatives
)

// selector is a CSS selector that takes time in proportion to the page, however
// it is written: each node is looked at once, with a bit for each prefix of
// the selector that ends at it. (Matching from right to left, as libraries do,
// takes time exponential in the number of combinators.)
//
// It is matched inside of a node, which may stand for an ancestor itself.
type selector []step

// step is one compound of a selector and how it relates to the one before.
type step struct {
	compound cascadia.Sel
	relation byte // ' ', '>', '+', '~'; 0 for the first of an alternative
	last     bool // a node that gets here is selected
}

// parseSelector reads a selector.
func parseSelector(css string) (selector, error) {
	if len(css) > maxSelector {
		return nil, errs.New(errs.Invalid, "a selector has at most %d bytes, this one %d", maxSelector, len(css))
	}
	s := selectorParser{css: css}
	if err := s.parse(); err != nil {
		return nil, errs.New(errs.Invalid, "selector %q: %v", css[:min(100, len(css))], err)
	}
	return s.steps, nil
}

type selectorParser struct {
	css      string
	steps    selector
	relation byte
	start    int // of the present compound
	relative int // pseudo-classes that look at other nodes
}

func (s *selectorParser) parse() error {
	depth := 0 // of brackets
	for i := 0; i < len(s.css); i++ {
		switch c := s.css[i]; {
		case c == '\\':
			i++
		case c == '"' || c == '\'':
			end := closingQuote(s.css, i)
			if end < 0 {
				return errs.New(errs.Invalid, "a quote isn't closed")
			}
			i = end
		case c == '(':
			if err := s.argument(i); err != nil {
				return err
			}
			depth++
		case c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case depth > 0:
		case c == ',' || c == '>' || c == '+' || c == '~' || isSpace(c):
			if err := s.end(i, c); err != nil {
				return err
			}
		}
	}
	if err := s.end(len(s.css), ','); err != nil {
		return err
	}
	if s.relation != 0 || len(s.steps) == 0 {
		return errs.New(errs.Invalid, "something is missing at the end")
	}
	return nil
}

// end closes the compound before position i, where c stands.
func (s *selectorParser) end(i int, c byte) error {
	text := s.css[s.start:min(i, len(s.css))]
	s.start = i + 1
	if text != "" {
		compound, err := cascadia.Parse(text)
		if err != nil {
			return err
		}
		if len(s.steps) == maxSteps {
			return errs.New(errs.Invalid, "more than %d parts", maxSteps)
		}
		relation := s.relation
		if n := len(s.steps); n > 0 && !s.steps[n-1].last && relation == 0 {
			relation = ' '
		}
		s.steps = append(s.steps, step{compound: compound, relation: relation})
		s.relation = 0
	}
	n := len(s.steps)
	switch {
	case isSpace(c):
	case n == 0 || s.relation != 0 || s.steps[n-1].last:
		return errs.New(errs.Invalid, "something is missing before %q", c)
	case c == ',':
		s.steps[n-1].last = true
	default:
		s.relation = c
	}
	return nil
}

// argument looks at what stands in parentheses from i on: selectors there must
// be simple, and few may look at other nodes, or else the time for a page
// would not be in proportion to it.
func (s *selectorParser) argument(i int) error {
	name := s.css[strings.LastIndexByte(s.css[:i], ':')+1 : i]
	switch strings.ToLower(name) {
	case "has", "haschild", "not":
		for j := i + 1; j < len(s.css) && s.css[j] != ')' && s.css[j] != '(' && s.css[j] != '['; j++ {
			if c := s.css[j]; c == '>' || c == '~' || c == '+' || isSpace(c) {
				return errs.New(errs.Invalid, "a selector in :%s() must be simple, without %q", name, c)
			}
		}
	}
	switch strings.ToLower(name) {
	case "has", "haschild", "contains", "containsown", "matches", "matchesown":
		if s.relative++; s.relative > 2 {
			return errs.New(errs.Invalid, "more than two of :has, :contains and :matches")
		}
	}
	return nil
}

func closingQuote(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case s[i]:
			return j
		}
	}
	return -1
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// walk is one matching of a selector.
type walk struct {
	ctx   context.Context
	steps selector
	visit func(*html.Node)
	seen  int
	err   error
}

// each calls visit for the nodes inside of scope that match, in the order of
// the document. Its error is that of ctx.
func (s selector) each(ctx context.Context, scope *html.Node, visit func(*html.Node)) error {
	w := &walk{ctx: ctx, steps: s, visit: visit}
	var at uint64
	if scope.Type == html.ElementNode {
		at = w.match(scope, 0, 0, 0, 0)
	}
	w.children(scope, at, at)
	return w.err
}

// match returns the prefixes of the selector that end at n, given those that
// end at its ancestors, parent, earlier siblings and the one just before it.
func (w *walk) match(n *html.Node, ancestors, parent, earlier, before uint64) uint64 {
	var at uint64
	for i := range w.steps {
		st := &w.steps[i]
		from := uint64(1)
		switch st.relation {
		case ' ':
			from = ancestors >> (i - 1)
		case '>':
			from = parent >> (i - 1)
		case '~':
			from = earlier >> (i - 1)
		case '+':
			from = before >> (i - 1)
		}
		if from&1 != 0 && st.compound.Match(n) {
			at |= 1 << i
		}
	}
	return at
}

// children matches what is inside of n.
func (w *walk) children(n *html.Node, ancestors, parent uint64) {
	var earlier, before uint64
	for c := n.FirstChild; c != nil && w.err == nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if w.seen++; w.seen%256 == 0 && w.ctx.Err() != nil {
			w.err = w.ctx.Err()
			return
		}
		at := w.match(c, ancestors, parent, earlier, before)
		for i := range w.steps {
			if w.steps[i].last && at>>i&1 != 0 {
				w.visit(c)
				break
			}
		}
		w.children(c, ancestors|at, at)
		earlier, before = earlier|at, at
	}
}

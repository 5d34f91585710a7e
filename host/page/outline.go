package page

import (
	"context"
	"strings"

	"golang.org/x/net/html"

	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/stock"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	maxPlaces  = 1500 // of an outline
	maxKind    = 300  // of one kind
	maxImages  = 30
	maxPairs   = 150
	maxAround  = 60  // bytes of text before and behind a place
	maxPrice   = 100 // bytes of a text with a price
	maxPair    = 200
	maxLabel   = 40
	maxHeading = 400
	maxPath    = 7 // elements of the path of a price; of other places fewer
	maxStep    = 60
	maxOpening = 1500
	textGuess  = 16 << 10 // bytes of text that most pages show at most
)

// outline lists the places of a page that tell of a sale, and says how much
// text the page shows. It is one walk: each element looks at the text that the
// walk has written while it was inside.
func outline(ctx context.Context, root *html.Node, links func(string) string, reply *wire.HTMLReply) error {
	o := &outliner{ctx: ctx, links: links, kinds: map[string]int{}, text: make([]byte, 0, textGuess)}
	o.children(root, flow{})
	text := string(o.text)
	for i := range o.places {
		p := &o.places[i]
		at := o.spans[i]
		p.At = at.start
		if p.Kind == wire.PlacePrice { // the others speak for themselves
			p.Before, p.After = tail(text[:at.start]), head(text[at.end:])
		}
	}
	reply.Outline, reply.TextSize, reply.Opening = o.places, len(text), clip(text, maxOpening)
	reply.NoScript, reply.Running = o.noScript, o.running
	return ctx.Err()
}

type span struct{ start, end int }

type outliner struct {
	ctx           context.Context
	links         func(string) string
	text          []byte // all that a visitor sees
	places        []wire.Place
	spans         []span // of places, in text
	images, pairs int
	buffer        []byte // for paths
	noScript      string
	running       int
	worded        span // looked at last for phrases
	said          stock.Words
	stocked       span // looked at last for words of stock: wrappers hold the same text again
	priced        span // likewise for prices
	mentions      bool // that text names a price
	kinds         map[string]int
	seen          int
	path          []pathStep
}

// pathStep is an element around the one at hand.
type pathStep struct {
	node *html.Node
	text string // as it stands in paths; "" until it was asked for
}

// flow is what holds for an element because of those around it.
type flow struct {
	hidden, struck bool
	link           string
}

// inside is what was found inside of an element.
type inside struct {
	priced bool // a place with a price and its currency
	weak   int  // the index of a place with an amount alone, plus 1
	stock  bool
	pair   bool
}

func (a inside) with(b inside) inside {
	if a.weak == 0 {
		a.weak = b.weak
	} else if b.weak != 0 {
		a.weak = -1 // several
	}
	return inside{priced: a.priced || b.priced, weak: a.weak, stock: a.stock || b.stock, pair: a.pair || b.pair}
}

func (o *outliner) children(n *html.Node, f flow) (found inside) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			o.write(c.Data, n)
		case html.ElementNode:
			if o.seen++; o.seen%256 == 0 && o.ctx.Err() != nil {
				return found
			}
			switch {
			case c.Namespace != "", c.Data == "title":
			case !hidden(c):
				found = found.with(o.element(c, f))
			case c.Data == "script":
				o.running++
			case c.Data == "noscript" && c.FirstChild != nil && len(o.noScript) < 400:
				o.noScript += clip(strings.TrimSpace(c.FirstChild.Data), 400)
			}
		}
	}
	return found
}

func (o *outliner) element(n *html.Node, f flow) inside {
	if separates(n) {
		o.space()
	}
	f = f.enter(n)
	o.path = append(o.path, pathStep{node: n})
	start := len(o.text)
	var found inside
	switch n.Data {
	case "select", "option", "datalist":
		if n.Data == "option" {
			o.option(n)
		} else {
			found = o.children(n, f)
		}
	default:
		found = o.children(n, f)
	}
	o.look(n, f, start, &found)
	o.path = o.path[:len(o.path)-1]
	if separates(n) {
		o.space()
	}
	return found
}

// option leaves the texts of options out: a choice is no statement. Only the
// chosen one is read.
func (o *outliner) option(n *html.Node) {
	if _, chosen := lookup(n, "selected"); chosen {
		o.children(n, flow{hidden: true})
	}
}

// enter is the flow inside of n.
func (f flow) enter(n *html.Node) flow {
	switch n.Data {
	case "del", "s", "strike":
		f.struck = true
	case "a":
		if href := strings.TrimSpace(attribute(n, "href")); href != "" {
			f.link = href
		}
	}
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "style":
			f.style(a.Val)
		case "hidden":
			f.hidden = true
		case "class":
			f.hidden = f.hidden || hidesByClass(a.Val)
		}
	}
	return f
}

// style takes into account what a style sheet of its own does to an element.
func (f *flow) style(s string) {
	if !hasFold(s, "through") && !hasFold(s, "none") && !hasFold(s, "hidden") {
		return
	}
	s = strings.ReplaceAll(strings.ToLower(s), " ", "")
	f.struck = f.struck || strings.Contains(s, "line-through")
	f.hidden = f.hidden || strings.Contains(s, "display:none") || strings.Contains(s, "visibility:hidden")
}

// hasFold reports whether s holds a word of lower-case letters in any case.
func hasFold(s, word string) bool {
	for i := 0; i+len(word) <= len(s); i++ {
		if s[i]|0x20 == word[0] && strings.EqualFold(s[i:i+len(word)], word) {
			return true
		}
	}
	return false
}

// hidesByClass reports whether one of the classes is a name that hides with
// every style sheet.
func hidesByClass(classes string) bool {
	if !strings.Contains(classes, "hid") && !strings.Contains(classes, "none") {
		return false
	}
	hides := false
	for c := range strings.FieldsSeq(classes) {
		switch c = strings.ToLower(c); c {
		case "hidden", "hide", "is-hidden", "d-none", "display-none", "dn", "ng-hide", "aok-hidden", "u-hidden", "visually-none", "none":
			hides = true
		default:
			if showsAgain(c) {
				return false
			}
		}
	}
	return hides
}

// showsAgain reports whether a class shows on wide screens what others hide:
// md:block, d-lg-flex.
func showsAgain(class string) bool {
	if !strings.HasPrefix(class, "d-") && strings.IndexByte(class, ':') < 0 {
		return false
	}
	for _, way := range [...]string{"block", "flex", "inline", "grid", "table"} {
		if i := strings.LastIndex(class, way); i > 2 && (class[i-1] == ':' || class[i-1] == '-' && strings.HasPrefix(class, "d-")) {
			return true
		}
	}
	return false
}

// write adds text of an element.
func (o *outliner) write(s string, n *html.Node) {
	if o.endsWithDigit() && isCents(n) {
		if t := strings.TrimSpace(s); len(t) == 2 && t[0] >= '0' && t[0] <= '9' && t[1] >= '0' && t[1] <= '9' {
			o.text = append(o.text, '.')
		}
	}
	for i := 0; i < len(s); {
		if isSpace(s[i]) {
			o.space()
			i++
			continue
		}
		from := i
		for i < len(s) && !isSpace(s[i]) {
			i++
		}
		o.text = append(o.text, s[from:i]...)
	}
}

func (o *outliner) space() {
	if n := len(o.text); n > 0 && o.text[n-1] != ' ' {
		o.text = append(o.text, ' ')
	}
}

func (o *outliner) endsWithDigit() bool {
	n := len(o.text)
	return n > 0 && o.text[n-1] >= '0' && o.text[n-1] <= '9'
}

// isCents reports whether an element holds the decimals of a price that stand
// smaller beside it.
func isCents(n *html.Node) bool {
	if n.Data == "sup" || n.Data == "small" {
		return true
	}
	class := attribute(n, "class")
	return class != "" && (hasFold(class, "cents") || hasFold(class, "fraction") || hasFold(class, "decimal") || hasFold(class, "kopeck"))
}

// look finds out what places an element is, now that its text is known.
func (o *outliner) look(n *html.Node, f flow, start int, found *inside) {
	if len(o.places) >= maxPlaces {
		return
	}
	for start < len(o.text) && o.text[start] == ' ' {
		start++
	}
	end := len(o.text)
	for end > start && o.text[end-1] == ' ' {
		end--
	}
	s := span{start, end}
	switch n.Data {
	case "h1", "h2", "h3":
		if end-start <= maxHeading && end > start {
			o.add(wire.Place{Kind: wire.PlaceHeading, Text: o.at(s), Level: int(n.Data[1] - '0')}, s, f)
		}
	case "img":
		o.image(n, s, f)
		return
	case "button", "a", "input", "label", "textarea":
		o.control(n, s, f)
	case "tr", "dd", "li", "p", "div", "span", "td":
		if !found.pair && end-start <= maxPair {
			found.pair = o.pair(n, s, f)
		}
	}
	if n.Data != "button" && attribute(n, "role") == "button" {
		o.button(n, s, f)
	}
	if end > start {
		o.price(n, s, f, found)
		o.stock(s, f, found)
	}
}

func (o *outliner) at(s span) string { return string(o.text[s.start:s.end]) }

func (o *outliner) add(p wire.Place, s span, f flow) {
	if o.kinds[p.Kind]++; o.kinds[p.Kind] > maxKind {
		return
	}
	steps := maxPath
	if p.Kind != wire.PlacePrice {
		steps = 5
	}
	p.Path = o.describe(steps)
	p.Hidden, p.Struck = f.hidden, f.struck
	p.Link = o.link(f.link)
	o.places = append(o.places, p)
	o.spans = append(o.spans, s)
}

// link is where a link leads, for as long as it is one that people write.
func (o *outliner) link(href string) string {
	if href != "" && o.links != nil {
		href = o.links(href)
	}
	return clip(href, 500)
}

// describe is the path of the element at hand, its last steps.
func (o *outliner) describe(steps int) string {
	b := o.buffer[:0]
	around := o.path[max(0, len(o.path)-steps):]
	for i := range around {
		if around[i].text == "" {
			around[i].text = describeStep(around[i].node)
		}
		if i > 0 {
			b = append(b, '>')
		}
		b = append(b, around[i].text...)
	}
	o.buffer = b
	return string(b)
}

func describeStep(n *html.Node) string {
	room := maxStep
	b := make([]byte, 0, len(n.Data)+2*maxStep)
	b = append(b, n.Data...)
	for _, key := range [...]string{"id", "class", "itemprop", "data-testid", "data-test", "data-id", "name"} {
		v := attribute(n, key)
		if v == "" {
			continue
		}
		mark := byte('.')
		if key == "id" {
			mark = '#'
		}
		for word := range strings.FieldsSeq(v) {
			if room -= len(word); room < 0 {
				return string(b)
			}
			b = append(append(b, mark), word...)
		}
	}
	return string(b)
}

// price adds the smallest elements that hold an amount of money: with its
// currency, or with a name that says so.
func (o *outliner) price(n *html.Node, s span, f flow, found *inside) {
	if s.end-s.start > maxPrice || found.priced || !hasDigit(o.text[s.start:s.end]) || o.splitsNumber(s) {
		return
	}
	text := o.at(s)
	if s != o.priced {
		o.priced, o.mentions = s, price.Mentions(text)
	}
	if o.mentions {
		found.priced = true
		if found.weak > 0 && sameDigits(o.places[found.weak-1].Text, text) {
			p := &o.places[found.weak-1] // the amount is inside, its currency beside
			p.Text, p.Before = text, ""
			o.spans[found.weak-1] = s
			return
		}
		o.add(wire.Place{Kind: wire.PlacePrice, Text: text}, s, f)
		return
	}
	if found.weak == 0 && s.end-s.start <= 24 && namesPrice(n) && mostlyDigits(text) {
		if o.add(wire.Place{Kind: wire.PlacePrice, Text: text}, s, f); o.kinds[wire.PlacePrice] <= maxKind {
			found.weak = len(o.places)
		}
	}
}

// splitsNumber reports whether a text begins within a number, as decimals do
// that stand smaller, 24<sup>€90</sup>: the amount is that of an element around.
func (o *outliner) splitsNumber(s span) bool {
	if s.start == 0 || o.text[s.start-1] < '0' || o.text[s.start-1] > '9' {
		return false
	}
	text := o.text[s.start:s.end]
	if c := text[0]; c == '.' || c == ',' || c >= '0' && c <= '9' {
		return true
	}
	n := len(text)
	return n >= 3 && n <= 5 && hasDigit(text[n-1:]) && hasDigit(text[n-2:n-1]) && !hasDigit(text[:n-2])
}

// namesPrice reports whether an element says by its attributes that it holds a
// price.
func namesPrice(n *html.Node) bool {
	for i := range n.Attr {
		switch n.Attr[i].Key {
		case "class", "id", "itemprop", "data-testid", "data-id", "data-test", "property":
			v := n.Attr[i].Val
			if hasFold(v, "price") || hasFold(v, "amount") || hasFold(v, "preis") || hasFold(v, "prix") ||
				hasFold(v, "prezzo") || hasFold(v, "precio") || hasFold(v, "cena") || hasFold(v, "kakaku") {
				return true
			}
		}
	}
	return false
}

func hasDigit(b []byte) bool {
	for _, c := range b {
		if c >= '0' && c <= '9' || c == 0xef { // full-width ones begin so
			return true
		}
	}
	return false
}

// mostlyDigits reports whether a text is a number and little else.
func mostlyDigits(s string) bool {
	if s[len(s)-1] == '.' || s[len(s)-1] == ',' {
		return false // its decimals stand elsewhere
	}
	digits := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			digits++
		}
	}
	return digits > 0 && digits*2 >= len(strings.Map(withoutSeparators, s))
}

func withoutSeparators(r rune) rune {
	if r == '.' || r == ',' || r == ' ' || r == '\'' || r == '\u00a0' {
		return -1
	}
	return r
}

func sameDigits(a, b string) bool { return onlyDigits(a) == onlyDigits(b) }

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func (o *outliner) stock(s span, f flow, found *inside) {
	if found.stock || s.end-s.start > stock.MaxText || s.end-s.start < 4 || s == o.stocked {
		return
	}
	o.stocked = s
	if o.words(s).Stock() != "" {
		o.add(wire.Place{Kind: wire.PlaceStock, Text: o.at(s)}, s, f)
		found.stock = true
	}
}

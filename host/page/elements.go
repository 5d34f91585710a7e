package page

import "golang.org/x/net/html/atom"

// kind is how the parser treats an element in a body. Those that share a rule
// stand together.
type kind uint8

const (
	phrasing   kind = iota // stays where it stands
	formatting             // is opened again when its end is missing, by its attributes
	link                   // likewise, and closes one that is open
	nobr                   // likewise
	block                  // closes a paragraph
	list
	listItem // of a list: closes the item before it
	terms
	term
	paragraph
	heading
	preformatted
	form
	button
	void    // has no content
	picture // likewise; after it, a page has no frames
	rule    // likewise, and closes a paragraph
	input   // likewise, and matters to the parser when it is hidden
	table
	rows
	row
	cell
	choice
	options
	option
	ruby
	reading
	code    // holds a text without markup that is not shown
	raw     // likewise, shown
	oddRaw  // likewise, and better left to the parser
	written // likewise, with character references
	drawing
	template
	own // attributes of them matter to the parser
	odd // whatever is better left to it
	kinds
)

func kindOf(a atom.Atom) kind {
	switch a {
	case atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U:
		return formatting
	case atom.A:
		return link
	case atom.Nobr:
		return nobr
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Center, atom.Details, atom.Dialog, atom.Div,
		atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Header, atom.Hgroup, atom.Main, atom.Nav,
		atom.Search, atom.Section, atom.Summary:
		return block
	case atom.Dir, atom.Menu, atom.Ol, atom.Ul:
		return list
	case atom.Li:
		return listItem
	case atom.Dl:
		return terms
	case atom.Dd, atom.Dt:
		return term
	case atom.P:
		return paragraph
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return heading
	case atom.Pre:
		return preformatted
	case atom.Form:
		return form
	case atom.Button:
		return button
	case atom.Base, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track:
		return void
	case atom.Area, atom.Br, atom.Embed, atom.Img, atom.Wbr:
		return picture
	case atom.Hr:
		return rule
	case atom.Input:
		return input
	}
	return rareKind(a)
}

func rareKind(a atom.Atom) kind {
	switch a {
	case atom.Table:
		return table
	case atom.Tbody, atom.Tfoot, atom.Thead:
		return rows
	case atom.Tr:
		return row
	case atom.Td, atom.Th:
		return cell
	case atom.Select:
		return choice
	case atom.Optgroup:
		return options
	case atom.Option:
		return option
	case atom.Ruby:
		return ruby
	case atom.Rb, atom.Rp, atom.Rt, atom.Rtc:
		return reading
	case atom.Script, atom.Style:
		return code
	case atom.Iframe, atom.Noscript:
		return raw
	case atom.Noembed, atom.Noframes, atom.Plaintext, atom.Xmp:
		return oddRaw
	case atom.Textarea, atom.Title:
		return written
	case atom.Math, atom.Svg:
		return drawing
	case atom.Template:
		return template
	case atom.AnnotationXml, atom.Body, atom.Frameset, atom.Html:
		return own
	case atom.Applet, atom.Basefont, atom.Bgsound, atom.Caption, atom.Col, atom.Colgroup, atom.Frame, atom.Head,
		atom.Image, atom.Keygen, atom.Listing, atom.Marquee, atom.Object:
		return odd
	}
	return phrasing
}

// lasts reports whether an element that has no end tag may change what comes
// later, wherever that stands.
func (k kind) lasts() bool { return k == formatting || k == nobr || k.single() }

// single reports whether one ends another that it stands in.
func (k kind) single() bool { return k == link || k == button || k == choice }

// endsItself reports whether one ends another that it stands right in.
func (k kind) endsItself() bool {
	return k == listItem || k == term || k == paragraph || k == row || k == cell || k == option
}

// endsParagraph reports whether an element ends a paragraph that it stands in.
func (k kind) endsParagraph() bool { return k >= block && k <= form || k == rule || k == table }

// hidesParagraph reports whether what is in the element ends none around it.
func (k kind) hidesParagraph() bool { return k == button || k == cell || k == choice }

// heads reports whether an element may be the head of a nest: whatever is in
// it, no paragraph around it can end.
func (k kind) heads() bool { return k >= block && k <= preformatted }

// excludesFrames reports whether a page with such an element has no frames.
func (k kind) excludesFrames() bool {
	switch k {
	case listItem, term, preformatted, button, picture, rule, table, choice:
		return true
	}
	return false
}

func (k kind) isVoid() bool { return k >= void && k <= input }

// isUnmarked reports whether what an element holds is text, whatever it looks
// like.
func (k kind) isUnmarked() bool { return k >= code && k <= written }

// isOdd reports whether the content of an element is not taken for a part of
// what is around it.
func (k kind) isOdd() bool { return k == oddRaw || k == nobr || k >= template }

// tag is the name of an element, and what it means.
type tag struct {
	atom atom.Atom
	kind kind
	name string // in lower case
}

func tagOf(name string) tag {
	var lower [32]byte
	if len(name) > len(lower) {
		return tag{name: asciiLower(name)}
	}
	b := lower[:copy(lower[:], name)]
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	if a := atom.Lookup(b); a != 0 {
		return tag{a, kindOf(a), a.String()}
	}
	return tag{name: asciiLower(name)}
}

package main

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plainText turns the HTML of a description into one line of text: tags,
// scripts and comments are dropped, block tags and line breaks separate words,
// entities are decoded and white space is collapsed. Markup that was escaped
// once too often, as some importers do, is decoded and stripped once more.
func plainText(html string) string {
	var w lineWriter
	escaped := w.writeHTML(html)
	if escaped && hasMarkup(w.String()) {
		var again lineWriter
		again.writeHTML(w.String())
		w = again
	}
	return w.String()
}

// tidy trims s and makes every run of white space a single space. Text that is
// tidy already is returned as it is.
func tidy(s string) string {
	if isTidy(s) {
		return s
	}
	var w lineWriter
	w.writeText(s)
	return w.String()
}

func isTidy(s string) bool {
	space := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == ' ':
			if space {
				return false
			}
			space = true
		case c < ' ' || c >= utf8.RuneSelf && notTidy(s[i:]):
			return false
		default:
			space = false
		}
	}
	return !space || s == ""
}

// notTidy reports whether s, which begins with a byte beyond ASCII, begins with
// a rune that tidy changes.
func notTidy(s string) bool {
	if c := s[0]; c >= 0xe4 && c < 0xef { // U+4000 to U+EFFF: letters
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return r != 0 && (unicode.IsSpace(r) || invisible(r))
}

// lineWriter collects text on a single line.
type lineWriter struct {
	b     []byte
	space bool // a space is due before the next word
}

func (w *lineWriter) String() string { return string(w.b) }

func (w *lineWriter) breakWord() { w.space = len(w.b) > 0 }

func (w *lineWriter) word(s string) {
	if w.space {
		w.b = append(w.b, ' ')
		w.space = false
	}
	w.b = append(w.b, s...)
}

// writeText writes text without markup.
func (w *lineWriter) writeText(s string) {
	from := 0
	flush := func(to int) {
		if from < to {
			w.word(s[from:to])
		}
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c > ' ' && c < 0x7f {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			flush(i)
			if c == ' ' || c >= '\t' && c <= '\r' {
				w.breakWord()
			}
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsSpace(r):
			flush(i)
			w.breakWord()
			from = i + n
		case invisible(r) || r == utf8.RuneError && n == 1:
			flush(i)
			from = i + n
		}
		i += n
	}
	flush(len(s))
}

// invisible reports runes that only get in the way of searching: zero-width
// spaces, marks of byte order and of direction, and control characters.
func invisible(r rune) bool {
	return r >= 0x7f && r <= 0x9f || r == 0x200b || r == 0x200e || r == 0x200f ||
		r == 0x2060 || r == 0xfeff || r == 0xad
}

// writeHTML writes the text of s and reports whether an entity in it stood for
// the beginning of a tag.
func (w *lineWriter) writeHTML(s string) (escaped bool) {
	for s != "" {
		i := strings.IndexAny(s, "<&")
		if i < 0 {
			w.writeText(s)
			return escaped
		}
		w.writeText(s[:i])
		s = s[i:]
		if s[0] == '&' {
			text, n := entity(s)
			escaped = escaped || text == "<"
			w.writeText(text)
			s = s[n:]
			continue
		}
		tag, n := readTag(s)
		if n == 0 {
			w.writeText("<")
			s = s[1:]
			continue
		}
		closing := s[1] == '/'
		s = s[n:]
		switch {
		case isRaw(tag) && !closing:
			s = afterRaw(s, tag)
			w.breakWord()
		case !isInline(tag):
			w.breakWord()
		}
	}
	return escaped
}

// readTag reads the tag or comment that s begins with. It returns its name in
// lower case, without a slash, "" for comments and declarations, and its
// length; 0 means that the "<" is text.
func readTag(s string) (name string, n int) {
	if len(s) < 2 {
		return "", 0
	}
	switch c := s[1]; {
	case strings.HasPrefix(s, "<!--"):
		if end := strings.Index(s[4:], "-->"); end >= 0 {
			return "", 4 + end + 3
		}
		return "", len(s)
	case c == '!' || c == '?':
		if end := strings.IndexByte(s, '>'); end >= 0 {
			return "", end + 1
		}
		return "", len(s)
	case c == '/' || isLetter(c):
	default:
		return "", 0
	}
	from := 1
	if s[1] == '/' {
		from = 2
	}
	to := from
	for to < len(s) && (isLetter(s[to]) || s[to] >= '0' && s[to] <= '9' || s[to] == '-') {
		to++
	}
	if to == from {
		return "", 0
	}
	return strings.ToLower(s[from:to]), tagEnd(s, to)
}

// tagEnd is the index after the ">" that ends a tag, beyond its quoted
// attributes. A tag without an end reaches to the end of s.
func tagEnd(s string, i int) int {
	quote := byte(0)
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return i + 1
		case (c == '"' || c == '\'') && s[i-1] == '=':
			quote = c
		}
	}
	return len(s)
}

// isRaw reports elements whose content is not text to read.
func isRaw(tag string) bool {
	switch tag {
	case "script", "style", "template", "noscript", "iframe", "svg", "head", "title":
		return true
	}
	return false
}

// afterRaw is what follows the end tag of a raw element in s, "" when it has
// none.
func afterRaw(s, tag string) string {
	for i := 0; ; {
		at := strings.Index(s[i:], "</")
		if at < 0 {
			return ""
		}
		i += at + 2
		if len(s)-i >= len(tag) && strings.EqualFold(s[i:i+len(tag)], tag) {
			return s[tagEnd(s, i+len(tag)):]
		}
	}
}

// isInline reports elements that may stand within a word.
func isInline(tag string) bool {
	switch tag {
	case "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "ins", "del", "kbd", "mark", "q",
		"rb", "ruby", "s", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr":
		return true
	}
	return false
}

// hasMarkup reports whether s holds a tag that descriptions are made of.
func hasMarkup(s string) bool {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return false
		}
		s = s[i:]
		name, n := readTag(s)
		if n > 0 && s[n-1] == '>' && isMarkup(name) {
			return true
		}
		s = s[max(n, 1):]
	}
}

func isMarkup(tag string) bool {
	switch tag {
	case "p", "br", "div", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "tr", "td", "th",
		"img", "hr", "section", "blockquote", "pre", "meta":
		return true
	}
	return isInline(tag) || isRaw(tag)
}

// entity decodes the character reference that s, which begins with "&", begins
// with, and returns its length. What is none stands for itself.
func entity(s string) (text string, n int) {
	end := 1
	for end < len(s) && end < 34 && (isLetter(s[end]) || s[end] >= '0' && s[end] <= '9' || s[end] == '#' && end == 1) {
		end++
	}
	name := s[1:end]
	closed := end < len(s) && s[end] == ';'
	if closed {
		end++
	}
	if strings.HasPrefix(name, "#") {
		if r, ok := numericEntity(name[1:]); ok {
			return string(r), end
		}
		return "&", 1
	}
	if text := namedEntity(name); text != "" && (closed || oldEntity(name)) {
		return text, end
	}
	return "&", 1
}

// oldEntity reports the names that browsers decode without a semicolon and
// that are common so.
func oldEntity(name string) bool {
	switch name {
	case "amp", "lt", "gt", "quot", "nbsp", "copy", "reg":
		return true
	}
	return false
}

func numericEntity(digits string) (rune, bool) {
	base := 10
	if digits != "" && (digits[0] == 'x' || digits[0] == 'X') {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return 0, false
	}
	if n >= 0x80 && n <= 0x9f {
		return windows1252(n), true
	}
	if n == 0 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return utf8.RuneError, true
	}
	return rune(n), true
}

// windows1252 is what browsers make of references to C1 control characters.
func windows1252(n uint64) rune {
	const table = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
	for _, r := range table {
		if n == 0x80 {
			return r
		}
		n--
	}
	return utf8.RuneError
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

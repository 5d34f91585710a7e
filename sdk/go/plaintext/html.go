package plaintext

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/sdk/go/json"
)

// HTML is HTML, possibly as it stands in a JSON string: descriptions are
// most of a page of products, and reading them where they stand saves two
// copies.
type HTML struct {
	S       string
	Escaped bool // S has the escapes of JSON; they are valid
}

// Of is the text of HTML on one line; see [HTML.Plain].
func Of(html string) string { return HTML{S: html}.Plain(new(Buffer)) }

// Read takes a text as it stands in a document. Anything but a string reads as
// nothing.
func Read(r *json.Reader) HTML {
	if r.Kind() != json.String {
		r.Skip()
		return HTML{}
	}
	if r.Packed() {
		return HTML{S: r.Str()}
	}
	raw := r.Raw()
	if len(raw) < 2 {
		return HTML{} // broken off; the reader has the error
	}
	return HTML{S: raw[1 : len(raw)-1], Escaped: true}
}

// Plain is the text on one line: tags, scripts and comments are dropped,
// block tags and line breaks separate words, entities are decoded and white
// space is collapsed. Markup that was escaped once too often, as some
// importers do, is decoded and stripped once more. Memory for the work is
// taken from w, whose content is lost.
func (t HTML) Plain(w *Buffer) string {
	w.b, w.space = w.b[:0], false
	if t.write(w) {
		if once := (HTML{S: string(w.b)}); once.hasMarkup() {
			w.b, w.space = w.b[:0], false
			once.write(w)
		}
	}
	return string(w.b)
}

// write writes the text and reports whether an entity in it stood for the
// beginning of a tag.
func (t HTML) write(w *Buffer) (tagWritten bool) {
	for i, from := 0, 0; ; {
		for i < len(t.S) && classes[t.S[i]] == plain {
			i++
		}
		if i == len(t.S) {
			w.word(t.S[from:])
			return tagWritten
		}
		if i > from && t.oneOfText(i) {
			i++
			continue
		}
		w.word(t.S[from:i])
		r, n := t.at(i)
		i += n
		switch r {
		case '<':
			i = t.writeTag(w, i)
		case '&':
			text, n := entity(t.S[i:])
			tagWritten = tagWritten || text == "<"
			w.writeText(text)
			i += n
		default:
			w.rune(r)
		}
		from = i
	}
}

// oneOfText reports whether the byte at i, which is not plain, can stay as it
// is: a single space between words, or the beginning of kana and the like.
func (t HTML) oneOfText(i int) bool {
	switch t.S[i] {
	case ' ':
		return i+1 < len(t.S) && classes[t.S[i+1]] == plain && t.S[i-1] != ' '
	case 0xe3:
		return !strings.HasPrefix(t.S[i:], "\u3000")
	}
	return false
}

// at decodes the character at i and returns its length.
func (t HTML) at(i int) (r rune, n int) {
	switch c := t.S[i]; {
	case c == '\\' && t.Escaped:
		return unescape(t.S[i:])
	case c < utf8.RuneSelf:
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(t.S[i:])
}

// unescape decodes the valid JSON escape that s begins with.
func unescape(s string) (r rune, n int) {
	switch s[1] {
	case 'u':
	case 'n', 'r', 't', 'f':
		return '\n', 2 // any space does
	case 'b':
		return '\b', 2
	default:
		return rune(s[1]), 2
	}
	r = hexRune(s)
	if r < 0xd800 || r > 0xdfff {
		return r, 6
	}
	if r < 0xdc00 && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if low := hexRune(s[6:]); low >= 0xdc00 && low <= 0xdfff {
			return (r-0xd800)<<10 + (low - 0xdc00) + 0x10000, 12
		}
	}
	return utf8.RuneError, 6
}

// hexRune is the number in an escape such as \u003c.
func hexRune(s string) rune {
	return rune(unhex(s[2])<<12 | unhex(s[3])<<8 | unhex(s[4])<<4 | unhex(s[5]))
}

// writeTag reads the tag whose "<" stands before i, with all of a script's
// content, and returns where it ends. A "<" that begins no tag is text.
func (t HTML) writeTag(w *Buffer, i int) int {
	name, closing, end := t.tag(i)
	switch {
	case end < 0:
		w.rune('<')
		return i
	case isRaw(name) && !closing:
		w.breakWord()
		return t.afterRaw(name, end)
	case !isInline(name):
		w.breakWord()
	}
	return end
}

// tag reads the tag or comment whose "<" stands before i. It returns the name
// in lower case, "" for comments and declarations, and where the tag ends; -1
// means that it is none. A tag without an end reaches to the end of the text.
func (t HTML) tag(i int) (name string, closing bool, end int) {
	if i == len(t.S) {
		return "", false, -1
	}
	r, n := t.at(i)
	switch {
	case r == '!' && strings.HasPrefix(t.S[i+n:], "--"):
		return "", false, t.afterComment(i + n + 2)
	case r == '!' || r == '?':
		return "", false, t.tagEnd(i + n)
	}
	name, closing, i = t.tagName(i)
	if name == "" {
		return "", closing, -1
	}
	return name, closing, t.tagEnd(i)
}

// tagName reads the name at the beginning of a tag, "" if there is none, and
// returns where it ends.
func (t HTML) tagName(i int) (name string, closing bool, end int) {
	if i < len(t.S) {
		if r, n := t.at(i); r == '/' {
			closing = true
			i += n
		}
	}
	from := i
	for i < len(t.S) && (isLetter(t.S[i]) || i > from && (t.S[i] >= '0' && t.S[i] <= '9' || t.S[i] == '-')) {
		i++
	}
	return strings.ToLower(t.S[from:i]), closing, i
}

// tagEnd is where the tag ends in whose attributes i is, beyond its quotes.
func (t HTML) tagEnd(i int) int {
	quote := rune(0)
	for i < len(t.S) {
		switch t.S[i] {
		case '>', '"', '\'', '\\':
		default:
			i++
			continue
		}
		r, n := t.at(i)
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '>':
			return i + n
		case (r == '"' || r == '\'') && t.S[i-1] == '=':
			quote = r
		}
		i += n
	}
	return len(t.S)
}

func (t HTML) afterComment(i int) int {
	for {
		at := strings.Index(t.S[i:], "--")
		if at < 0 {
			return len(t.S)
		}
		i += at + 2
		for i < len(t.S) && t.S[i] == '-' {
			i++
		}
		if i < len(t.S) {
			if r, n := t.at(i); r == '>' {
				return i + n
			}
		}
	}
}

// afterRaw is where the end tag of a raw element ends, or the end of the text.
func (t HTML) afterRaw(name string, i int) int {
	for {
		if i = t.next('<', i); i == len(t.S) {
			return i
		}
		if found, closing, end := t.tagName(i); closing && found == name {
			return t.tagEnd(end)
		}
	}
}

// next is where the text goes on after the next r, from i.
func (t HTML) next(r rune, i int) int {
	for i < len(t.S) {
		if c := t.S[i]; c != byte(r) && c != '\\' {
			i++
			continue
		}
		found, n := t.at(i)
		i += n
		if found == r {
			break
		}
	}
	return i
}

// hasMarkup reports whether the text holds a tag that descriptions are made of.
func (t HTML) hasMarkup() bool {
	for i := 0; ; {
		if i = t.next('<', i); i == len(t.S) {
			return false
		}
		name, _, end := t.tag(i)
		if end < 0 {
			continue
		}
		if t.S[end-1] == '>' && isMarkup(name) {
			return true
		}
		i = end
	}
}

// isRaw reports elements whose content is not text to read.
func isRaw(tag string) bool {
	switch tag {
	case "script", "style", "template", "noscript", "iframe", "svg", "head", "title":
		return true
	}
	return false
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

func isMarkup(tag string) bool {
	switch tag {
	case "p", "br", "div", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "tr", "td", "th",
		"img", "hr", "section", "blockquote", "pre", "meta":
		return true
	}
	return isInline(tag) || isRaw(tag)
}

// entity decodes the character reference whose "&" stands before s, and
// returns its length in s. What is none leaves the "&" as it is.
func entity(s string) (text string, n int) {
	end := 0
	for end < len(s) && end < 33 && (isLetter(s[end]) || s[end] >= '0' && s[end] <= '9' || s[end] == '#' && end == 0) {
		end++
	}
	name := s[:end]
	closed := end < len(s) && s[end] == ';'
	if closed {
		end++
	}
	if strings.HasPrefix(name, "#") {
		if r, ok := numericEntity(name[1:]); ok {
			return string(r), end
		}
		return "&", 0
	}
	if text := namedEntity(name); text != "" && (closed || oldEntity(name)) {
		return text, end
	}
	return "&", 0
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

// Unescape decodes the character references of text without tags.
func Unescape(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "&")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		text, n := entity(rest)
		b.WriteString(text)
		s = rest[n:]
	}
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

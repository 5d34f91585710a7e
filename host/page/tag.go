package page

import (
	"strings"

	"golang.org/x/net/html"
)

const (
	slabSize = 512 // attributes that are allocated together
	maxAttrs = 32  // of an element, beyond which they are left to the parser
)

// tagReader reads one tag by the rules of golang.org/x/net/html, without a copy.
type tagReader struct {
	in      string
	i       int
	name    string
	nameEnd int
	attrs   []html.Attribute
	slab    []html.Attribute // where they are kept
	odd     bool             // they are better left to the parser
	closed  bool             // it ends with a slash that is no part of them
}

func endsName(c byte) bool { return isSpace(c) || c == '/' || c == '>' }

// skip is the place behind the tag whose name is at hand; -1 when it does not
// end.
func (t *tagReader) skip() int {
	t.odd = true
	return t.read()
}

// read does the same, and keeps name and attributes.
func (t *tagReader) read() int {
	from := t.i
	for t.i < len(t.in) && !endsName(t.in[t.i]) {
		t.i++
	}
	t.name, t.nameEnd = t.in[from:t.i], t.i
	if cap(t.slab)-len(t.slab) < maxAttrs && !t.odd {
		t.slab = make([]html.Attribute, 0, slabSize)
	}
	start := len(t.slab)
	for {
		if t.space() {
			return -1
		}
		if t.in[t.i] == '>' {
			t.i++
			break
		}
		if !t.attribute(start) {
			return -1
		}
	}
	if t.odd {
		t.slab = t.slab[:start]
	} else {
		t.attrs = t.slab[start:len(t.slab):len(t.slab)]
	}
	return t.i
}

// attribute reads one attribute; false when the page ends within it.
func (t *tagReader) attribute(start int) bool {
	from := t.i
	for t.i < len(t.in) && !endsName(t.in[t.i]) && (t.in[t.i] != '=' || t.i == from) {
		t.i++
	}
	key := t.in[from:t.i]
	if t.space() {
		return false
	}
	value := ""
	switch t.in[t.i] {
	case '/':
		t.i++
		t.closed = t.i < len(t.in) && t.in[t.i] == '>'
	case '=':
		t.i++
		var ok bool
		if value, ok = t.value(); !ok {
			return false
		}
	}
	if key != "" && !t.odd {
		t.keep(start, key, value)
	}
	return true
}

// value reads what stands behind an equals sign.
func (t *tagReader) value() (string, bool) {
	if t.space() {
		return "", false
	}
	switch c := t.in[t.i]; c {
	case '>':
		return "", true
	case '"', '\'':
		t.i++
		end := strings.IndexByte(t.in[t.i:], c)
		if end < 0 {
			return "", false
		}
		value := t.in[t.i : t.i+end]
		t.i += end + 1
		return value, true
	}
	from := t.i
	for t.i < len(t.in) && !isSpace(t.in[t.i]) && t.in[t.i] != '>' {
		t.i++
	}
	return t.in[from:t.i], true
}

// keep adds an attribute, unless there is one of its name.
func (t *tagReader) keep(start int, key, value string) {
	if key = asciiLower(key); len(t.slab)-start == maxAttrs {
		t.odd = true
		return
	}
	for i := start; i < len(t.slab); i++ {
		if t.slab[i].Key == key {
			return
		}
	}
	if strings.IndexByte(value, '&') >= 0 {
		var ok bool
		if value, ok = references(value); !ok {
			t.odd = true
			return
		}
	}
	t.slab = append(t.slab, html.Attribute{Key: key, Val: newlines(value)})
}

// space skips white space, and reports whether the page ends with it.
func (t *tagReader) space() (ends bool) {
	for t.i < len(t.in) && isSpace(t.in[t.i]) {
		t.i++
	}
	return t.i == len(t.in)
}

// asciiLower is a name with its letters of ASCII in lower case.
func asciiLower(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] |= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}

// references replaces the character references of an attribute's value; not ok
// is one with those that old pages write without a semicolon, which the parser
// has a table for.
func references(s string) (value string, ok bool) {
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '&')
		if at < 0 {
			b.WriteString(s)
			return b.String(), true
		}
		b.WriteString(s[:at])
		s = s[at:]
		end := 1
		for end < len(s) && (isLetter(s[end]) || s[end] >= '0' && s[end] <= '9' || s[end] == '#') {
			end++
		}
		switch {
		case end == 1 || end < len(s) && s[end] == '=' && s[1] != '#':
			b.WriteString(s[:end])
		case end < len(s) && s[end] == ';':
			end++
			one := html.UnescapeString(s[:end])
			if strings.HasSuffix(one, ";") {
				return "", false // no name, or one with something behind it
			}
			b.WriteString(one)
		default:
			return "", false
		}
		s = s[end:]
	}
}

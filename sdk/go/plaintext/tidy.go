package plaintext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tidy trims s and makes every run of white space a single space. Text that is
// tidy already is returned as it is.
func Tidy(s string) string {
	if isTidy(s) {
		return s
	}
	var w Buffer
	w.writeText(s)
	return string(w.b)
}

func isTidy(s string) bool {
	space := true
	for i := range len(s) {
		switch c := s[i]; {
		case classes[c] == plain, c == '<', c == '&', c == '\\':
			space = false
		case c == ' ':
			if space {
				return false
			}
			space = true
		case c < utf8.RuneSelf:
			return false
		case c == 0xe3 && !strings.HasPrefix(s[i:], "\u3000"): // kana and the like
			space = false
		default:
			if r, _ := utf8.DecodeRuneInString(s[i:]); unicode.IsSpace(r) || invisible(r) {
				return false
			}
			space = false
		}
	}
	return !space || s == ""
}

// invisible reports runes that only get in the way of searching: zero-width
// spaces, marks of byte order and of direction, and control characters.
func invisible(r rune) bool {
	return r < ' ' || r >= 0x7f && r <= 0x9f || r == 0xad || r == 0x200b || r == 0x200e || r == 0x200f ||
		r == 0x2060 || r == 0xfeff
}

// Buffer is memory for text that is being collected on a single line. Its zero
// value is ready to use; reusing one saves an allocation for each text.
type Buffer struct {
	b     []byte
	space bool // a space is due before the next word
}

func (w *Buffer) breakWord() { w.space = len(w.b) > 0 }

func (w *Buffer) word(s string) {
	if s == "" {
		return
	}
	if w.space {
		w.b = append(w.b, ' ')
		w.space = false
	}
	w.b = append(w.b, s...)
}

// rune writes one character, a space if it is one.
func (w *Buffer) rune(r rune) {
	switch {
	case r == ' ' || r == '\n':
		w.breakWord()
	case r > ' ' && r < 0x7f:
		if w.space {
			w.b = append(w.b, ' ')
			w.space = false
		}
		w.b = append(w.b, byte(r))
	case unicode.IsSpace(r):
		w.breakWord()
	case !invisible(r):
		w.word(string(r))
	}
}

// writeText writes text without markup.
func (w *Buffer) writeText(s string) {
	for _, r := range s {
		w.rune(r)
	}
}

// class says what a byte of text may begin.
type class uint8

const (
	plain  class = iota // stands for itself
	space               // ASCII white space and control characters
	markup              // "<" and "&"
	escape              // a backslash: the beginning of an escape in JSON
	wide                // the first byte of a rune that may be a space or invisible
)

// classes never changes.
var classes = func() (t [256]class) {
	for c := range t {
		switch {
		case c <= ' ' || c == 0x7f:
			t[c] = space
		case c == '<' || c == '&':
			t[c] = markup
		case c == '\\':
			t[c] = escape
		case c == 0xc2 || c == 0xe1 || c == 0xe2 || c == 0xe3 || c == 0xef:
			t[c] = wide
		}
	}
	return t
}()

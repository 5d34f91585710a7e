package json

import (
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// plain holds true for the bytes that stand for themselves in a string and
// are ASCII.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// What scanString finds in a string besides its end.
const (
	hasEscape = 1 << iota
	hasHigh   // a byte that is not ASCII
)

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scanString finds the quote that ends the string whose text begins at i. When
// msg is not empty it names a mistake, and end is the mistake's place.
//
// It looks at eight bytes at a time: compiled to WASM, a branch for each byte
// costs four times what the whole test costs here. In each test below, the
// lowest marked byte is exact, and higher ones may be wrong.
func scanString(s string, i int) (end, found int, msg string) {
	for {
		for i+8 <= len(s) {
			w := load(s, i)
			quote, escape := w^('"'*lows), w^('\\'*lows)
			stop := ((quote - lows) &^ quote) | ((escape - lows) &^ escape) | ((w - ' '*lows) &^ w)
			stop &= highs
			if stop == 0 {
				if w&highs != 0 {
					found |= hasHigh
				}
				i += 8
				continue
			}
			if w&(stop&-stop-1)&highs != 0 {
				found |= hasHigh
			}
			i += bits.TrailingZeros64(stop) / 8
			break
		}
		if i >= len(s) {
			return i, 0, "string without an end"
		}
		switch c := s[i]; {
		case c == '"':
			return i, found, ""
		case c == '\\':
			n := escapeLen(s[i:])
			if n == 0 {
				return i, 0, "bad escape in a string"
			}
			found |= hasEscape
			i += n
		case c < ' ':
			return i, 0, "control character in a string"
		default: // in the last seven bytes
			if c >= utf8.RuneSelf {
				found |= hasHigh
			}
			i++
		}
	}
}

// load returns the eight bytes at i, the first one lowest. Compilers make one
// load of it.
func load(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// skipString reads a string that begins with the quote at r.i.
func (r *Reader) skipString() {
	end, _, msg := scanString(r.s, r.i+1)
	if msg != "" {
		r.failAt(end, msg)
		return
	}
	r.i = end + 1
}

// readString reads a string that begins with the quote at r.i.
func (r *Reader) readString() string {
	start := r.i + 1
	end, found, msg := scanString(r.s, start)
	if msg != "" {
		r.failAt(end, msg)
		return ""
	}
	r.i = end + 1
	text := r.s[start:end]
	if found&hasEscape != 0 || found&hasHigh != 0 && !utf8.ValidString(text) {
		return unescape(text)
	}
	return text
}

// unescape is what a string's text, which scanString has checked, stands for.
func unescape(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\\':
			var n int
			b, n = appendUnescaped(b, s[i:])
			i += n
		case c < utf8.RuneSelf:
			from := i
			for i < len(s) && plain[s[i]] {
				i++
			}
			b = append(b, s[from:i]...)
		default:
			_, n := utf8.DecodeRuneInString(s[i:])
			if n == 1 {
				b = utf8.AppendRune(b, utf8.RuneError)
			} else {
				b = append(b, s[i:i+n]...)
			}
			i += n
		}
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// escapeLen is the length of the escape that s begins with, 0 if it is none.
func escapeLen(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if hex4(s) >= 0 {
			return 6
		}
	}
	return 0
}

// appendUnescaped appends what the valid escape at the beginning of s stands
// for, and returns its length; two escapes that are a surrogate pair are one.
func appendUnescaped(b []byte, s string) ([]byte, int) {
	switch s[1] {
	case 'b':
		return append(b, '\b'), 2
	case 'f':
		return append(b, '\f'), 2
	case 'n':
		return append(b, '\n'), 2
	case 'r':
		return append(b, '\r'), 2
	case 't':
		return append(b, '\t'), 2
	case 'u':
		c := hex4(s)
		if !utf16.IsSurrogate(c) {
			return utf8.AppendRune(b, c), 6
		}
		if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if pair := utf16.DecodeRune(c, hex4(s[6:])); pair != utf8.RuneError {
				return utf8.AppendRune(b, pair), 12
			}
		}
		return utf8.AppendRune(b, utf8.RuneError), 6
	}
	return append(b, s[1]), 2
}

// hex4 is the number of a \uXXXX escape, or -1.
func hex4(s string) rune {
	if len(s) < 6 {
		return -1
	}
	var n rune
	for i := 2; i < 6; i++ {
		c := rune(s[i])
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		n = n<<4 | c
	}
	return n
}

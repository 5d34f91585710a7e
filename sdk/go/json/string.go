package json

import (
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

// skipString reads a string that begins with the quote at r.i.
func (r *Reader) skipString() {
	s, i := r.s, r.i+1
	for i < len(s) {
		c := s[i]
		switch {
		case c == '"':
			r.i = i + 1
			return
		case c == '\\':
			n := escapeLen(s[i:])
			if n == 0 {
				r.failAt(i, "bad escape in a string")
				return
			}
			i += n
		case c < ' ':
			r.failAt(i, "control character in a string")
			return
		default:
			i++
		}
	}
	r.fail("string without an end")
}

// readString reads a string that begins with the quote at r.i.
func (r *Reader) readString() string {
	s, start := r.s, r.i+1
	i := start
	ascii := true
	for i < len(s) {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			ascii = false
			i++
			continue
		}
		if c == '"' {
			if !ascii && !utf8.ValidString(s[start:i]) {
				break
			}
			r.i = i + 1
			return s[start:i]
		}
		break
	}
	return r.unescape(start)
}

// unescape reads the rest of a string whose text begins at start and can't be
// shared with the document.
func (r *Reader) unescape(start int) string {
	s := r.s
	r.i = start - 1
	r.skipString()
	if r.err != nil {
		return ""
	}
	s = s[start : r.i-1] // checked by skipString
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

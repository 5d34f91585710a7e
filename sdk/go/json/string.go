package json

import (
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// escapes holds what each one-letter escape stands for, and 0 for others.
var escapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// digit holds the value of each hexadecimal digit, and 255 for other bytes.
var digit = func() (t [256]byte) {
	for c := range t {
		switch {
		case '0' <= c && c <= '9':
			t[c] = byte(c - '0')
		case 'a' <= c && c <= 'f':
			t[c] = byte(c - 'a' + 10)
		case 'A' <= c && c <= 'F':
			t[c] = byte(c - 'A' + 10)
		default:
			t[c] = 255
		}
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
// costs four times what the whole test costs.
func scanString(s string, i int) (end, found int, msg string) {
	for {
		for i+8 <= len(s) {
			w := load(s, i)
			stop := special(w)
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
			found |= hasEscape
			switch {
			case i+1 < len(s) && escapes[s[i+1]] != 0:
				i += 2
			case i+5 < len(s) && s[i+1] == 'u' && digit[s[i+2]]|digit[s[i+3]]|digit[s[i+4]]|digit[s[i+5]] < 16:
				i += 6
			default:
				return i, 0, "bad escape in a string"
			}
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

// special marks the bytes of w that do not stand for themselves in a string:
// quotes, backslashes and control characters. The lowest mark is exact; those
// above it may be wrong.
func special(w uint64) uint64 {
	quote, escape := w^('"'*lows), w^('\\'*lows)
	return ((quote-lows)&^quote | (escape-lows)&^escape | (w-' '*lows)&^w) & highs
}

// load returns the eight bytes at i, the first one lowest. Compilers make one
// load of it.
func load(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
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
	if found == 0 {
		return r.s[start:end]
	}
	return decoded(r.s[start:end], found)
}

// decoded is what stands between quotes, in which scanString found something.
func decoded(s string, found int) string {
	valid := found&hasHigh == 0 || utf8.ValidString(s)
	if found&hasEscape == 0 && valid {
		return s
	}
	return unescape(s, valid)
}

// unescape is what a string's text, which scanString has checked, stands for.
func unescape(s string, valid bool) string {
	if !valid {
		s = replaceInvalid(s)
	}
	b := make([]byte, len(s)) // no escape is shorter than what it stands for
	n := 0
	for {
		next := strings.IndexByte(s, '\\')
		if next < 0 {
			n += copy(b[n:], s)
			// Nobody else has b, so it may become a string without a copy.
			return unsafe.String(unsafe.SliceData(b), n)
		}
		n += copy(b[n:], s[:next])
		s = s[next:]
		if c := escapes[s[1]]; c != 0 {
			b[n] = c
			n++
			s = s[2:]
			continue
		}
		c := codeUnit(s)
		s = s[6:]
		if c < utf8.RuneSelf {
			b[n] = byte(c)
			n++
			continue
		}
		if utf16.IsSurrogate(c) {
			pair := rune(utf8.RuneError)
			if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
				pair = utf16.DecodeRune(c, codeUnit(s))
			}
			if c = pair; c != utf8.RuneError {
				s = s[6:]
			}
		}
		n += utf8.EncodeRune(b[n:], c)
	}
}

// codeUnit is the number of the escape \uXXXX at the beginning of s.
func codeUnit(s string) rune {
	return rune(digit[s[2]])<<12 | rune(digit[s[3]])<<8 | rune(digit[s[4]])<<4 | rune(digit[s[5]])
}

// replaceInvalid returns s with U+FFFD for each byte that is not UTF-8.
func replaceInvalid(s string) string {
	b := make([]byte, 0, len(s)+8)
	for _, c := range s {
		b = utf8.AppendRune(b, c)
	}
	return string(b)
}

package json

import (
	"math/bits"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	from, checked := 0, false // checked: what is left is UTF-8
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			w := load(s, i)
			if w&highs != 0 && !checked {
				s, checked = validFrom(s, i), true
				continue
			}
			stop := special(w)
			if stop == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(stop) / 8
		}
		c := s[i]
		switch {
		case c >= utf8.RuneSelf && !checked:
			s, checked = validFrom(s, i), true
			continue
		case c < ' ' || c == '"' || c == '\\':
			b = append(b, s[from:i]...)
			b = appendEscape(b, c)
			from = i + 1
		}
		i++
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

// validFrom returns s with U+FFFD for each byte after i that is not UTF-8.
func validFrom(s string, i int) string {
	if utf8.ValidString(s[i:]) {
		return s
	}
	return s[:i] + replaceInvalid(s[i:])
}

// appendEscape appends the escape of a quote, backslash or control character.
func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

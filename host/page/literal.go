package page

import (
	"strings"
	"unicode/utf8"
)

// maxLiteral is how deep objects of a script may nest.
const maxLiteral = 100

// literal reads an object or array of JavaScript that is nothing but data, and
// writes it as JSON: names without quotes, single quotes, undefined, !0 and
// trailing commas are understood. What computes anything is no data.
type literal struct {
	in   string
	i    int
	out  []byte
	left int               // bytes that may yet be read
	vars map[string]string // arguments of the function around it, as JSON
}

// value reads one value; false means that it is none.
func (l *literal) value(depth int) bool {
	l.space()
	if l.i >= len(l.in) || depth > maxLiteral || l.left <= 0 {
		return false
	}
	start := l.i
	ok := l.anyValue(depth)
	if c := l.in[start]; c != '{' && c != '[' {
		l.left -= l.i - start
	}
	l.left--
	return ok
}

func (l *literal) anyValue(depth int) bool {
	switch c := l.in[l.i]; {
	case c == '{':
		return l.object(depth + 1)
	case c == '[':
		return l.array(depth + 1)
	case c == '"' || c == '\'' || c == '`':
		return l.text()
	case c == '!' && (strings.HasPrefix(l.in[l.i:], "!0") || strings.HasPrefix(l.in[l.i:], "!1")):
		word := "true"
		if l.in[l.i+1] == '1' {
			word = "false"
		}
		l.out = append(l.out, word...)
		l.i += 2
		return true
	case c == '-' || c == '+' || c == '.' || c >= '0' && c <= '9':
		return l.number()
	}
	return l.word()
}

func (l *literal) object(depth int) bool {
	l.i++
	l.out = append(l.out, '{')
	for first := true; ; first = false {
		if l.space(); l.i >= len(l.in) {
			return false
		}
		if l.in[l.i] == '}' {
			l.i++
			l.out = append(l.out, '}')
			return true
		}
		if !first {
			l.out = append(l.out, ',')
		}
		if !l.key() {
			return false
		}
		if l.space(); l.i >= len(l.in) || l.in[l.i] != ':' {
			return false
		}
		l.i++
		l.out = append(l.out, ':')
		if !l.value(depth) || !l.comma('}') {
			return false
		}
	}
}

func (l *literal) array(depth int) bool {
	l.i++
	l.out = append(l.out, '[')
	for first := true; ; first = false {
		if l.space(); l.i >= len(l.in) {
			return false
		}
		if l.in[l.i] == ']' {
			l.i++
			l.out = append(l.out, ']')
			return true
		}
		if !first {
			l.out = append(l.out, ',')
		}
		if !l.value(depth) || !l.comma(']') {
			return false
		}
	}
}

// comma reads the comma after an item, which may be missing before the end.
func (l *literal) comma(end byte) bool {
	if l.space(); l.i >= len(l.in) {
		return false
	}
	if l.in[l.i] == ',' {
		l.i++
		return true
	}
	return l.in[l.i] == end
}

func (l *literal) key() bool {
	if c := l.in[l.i]; c == '"' || c == '\'' {
		return l.text()
	}
	name := l.name()
	if name == "" {
		return false
	}
	l.out = append(append(append(l.out, '"'), name...), '"')
	return true
}

// name reads an identifier or a number, as names of fields may be.
func (l *literal) name() string {
	from := l.i
	for l.i < len(l.in) && isNameByte(l.in[l.i]) {
		l.i++
	}
	return l.in[from:l.i]
}

func isNameByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$'
}

// word reads true, false, null and what stands for nothing, or an argument of
// the function around.
func (l *literal) word() bool {
	from := l.i
	switch name := l.name(); name {
	case "":
		return false
	case "true", "false", "null":
		l.out = append(l.out, name...)
	case "undefined", "NaN", "Infinity":
		l.out = append(l.out, "null"...)
	case "void":
		l.space()
		if l.name() == "" {
			return false
		}
		l.out = append(l.out, "null"...)
	default:
		v, known := l.vars[name]
		if !known {
			// A value that is computed: nothing is known of it, but the data
			// around it is data.
			if !l.skipName() {
				l.i = from
				return false
			}
			v = "null"
		}
		if l.left -= len(v); l.left <= 0 {
			return false
		}
		l.out = append(l.out, v...)
	}
	return true
}

// skipName skips the rest of a plain reference such as window.shop.id.
func (l *literal) skipName() bool {
	for l.i < len(l.in) && l.in[l.i] == '.' {
		l.i++
		if l.name() == "" {
			return false
		}
	}
	l.space()
	return l.i < len(l.in) && (l.in[l.i] == ',' || l.in[l.i] == '}' || l.in[l.i] == ']')
}

func (l *literal) number() bool {
	from := l.i
	for l.i < len(l.in) && (isNameByte(l.in[l.i]) || l.in[l.i] == '.' || (l.in[l.i] == '-' || l.in[l.i] == '+') && (l.i == from || l.in[l.i-1]|0x20 == 'e')) {
		l.i++
	}
	s := strings.TrimPrefix(l.in[from:l.i], "+")
	if strings.HasPrefix(s, ".") {
		s = "0" + s
	}
	s = strings.TrimSuffix(s, ".")
	if !isNumber(s) {
		s = "null"
	}
	l.out = append(l.out, s...)
	return true
}

// isNumber reports whether s is a number of JSON.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	whole, frac, point := strings.Cut(whole, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	if !digits(whole) || len(whole) > 1 && whole[0] == '0' || point && !digits(frac) {
		return false
	}
	return !hasExponent || digits(strings.TrimLeft(exponent, "+-"))
}

// text reads a string in any quotes. A template that computes is none.
func (l *literal) text() bool {
	const hex = "0123456789abcdef"
	quote := l.in[l.i]
	l.out = append(l.out, '"')
	for l.i++; l.i < len(l.in); l.i++ {
		switch c := l.in[l.i]; {
		case c == quote:
			l.out = append(l.out, '"')
			l.i++
			return true
		case c == '\\' && l.i+1 < len(l.in):
			l.escape()
		case c == '"':
			l.out = append(l.out, '\\', '"')
		case c == '$' && quote == '`' && strings.HasPrefix(l.in[l.i:], "${"):
			return false
		case c == '\n' && quote != '`':
			return false
		case c < ' ':
			l.out = append(l.out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			l.out = append(l.out, c)
		}
	}
	return false
}

// escape reads the escape at l.i and stays at its last byte.
func (l *literal) escape() {
	l.i++
	switch c := l.in[l.i]; {
	case c == 'u' && l.i+4 < len(l.in) && isHex(l.in[l.i+1:l.i+5]):
		l.out = append(append(l.out, `\u`...), l.in[l.i+1:l.i+5]...)
		l.i += 4
	case c == 'x' && l.i+2 < len(l.in) && isHex(l.in[l.i+1:l.i+3]):
		l.out = append(append(l.out, `\u00`...), l.in[l.i+1:l.i+3]...)
		l.i += 2
	case strings.IndexByte(`"\/bfnrt`, c) >= 0:
		l.out = append(l.out, '\\', c)
	case c == '\n':
	case c >= ' ':
		_, n := utf8.DecodeRuneInString(l.in[l.i:])
		l.out = append(l.out, l.in[l.i:l.i+n]...)
		l.i += n - 1
	}
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// space skips white space and comments.
func (l *literal) space() {
	for l.i < len(l.in) {
		switch rest := l.in[l.i:]; {
		case isSpace(rest[0]):
			l.i++
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			l.i += end
			l.left -= end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				l.left -= len(rest)
				return
			}
			l.i += end + 4
			l.left -= end
		default:
			return
		}
	}
}

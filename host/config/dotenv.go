package config

import (
	"strings"
)

type variable struct {
	name, value string
	from        Origin
}

// parseDotEnv reads lines of NAME=value: an optional export before, quotes
// around the value, comments behind a #. In double quotes \n, \" and \\ are
// escapes; in single quotes nothing is. Nothing is expanded.
func parseDotEnv(path string, text []byte) ([]variable, Mistakes) {
	var all []variable
	var mistakes Mistakes
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		from := Origin{Name: path, Line: n}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		name = strings.TrimSpace(name)
		if !ok || !isVariableName(name) {
			mistakes = append(mistakes, Mistake{Origin: from, Problem: "this is not NAME=value", Hint: "put a # before it if it is a comment"})
			continue
		}
		value, ok = unquote(strings.TrimSpace(value))
		if !ok {
			mistakes = append(mistakes, Mistake{Origin: from, Key: name, Problem: "the quote is not closed", Hint: "close it on the same line"})
			continue
		}
		all = append(all, variable{name, value, from})
	}
	return all, mistakes
}

func unquote(s string) (string, bool) {
	switch {
	case s == "" || s[0] == '#':
		return "", true
	case s[0] == '\'':
		value, _, closed := strings.Cut(s[1:], "'")
		return value, closed
	case s[0] == '"':
		return unescape(s[1:])
	}
	if i := strings.Index(s, " #"); i >= 0 {
		s = strings.TrimSpace(s[:i])
	}
	return s, true
}

// unescape reads up to the closing double quote.
func unescape(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), true
		case s[i] == '\\' && i+1 < len(s):
			i++
			if s[i] == 'n' {
				b.WriteByte('\n')
			} else {
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return "", false
}

func isVariableName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

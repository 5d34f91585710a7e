package crawl

import "strings"

// Address is an absolute http or https address, without its fragment.
type Address struct {
	Scheme string // http or https
	Host   string // in lower case, with the port where it is not the scheme's
	Path   string // as written; begins with a slash
	Query  string // as written, without the question mark
}

// Parse reads an absolute address; ok is false for anything else.
func Parse(s string) (a Address, ok bool) {
	s = strings.TrimSpace(s)
	scheme, rest, ok := strings.Cut(s, "://")
	a.Scheme = strings.ToLower(scheme)
	if !ok || a.Scheme != "http" && a.Scheme != "https" {
		return Address{}, false
	}
	end := strings.IndexAny(rest, "/?#\\")
	if end < 0 {
		end = len(rest)
	}
	a.Host = strings.ToLower(rest[:end])
	if a.Host == "" || strings.ContainsAny(a.Host, "@;, \"<>") || hasControl(a.Host) {
		return Address{}, false
	}
	standard := ":80"
	if a.Scheme == "https" {
		standard = ":443"
	}
	if a.Host = strings.TrimSuffix(a.Host, standard); a.Host == "" {
		return Address{}, false
	}
	a.setPath(rest[end:])
	return a, true
}

func hasControl(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return true
		}
	}
	return false
}

// setPath takes path and query from what follows the host.
func (a *Address) setPath(s string) {
	s, _, _ = strings.Cut(s, "#")
	a.Path, a.Query, _ = strings.Cut(s, "?")
	a.Path, a.Query = clean(strings.ReplaceAll(a.Path, "\\", "/")), clean(a.Query)
	if a.Path == "" || a.Path[0] != '/' {
		a.Path = "/" + a.Path
	}
	a.Path = withoutDots(a.Path)
}

// clean escapes spaces, which people leave in links, and drops line breaks.
func clean(s string) string {
	if !hasControl(s) {
		return s
	}
	b := make([]byte, 0, len(s)+8)
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			b = append(b, "%20"...)
		case c > ' ' && c != 0x7f:
			b = append(b, c)
		}
	}
	return string(b)
}

// withoutDots resolves the segments "." and "..".
func withoutDots(path string) string {
	if !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".", "..":
			if s == ".." && len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, s)
		}
	}
	return "/" + strings.Join(kept, "/")
}

// String is the address in full.
func (a Address) String() string {
	if a.Query == "" {
		return a.Origin() + a.Path
	}
	return a.Origin() + a.Path + "?" + a.Query
}

// Origin is scheme and host: "https://shop.example".
func (a Address) Origin() string { return a.Scheme + "://" + a.Host }

// Resolve is where a link on the page at a leads; ok is false for what leads
// to no web page.
func (a Address) Resolve(link string) (to Address, ok bool) {
	link = strings.TrimSpace(link)
	switch {
	case strings.HasPrefix(link, "//"):
		return Parse(a.Scheme + ":" + link)
	case hasScheme(link):
		return Parse(link)
	}
	to = Address{Scheme: a.Scheme, Host: a.Host}
	switch {
	case link == "" || link[0] == '#':
		to.Path, to.Query = a.Path, a.Query
	case link[0] == '/' || link[0] == '\\':
		to.setPath(link)
	case link[0] == '?':
		to.setPath(a.Path + link)
	default:
		to.setPath(a.Path[:strings.LastIndexByte(a.Path, '/')+1] + link)
	}
	return to, true
}

// hasScheme reports whether a link begins with a scheme such as "mailto:".
func hasScheme(link string) bool {
	for i := range len(link) {
		switch c := link[i]; {
		case isLetter(c), i > 0 && (isDigit(c) || c == '+' || c == '-' || c == '.'):
		default:
			return c == ':' && i > 0
		}
	}
	return false
}

// Param is the value of the first parameter of that name, unescaped, or "".
func (a Address) Param(name string) string {
	for key, value := range a.params {
		if key == name {
			return Unescape(strings.ReplaceAll(value, "+", " "))
		}
	}
	return ""
}

// params runs over the query's parameters as they are written.
func (a Address) params(yield func(key, value string) bool) {
	for part := range strings.SplitSeq(a.Query, "&") {
		if key, value, _ := strings.Cut(part, "="); key != "" && !yield(key, value) {
			return
		}
	}
}

// Segments are the parts of the path that are not empty.
func (a Address) Segments() []string {
	return strings.FieldsFunc(a.Path, func(r rune) bool { return r == '/' })
}

// After is the segment of the path that follows the segment name, unescaped;
// "" when there is none.
func (a Address) After(name string) string {
	segments := a.Segments()
	for i, s := range segments {
		if s == name && i+1 < len(segments) {
			return Unescape(segments[i+1])
		}
	}
	return ""
}

// SameSite reports whether two addresses are of the same site, with and
// without "www.", over http or https.
func SameSite(a, b Address) bool {
	return strings.TrimPrefix(a.Host, "www.") == strings.TrimPrefix(b.Host, "www.")
}

// Escape percent-escapes a segment of a path or a value of a query.
func Escape(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := range len(s) {
		switch c := s[i]; {
		case isLetter(c), isDigit(c), c == '-', c == '_', c == '.', c == '~':
			b = append(b, c)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

// Unescape undoes percent escapes; broken ones stay as they are.
func Unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func unhex(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// WithParam is the path and query of the address with a parameter set to a
// value, which replaces the one that it has.
func (a Address) WithParam(name, value string) string {
	var kept []string
	for key, old := range a.params {
		if key != name {
			kept = append(kept, key+"="+old)
		}
	}
	return a.Path + "?" + strings.Join(append(kept, name+"="+Escape(value)), "&")
}

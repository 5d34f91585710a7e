package main

import (
	"strings"
	"unicode/utf8"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// place is where a shop is: its origin ("https://shop.example") and the prefix
// of the language or market that was asked for ("/en", or "").
//
// A shop's languages hold the same products under the same ids. The prefix
// decides the language of the texts and the prices' market, so it is kept in
// the addresses that are read and in those that customers get.
type place struct{ origin, prefix string }

func (p place) String() string { return p.origin + p.prefix }

// product is the address of a product's page.
func (p place) product(handle string) string {
	return p.origin + p.prefix + "/products/" + escapeSegment(handle)
}

// parsePlace takes the shop from any address in it.
func parsePlace(url string) (place, error) {
	origin, path := splitURL(url)
	if origin == "" {
		return place{}, omakase.Fail(omakase.CodeInvalid, "the shop's address must begin with http:// or https:// and name a host")
	}
	segment, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	p := place{origin: origin}
	if isLocale(segment) {
		p.prefix = "/" + segment
	}
	return p, nil
}

// splitURL cuts an http or https URL into its origin, in lower case, and its
// path without query and fragment. The origin is "" when it is no such URL.
func splitURL(url string) (origin, path string) {
	url = strings.TrimSpace(url)
	scheme, rest, ok := strings.Cut(url, "://")
	if scheme = strings.ToLower(scheme); !ok || scheme != "http" && scheme != "https" {
		return "", ""
	}
	end := strings.IndexAny(rest, "/?#\\")
	if end < 0 {
		end = len(rest)
	}
	host := strings.ToLower(rest[:end])
	if host == "" || strings.ContainsAny(host, "@;, \"<>") {
		return "", ""
	}
	for i := range len(host) {
		if host[i] <= ' ' || host[i] == 0x7f {
			return "", ""
		}
	}
	path, _, _ = strings.Cut(rest[end:], "#")
	path, _, _ = strings.Cut(path, "?")
	return scheme + "://" + host, path
}

// isLocale reports whether a path segment has the form that Shopify gives to
// languages and markets: "en", "pt-br", "zh-hant".
func isLocale(s string) bool {
	language, region, ok := strings.Cut(s, "-")
	if len(language) != 2 || !isLetters(language) {
		return false
	}
	return !ok || len(region) >= 2 && len(region) <= 4 && isLetters(region)
}

func isLetters(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) {
			return false
		}
	}
	return true
}

// hostOf is the host of an origin, without the port.
func hostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	if i := strings.LastIndexByte(host, ':'); i >= 0 && isDigits(host[i+1:]) {
		host = host[:i]
	}
	return host
}

// handleOf is the handle in a product's address, or "".
func handleOf(url string) string {
	_, path := splitURL(url)
	i := strings.LastIndex(path, "/products/")
	if i < 0 {
		return ""
	}
	handle, _, _ := strings.Cut(path[i+len("/products/"):], "/")
	handle = strings.TrimSuffix(strings.TrimSuffix(handle, ".json"), ".js")
	return cleanHandle(handle)
}

// cleanHandle is a handle without percent escapes. Shopify writes the same
// handle escaped in one place and plain in another; this form is the one that
// compares. What does not decode to readable text stays as it is.
func cleanHandle(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
			return s
		}
		c := byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
		if c <= ' ' || c == '/' || c == 0x7f {
			return s
		}
		b = append(b, c)
		i += 2
	}
	if !utf8.Valid(b) {
		return s
	}
	return string(b)
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

// escapeSegment percent-escapes a path segment.
func escapeSegment(s string) string {
	const hex = "0123456789ABCDEF"
	escaped := 0
	for i := range len(s) {
		if !unreserved(s[i]) {
			escaped++
		}
	}
	if escaped == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*escaped)
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

func unreserved(c byte) bool {
	return isLetter(c) || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}

// absoluteURL completes the address of an image or page, or returns "" when it
// leads nowhere.
func absoluteURL(url, origin string) string {
	url = strings.TrimSpace(url)
	switch {
	case url == "":
		return ""
	case strings.HasPrefix(url, "https://"):
	case strings.HasPrefix(url, "//"):
		url = "https:" + url
	case url[0] == '/':
		url = origin + url
	case !strings.HasPrefix(url, "http://"):
		return ""
	}
	if strings.IndexByte(url, ' ') < 0 {
		return url // for which the line below would count
	}
	return strings.ReplaceAll(url, " ", "%20")
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

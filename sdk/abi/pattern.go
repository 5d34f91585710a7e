package abi

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// ShopHost is the host of a pattern that stands for the shop of the call,
// whatever it is, with and without "www.".
const ShopHost = "{shop}"

// HostPattern says where requests may go: [scheme://]host[:port]. A part that
// is left out is any. The host is a name, an address, "*.name" for the
// subdomains of a name, "*" for any, or [ShopHost].
type HostPattern struct {
	Scheme string // "http", "https", or "" for both
	Host   string // in lower case, an IPv6 address without brackets
	Port   string // decimal, or "" for any
}

var hostPattern = regexp.MustCompile(`^(?:(https?)://)?(\{shop\}|\*|(?:\*\.)?[a-z0-9]([a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?$`)

// ParseHostPattern reads a pattern.
func ParseHostPattern(text string) (HostPattern, error) {
	m := hostPattern.FindStringSubmatch(text)
	if m == nil {
		return HostPattern{}, fmt.Errorf("%q is no host pattern", text)
	}
	p := HostPattern{Scheme: m[1], Host: strings.Trim(m[2], "[]"), Port: m[5]}
	if len(p.Port) == 5 && p.Port > "65535" || strings.HasPrefix(m[2], "[") && net.ParseIP(p.Host) == nil {
		return HostPattern{}, fmt.Errorf("%q is no host pattern", text)
	}
	return p, nil
}

// String is the pattern as it is written.
func (p HostPattern) String() string {
	text := p.Host
	if strings.Contains(text, ":") {
		text = "[" + text + "]"
	}
	if p.Scheme != "" {
		text = p.Scheme + "://" + text
	}
	if p.Port != "" {
		text += ":" + p.Port
	}
	return text
}

// Named reports whether the pattern names whose hosts it means: neither "*"
// nor [ShopHost], which lets whoever names the shop choose.
func (p HostPattern) Named() bool { return p.Host != "*" && p.Host != ShopHost }

// Matches reports whether a request may go to u. Its scheme and host are in
// lower case. shop may be nil.
func (p HostPattern) Matches(u, shop *url.URL) bool {
	if p.Scheme != "" && p.Scheme != u.Scheme || p.Port != "" && p.Port != portOf(u) {
		return false
	}
	host := u.Hostname()
	switch {
	case p.Host == "*":
		return true
	case p.Host == ShopHost:
		return shop != nil && p.shop(u, shop)
	case strings.HasPrefix(p.Host, "*."):
		return strings.HasSuffix(host, p.Host[1:])
	}
	return host == p.Host
}

// shop compares hosts without "www."; where the pattern has no port, one other
// than the scheme's must be the shop's.
func (p HostPattern) shop(u, shop *url.URL) bool {
	if strings.TrimPrefix(u.Hostname(), "www.") != strings.TrimPrefix(strings.ToLower(shop.Hostname()), "www.") {
		return false
	}
	if p.Port != "" {
		return true
	}
	switch u.Port() {
	case "", "80", "443":
		return true
	}
	return u.Port() == shop.Port()
}

// portOf is the port that a URL leads to.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

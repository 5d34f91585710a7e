package capability

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ShopHost is the host pattern that stands for the shop of the session,
// whatever it is, with and without "www.".
const ShopHost = "{shop}"

// Grants is what a plugin may use: what its manifest needs, narrowed by the
// operator. Log, config and clock need no grant.
type Grants struct {
	HTTP   *HTTPGrant // nil: no http
	HTML   bool
	KV     *KVGrant // nil: no kv
	Crypto bool
	// Refused says, by capability, which rule leaves it out; for audit lines
	// and for the operator.
	Refused map[string]string
}

// HTTPGrant is where http may go. A host must match a pattern of each list.
type HTTPGrant struct {
	// Hosts are lists of patterns: "shop.example", "*.shop.example" (its
	// subdomains), "*", and ShopHost.
	Hosts []HostRule
	// Methods in capitals.
	Methods []string
}

// HostRule is a list of patterns and where it comes from.
type HostRule struct {
	Source   string // such as "the manifest"
	Patterns []string
}

// KVGrant is a plugin's memory in each workspace.
type KVGrant struct {
	Quota int // bytes of keys and values
}

// Rule reports whether a capability is granted, and what it is narrowed to or
// which rule refuses it.
func (g *Grants) Rule(capability string) (granted bool, rule string) {
	granted, rule = g.has(capability)
	switch {
	case granted && capability == "http":
		for _, r := range g.HTTP.Hosts {
			rule += r.Source + ": " + strings.Join(r.Patterns, ", ") + "; "
		}
		rule += "methods: " + strings.Join(g.HTTP.Methods, ", ")
	case granted && capability == "kv":
		rule = strconv.Itoa(g.KV.Quota) + " bytes"
	}
	return granted, rule
}

// has reports whether a capability may be used at all, or why not.
func (g *Grants) has(capability string) (ok bool, rule string) {
	switch capability {
	case "http":
		ok = g.HTTP != nil
	case "html":
		ok = g.HTML
	case "kv":
		ok = g.KV != nil
	case "crypto":
		ok = g.Crypto
	case "log", "config", "clock", "body":
		return true, ""
	default:
		return false, "this host doesn't have it"
	}
	if ok {
		return true, ""
	}
	if rule = g.Refused[capability]; rule == "" {
		rule = "the manifest doesn't ask for it"
	}
	return false, rule
}

// allows reports whether a request may go to u, or which rule says no.
func (g *HTTPGrant) allows(method string, u, shop *url.URL) (rule string, ok bool) {
	if !slices.Contains(g.Methods, method) {
		return "methods are " + strings.Join(g.Methods, ", "), false
	}
	for _, r := range g.Hosts {
		if !r.matches(u, shop) {
			return "hosts of " + r.Source + " are " + strings.Join(r.Patterns, ", "), false
		}
	}
	return "", true
}

func (r HostRule) matches(u, shop *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	for _, p := range r.Patterns {
		switch {
		case p == "*" || p == host:
			return true
		case p == ShopHost:
			if shop != nil && sameShop(u, shop) {
				return true
			}
		case strings.HasPrefix(p, "*."):
			if strings.HasSuffix(host, p[1:]) {
				return true
			}
		}
	}
	return false
}

// sameShop compares hosts without "www."; a port other than the scheme's must
// be the shop's.
func sameShop(u, shop *url.URL) bool {
	bare := func(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") }
	if bare(u) != bare(shop) {
		return false
	}
	switch u.Port() {
	case "", "80", "443":
		return true
	}
	return u.Port() == shop.Port()
}

package capability

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/sdk/abi"
)

// ShopHost is the host pattern that stands for the shop of the session,
// whatever it is, with and without "www.".
const ShopHost = abi.ShopHost

// Grants is what a plugin may use: what its manifest needs, narrowed by the
// operator. Log, config and clock need no grant.
type Grants struct {
	HTTP   *HTTPGrant // nil: no http
	HTML   bool
	KV     *KVGrant // nil: no kv
	Crypto bool
	Secret *SecretGrant // nil: no secret
	// What belongs to selling.
	Catalog, Cart, Order, Knowledge bool
	// Refused says, by capability, which rule leaves it out; for audit lines
	// and for the operator.
	Refused map[string]string
}

// HTTPGrant is where http may go. A URL must match a pattern of each list.
type HTTPGrant struct {
	Hosts []HostRule
	// Methods in capitals.
	Methods []string
	// MaxBytes and Timeout lower the fetcher's limits for one request; 0
	// leaves them.
	MaxBytes int64
	Timeout  time.Duration
}

// HostRule is a list of patterns and where it comes from. A pattern that
// can't be read matches nothing.
type HostRule struct {
	Source   string   // such as "the manifest"
	Patterns []string // as abi.ParseHostPattern reads them
}

// KVGrant is a plugin's memory in each workspace.
type KVGrant struct {
	Quota int // bytes of keys and values
}

// SecretGrant is where secrets may be sent. A URL must match a pattern of each
// list; a pattern that names its hosts means only https unless it says
// otherwise, and only the scheme's own port.
type SecretGrant struct {
	Hosts []HostRule
}

// Rule reports whether a capability is granted, and what it is narrowed to or
// which rule refuses it.
func (g *Grants) Rule(capability string) (granted bool, rule string) {
	granted, rule = g.has(capability)
	switch {
	case granted && capability == "http":
		rule = g.HTTP.String()
	case granted && capability == "kv":
		rule = strconv.Itoa(g.KV.Quota) + " bytes"
	case granted && capability == "secret":
		rule = told(g.Secret.Hosts)
	}
	return granted, rule
}

// String is the grant as an operator reads it.
func (g *HTTPGrant) String() string {
	parts := []string{told(g.Hosts), "methods: " + strings.Join(g.Methods, ", ")}
	if g.MaxBytes > 0 {
		parts = append(parts, "at most "+strconv.FormatInt(g.MaxBytes, 10)+" bytes")
	}
	if g.Timeout > 0 {
		parts = append(parts, "at most "+g.Timeout.String())
	}
	return strings.Join(parts, "; ")
}

func told(rules []HostRule) string {
	parts := make([]string, len(rules))
	for i, r := range rules {
		parts[i] = r.Source + ": " + strings.Join(r.Patterns, ", ")
	}
	return strings.Join(parts, "; ")
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
	case "secret":
		ok = g.Secret != nil
	case "catalog":
		ok = g.Catalog
	case "cart":
		ok = g.Cart
	case "order":
		ok = g.Order
	case "knowledge":
		ok = g.Knowledge
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
	return matchAll(g.Hosts, u, shop, func(p abi.HostPattern) abi.HostPattern { return p })
}

// allows reports whether a secret may be sent to u, or which rule says no.
func (g *SecretGrant) allows(u, shop *url.URL) (rule string, ok bool) {
	return matchAll(g.Hosts, u, shop, strict)
}

// strict reads a pattern that names its hosts as one of a secret's receivers.
func strict(p abi.HostPattern) abi.HostPattern {
	if !p.Named() {
		return p
	}
	if p.Scheme == "" {
		p.Scheme = "https"
	}
	if p.Port == "" {
		p.Port = map[string]string{"http": "80", "https": "443"}[p.Scheme]
	}
	return p
}

func matchAll(rules []HostRule, u, shop *url.URL, read func(abi.HostPattern) abi.HostPattern) (rule string, ok bool) {
	for _, r := range rules {
		matches := func(text string) bool {
			p, err := abi.ParseHostPattern(text)
			return err == nil && read(p).Matches(u, shop)
		}
		if !slices.ContainsFunc(r.Patterns, matches) {
			return "hosts of " + r.Source + " are " + strings.Join(r.Patterns, ", "), false
		}
	}
	return "", true
}

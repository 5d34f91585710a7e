package knowledge

import (
	"net"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FriendlyTone is how a shop sounds that has not said how it wants to.
const FriendlyTone = "親しみやすく、丁寧でわかりやすい話し方"

// FromURL is what a shop's address says about it: a name and where it is. It
// is meant to be edited by people. raw is an absolute URL.
func FromURL(raw string) *Context {
	return &Context{
		Name: nameOf(raw), URL: raw,
		BrandVoice: &BrandVoice{Tone: FriendlyTone, Keywords: []string{}, AvoidWords: []string{}},
	}
}

// nameOf is the first label of the host without www., beginning with a
// capital.
func nameOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return DefaultName
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return host // an address of IPv6 has no labels
	}
	label, _, _ := strings.Cut(host, ".")
	first, size := utf8.DecodeRuneInString(label)
	if size == 0 {
		return DefaultName
	}
	name := []rune(string(unicode.ToUpper(first)) + label[size:])
	return string(name[:min(len(name), MaxContextName)])
}

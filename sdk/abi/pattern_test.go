package abi_test

import (
	"net/url"
	"testing"

	"github.com/omakase-ai/omakase/sdk/abi"
)

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestHostPatterns(t *testing.T) {
	t.Parallel()
	shop := mustURL(t, "https://www.shop.example/")
	for _, tt := range []struct {
		pattern, url string
		want         bool
	}{
		{"*", "https://any.example/", true},
		{"https://*", "http://any.example/", false},
		{"*:8443", "https://any.example/", false},
		{"*:8443", "https://any.example:8443/", true},
		{"a.example", "https://a.example:8443/", true},
		{"a.example", "https://b.a.example/", false},
		{"a.example", "https://a.example.evil.example/", false},
		{"a.example:443", "https://a.example/", true},
		{"a.example:443", "http://a.example/", false},
		{"http://a.example", "http://a.example/", true},
		{"http://a.example", "https://a.example/", false},
		{"https://a.example:8443", "https://a.example:8443/", true},
		{"https://a.example:8443", "https://a.example/", false},
		{"*.a.example", "https://b.a.example/", true},
		{"*.a.example", "https://a.example/", false},
		{"*.a.example", "https://eviла.example/", false},
		{"https://*.a.example", "http://b.a.example/", false},
		{"[::1]", "http://[::1]:80/", true},
		{"http://[::1]:81", "http://[::1]:80/", false},
		{"127.0.0.1:80", "http://127.0.0.1/", true},
		{"{shop}", "https://shop.example/", true},
		{"{shop}", "http://www.shop.example/", true},
		{"https://{shop}", "http://www.shop.example/", false},
		{"{shop}", "https://shop.example:8443/", false},
		{"{shop}:8443", "https://shop.example:8443/", true},
		{"{shop}", "https://cdn.shop.example/", false},
		{"{shop}", "https://shop.example@evil.example/", false},
	} {
		p, err := abi.ParseHostPattern(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Matches(mustURL(t, tt.url), shop); got != tt.want {
			t.Errorf("%s matches %s: %v", tt.pattern, tt.url, got)
		}
		if p.String() != tt.pattern {
			t.Errorf("%s is written %s", tt.pattern, p)
		}
	}
}

func TestNoHostPatterns(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "A.example", "a.*.b", "*a.example", "**", "a..b", ".a", "a.", "-a", "a-", "a/b", "https://a/", "ftp://a", "//a", "a:0", "a:65536",
		"a:x", "a:", "user@a", "[::1", "::1", "[1.2.3.4]x", "[:::]", "{shop", "{shop}.evil", "a b", "a\n", "日本.jp", "%61", "http://", "http://:80",
	} {
		if p, err := abi.ParseHostPattern(text); err == nil {
			t.Errorf("%q is read as %+v", text, p)
		}
	}
}

func FuzzParseHostPattern(f *testing.F) {
	for _, text := range []string{"*", "{shop}", "https://*.a.example:443", "[::1]:80", "a_b.example"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := abi.ParseHostPattern(text)
		if err != nil {
			return
		}
		if p.String() != text {
			t.Fatalf("%q is written %q", text, p)
		}
		p.Matches(&url.URL{Scheme: "https", Host: "a.example"}, nil)
	})
}

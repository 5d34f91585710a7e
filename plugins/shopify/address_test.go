package main

import (
	"net/url"
	"testing"
	"unicode/utf8"
)

func TestParsePlace(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://Shop.Example":                      "https://shop.example",
		"https://shop.example/products/x?variant=1": "https://shop.example",
		"HTTP://shop.example:8080/en/products.json": "http://shop.example:8080/en",
		"https://shop.example/pt-br":                "https://shop.example/pt-br",
		"https://shop.example/zh-hant/x":            "https://shop.example/zh-hant",
		"https://shop.example?x=/en/":               "https://shop.example",
		"https://shop.example/news":                 "https://shop.example",
		"https://shop.example/e1":                   "https://shop.example",
		" https://shop.example ":                    "https://shop.example",
	} {
		p, err := parsePlace(address)
		if err != nil || p.String() != want {
			t.Errorf("%s is %q, %v; want %q", address, p, err, want)
		}
	}
}

func TestHandles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ raw, clean, escaped string }{
		{"tea-cup", "tea-cup", "tea-cup"},
		{"%e8%97%8d", "藍", "%E8%97%8D"},
		{"藍", "藍", "%E8%97%8D"},
		{"100%-cotton", "100%-cotton", "100%25-cotton"},
		{"a%2fb", "a%2fb", "a%252fb"},
		{"a%20b", "a%20b", "a%2520b"},
		{"%ff", "%ff", "%25ff"},
		{"%e8%9", "%e8%9", "%25e8%259"},
		{"ok_1.2~3", "ok_1.2~3", "ok_1.2~3"},
	} {
		clean := cleanHandle(test.raw)
		if clean != test.clean {
			t.Errorf("%q is cleaned to %q, want %q", test.raw, clean, test.clean)
		}
		if escaped := escapeSegment(clean); escaped != test.escaped {
			t.Errorf("%q is escaped to %q, want %q", clean, escaped, test.escaped)
		}
	}
}

func TestHandleOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://shop.example/products/tea?variant=1":         "tea",
		"https://shop.example/collections/all/products/tea/":  "tea",
		"https://shop.example/en/products/%e8%97%8d.json":     "藍",
		"https://shop.example/products/tea.js#x":              "tea",
		"https://shop.example/products.json":                  "",
		"https://shop.example/products/":                      "",
		"/products/tea":                                       "",
		"https://shop.example/pages/about?u=/products/no-tea": "",
	} {
		if got := handleOf(address); got != want {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
}

func FuzzHandle(f *testing.F) {
	f.Add("%e8%97%8d")
	f.Add("100%")
	f.Fuzz(func(t *testing.T, s string) {
		clean := cleanHandle(s)
		if utf8.ValidString(s) && !utf8.ValidString(clean) {
			t.Fatalf("%q is cleaned to %q", s, clean)
		}
		back, err := url.PathUnescape(escapeSegment(clean))
		if err != nil || back != clean {
			t.Fatalf("%q comes back as %q, %v", clean, back, err)
		}
	})
}

func TestAbsoluteURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"//cdn.example/a.jpg":        "https://cdn.example/a.jpg",
		"/cdn/a b.jpg":               "https://shop.example/cdn/a%20b.jpg",
		" https://cdn.example/a.jpg": "https://cdn.example/a.jpg",
		"http://cdn.example/a.jpg":   "http://cdn.example/a.jpg",
		"data:image/png;base64,xx":   "",
		"javascript:alert(1)":        "",
		"":                           "",
	} {
		if got := absoluteURL(address, "https://shop.example"); got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
}

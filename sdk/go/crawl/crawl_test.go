package crawl_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/sdk/go/crawl"
)

func parse(t testing.TB, s string) crawl.Address {
	t.Helper()
	a, ok := crawl.Parse(s)
	if !ok {
		t.Fatalf("%q is no address", s)
	}
	return a
}

func TestParse(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"https://Shop.Example":                "https://shop.example/",
		" HTTP://shop.example:80/a?b=c#d ":    "http://shop.example/a?b=c",
		"https://shop.example:8443/a/../b/./": "https://shop.example:8443/b/",
		"https://shop.example?x":              "https://shop.example/?x",
		"https://shop.example/a b\n":          "https://shop.example/a%20b",
		"https://shop.example/../../x":        "https://shop.example/x",
		`https://shop.example\a`:              "https://shop.example/a",
		"ftp://shop.example/":                 "",
		"//shop.example/":                     "",
		"https://":                            "",
		"https://user@shop.example/":          "",
		"https://:443/":                       "",
	} {
		a, ok := crawl.Parse(s)
		if got := a.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v; want %q", s, got, ok, want)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	page := parse(t, "https://shop.example/list/all?page=2")
	for link, want := range map[string]string{
		"":                     "https://shop.example/list/all?page=2",
		"#top":                 "https://shop.example/list/all?page=2",
		"?page=3":              "https://shop.example/list/all?page=3",
		"item/5":               "https://shop.example/list/item/5",
		"../item/5":            "https://shop.example/item/5",
		"/item/5?x=1#y":        "https://shop.example/item/5?x=1",
		"//cdn.example/a.jpg":  "https://cdn.example/a.jpg",
		"http://other.example": "http://other.example/",
		"item:5/x":             "",
		"javascript:void(0)":   "",
		"mailto:a@b.example":   "",
	} {
		to, ok := page.Resolve(link)
		if got := to.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%q leads to %q, %v; want %q", link, got, ok, want)
		}
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"https://s.example/p/1?utm_source=x&fbclid=y":                 "https://s.example/p/1",
		"https://s.example/p?b=2&a=1":                                 "https://s.example/p?a=1&b=2",
		"https://s.example/c?sort_by=price&page=2":                    "https://s.example/c?page=2",
		"https://s.example/p;jsessionid=AB12?x=1":                     "https://s.example/p?x=1",
		"https://s.example/?PHPSESSID=abc&pid=7":                      "https://s.example/?pid=7",
		"https://s.example/i?sid=9f8e7d6c5b4a39281706":                "https://s.example/i",
		"https://s.example/i?sid=42":                                  "https://s.example/i?sid=42",
		"https://s.example/a//b/index.php":                            "https://s.example/a/b/",
		"https://s.example/?option=x&view=product&id=3":               "https://s.example/?id=3&option=x&view=product",
		"https://s.example/list?from=24&view=grid&product_list_dir=a": "https://s.example/list?from=24",
	} {
		got := parse(t, s).Canonical()
		if got.String() != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
		if again := got.Canonical(); again != got {
			t.Errorf("%q has the canonical form %q", got, again)
		}
	}
}

// TestIdentity holds that one product has one name in all of its languages,
// variants and lists, and that different ones have different names.
func TestIdentity(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{
			"https://shop.example/products/tea", "http://www.shop.example/products/tea/", "https://shop.example/en/products/tea?variant=3",
			"https://shop.example/pt-br/products/tea?utm_medium=mail", "https://shop.example/products/tea?lang=ja#reviews",
			"https://shop.example/products/tea?_pos=1&_sid=1f&_ss=r", "https://shop.example/zh_Hant/products/tea",
		},
		{"https://shop.example/?pid=7", "https://www.shop.example/index.php?pid=7&PHPSESSID=0a1b"},
		{"https://shop.example/?pid=8"},
		{"https://shop.example/tv/tea"},
		{"https://shop.example/tea"},
		{"https://other.example/products/tea"},
	} {
		want := parse(t, same[0]).Identity()
		for _, s := range same[1:] {
			if got := parse(t, s).Identity(); got != want {
				t.Errorf("%q is %q, want %q", s, got, want)
			}
		}
		for _, other := range []string{"https://shop.example/products/coffee", "https://shop.example/?pid=9"} {
			if parse(t, other).Identity() == want {
				t.Errorf("%q and %q are the same", other, same[0])
			}
		}
	}
}

func TestTrap(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"/products/tea":                  "",
		"/collections/all?page=3":        "",
		"/?mode=cate&cbid=5&csid=0":      "",
		"/products/list?category_id=3":   "",
		"/shop/tea/2026":                 "",
		"/item/2026/tea":                 "",
		"/2026/11":                       "a calendar",
		"/blog/2026/11/25":               "a calendar",
		"/events?month=2031-01":          "a calendar",
		"/calendar/x":                    "a calendar",
		"/c?color=red":                   "a filter",
		"/c?filter.v.price.gte=5":        "a filter",
		"/c?pa_size=m&page=2":            "a filter",
		"/search/tea":                    "a search",
		"/?s=tea":                        "a search",
		"/?add-to-cart=12":               "not a part of the catalogue",
		"/my-account/orders":             "not a part of the catalogue",
		"/a/b/a/b/a/b":                   "the address repeats itself",
		"/x/x/x":                         "the address repeats itself",
		"/a/x/b/x/c/x/d/x":               "the address repeats itself",
		"/" + strings.Repeat("a", 500):   "the address is too long",
		"/1/2/3/4/5/6/7/8/9/10/11/12/13": "the address is too long",
		"/c?page=100000":                 "a page number beyond all reason",
		"/file.PDF":                      "a file",
		"/view/item.html":                "",
	} {
		if got := parse(t, "https://shop.example"+s).Trap(); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestReadSitemap(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text  string
		ok    bool
		index bool
		urls  string
	}{
		"urls": {
			"\ufeff<?xml version='1.0'?><urlset xmlns='x'><url><loc> https://s.example/a?x=1&amp;y=2 </loc><lastmod>2026-01-02</lastmod>" +
				"<image:image><image:loc>https://s.example/i.jpg</image:loc></image:image></url>\n<url ><loc><![CDATA[https://s.example/b]]></loc></url></urlset>",
			true, false, "https://s.example/a?x=1&y=2|https://s.example/b",
		},
		"index":    {"<sitemapindex><sitemap><loc>https://s.example/1.xml</loc></sitemap></sitemapindex>", true, true, "https://s.example/1.xml"},
		"plain":    {"https://s.example/a\n\nhttps://s.example/b\n", true, false, "https://s.example/a|https://s.example/b"},
		"cut off":  {"<urlset><url><loc>https://s.example/a</loc></url><url><loc>https://s.exa", true, false, "https://s.example/a"},
		"empty":    {"<urlset></urlset>", true, false, ""},
		"web page": {"<!doctype html><html><body>404</body></html>", false, false, ""},
		"nothing":  {"", false, false, ""},
		"words":    {"not found", false, false, ""},
	} {
		m, ok := crawl.ReadSitemap(test.text)
		var urls []string
		for _, e := range m.Entries {
			urls = append(urls, e.URL)
		}
		if ok != test.ok || m.Index != test.index || strings.Join(urls, "|") != test.urls {
			t.Errorf("%s: %v, %+v", name, ok, m)
		}
	}
	m, _ := crawl.ReadSitemap("<urlset><url><loc>https://s.example/</loc><lastmod>2026-01-02</lastmod><image:image><image:loc>x</image:loc></image:image></url></urlset>")
	if e := m.Entries[0]; e.Modified != "2026-01-02" || e.Images != 1 {
		t.Errorf("entry is %+v", e)
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("https://shop.example/a/../b?x=%20&y#z", "../c;jsessionid=1?utm_a=b")
	f.Add("http://s.example:80", "//t.example\\x")
	f.Fuzz(func(t *testing.T, base, link string) {
		a, ok := crawl.Parse(base)
		if !ok {
			return
		}
		if to, ok := a.Resolve(link); ok {
			a = to
		}
		again, ok := crawl.Parse(a.String())
		if !ok || again != a {
			t.Fatalf("%q reads as %q, %v", a, again, ok)
		}
		c := a.Canonical()
		if c.Canonical() != c {
			t.Fatalf("%q, then %q", c, c.Canonical())
		}
		if a.Identity() != c.Identity() {
			t.Fatalf("%q is %q, and canonical %q", a, a.Identity(), c.Identity())
		}
		_ = c.Trap()
		if back, err := url.PathUnescape(crawl.Escape(link)); err != nil || back != link || crawl.Unescape(crawl.Escape(link)) != link {
			t.Fatalf("%q is escaped as %q", link, crawl.Escape(link))
		}
	})
}

func FuzzReadSitemap(f *testing.F) {
	f.Add("<urlset><url><loc>https://s.example/a</loc></url></urlset>")
	f.Add("<sitemapindex><sitemap><loc><![CDATA[x]]></loc></sitemap>")
	f.Add("https://s.example/")
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := crawl.ReadSitemap(text)
		if !ok && len(m.Entries) > 0 {
			t.Fatalf("%q is none and has %d entries", text, len(m.Entries))
		}
		for _, e := range m.Entries {
			if e.URL == "" {
				t.Fatalf("%q has an entry without an address", text)
			}
		}
	})
}

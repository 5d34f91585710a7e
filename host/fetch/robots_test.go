package fetch

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRobotsRules(t *testing.T) {
	t.Parallel()
	const shopify = "# we use Shopify as our ecommerce platform\nUser-agent: *\nDisallow: /admin\nDisallow: /cart\n" +
		"Disallow: /collections/*sort_by*\nDisallow: /collections/*+*\nDisallow: /collections/*filter*&*filter*\n" +
		"Sitemap: https://shop.example/sitemap.xml\n"
	const base = "User-agent: *\nAllow: /\nDisallow: /cart/\n\nUser-agent: curl\nDisallow: /\n\nUser-agent: python-requests\nDisallow: /\n"
	tests := []struct {
		name, file string
		allowed    string // paths, separated by spaces
		forbidden  string
	}{
		{"empty", "", "/ /a", ""},
		{"everything", "User-agent: *\nDisallow: /\n", "/robots.txt", "/ /a /a?b=c"},
		{"empty disallow", "User-agent: *\nDisallow:\n", "/ /a", ""},
		{"ours allowed", "User-agent: omakase\nDisallow:\n\nUser-agent: *\nDisallow: /\n", "/ /a", ""},
		{"ours by version and case", "User-Agent: OMAKASE/2.0\nDisallow: /x\n\nUser-agent: *\nDisallow: /\n", "/a", "/x"},
		{"ours forbidden", "User-agent: omakase\nDisallow: /\nUser-agent: *\nAllow: /\n", "", "/ /a"},
		{"another with our beginning", "User-agent: oma\nDisallow: /\nUser-agent: omakase-bot\nDisallow: /\n", "/a", ""},
		{"others only", "User-agent: goodbot\nDisallow:\n\nUser-agent: *\nDisallow: /\n", "", "/ /a"},
		{"shared group", "User-agent: a\nUser-agent: omakase\nUser-agent: b\nDisallow: /x\n", "/a", "/x"},
		{"group in two parts", "User-agent: omakase\nDisallow: /x\n\nUser-agent: b\nDisallow: /\n\nUser-agent: omakase\nDisallow: /y\n", "/a", "/x /y"},
		{"sitemap does not end a list of agents", "User-agent: omakase\nSitemap: https://x/\nUser-agent: b\nDisallow: /x\n", "/a", "/x"},
		{"rules before an agent", "Disallow: /\nUser-agent: *\nDisallow: /x\n", "/a", "/x"},
		{"longest wins", "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\n", "/ /a/b /a/b/d", "/a /a/x /a/b/c"},
		{"order does not matter", "User-agent: *\nAllow: /a/b\nDisallow: /a\n", "/a/b", "/a"},
		{"allow wins a tie", "User-agent: *\nDisallow: /page\nAllow: /page\n", "/page", ""},
		{"prefix", "User-agent: *\nDisallow: /fish\n", "/Fish /catfish", "/fish /fish.html /fishheads/x /fish?id=1"},
		{"folder", "User-agent: *\nDisallow: /fish/\n", "/fish /fish.html", "/fish/ /fish/a?b"},
		{"wildcard", "User-agent: *\nDisallow: /*.php\n", "/ /a.PHP", "/index.php /a/b.php?x /x.php5"},
		{"wildcard starts at the root", "User-agent: *\nDisallow: /fish*.php\n", "/x/fish.php", "/fish.php /fishheads/catfish.php?x"},
		{"end", "User-agent: *\nDisallow: /*.php$\n", "/a.php?x /a.php5 /a.php/", "/a.php /a/b.php"},
		{"end without wildcard", "User-agent: *\nDisallow: /x$\n", "/x/ /xy", "/x"},
		{"end of overlapping parts", "User-agent: *\nDisallow: /aba*aba$\n", "/aba", "/abaaba /abaxaba"},
		{"dollar inside", "User-agent: *\nDisallow: /a$b\n", "/a", "/a$b /a%24b"},
		{"root only", "User-agent: *\nDisallow: /$\n", "/a", "/"},
		{"starred all", "User-agent: *\nDisallow: *\n", "", "/ /a"},
		{
			"percent", "User-agent: *\nDisallow: /foo/bar?baz=https%3A%2F%2Ffoo.bar\nDisallow: /%62%61%7A/x\n",
			"/foo/bar?baz=http", "/foo/bar?baz=https%3a%2f%2ffoo.bar /baz/x /%62az/x",
		},
		{"not ASCII", "User-agent: *\nDisallow: /商品\n", "/a", "/%E5%95%86%E5%93%81 /%e5%95%86%e5%93%81/1"},
		{"encoded star", "User-agent: *\nDisallow: /file-%2A.html\n", "/file-x.html", "/file-*.html /file-%2a.html"},
		{"forgotten slash", "User-agent: *\nDisallow: cart\n", "/a", "/cart"},
		{"line ends and comments", "\xef\xbb\xbfUser-agent: * # all\rDisallow: /x # not this\r\n\n  disallow :  /y  \n", "/a", "/x /y"},
		{"unknown lines", "User-agent: *\nNoindex: /\nHost: x\nDisallow /\nDisallow: /x\n\x00\xff: \xfe\n", "/a", "/x"},
		{"a page in its place", "<!doctype html>\n<title>shop</title>\nUser-agent: *\nDisallow: /\n", "/ /a", ""},
		{"shopify", shopify, "/ /products.json?limit=250 /collections/all/products.json", "/admin /cart.js /collections/x?sort_by=y /collections/a+b /collections/a?filter.x=1&filter.y=2"},
		{"base", base, "/ /items/1 /cart", "/cart/"},
		{"beyond the cap", "User-agent: *\n" + strings.Repeat("Disallow: /x\n", 50_000) + "Disallow: /\n", "/a", "/x"},
	}
	for _, tt := range tests {
		r := parseRobots([]byte(tt.file))
		for path := range strings.FieldsSeq(tt.allowed) {
			if ok, line := r.test(path); !ok {
				t.Errorf("%s: %s is forbidden by %q", tt.name, path, line)
			}
		}
		for path := range strings.FieldsSeq(tt.forbidden) {
			if ok, line := r.test(path); ok || !strings.HasPrefix(line, "Disallow: ") {
				t.Errorf("%s: %s is allowed by %q", tt.name, path, line)
			}
		}
	}
}

func TestCrawlDelay(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]time.Duration{
		"User-agent: *\nCrawl-delay: 20\n":                               20 * time.Second,
		"User-agent: *\nCrawl-delay: 0.5\nDisallow: /x":                  500 * time.Millisecond,
		"User-agent: *\nCrawl-delay: 86400\n":                            maxCrawlDelay,
		"User-agent: *\nCrawl-delay: 1e300\n":                            maxCrawlDelay,
		"User-agent: *\nCrawl-delay: soon\n":                             0,
		"User-agent: *\nCrawl-delay: -3\n":                               0,
		"User-agent: *\nCrawl-delay: NaN\n":                              0,
		"User-agent: *\nCrawl-delay: Inf\n":                              0,
		"User-agent: b\nCrawl-delay: 9\n":                                0,
		"User-agent: *\nCrawl-delay: 9\n\nUser-agent: omakase\nAllow: /": 0,
	} {
		if got := parseRobots([]byte(file)).crawlDelay; got != want {
			t.Errorf("%q: %s; want %s", file, got, want)
		}
	}
}

// A rule with wildcards matches exactly what the obvious, slow matcher does.
func TestRobotsWildcardsAgainstBacktracking(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := "/" + rapid.StringMatching(`[ab*]{0,8}\$?`).Draw(t, "pattern")
		path := "/" + rapid.StringMatching(`[ab]{0,10}`).Draw(t, "path")
		rule, ok := newRobotsRule(false, pattern)
		if !ok {
			t.Fatalf("%q is no rule", pattern)
		}
		body, end := strings.CutSuffix(pattern, "$")
		if !end {
			body += "*"
		}
		if got, want := rule.matches(path), glob(body, path); got != want {
			t.Fatalf("%q on %q: %v; want %v", pattern, path, got, want)
		}
	})
}

func glob(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		return glob(pattern[1:], s) || s != "" && glob(pattern, s[1:])
	}
	return s != "" && s[0] == pattern[0] && glob(pattern[1:], s[1:])
}

func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nCrawl-delay: 1\n"), "/a%2fb?c=d")
	f.Add([]byte("\xef\xbb\xbfuser-agent:omakase\rallow:%zz%"), "/%")
	f.Add([]byte("<html>"), "")
	f.Fuzz(func(t *testing.T, file []byte, path string) {
		r := parseRobots(file)
		allowed, line := r.test(path)
		if !allowed && line == "" {
			t.Error("forbidden without a rule")
		}
		if r.crawlDelay < 0 || r.crawlDelay > maxCrawlDelay {
			t.Errorf("a crawl-delay of %s", r.crawlDelay)
		}
		if once := robotsPath(path); strings.ContainsAny(once, "*$ ") {
			t.Errorf("path %q compares as %q", path, once)
		}
	})
}

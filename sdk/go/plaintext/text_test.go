package plaintext

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestPlainText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ html, want string }{
		{"", ""},
		{"plain", "plain"},
		{"<p>Dark &amp; milk chocolate,&nbsp;12 pieces.</p>\n<p>Gift  wrapped</p>", "Dark & milk chocolate, 12 pieces. Gift wrapped"},
		{"<p>one</p><p>two</p>three<br>four<br/>five", "one two three four five"},
		{"<b>Bl</b>ue <i>s</i><span>ky</span>", "Blue sky"},
		{"<ul>\n<li>a</li>\n<li>b</li></ul>", "a b"},
		{"a<script>if (a < b) { document.write('<p>x</p>') }</script>b", "a b"},
		{"a<style>p{}</style>b</style>c", "a b c"},
		{"a<script>never ends", "a"},
		{"a</script>b<script>x</script>c", "a b c"},
		{"<!-- <p>no</p> -->yes<!-- never ends", "yes"},
		{"<!doctype html><?xml version='1.0'?>x", "x"},
		{`<img alt="a > b" src=x>text`, "text"},
		{"1 < 2 & 3 > 2, I <3 it", "1 < 2 & 3 > 2, I <3 it"},
		{"a <p", "a"},
		{"<", "<"},
		{"&", "&"},
		{"AT&T &unknown; &#; &#x; &#xfffffff;", "AT&T &unknown; &#; &#x; \ufffd"},
		{"&#65;&#x42;&#x1F375;&#146;s", "AB🍵’s"},
		{"&eacute;&Agrave;&yuml;&times;&hellip;&euro;", "éÀÿ×…€"},
		{"fish &amp chips &copy 2026", "fish & chips © 2026"},
		{"<p>&lt;p&gt;Table &amp;amp; chairs&lt;/p&gt;</p>", "Table & chairs"},
		{"size &lt; 3", "size < 3"},
		{"\u3000藍染め\u3000 Tシャツ\u200b\ufeff\u00ad ", "藍染め Tシャツ"},
		{"きのこ、たけのこ。", "きのこ、たけのこ。"},
		{"a\x00\x01b\tc\r\nd\x7fe", "ab c de"},
		{"<P>Upper</P><DIV>case</DIV>", "Upper case"},
		{`back\slash`, `back\slash`},
	} {
		if got := (HTML{S: test.html}).Plain(new(Buffer)); got != test.want {
			t.Errorf("%q is %q, want %q", test.html, got, test.want)
		}
		// The same as it stands in JSON, escaped as Go and as Shopify do it.
		for _, quoted := range []string{quote(t, test.html), strings.ReplaceAll(quote(t, test.html), "/", `\/`)} {
			if !utf8.ValidString(test.html) {
				continue
			}
			if got := (HTML{S: quoted, Escaped: true}).Plain(new(Buffer)); got != test.want {
				t.Errorf("%s is %q, want %q", quoted, got, test.want)
			}
		}
	}
}

// quote is a JSON string without its quotes.
func quote(t testing.TB, s string) string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text[1 : len(text)-1])
}

func TestPlainTextSurrogates(t *testing.T) {
	t.Parallel()
	for escaped, want := range map[string]string{
		`\ud83c\udf75`:  "🍵",
		`\ud83c tea`:    "\ufffd tea",
		`\udf75`:        "\ufffd",
		`\ud83c\u0041`:  "\ufffdA",
		`\u3042\u000ab`: "あ b",
		`a\tb\"c\\`:     `a b"c\`,
	} {
		if got := (HTML{S: escaped, Escaped: true}).Plain(new(Buffer)); got != want {
			t.Errorf("%s is %q, want %q", escaped, got, want)
		}
	}
}

func TestTidy(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"":                     "",
		" ":                    "",
		"tidy":                 "tidy",
		"two words":            "two words",
		" Tea \n":              "Tea",
		"a  b":                 "a b",
		"a\u00a0b":             "a b",
		"藍染め\u3000Tシャツ":        "藍染め Tシャツ",
		"<b> & \\ stay":        "<b> & \\ stay",
		"zero\u200bwidth":      "zerowidth",
		"tab\there":            "tab here",
		"trailing\u3000\u3000": "trailing",
	} {
		got := Tidy(s)
		if got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
		if again := Tidy(got); again != got {
			t.Errorf("%q is tidied to %q", got, again)
		}
	}
}

// TestPlainTextIsLinear holds that no description keeps the plugin busy: the
// bound is a thousand times what these take.
func TestPlainTextIsLinear(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"<a", "<script><a", "<!--", "<p ", "&amp", "&lt;p", "<p a=\"", "</", "--", "<!-- --", "\u3000", "& ", "<script></", "&lt;zz"} {
		s := strings.Repeat(unit, 200_000)
		began := time.Now()
		HTML{S: s}.Plain(new(Buffer))
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%q repeated took %v", unit, took)
		}
	}
}

func FuzzPlainText(f *testing.F) {
	for _, s := range []string{
		"<p>Dark &amp; milk,&nbsp;12</p>\n", "<!--x--><script>a</script>b", "&lt;p&gt;x&lt;/p&gt;", "<a b='>'>c", "&#x3042;&amp;lt;", `\u`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			s = strings.ToValidUTF8(s, "\ufffd")
		}
		got := (HTML{S: s}).Plain(new(Buffer))
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8: %q", s, got)
		}
		if got != Tidy(got) {
			t.Fatalf("%q is not tidy: %q", s, got)
		}
		if len(got) > len(s)*3 {
			t.Fatalf("%q grows to %q", s, got)
		}
		if inJSON := (HTML{S: quote(t, s), Escaped: true}).Plain(new(Buffer)); inJSON != got {
			t.Fatalf("%q is %q, and in JSON %q", s, got, inJSON)
		}
	})
}

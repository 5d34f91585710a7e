package page

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// nestsOf is how many nests a page has, after those that are in others; lost
// are all of them when one of them is not where it was expected.
func nestsOf(t *testing.T, page string) (n int, lost bool) {
	t.Helper()
	_, left, err := elide(page, nester{tree: tree{meter: newMeter(t.Context(), len(page))}})
	if err != nil {
		t.Fatal(err)
	}
	ok, err := new(Page).parse(t.Context(), page, true)
	if err != nil {
		t.Fatal(err)
	}
	return len(left.nests), !ok
}

// In these pages, _ is a text that is long enough for a nest.
var nestedPages = []struct {
	page  string
	nests int
	lost  bool
}{
	// All in one.
	{page: "<div><p>a<br>b<b><i>c</i></b></p><!-- d &amp; --><ul> <li>e</li><li><a href=1>f<img></a></li></ul></div>", nests: 1},
	{page: "<section><h2>a<span>b</span></h2><dl><dt>c</dt><dd><div>d</div></dd></dl><dl><div><dt>e</dt></div></dl></section>", nests: 1},
	{page: "<div><button><div>a</div></button><label>b</label><x-y>c</x-y><hr><picture><source><img></picture></div>", nests: 1},
	{page: "<DIV Class=A><SPAN>a</Span>a &lt;b&gt; &amp;amp; &copy c\r\nd\re < f</DIV >", nests: 1},
	{page: "<div><script>if (a<b) c &amp; d\r\n</script><style>e</style><noscript><p>f</noscript><iframe><b></iframe>a</div>", nests: 1},
	{page: "<div><textarea>\n\na &amp; <b></textarea><title>&lt;</title><pre>\n\nb\n<i>c</i></pre><pre><b>\n</b></pre></div>", nests: 1},
	{page: "<div><select><option>a</option><optgroup><option>b</option></optgroup></select><ruby>c<rp>(</rp><rt>d</rt></ruby></div>", nests: 1},
	{page: "<div><table> <tr> <td>a<table><tbody><tr><th>b</th></tr></tbody></table></td> </tr> </table><form><input></form></div>", nests: 1},
	{page: "<div><table><tr><td>a</td></tr><!-- b --></table><table><tr><td>c</td></tr></tbody></table></div>", nests: 1},
	{page: "<ul><li>a<svg viewbox=a xlink:href=b><title>c</title><path D=e /><lineargradient/></svg></li><li>b<svg/>_</li></ul>", nests: 1},
	{page: "<div><div itemscope>a</div><div itemscope class=a></div><b class=x><b class=x><b class=x><b class=x>b</b></b></b></b></div>", nests: 1},

	// Something in it is not as written.
	{page: "<div><section>_</section><p>c<div>_</div></p></div>", nests: 2},
	{page: "<div><section>_</section><p>c<table></table></p></div>", nests: 1},
	{page: "<div><ul><li>_</li><li>_<li>_</ul></div>", nests: 1},
	{page: "<div><li><div><li>a</div></li></div>", nests: 0},
	{page: "<ul><li><div><li>_</li></div></li></ul>", nests: 1},
	{page: "<ul><li><section><li>_</li></section></li></ul>", nests: 1},
	{page: "<dl><dt>_<section><dd>_</dd></section></dt></dl>", nests: 1},
	{page: "<div><h1><h2>_</h2></h1></div>", nests: 1},
	{page: "<div>_</p></div>", nests: 0},
	{page: "<div>_</br></div>", nests: 0},
	{page: "<div>_</></div><div>_<?b></div><div>_<!b></div><div>_</ b></div>", nests: 0},
	{page: "<div>_<!--></div><div>_<!-- --!></div>", nests: 0},
	{page: "<div>_<image></div><div>_<body class=a></div><div>_<td></div>", nests: 0},
	{page: "<div>_<span/></div>", nests: 0},
	{page: "<div>a<ruby><p>b<rt>c</rt></p></ruby></div><div>a<rt>_</rt></div>", nests: 0},
	{page: "<div><table>_</table></div>", nests: 0},
	{page: "<div><table><tr>_<td>b</td></tr></table></div>", nests: 0},
	{page: "<div><table><td>_</td></table></div>", nests: 0},
	{page: "<div><table><form>_</form></table></div>", nests: 0},
	{page: "<div><select><hr><option>_</select></div>", nests: 0},
	{page: "<div><select><option>a<option>_</select></div>", nests: 0},
	{page: "<div><div>_", nests: 0},
	{page: "<div>_<math><mi>b</mi></math></div>", nests: 0},
	{page: "<div>_<svg><p>b</p></svg></div><div>_</div>", nests: 0},
	{page: "<div>_<svg><foreignObject><div>b</div></foreignObject></svg></div>", nests: 0},
	{page: "<div>_<svg><g></svg></g></div>", nests: 0},

	// Something around it reaches in.
	{page: "<a href=1><div>_<a href=2>c</a></div></a><div>_</div>", nests: 0},
	{page: "<p><b class=x>a</p><div>_</div>", nests: 0},
	{page: "<b>a<div>_</b></div><div>_</div>", nests: 0},
	{page: "<button><div>_<button>b</button></div></button>", nests: 0},
	{page: "<div><button></div><div>_</div>", nests: 0},
	{page: "<select><div>_<input></div></select>", nests: 0},
	{page: "<div><select></div><div>_<input></div>", nests: 0},
	{page: "<nobr>a<div>_<nobr>b</nobr></div></nobr>", nests: 0},
	{page: "<form><div>_<form>b</form></div></form>", nests: 0},
	{page: "<div><form></div><div>_<form>b</form></div>", nests: 0},
	{page: "<table><div>_<b>b</b></div><tr><div>_</div></table>", nests: 2},
	{page: "<table><div>_<form>b</form></div></table>", nests: 0},
	{page: "<table><div>_<table><tr><td>b</td></tr></table></div></table>", nests: 0},
	{page: "<table><tr><td><div>_<table><tr><td>b</td></tr></table></div></td></tr></table>", nests: 0},
	{page: "<div><table></div><div>_<table><tr><td>b</td></tr></table></div>", nests: 0},
	{page: "<template><tr></tr><div>_<table><tr><td>b</td></tr></table></div></template>", nests: 0},
	{page: "<template><col><div>_</div><script> " + long + "</script></template>", nests: 0},
	{page: "<template><tbody><div>_</div></template><div>_</div>", nests: 2},
	{page: "<frameset><div>_</div><style> " + long + "</style></frameset>", nests: 0},
	{page: "<div><div class=a></div><div></div></div><frameset></frameset>", nests: 0},
	{page: "<div>_</div><frameset></frameset>", nests: 1},
	{page: "<div>_</div><p>&#2;0&#2;</p>", nests: 1, lost: true},
	{page: "<div>&#2;0&#2;<b></b></div><div>_</div>", nests: 2},
	{page: "</body><div>_</div></html><div>_</div>", nests: 2},
	{page: "<head><div>_</div><title>b</title></head><body class=a><div>_</div>", nests: 2},
}

// TestNest holds which elements are taken as written, and that the tree is the
// parser's.
func TestNest(t *testing.T) {
	t.Parallel()
	for _, c := range nestedPages {
		c.page = strings.ReplaceAll(c.page, "_", "some words of it")
		asParsed(t, c.page)
		n, lost := nestsOf(t, c.page)
		if n != c.nests || lost != c.lost {
			t.Errorf("%q has %d nests, lost %v, not %d, %v", c.page, n, lost, c.nests, c.lost)
		}
	}
}

// TestNestDepth holds that pages are as deep as the parser has them.
func TestNestDepth(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{400, 508, 509, 510, 511, 600} {
		for _, inside := range []string{"_", "<br>_", "<svg><g></g></svg>_"} {
			inside = strings.ReplaceAll(inside, "_", "some words of it")
			page := strings.Repeat("<div>", depth) + inside + strings.Repeat("</div>", depth)
			_, want := html.Parse(strings.NewReader(page))
			if _, err := Parse(t.Context(), []byte(page)); (err == nil) != (want == nil) {
				t.Errorf("%d deep, %s: %v, and of the parser %v", depth, inside, err, want)
			}
			asParsed(t, page)
		}
	}
}

// TestNestStops holds that building is bounded as parsing is.
func TestNestStops(t *testing.T) {
	t.Parallel()
	page := "<div>" + strings.Repeat("<br>a", 1000) + "</div>"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := elide(page, nester{tree: tree{meter: newMeter(ctx, len(page))}}); !errors.Is(err, context.Canceled) {
		t.Errorf("built after the end: %v", err)
	}
	m := newMeter(t.Context(), len(page))
	m.most = 0
	if _, _, err := elide(page, nester{tree: tree{meter: m}}); !errors.Is(err, errTree) {
		t.Errorf("built past the bound: %v", err)
	}
}

var (
	soupNames = strings.Fields("div p span a b ul li dl dd h2 h3 button form table tr td tbody caption select option pre " +
		"script textarea noscript svg math object template ruby rt nobr font strong x-y body html frameset")
	soupTexts = []string{
		"some words of it", " ", "\n", "a &amp; b &lt c", "a < b", "\r\n x \r", "<br>", "<img>", "<hr>", "<input type=hidden>", "<col>",
		"<!-- a -->", "<svg viewbox=a><path d=b /><title>c</title></svg>", "</p>", "</br>", "</div>", "</table>", "<div>some words of it</div>",
	}
	soupInside = map[string]string{"ul": "li", "table": "tr", "tbody": "tr", "tr": "td", "select": "option", "dl": "dd", "ruby": "rt"}
)

// soup writes the content of an element; one of so many tags is at fault.
func soup(t *rapid.T, b *strings.Builder, inside string, depth, faults int) {
	fault := func() bool { return faults > 0 && rapid.IntRange(0, faults).Draw(t, "fault") == 0 }
	for range rapid.IntRange(0, 6).Draw(t, "length") {
		if depth == 0 || rapid.Bool().Draw(t, "text") {
			if text := rapid.SampledFrom(soupTexts).Draw(t, "words"); soupInside[inside] == "" || fault() {
				b.WriteString(text)
			}
			continue
		}
		name, ok := soupInside[inside]
		if !ok || fault() {
			name = rapid.SampledFrom(soupNames).Draw(t, "name")
		}
		b.WriteString("<" + name + rapid.SampledFrom([]string{"", "", " class=x", " A='b &amp; c'", "/"}).Draw(t, "attributes") + ">")
		soup(t, b, name, depth-1, faults)
		if !fault() {
			b.WriteString("</" + name + ">")
		}
	}
}

// TestSoup holds that the tree is the parser's, whatever stands in a page.
func TestSoup(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var b strings.Builder
		faults := rapid.SampledFrom([]int{0, 50, 10, 2}).Draw(rt, "faults")
		soup(rt, &b, "", 6, faults)
		page := b.String()
		if rapid.Bool().Draw(rt, "is cut") {
			page = page[:rapid.IntRange(0, len(page)).Draw(rt, "cut")]
		}
		asParsed(rt, page)
	})
}

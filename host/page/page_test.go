package page

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const shopPage = `<!doctype html><html lang="ja"><head>
<title> Tea
 &amp; cups </title><base href="/shop/"><link rel="alternate canonical" href="tea?id=1">
<meta property="og:title" content="Tea"><meta name="description" content=" Green ">
<!-- <script type="application/ld+json">{"not":"this"}</script> -->
<script type="application/ld+json; charset=utf-8">{"@type":"Product","name":"Tea",}</script>
<script src="x.js">window.ignored = 1</script>
<script>var meta = {"currency":"JPY"}; var other = 2;</script>
</head><body>
<ul class="list">
<li class="card"><h2>Green<br>tea</h2><a href="tea/1">1</a><script>var hidden</script></li>
<li class="card sale"><h2>Black  tea</h2><a href="https://other.example/2">2</a></li>
<li class="card"><h2>Cup</h2></li>
</ul></body></html>`

// queryPage runs a request on a page, under the limits that plugins have.
func queryPage(t testing.TB, page string, q wire.HTMLRequest) (*wire.HTMLReply, error) {
	t.Helper()
	p, err := Parse(t.Context(), []byte(page))
	if err != nil {
		return nil, err
	}
	return p.Query(t.Context(), &q, Limits{Nodes: 20_000, Bytes: 8 << 20})
}

func TestQuery(t *testing.T) {
	t.Parallel()
	got, err := queryPage(t, shopPage, wire.HTMLRequest{
		URL: "https://shop.example/a/b", JSONLD: true, OG: true,
		Scripts: []string{`var meta = (\{.*?\});`, `other = \d`, `nothing`},
		Select: []wire.HTMLQuery{
			{CSS: "li.card", Attrs: []string{"class", "id"}, Limit: 2, Each: []wire.HTMLQuery{
				{CSS: "h2", Attrs: []string{"text", "html"}},
				{CSS: "a", Attrs: []string{"href"}},
			}},
			{CSS: "table"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &wire.HTMLReply{
		Title: "Tea & cups", Lang: "ja", Base: "https://shop.example/shop/", Canonical: "https://shop.example/shop/tea?id=1",
		OG:      []wire.Header{{Name: "og:title", Value: "Tea"}, {Name: "description", Value: "Green"}},
		JSONLD:  []string{`{"@type":"Product","name":"Tea"}`},
		Scripts: []string{`{"currency":"JPY"}`, "other = 2", ""},
		Select: []wire.HTMLNodes{
			{Total: 3, Nodes: []wire.HTMLNode{
				{Values: []string{"card", ""}, Each: []wire.HTMLNodes{
					{Total: 1, Nodes: []wire.HTMLNode{{Values: []string{"Green tea", "Green<br/>tea"}}}},
					{Total: 1, Nodes: []wire.HTMLNode{{Values: []string{"https://shop.example/shop/tea/1"}}}},
				}},
				{Values: []string{"card sale", ""}, Each: []wire.HTMLNodes{
					{Total: 1, Nodes: []wire.HTMLNode{{Values: []string{"Black tea", "Black  tea"}}}},
					{Total: 1, Nodes: []wire.HTMLNode{{Values: []string{"https://other.example/2"}}}},
				}},
			}},
			{},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestQueryLimits(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("<p>x</p>", 21_000)
	each := []wire.HTMLQuery{{CSS: "p"}}
	for range 250 {
		each = append(each, wire.HTMLQuery{CSS: "p"})
	}
	tests := map[string]struct {
		page string
		q    wire.HTMLRequest
		kind errs.Kind
	}{
		"nodes":          {many, wire.HTMLRequest{Select: []wire.HTMLQuery{{CSS: "p"}}}, errs.TooLarge},
		"text":           {strings.Repeat("<div>", 60) + many, wire.HTMLRequest{Select: []wire.HTMLQuery{{CSS: "*", Attrs: []string{"html"}, Limit: 19_000}}}, errs.TooLarge},
		"queries":        {"", wire.HTMLRequest{Select: []wire.HTMLQuery{{CSS: "p", Each: each}}}, errs.Invalid},
		"selector":       {"", wire.HTMLRequest{Select: []wire.HTMLQuery{{CSS: "p["}}}, errs.Invalid},
		"expression":     {"", wire.HTMLRequest{Scripts: []string{"("}}, errs.Invalid},
		"convoluted":     {convoluted(), wire.HTMLRequest{}, errs.TooLarge},
		"deep":           {strings.Repeat("<div>", 2000), wire.HTMLRequest{}, errs.BadData},
		"microdata loop": {strings.Repeat(`<p id=a itemprop=a itemscope itemref="a b"></p><p id=b itemprop=b itemscope itemref="a b"></p><p itemscope itemref="a b"></p>`, 3000), wire.HTMLRequest{Micro: true}, errs.TooLarge},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := queryPage(t, tt.page, tt.q)
			if !errs.Is(err, tt.kind) {
				t.Errorf("error is %v, want the kind %s", err, tt.kind)
			}
		})
	}
}

// convoluted makes the parser open hundreds of elements anew in each
// paragraph.
func convoluted() string {
	var b strings.Builder
	for i := range 400 {
		fmt.Fprintf(&b, "<b id=%d>", i)
	}
	return "<p>" + b.String() + strings.Repeat("<p>x", 100_000)
}

// TestSelectorIsLinear takes a selector and a page on which matching from
// right to left never ends.
func TestSelectorIsLinear(t *testing.T) {
	t.Parallel()
	page := strings.Repeat("<div>", 400) + "<b></b>" + strings.Repeat("</div>", 400)
	begun := time.Now()
	got, err := queryPage(t, page, wire.HTMLRequest{Select: []wire.HTMLQuery{{CSS: "i " + strings.Repeat("div ", 40) + "b"}}})
	if err != nil || got.Select[0].Total != 0 {
		t.Errorf("%v, %v", got, err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestSelectorRefuses(t *testing.T) {
	t.Parallel()
	for _, css := range []string{
		"", " ", ",", "a,", ",a", "a >", "> a", "a > > b", "a + , b", "a[", "a:not(b c)", `a["x]`,
		"a:has(b):has(c):has(d)", "a:has(b > c)", strings.Repeat("a ", 65), strings.Repeat("a", 1001),
	} {
		if s, err := parseSelector(css); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q gives %v, %v", css, s, err)
		}
	}
}

// TestSelectorAgrees compares with the library's matching.
func TestSelectorAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tags := rapid.SliceOfN(rapid.SampledFrom([]string{"<div>", "<p class=x>", "<i>", "<b class='x y'>", "</div>", "</p>", "</i>", "</b>", "t"}), 0, 40).Draw(t, "page")
		root, err := html.Parse(strings.NewReader(strings.Join(tags, "")))
		if err != nil {
			t.Skip(err)
		}
		compound := rapid.SampledFrom([]string{"div", "p", "i", "b", ".x", "*", "b.x.y", "p:first-child", ":not(.x)", "i:has(b)", "[class='x y']", "div:nth-child(2n + 1)"})
		css := compound.Draw(t, "first")
		for range rapid.IntRange(0, 4).Draw(t, "steps") {
			css += rapid.SampledFrom([]string{" ", " > ", ">", "+", " ~ ", ", ", ","}).Draw(t, "relation") + compound.Draw(t, "next")
		}
		sel, err := parseSelector(css)
		if strings.Count(css, ":has") > 2 {
			t.Skip("refused: it could take long")
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []*html.Node
		if err := sel.each(t.Context(), root, func(n *html.Node) { got = append(got, n) }); err != nil {
			t.Fatal(err)
		}
		group, err := cascadia.ParseGroup(css)
		if err != nil {
			t.Fatal(err)
		}
		want := cascadia.QueryAll(root, group)
		if len(got) != len(want) {
			t.Fatalf("%q finds %d nodes, want %d", css, len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%q: node %d is another", css, i)
			}
		}
	})
}

func TestRepairJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in   string
		want []string
	}{
		"valid":             {` {"a": [1, "x &amp; y"]} `, []string{`{"a": [1, "x &amp; y"]}`}},
		"empty":             {" \n", nil},
		"no JSON":           {"hello", nil},
		"trailing commas":   {`{"a":[1,2 , ],}`, []string{`{"a":[1,2 ]}`}},
		"comma in a string": {`{"a":",]",}`, []string{`{"a":",]"}`}},
		"HTML comment":      {"<!-- {\"a\":1} -->", []string{`{"a":1}`}},
		"CDATA":             {"//<![CDATA[\n{\"a\":1}\n//]]>", []string{`{"a":1}`}},
		"CDATA in comments": {"/*<![CDATA[*/{\"a\":1}/*]]>*/", []string{`{"a":1}`}},
		"CDATA on one line": {"// <![CDATA[ {\"a\":1} // ]]>", []string{`{"a":1}`}},
		"comments":          {"{ // one\n\"a\": /* two */ \"http://x/*y*/\" }", []string{"{ \n\"a\":  \"http://x/*y*/\" }"}},
		"raw line break":    {"{\"a\":\"b\n\tc\"}", []string{`{"a":"b\u000a\u0009c"}`}},
		"wrong escape":      {`{"a":"it\'s"}`, []string{`{"a":"it's"}`}},
		"control character": {"{\"a\"\x00:\x0b1}", []string{`{"a":1}`}},
		"semicolon":         {`{"a":1};`, []string{`{"a":1}`}},
		"two values":        {`{"a":1} {"b":2},`, []string{`{"a":1}`, `{"b":2}`}},
		"escaped":           {`{&quot;a&quot;:&quot;b&quot;}`, []string{`{"a":"b"}`}},
		"one broken of two": {`{"a":x} {"b":2}`, []string{`{"b":2}`}},
		"unclosed":          {`{"a":[1`, nil},
		"unclosed string":   {`{"a":"`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, repairJSON(tt.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(shopPage, "li.card > a, h2", `{"a":[1,],}`)
	f.Add(`<p itemscope itemref="x y"><b id=x itemprop=a itemscope></b>`, "p:not(.x) + b ~ i", "//<![CDATA[\n{}")
	f.Fuzz(func(t *testing.T, page, css, ld string) {
		for _, v := range repairJSON(ld) {
			if err := wire.Decode([]byte(v), &wire.Raw{}); err != nil {
				t.Errorf("%q is repaired to %q: %v", ld, v, err)
			}
		}
		_, _ = queryPage(t, page, wire.HTMLRequest{JSONLD: true, Micro: true, URL: css, Select: []wire.HTMLQuery{{CSS: css, Attrs: []string{"text", "href"}}}})
	})
}

func TestMicrodata(t *testing.T) {
	t.Parallel()
	const page = `<div itemscope itemtype="http://schema.org/Product https://x.example/T" itemid=" urn:1 " itemref="more none">
	<span itemprop="name alternateName"> Executive
Anvil </span><img itemprop="image" src="a.jpg"><meta itemprop="sku" content="A1">
	<div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><link itemprop="availability" href="http://schema.org/InStock">
	<span itemprop="price" content="119.99">$119.99</span><time itemprop="until" datetime="2020-11-05">5 Nov</time><data itemprop="n" value="3">three</data></div>
	</div><p id="more" itemprop="color">red</p><p itemprop="stray">x</p><div itemscope><b itemprop="a"></b></div>`
	got, err := queryPage(t, page, wire.HTMLRequest{Micro: true, URL: "https://shop.example/p/"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"items":[{"type":["http://schema.org/Product","https://x.example/T"],"id":"urn:1","properties":{` +
		`"alternateName":["Executive\nAnvil"],"color":["red"],"image":["https://shop.example/p/a.jpg"],"name":["Executive\nAnvil"],` +
		`"offers":[{"type":["http://schema.org/Offer"],"properties":{"availability":["http://schema.org/InStock"],"n":["3"],"price":["119.99"],"until":["2020-11-05"]}}],` +
		`"sku":["A1"]}},{"properties":{"a":[""]}}]}`
	if diff := cmp.Diff(want, got.Micro); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkQuery300KB(b *testing.B) {
	var page strings.Builder
	page.WriteString("<html><body>")
	for i := range 270 {
		fmt.Fprintf(&page, `<div class="card grid"><a href="/p/%d"><img src="/i/%d.jpg" alt="x"></a><h2 class="title">Product %d</h2><span class="price">%d</span><p>%s</p><script type="application/ld+json">{"@type":"Product","name":"P %d"}</script></div>`,
			i, i, i, i*10, strings.Repeat("text ", 160), i)
	}
	b.SetBytes(int64(page.Len()))
	q := wire.HTMLRequest{URL: "https://shop.example/", JSONLD: true, OG: true, Select: []wire.HTMLQuery{
		{CSS: "div.card", Each: []wire.HTMLQuery{{CSS: "h2.title", Attrs: []string{"text"}}, {CSS: ".price", Attrs: []string{"text"}}, {CSS: "a img", Attrs: []string{"src", "alt"}}, {CSS: "a", Attrs: []string{"href"}}}},
	}}
	for b.Loop() {
		if _, err := queryPage(b, page.String(), q); err != nil {
			b.Fatal(err)
		}
	}
}

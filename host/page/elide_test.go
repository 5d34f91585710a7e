package page

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// test is one of testing or rapid.
type test interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
}

// dump is a page's tree as text.
func dump(t test, root *html.Node) string {
	t.Helper()
	var b bytes.Buffer
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		fmt.Fprintf(&b, "%s%v %s:%v %s", strings.Repeat(" ", depth), n.Type, n.Namespace, n.DataAtom, n.Data)
		attrs := slices.Clone(n.Attr) // the parser sorts those of some elements
		slices.SortFunc(attrs, func(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) })
		for _, a := range attrs {
			b.WriteString("|" + a.Namespace + ":" + a.Key + "=" + a.Val)
		}
		b.WriteByte('\n')
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Parent != n || c.PrevSibling == nil && c != n.FirstChild || c.NextSibling == nil && c != n.LastChild {
				t.Errorf("%s is not linked to its neighbours", c.Data)
			}
			walk(c, depth+1)
		}
	}
	walk(root, 0)
	return b.String()
}

// asParsed compares a page's tree with what the parser makes of the page by
// itself.
func asParsed(t test, page string) {
	t.Helper()
	want, failed := html.Parse(strings.NewReader(page))
	got, err := Parse(t.Context(), []byte(page))
	if (failed != nil) != (err != nil) {
		t.Errorf("%q gives %v, not %v", page, err, failed)
	}
	if failed != nil || err != nil {
		return
	}
	if a, b := dump(t, got.root), dump(t, want); a != b {
		t.Errorf("%q\ngives\n%s\nnot\n%s", page, a, b)
	}
}

// long is a text that is worth eliding.
var long = strings.Repeat("if (a<b) {x = '<p class=\"y\">'}\r\n", 8)

var elidedPages = []string{
	"<script>" + long + "</script><p>a",
	"<SCRIPT type='a>b'>" + long + "</Script ><p>a<style media=x>" + long + "</style>b",
	"<style>" + long,
	"<script>" + long + "</scripty>" + long + "</script/><b>",
	"<script><!--" + long + "</script>a",
	"<script><!--" + long + "<script>" + long + "</script>" + long + "</script>a",
	"<script><!--" + long + "<ScripT/>" + long + "</sCript >" + long + "</script x>a<p b=c>",
	"<script><!--" + long + "<script>" + long + "</scripts>-->" + long + "</script>a<p b=c>",
	"<script><!--> <script>" + long + "</script>a</script>b", "<script><!---> <script>" + long + "</script>a</script>b",
	"<script><!--" + long + "< <script>" + long + "</script>a</script>b",
	"<script><!--" + long + "<!-- <script>" + long + "</script>a</script>b",
	"<script><!--<script>" + long + "< <script></script><script></script>" + long + "</script>a",
	"<script><!--<script>" + long + "</script" + long + "-->", "<script><!--<script>" + long + "</script>--><",
	"<script><!--" + long + "-->" + long + "<script>" + long + "</script>a</script>",
	"<!-- <script>" + long + "--><p>a</p>-->",
	"<!--><script>" + long + "</script>-->",
	"<!---><script>" + long + "</script>-->",
	"<!-- a --!><style>" + long + "</style>-->",
	"<!doctype html><?php <script>" + long + "</script>",
	"</ <script>" + long + "</script>",
	"</p <script>" + long + "</script>",
	"<a href=\"<script>\">" + long + "</a><script>" + long + "</script>",
	"<a title='>' b=c/d e = \"x\" f= g/><script>" + long + "</script>",
	"<a =b='<style>' / c><style>" + long + "</style>",
	"<textarea><script>" + long + "</script></textarea><title><style>" + long + "</style></title>",
	"<noscript><script>" + long + "</script></noscript><iframe><style>" + long + "</style></iframe>",
	"<plaintext></plaintext><p class=a>", "<xmp><p class=a></xmp><p class=a><noembed><p class=a></noembed>",
	"<plaintext><script>" + long + "</script>",
	"<script>\x020</script><p a=b><script>" + long + "</script>",
	"<p a=1 A=2 b='&amp;&lt;&#65;&#x41;' c='a&b=c&copy=d' d='&copy e' e='x & y' f='&bogus;' g=&amp h='&copy;x&notit;'>",
	"<p a='1\r\n2\r3' B=C C><br/><br a/><img src=x/ alt='y'/><p =a==b / c>",
	"<b class=x>1<b class=x>2<b class=x>3<b class=x>4<b class=y><p>5</b><a href=1>6<a href=1>7",
	"<b class=x>1<div><b class=x>2<b class=x>3<b class=x>4</p></div>5<p>6",
	"<input type=hidden><table><input type=hidden><tr><td class=a>b</table><html lang=ja><body class=c>",
	"<table><INPUT TYPE=HIDDEN name=a><input type=text type=hidden><input name=b type=hidden/><input type=' hidden'></table><input type=hidden \x022>",
	"<a href=1 class=x>1<b><a href=1 class=x>2<p><a href=1 class=x>3</b>4<div><a href=1 class=x>5<table><a href=1 class=x>6</table>7",
	"<svg viewbox='0 0 1 1' xlink:href='#a'><g ID=a><style>a</style></svg><p ID=b><math><mi a=b></math><i c=d>",
	"<svg><svg viewbox=a></svg><symbol viewbox=b></symbol></svg><p C=d><svg viewbox=c>",
	"<p " + strings.Repeat("a b=c ", 40) + "><p 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v w x y z>",
	"<svg><path d='m'/></svg><script>" + long + "</script>",
	"<table><script>" + long + "</script><tr><style>" + long + "</style><td>a",
	"<select><script>" + long + "</script><option>a</select>b",
	"<head><noscript><style>" + long + "</style></noscript></head>c",
	"<script>\x00" + long + "</script>d", "<p a\x00=b\x00>",
	"<p a=\"<script>",
	"<script/><p class=a>" + long + "</p></script>b", "<style a=b/><p class=a>" + long + "</p></style>b",
	"<textarea/><p class=a>x</p></textarea>b<title/><p class=a>x</p></title>b", "<svg viewbox=0/><path viewbox=1/><p a=b>",
	"<", "<a", "<!", "<!-", "<!--", "</", "<script", "<script>", "<script></", "<script></script", "<script/><p>a</script>",
}

// TestElide holds that what the parser is spared changes nothing.
func TestElide(t *testing.T) {
	t.Parallel()
	for _, page := range elidedPages {
		asParsed(t, page)
	}
}

func FuzzElide(f *testing.F) {
	for _, page := range elidedPages {
		f.Add(page)
	}
	for _, c := range nestedPages {
		f.Add(strings.ReplaceAll(c.page, "_", "some words of it"))
	}
	f.Fuzz(func(t *testing.T, page string) {
		asParsed(t, page)
	})
}

// TestElideCorpus holds the same for real pages, whole, cut and damaged.
func TestElideCorpus(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	root := os.Getenv("OMAKASE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(root, "corpus", "*", "*.html*"))
	if err != nil || len(files) == 0 {
		t.Skip("the corpus of pages is not here: set OMAKASE_SHARED to the folder that has it")
	}
	random := rand.New(rand.NewPCG(1, 2))
	lost := 0
	for _, file := range files {
		page := readPage(t, file)
		asParsed(t, page)
		asParsed(t, page[:random.IntN(len(page))])
		damaged := []byte(page)
		for range len(page) / 1000 {
			damaged[random.IntN(len(page))] = "<>/\"'= a-!&"[random.IntN(11)]
		}
		asParsed(t, string(damaged))
		if _, isLost := nestsOf(t, page); isLost {
			lost++
		}
	}
	if lost > len(files)/50 {
		t.Errorf("%d of %d pages were parsed twice", lost, len(files))
	}
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	page, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

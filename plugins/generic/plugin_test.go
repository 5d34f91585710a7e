package main

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/host/page"
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// newHost is a fake host whose html capability is the real one.
func newHost() *fakehost.Host {
	h := fakehost.New()
	h.HTML = func(text string, req wire.HTMLRequest) (wire.HTMLReply, error) {
		p, err := page.Parse(context.Background(), []byte(text))
		if err != nil {
			return wire.HTMLReply{}, omakase.Fail(omakase.CodeBadData, err.Error())
		}
		reply, err := p.Query(context.Background(), &req, page.Limits{Nodes: 20_000, Bytes: 8 << 20})
		if err != nil {
			return wire.HTMLReply{}, omakase.Fail(omakase.CodeInvalid, err.Error())
		}
		return *reply, nil
	}
	h.Fetch = func(wire.FetchRequest) (fakehost.Response, error) {
		return fakehost.Response{Status: 404, Body: "<p>not here"}, nil
	}
	return h
}

func extractPage(t testing.TB, url, html string) []omakase.Product {
	t.Helper()
	h := newHost()
	reply, err := extract(h.Context(), omakase.ExtractRequest{URL: url, Body: h.Body(html)})
	if err != nil {
		t.Fatal(err)
	}
	return reply.Products
}

func TestSelfTest(t *testing.T) {
	t.Parallel()
	if err := selfTest(newHost().Context()); err != nil {
		t.Error(err)
	}
}

const cards = `<!doctype html><title>Cloth</title>
<div class="product-card"><a href="/items/1"><img src="/img/1.png"></a><h3>Apron</h3><span class="price">¥3,980</span><p>Made of washed linen.</p></div>
<div class="product-card"><a href="/items/2"><img data-src="/img/2.png"></a><h2>Towel</h2><span class="price">2,400円</span><p>short</p></div>`

func TestExtractCards(t *testing.T) {
	t.Parallel()
	got := extractPage(t, "https://shop.example/cloth", cards)
	if len(got) != 2 || got[0].Name != "Apron" || got[0].Price != "3980" || got[0].Currency != "JPY" || got[0].URL != "https://shop.example/items/1" ||
		got[0].ImageURLs[0] != "https://shop.example/img/1.png" || got[0].Description != "Made of washed linen." || got[1].ImageURLs[0] != "https://shop.example/img/2.png" || got[1].Description != "" {
		t.Errorf("got %+v", got)
	}
}

// TestReducedCards holds that a card costs what is paid now.
func TestReducedCards(t *testing.T) {
	t.Parallel()
	for name, prices := range map[string]string{
		"struck":   `<span class="price"><del>$40.00</del> $25.50</span>`,
		"inserted": `<span class="price"><del><span class="amount">$40.00</span></del> <span class="screen-reader-text">Original price was: $40.00.</span><ins><span class="amount">$25.50</span></ins></span>`,
		"apart":    `<s class="price">$40.00</s> <span class="price">$25.50</span>`,
		"in words": `<span class="price">Was $40.00 Now $25.50</span>`,
	} {
		got := extractPage(t, "https://shop.example/cups", `<title>Cups</title><h1>Cups</h1><li class="product"><a href="/product/a"><h2>A</h2></a>`+prices+`</li><li class="product"><a href="/product/b"><h2>B</h2><span class="price">$9.00</span></a></li>`)
		if len(got) != 2 || got[0].Price != "25.50" || got[0].CompareAt != "40.00" || got[1].Price != "9.00" || got[1].CompareAt != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func productPage(n int) string {
	return fmt.Sprintf(`<title>Cup %d</title><script type="application/ld+json">{"@type":"Product","name":"Cup %d","offers":{"price":"%d","priceCurrency":"EUR"}}</script>`, n, n, n+10)
}

func TestWalkBySitemap(t *testing.T) {
	t.Parallel()
	h := newHost()
	h.Page("https://shop.example/", fakehost.Response{Body: `<title>Cups</title><h1>Welcome</h1>` + strings.Repeat("<p>We make cups. ", 40)})
	h.Page("https://shop.example/sitemap.xml", fakehost.Response{Body: `<?xml version="1.0"?><sitemapindex><sitemap><loc>https://shop.example/sitemap_blog.xml</loc></sitemap><sitemap><loc>https://shop.example/sitemap_products.xml</loc></sitemap></sitemapindex>`})
	h.Page("https://shop.example/sitemap_products.xml", fakehost.Response{Body: `<?xml version="1.0"?><urlset><url><loc>https://shop.example/</loc></url><url><loc>https://shop.example/product/1</loc></url><url><loc>https://shop.example/product/2</loc></url><url><loc>https://elsewhere.example/product/3</loc></url></urlset>`})
	h.Page("https://shop.example/product/1", fakehost.Response{Body: productPage(1)})
	h.Page("https://shop.example/product/2", fakehost.Response{Body: productPage(2)})
	p := plugin()
	m := h.Import(&p, wire.ScrapeRequest{URL: "https://shop.example/"})
	if m.Err != nil || len(m.Products) != 2 {
		t.Fatalf("got %+v, %v", m.Products, m.Err)
	}
	for _, r := range h.Fetched() {
		if strings.Contains(r.URL, "blog") {
			t.Errorf("it read %s", r.URL)
		}
	}
}

func TestWalkByLists(t *testing.T) {
	t.Parallel()
	h := newHost()
	list := func(from int, next string) string {
		var b strings.Builder
		b.WriteString(`<title>Cups</title><h1>Cups</h1>`)
		for n := from; n < from+3; n++ {
			fmt.Fprintf(&b, `<li class="product"><a href="/product/%d">Cup %d <b>%d,00 €</b></a></li>`, n, n, n+10)
		}
		return b.String() + next
	}
	h.Page("https://shop.example/", fakehost.Response{Body: list(1, `<a href="/?page=2" rel="next">Next</a><a href="/about">About</a><a href="/cart?add=1">Buy</a>`)})
	h.Page("https://shop.example/?page=2", fakehost.Response{Body: list(3, `<a href="/?page=3">Next</a>`)})
	h.Page("https://shop.example/?page=3", fakehost.Response{Body: list(5, `<a href="/?page=2">Next</a>`)}) // goes round
	for n := 1; n < 8; n++ {
		h.Page(fmt.Sprintf("https://shop.example/product/%d", n), fakehost.Response{Body: productPage(n)})
	}
	p := plugin()
	m := h.Import(&p, wire.ScrapeRequest{URL: "https://shop.example/"})
	if m.Err != nil || len(m.Products) != 7 || m.Partial {
		t.Errorf("got %d products, %v, %v", len(m.Products), m.Err, m.Notes)
	}
}

// TestOlderHost holds that a host which judges nothing makes no difference.
func TestOlderHost(t *testing.T) {
	t.Parallel()
	for _, text := range []string{cards, productPage(1), "<title>My garden</title><p>Roses"} {
		h := newHost()
		judge := h.HTML
		h.HTML = func(text string, req wire.HTMLRequest) (wire.HTMLReply, error) {
			req.Product, req.List = false, false
			return judge(text, req)
		}
		reply, err := extract(h.Context(), omakase.ExtractRequest{URL: "https://shop.example/cloth", Body: h.Body(text)})
		if want := extractPage(t, "https://shop.example/cloth", text); err != nil || !reflect.DeepEqual(reply.Products, want) {
			t.Errorf("got %+v, %v, not %+v", reply.Products, err, want)
		}
	}
}

// TestDepth holds that a walk which every page leads deeper ends where it is
// told to.
func TestDepth(t *testing.T) {
	t.Parallel()
	for depth, config := range map[int]string{2: `{"max_depth":2}`, 8: `{}`} {
		h := newHost()
		h.Config = config
		for n := range 30 {
			url := "https://shop.example/"
			if n > 0 {
				url = fmt.Sprintf("https://shop.example/floor%d", n)
			}
			h.Page(url, fakehost.Response{Body: fmt.Sprintf(`<title>Floor %d</title><h1>Floor %d</h1><a href="/floor%d">On to the next floor</a><a href="/product/%d">Cup %d <b>%d,00 €</b></a>`, n, n, n+1, n, n, n+10)})
			h.Page(fmt.Sprintf("https://shop.example/product/%d", n), fakehost.Response{Body: productPage(n)})
		}
		p := plugin()
		m := h.Import(&p, wire.ScrapeRequest{URL: "https://shop.example/"})
		if m.Err != nil || len(m.Products) != depth+1 {
			t.Errorf("%d deep: %d products, %v", depth, len(m.Products), m.Err)
		}
	}
}

// TestRefusals holds that whoever asks why nothing came is told.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		page, code string
	}{
		"challenge":  {`<title>Just a moment...</title><p>Checking your browser before accessing shop.example.</p>`, omakase.CodeBlocked},
		"captcha":    {`<title>Shop</title><p>Please verify you are human to go on</p><form><input name=x></form>`, omakase.CodeBlocked},
		"password":   {`<title>Shop</title><h1>Opening soon</h1><form><input type="password" name="password"><button>Enter</button></form>`, omakase.CodePassword},
		"closed":     {`<title>Shop</title><p>陶器市は、現在準備中です。</p>`, omakase.CodeClosed},
		"age":        {`<title>Sake</title><h2>年齢確認</h2><p>あなたは20歳以上ですか</p><button>はい</button>`, omakase.CodeBlocked},
		"JavaScript": {`<title>Shop</title><div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript><script src="/app.js"></script>`, omakase.CodeUnsupported},
		"no shop":    {`<title>My garden</title><h1>My garden</h1>` + strings.Repeat("<p>The roses bloom this year as they never did. ", 20), omakase.CodeNotAShop},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost()
			h.Page("https://shop.example/", fakehost.Response{Body: tt.page})
			_, err := scrape(h.Context(), omakase.ScrapeRequest{URL: "https://shop.example/"})
			if omakase.CodeOf(err) != tt.code {
				t.Errorf("got %v, want %s", err, tt.code)
			}
			if got := extractPage(t, "https://shop.example/p/1234", tt.page); len(got) != 0 {
				t.Errorf("it sells %+v", got)
			}
		})
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	c := cursor{phase: phaseList, pages: 3, dry: 1, again: 2}
	c.named.New("cup")
	for i := range 5 {
		c.add(waiting{url: fmt.Sprintf("https://shop.example/%d", i), depth: i, more: i%2 == 1})
	}
	if c.add(waiting{url: "https://shop.example/3"}) {
		t.Error("an address waits twice")
	}
	if got := c.queue[0].url + c.queue[1].url; got != "https://shop.example/1https://shop.example/3" {
		t.Errorf("further pages are not the first: %s", got)
	}
	got, err := parseCursor(c.String())
	if err != nil || got.String() != c.String() || !slices.Equal(got.queue, c.queue) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, s := range []string{"", "3", "3;x;0;0;0;;;;0 a", "3;l;-1;0;0;;;;0 a", "2;l;0;0;0;;;;0 a", "3;l;x;0;0;;;;0 a", "3;l;0;0;0;;;;a", "3;l;0;0;0;;;;-1 a", "3;l;0;0;0;;;;0 ", "3;l;0;0;0;AA;;;0 a", "3;l;0;0;-1;;;;0 a"} {
		if _, err := parseCursor(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

func FuzzExtract(f *testing.F) {
	f.Add(cards)
	f.Add(productPage(1) + `<h1>Cup</h1><p class="price">$5</p><button>Add to cart</button>`)
	f.Fuzz(func(t *testing.T, html string) {
		h := newHost()
		reply, err := extract(h.Context(), omakase.ExtractRequest{URL: "https://shop.example/p/1234", Body: h.Body(html)})
		if err != nil {
			return
		}
		for _, p := range reply.Products {
			if p.Name == "" {
				t.Fatalf("a product has no name: %+v", p)
			}
		}
	})
}

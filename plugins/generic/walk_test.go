package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// listPage shows products as a list does.
func listPage(rest string, products ...int) string {
	var b strings.Builder
	b.WriteString(`<title>Cups</title><h1>Cups</h1>`)
	for _, n := range products {
		fmt.Fprintf(&b, `<li class="product"><a href="/product/%d">Cup %d <b>%d,00 €</b></a></li>`, n, n, n+10)
	}
	return b.String() + rest
}

// from are n numbers of products.
func from(first, n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = first + i
	}
	return all
}

// walkShop imports a shop without a sitemap, whose products have their pages
// under /product/ and whose other pages list shows; "" is none.
func walkShop(list func(at crawl.Address) string) (m *fakehost.Import, lists int) {
	h := newHost()
	var read atomic.Int32
	h.Fetch = func(r wire.FetchRequest) (fakehost.Response, error) {
		at, _ := crawl.Parse(r.URL)
		var n int
		if _, err := fmt.Sscanf(at.Path, "/product/%d", &n); err == nil {
			return fakehost.Response{Body: productPage(n)}, nil
		}
		if html := list(at); html != "" && !strings.HasSuffix(at.Path, ".xml") {
			read.Add(1)
			return fakehost.Response{Body: html}, nil
		}
		return fakehost.Response{Status: 404, Body: "<p>not here"}, nil
	}
	p := plugin()
	m = h.Import(&p, wire.ScrapeRequest{URL: "https://shop.example/"})
	return m, int(read.Load())
}

// pageOf is the number of the page that an address asks for.
func pageOf(at crawl.Address) (n int) {
	if _, err := fmt.Sscanf(at.Param("page"), "%d", &n); err != nil {
		return 1
	}
	return n
}

// TestEndlessLists holds that lists which go on without end are left after a
// few pages that show nothing new, with each product once.
func TestEndlessLists(t *testing.T) {
	t.Parallel()
	var sessions atomic.Int32
	next := func(n int) string { return fmt.Sprintf(`<a rel="next" href="/cups?page=%d">Next</a>`, n+1) }
	for name, tt := range map[string]struct {
		list     func(at crawl.Address) string
		products int
		lists    int // to be read at most
	}{
		"the last page again": {func(at crawl.Address) string {
			n := pageOf(at)
			return listPage(next(n), from(1+4*(min(n, 5)-1), 4)...)
		}, 20, 11},
		"the first page again": {func(at crawl.Address) string {
			n := pageOf(at)
			return listPage(next(n), from(1+4*((n-1)%5), 4)...)
		}, 20, 11},
		"in another order each time": {func(at crawl.Address) string {
			n := pageOf(at)
			return listPage(next(n), n*7%20+1, (n*7+1)%20+1, (n*7+2)%20+1, (n*7+3)%20+1)
		}, 20, 25},
		"empty pages": {func(at crawl.Address) string {
			if n := pageOf(at); n > 5 {
				return listPage(next(n))
			}
			return listPage(next(pageOf(at)), from(pageOf(at), 1)...)
		}, 5, 12},
		"numbers of pages": {func(at crawl.Address) string {
			n := pageOf(at)
			return listPage(fmt.Sprintf(`<a href="/cups?page=%d">%[1]d</a> <a href="/cups?page=%d">%[2]d</a> <a href="/cups?page=%d">%[3]d</a><a href="/cups">All cups</a>`, n+1, n+2, n+3), from(1+4*(min(n, 5)-1), 4)...)
		}, 20, 15},
		"sessions": {func(at crawl.Address) string {
			session := fmt.Sprintf("f%031x", sessions.Add(1))
			return fmt.Sprintf(`<title>Cups</title><h1>Cups</h1><a href="/product/1?PHPSESSID=%[1]s">Cup 1 <b>11,00 €</b></a>
<a href="/product/2;jsessionid=%[1]s">Cup 2 <b>12,00 €</b></a><a href="/cups?sid=%[1]s">All cups</a><a rel="next" href="/cups?page=%[2]d&sid=%[1]s">Next</a>`, session, pageOf(at)+1)
		}, 2, 14},
		"names of lists": {func(at crawl.Address) string { // each of which shows the same
			if at.Path == "/" {
				var all strings.Builder
				for n := range 150 {
					fmt.Fprintf(&all, `<a href="/shade-%d-of-blue">Blue %d</a>`, n, n)
				}
				return listPage(all.String(), 1, 2, 3)
			}
			return listPage("", 1, 2, 3)
		}, 3, 1 + maxDry},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, lists := walkShop(tt.list)
			if m.Err != nil || len(m.Products) != tt.products || lists > tt.lists {
				t.Errorf("got %d products of %d lists, %v, %v", len(m.Products), lists, m.Err, m.Notes)
			}
			if name != "names of lists" && m.Partial {
				t.Errorf("it is partial: %v", m.Notes)
			}
		})
	}
}

// TestOverlappingLists holds that a catalogue whose lists show much of what
// others have shown is read to its end.
func TestOverlappingLists(t *testing.T) {
	t.Parallel()
	link := func(path string, n, last int) string {
		if n == last {
			return ""
		}
		return fmt.Sprintf(`<a rel="next" href="%s?page=%d">Next</a>`, path, n+1)
	}
	for name, tt := range map[string]struct {
		list     func(at crawl.Address) string
		products int
	}{
		"a page shares all but one with the one before": {func(at crawl.Address) string {
			n := pageOf(at)
			return listPage(link("/", n, 60), from(n, 4)...)
		}, 63},
		"the long list begins with the short one": {func(at crawl.Address) string {
			n := pageOf(at)
			switch at.Path {
			case "/":
				return listPage(`<a href="/blue">Blue</a><a href="/all">All</a>`)
			case "/blue":
				return listPage(link("/blue", n, 40), from(4*n, 4)...)
			}
			return listPage(link("/all", n, 45), from(4*n, 4)...)
		}, 180},
		"only numbers lead on": {func(at crawl.Address) string {
			n := pageOf(at)
			return listPage(fmt.Sprintf(`<a href="/?page=%d">%[1]d</a> <a href="/?page=%d">%[2]d</a> <a href="/?page=%d">%[3]d</a>`, max(n-1, 1), n, min(n+1, 30)), from(4*n, 4)...)
		}, 120},
		"each list has the best sellers": {func(at crawl.Address) string {
			n := pageOf(at)
			return listPage(link("/", n, 30), append(from(1, 12), 100+n)...)
		}, 42},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, _ := walkShop(tt.list)
			if m.Err != nil || len(m.Products) != tt.products || m.Partial {
				t.Errorf("got %d products, %v, %v", len(m.Products), m.Err, m.Notes)
			}
		})
	}
}

func TestIsPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		here, to, text string
		want           bool
	}{
		{"/cups", "/cups?page=2", "2", true},
		{"/cups?page=2", "/cups", "1", true},
		{"/cups/", "/cups/page/2/", "2", true},
		{"/cups/page/3", "/cups/page/4", "4", true},
		{"/cups/2", "/cups/3", "3", true},
		{"/cups", "/cups?page=2", "More", false},
		{"/cups", "/plates?page=2", "2", false},
		{"/cups", "/", "1", false},
	} {
		here, _ := crawl.Parse("https://shop.example" + tt.here)
		to, _ := crawl.Parse("https://shop.example" + tt.to)
		if got := isPage(here, to, tt.text); got != tt.want {
			t.Errorf("%s to %s as %q: %v", tt.here, tt.to, tt.text, got)
		}
	}
}

// TestDryNote holds that a walk says truly why it ended.
func TestDryNote(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]cursor{
		"max_lists":   {phase: phaseList, pages: 200, queue: []waiting{{url: "https://shop.example/"}}},
		"nothing new": {phase: phaseList, pages: 100, dry: maxDry, queue: []waiting{{url: "https://shop.example/"}}},
	} {
		h := newHost()
		reply, err := scrape(h.Context(), omakase.ScrapeRequest{URL: "https://shop.example/", Cursor: c.String()})
		if err != nil || !reply.Partial || len(reply.Notes) != 1 || !strings.Contains(reply.Notes[0], want) || reply.Next != "" {
			t.Errorf("%s: got %+v, %v", want, reply, err)
		}
	}
}

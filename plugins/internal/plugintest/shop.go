package plugintest

import (
	"fmt"
	"net/http"
	"strconv"
)

// Shop is a simulated shop of web pages. Its products are numbered from 1.
type Shop struct {
	N         int
	NoSitemap bool
	Index     bool                      // the sitemap is an index of files
	ItemPath  func(i int) string        // path and query of a product's page
	Item      func(i int) string        // the page
	ListPage  func(r *http.Request) int // which page of the list of all products is asked for, from 1; 0 is none
	NextLink  func(page int) string     // what a list's page has for the next one
	Endless   bool                      // behind the last page of the list the first one comes again
	Front     string                    // the front page, where it is no list
	Body      string                    // of every page
	items     map[string]int
}

// perPage is how many products a list's page has.
const perPage = 20

// ServeHTTP answers as the shop does.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.items == nil {
		s.items = map[string]int{}
		for i := 1; i <= s.N; i++ {
			s.items[s.ItemPath(i)] = i
		}
	}
	path := r.URL.RequestURI()
	switch i := s.items[path]; {
	case s.Body != "":
		fmt.Fprint(w, s.Body)
	case path == "/sitemap.xml" && !s.NoSitemap && s.Index:
		fmt.Fprint(w, "<sitemapindex><sitemap><loc>https://shop.example/pages.xml</loc></sitemap><sitemap><loc>https://shop.example/items.xml</loc></sitemap></sitemapindex>")
	case path == "/pages.xml":
		fmt.Fprint(w, "<urlset><url><loc>https://shop.example/about</loc></url></urlset>")
	case path == "/sitemap.xml" && !s.NoSitemap, path == "/items.xml":
		fmt.Fprint(w, "<urlset><url><loc>https://shop.example/</loc></url>")
		for i := 1; i <= s.N; i++ {
			fmt.Fprintf(w, "<url><loc>https://shop.example%s</loc></url>", s.ItemPath(i))
		}
		fmt.Fprint(w, "</urlset>")
	case i > 0:
		fmt.Fprint(w, s.Item(i))
	case s.ListPage != nil && s.ListPage(r) > 0:
		fmt.Fprint(w, s.list(s.ListPage(r)))
	case path == "/":
		fmt.Fprint(w, s.Front)
	default:
		http.NotFound(w, r)
	}
}

func (s *Shop) list(page int) string {
	text, next := "<html><body><ul>", page+1
	if last := (s.N + perPage - 1) / perPage; s.Endless {
		page = (page-1)%last + 1
	}
	for i := (page-1)*perPage + 1; i <= min(page*perPage, s.N); i++ {
		text += fmt.Sprintf(`<li><a href=%q>No. %d</a></li>`, s.ItemPath(i), i)
	}
	if s.NextLink != nil && (page*perPage < s.N || s.Endless) {
		text += s.NextLink(next)
	}
	return text + "</ul></body></html>"
}

// PageOf is the page that a parameter names, 1 where it names none.
func PageOf(r *http.Request, param string) int {
	if n, err := strconv.Atoi(r.URL.Query().Get(param)); err == nil {
		return n
	}
	return 1
}

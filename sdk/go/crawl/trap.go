package crawl

import "strings"

// What a page's address has at most. Shops write shorter ones; what programs
// make up without end grows beyond.
const (
	maxPath     = 400
	maxQuery    = 300
	maxSegments = 12
)

// Trap says why a link is not worth following on the way through a catalogue:
// it acts instead of showing, or leads to ever new addresses of what other
// pages show as well. It is "" for a link that may be followed. The address
// should be canonical.
func (a Address) Trap() string {
	segments := a.Segments()
	switch {
	case len(a.Path) > maxPath || len(a.Query) > maxQuery || len(segments) > maxSegments:
		return "the address is too long"
	case repeats(segments):
		return "the address repeats itself"
	case isFile(a.Path):
		return "a file"
	case isCalendar(segments):
		return "a calendar"
	}
	for _, s := range segments {
		if reason := trapSegment(strings.ToLower(s)); reason != "" {
			return reason
		}
	}
	filters := 0
	for key, value := range a.params {
		reason := trapParam(strings.ToLower(key), strings.ToLower(value))
		if reason == "a filter" {
			filters++
			continue
		}
		if reason != "" {
			return reason
		}
	}
	if filters > 0 {
		return "a filter"
	}
	return ""
}

// repeats reports paths such as /a/b/a/b/a/b, which links that are relative by
// mistake make.
func repeats(segments []string) bool {
	for size := 1; size*3 <= len(segments); size++ {
		run := 1
		for i := size; i+size <= len(segments); i += size {
			if !equal(segments[i-size:i], segments[i:i+size]) {
				run = 1
				continue
			}
			if run++; run == 3 {
				return true
			}
		}
	}
	count := map[string]int{}
	for _, s := range segments {
		if count[s]++; count[s] > 3 {
			return true
		}
	}
	return false
}

func equal(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// isFile reports addresses of what is no page.
func isFile(path string) bool {
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 || strings.Contains(path[dot:], "/") {
		return false
	}
	switch strings.ToLower(path[dot+1:]) {
	case "jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "ico", "bmp", "pdf", "zip", "gz", "mp3", "mp4", "webm", "mov",
		"css", "js", "mjs", "woff", "woff2", "ttf", "csv", "xls", "xlsx", "doc", "docx", "rss", "atom", "ics":
		return true
	}
	return false
}

// isCalendar reports paths that end in a year and a month or day.
func isCalendar(segments []string) bool {
	for i, s := range segments {
		if !isNumber(s, 1990, 2100) || len(s) != 4 {
			continue
		}
		rest := segments[i+1:]
		if len(rest) > 0 && len(rest) <= 2 && isNumber(rest[0], 1, 12) && (len(rest) == 1 || isNumber(rest[1], 1, 31)) {
			return true
		}
	}
	return false
}

func isNumber(s string, low, high int) bool {
	if s == "" || len(s) > 4 {
		return false
	}
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n >= low && n <= high
}

func trapSegment(s string) string {
	switch s {
	case "calendar", "archives":
		return "a calendar"
	case "cart", "checkout", "basket", "account", "my-account", "mypage", "login", "logout", "signin", "register", "wishlist",
		"compare", "wp-admin", "wp-login.php", "admin", "feed", "trackback", "xmlrpc.php", "contact", "customer":
		return "not a part of the catalogue"
	case "search", "catalogsearch":
		return "a search"
	}
	return ""
}

func trapParam(key, value string) string {
	switch key {
	case "add-to-cart", "add_to_cart", "addtocart", "add_to_wishlist", "remove_item", "remove", "action", "do", "print", "share",
		"replytocom", "logout", "redirect", "redirect_to", "return_to", "return_url", "back":
		return "not a part of the catalogue"
	case "date", "month", "year", "day", "ical", "tribe-bar-date", "eventdisplay":
		return "a calendar"
	case "s", "q", "query", "keyword", "keywords", "search", "search_query":
		return "a search"
	case "page", "paged", "pageno":
		if len(value) > 5 {
			return "a page number beyond all reason"
		}
	case "min_price", "max_price", "price", "price_min", "price_max", "price_from", "price_to", "color", "colour", "size", "material",
		"rating", "rating_filter", "brand", "manufacturer", "vendor", "availability", "in_stock", "instock", "on_sale", "tag", "tags", "facets", "refine":
		return "a filter"
	}
	for _, prefix := range [...]string{"filter", "pa_", "attr", "facet", "f[", "f%5b", "fq", "pf_", "refinement", "query_type_", "constraint"} {
		if strings.HasPrefix(key, prefix) {
			return "a filter"
		}
	}
	return ""
}

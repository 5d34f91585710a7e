package crawl

import (
	"slices"
	"strings"
)

// Canonical is the form of an address that compares: without what only tracks
// visitors, keeps a session or changes how a page is shown, and with the rest
// of the parameters in order. Pages whose canonical addresses are equal are the
// same page.
func (a Address) Canonical() Address {
	path := a.Path
	for _, marker := range [...]string{";jsessionid=", ";sid=", ";phpsessid="} {
		if i := strings.Index(strings.ToLower(path), marker); i >= 0 {
			path = path[:i]
		}
	}
	for _, index := range [...]string{"/index.html", "/index.htm", "/index.php"} {
		if strings.HasSuffix(path, index) {
			path = path[:len(path)-len(index)+1]
		}
	}
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	var kept []string
	for key, value := range a.params {
		if !isNoise(strings.ToLower(key), value) {
			kept = append(kept, key+"="+value)
		}
	}
	slices.Sort(kept)
	return Address{Scheme: a.Scheme, Host: a.Host, Path: path, Query: strings.Join(slices.Compact(kept), "&")}
}

// Identity names the product at an address, whichever of its variants,
// languages and list pages led there: the canonical address without scheme,
// "www.", language, variant and trailing slash.
func (a Address) Identity() string {
	c := a.Canonical()
	path := strings.TrimSuffix(c.Path, "/")
	if first, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/"); ok && IsLocale(first) {
		path = "/" + rest
	}
	var kept []string
	for key, value := range c.params {
		switch strings.ToLower(key) {
		case "lang", "language", "locale", "hl", "currency", "country", "variant", "variant_id", "variation_id":
		default:
			kept = append(kept, key+"="+value)
		}
	}
	id := strings.TrimPrefix(c.Host, "www.") + path
	if len(kept) > 0 {
		id += "?" + strings.Join(kept, "&")
	}
	return id
}

// isNoise reports parameters that do not change what a page is about.
func isNoise(key, value string) bool {
	for _, prefix := range [...]string{"utm_", "mc_", "pk_", "hsa_", "pr_", "_ga", "aspsession"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	switch key {
	case "fbclid", "gclid", "gbraid", "wbraid", "dclid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "srsltid", "_gl",
		"ref", "ref_", "referrer", "affiliate", "aff", "cmpid", "campaign",
		"_pos", "_psq", "_ss", "_v", "_sid", "_fid", "__hstc", "__hssc":
		return true
	case "phpsessid", "jsessionid", "oscsid", "zenid", "cfid", "cftoken", "sessionid", "session_id", "session", "sess":
		return true
	case "sid", "s_id":
		return looksRandom(value)
	case "from", "source":
		return !isNumeric(value) // a number is a place in a list
	case "view", "display", "show", "layout":
		return isNumeric(value) || value == "grid" || value == "list" || value == "all" || value == "gallery"
	case "sort", "sort_by", "sortby", "sort_order", "order", "orderby", "order_by", "dir", "direction", "viewmode",
		"mode_view", "disp_number", "limit", "per_page", "perpage", "pagesize", "page_size", "product_list_order", "product_list_dir",
		"product_list_mode", "product_list_limit":
		return true
	}
	return false
}

func isNumeric(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// looksRandom reports whether a value is a session's rather than a number of
// the shop's.
func looksRandom(s string) bool {
	letters, digits := 0, 0
	for i := range len(s) {
		switch {
		case isLetter(s[i]):
			letters++
		case isDigit(s[i]):
			digits++
		}
	}
	return len(s) >= 16 && letters > 0 && digits > 0 && letters+digits == len(s)
}

// languages are those that shops sell in, by ISO 639-1. Two letters alone do
// not make a language: /tv/ is a category.
const languages = " ar bg bn cs da de el en es et fa fi fr he hi hr hu id is it ja ko lt lv ms nb nl no pl pt ro ru sk sl sr sv th tl tr uk vi zh "

// IsLocale reports whether a path segment names a language or market: "en",
// "pt-br", "zh_Hant".
func IsLocale(segment string) bool {
	language, region, ok := strings.Cut(strings.ReplaceAll(strings.ToLower(segment), "_", "-"), "-")
	if len(language) != 2 || !strings.Contains(languages, " "+language+" ") {
		return false
	}
	if !ok {
		return true
	}
	for i := range len(region) {
		if !isLetter(region[i]) {
			return false
		}
	}
	return len(region) == 2 || region == "hans" || region == "hant"
}

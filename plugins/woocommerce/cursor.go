package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
)

// cursor is where a scrape goes on.
type cursor struct {
	root    string // of the API: ".../wp-json/", or "...?rest_route=/"
	version string // of the Store API: "v1/", or "" before there were any
	page    int    // from 1
	size    int
	first   string // id of the first product of the page before
}

const cursorVersion = "w1"

// String is the cursor as the host keeps it.
func (c cursor) String() string {
	return strings.Join([]string{cursorVersion, strconv.Itoa(c.page), strconv.Itoa(c.size), c.version, c.first, c.root}, ";")
}

// parseCursor reads what String wrote, and nothing else.
func parseCursor(s string) (cursor, error) {
	f := strings.SplitN(s, ";", 6)
	if len(f) == 6 && f[0] == cursorVersion {
		c := cursor{page: number(f[1]), size: number(f[2]), version: f[3], first: f[4], root: f[5]}
		_, ok := crawl.Parse(c.root)
		if ok && c.page > 0 && c.size > 0 && c.size <= maxPageSize && (c.version == "" || c.version == "v1/") && c.String() == s {
			return c, nil
		}
	}
	return cursor{}, omakase.Fail(omakase.CodeInvalid, "the cursor is not one of this plugin's")
}

// url is the address of a page of products. They come in the order of their
// ids, so that none moves to another page while the shop adds new ones.
func (c cursor) url() string {
	return c.endpoint() + "per_page=" + strconv.Itoa(c.size) + "&page=" + strconv.Itoa(c.page) + "&orderby=id&order=asc"
}

// variants is the address of a page of the variants of some products.
func (c cursor) variants(of []string, page int) string {
	return c.endpoint() + "type=variation&per_page=" + strconv.Itoa(maxPageSize) + "&page=" + strconv.Itoa(page) +
		"&orderby=id&order=asc&parent=" + strings.Join(of, ",")
}

func (c cursor) endpoint() string {
	url := c.root + "wc/store/" + c.version + "products"
	if strings.Contains(url, "?") {
		return url + "&"
	}
	return url + "?"
}

package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

// way is how products are asked for: shops differ in what their version and
// their modules allow.
type way struct {
	all  string // the argument that means all products; Magento wants one
	lean bool   // only fields that every version has
	get  bool   // in the address instead of by POST
}

// ways in the order in which they are tried.
var ways = [...]way{
	{all: `filter:{},sort:{name:ASC}`},
	{all: `search:""`},
	{all: `filter:{price:{from:"0"}}`, lean: true},
	{all: `search:"",filter:{}`, lean: true},
	{all: `filter:{}`, lean: true, get: true},
}

const (
	money     = `{regular_price{value currency}final_price{value currency}}`
	leanItem  = `__typename uid sku name url_key stock_status price_range{minimum_price` + money + `maximum_price` + money + `}image{url}`
	leanChild = `uid sku name stock_status price_range{minimum_price` + money + `}`
	fullItem  = leanItem + ` url_suffix only_x_left_in_stock description{html}short_description{html}media_gallery{url}categories{name}`
	fullChild = leanChild + `only_x_left_in_stock image{url}`
)

// query is the GraphQL text for a page.
func (w way) query(page, size int) string {
	item, child, options, shop := fullItem, fullChild, `configurable_options{label values{label}}`, ``
	if w.lean {
		item, child, options = leanItem, leanChild, ``
	}
	if page == 1 && !w.lean {
		shop = `storeConfig{store_name locale secure_base_link_url product_url_suffix}`
	}
	return `{products(` + w.all + `,pageSize:` + strconv.Itoa(size) + `,currentPage:` + strconv.Itoa(page) + `){total_count page_info{total_pages}items{` +
		item + `...on ConfigurableProduct{` + options + `variants{product{` + child + `}attributes{code label}}}}}` + shop + `}`
}

// request is the HTTP request for a page.
func (c cursor) request() omakase.FetchRequest {
	w := ways[c.way]
	query := w.query(c.page, c.size)
	var req omakase.FetchRequest
	if w.get {
		req.URL = c.origin + "/graphql?query=" + crawl.Escape(query)
	} else {
		req = omakase.FetchRequest{
			Method: "POST", URL: c.origin + "/graphql",
			Body:    string(append(json.AppendString([]byte(`{"query":`), query), '}')),
			Headers: []omakase.Header{{Name: "Content-Type", Value: "application/json"}},
		}
	}
	req.Headers = append(req.Headers, omakase.Header{Name: "Accept", Value: "application/json"})
	if c.store != "" {
		req.Headers = append(req.Headers, omakase.Header{Name: "Store", Value: c.store})
	}
	return req
}

// cursor is where a scrape goes on.
type cursor struct {
	origin string
	store  string // code of the store view; "" the shop's own
	suffix string // of addresses of products
	base   string // of addresses of products, where it is not the origin
	way    int
	page   int // from 1
	size   int
}

const cursorVersion = "m1"

// String is the cursor as the host keeps it.
func (c cursor) String() string {
	return strings.Join([]string{
		cursorVersion, strconv.Itoa(c.way), strconv.Itoa(c.page), strconv.Itoa(c.size), c.store, c.suffix, c.base, c.origin,
	}, ";")
}

// parseCursor reads what String wrote, and nothing else.
func parseCursor(s string) (cursor, error) {
	f := strings.Split(s, ";")
	if len(f) == 8 && f[0] == cursorVersion {
		c := cursor{store: f[4], suffix: f[5], base: f[6], origin: f[7]}
		way, err1 := strconv.ParseUint(f[1], 10, 8)
		page, err2 := strconv.ParseUint(f[2], 10, 31)
		size, err3 := strconv.ParseUint(f[3], 10, 16)
		c.way, c.page, c.size = int(way), int(page), int(size)
		_, ok := crawl.Parse(c.origin)
		if err1 == nil && err2 == nil && err3 == nil && ok && c.way < len(ways) && c.page > 0 && c.size > 0 && c.size <= maxPageSize && c.String() == s {
			return c, nil
		}
	}
	return cursor{}, omakase.Fail(omakase.CodeInvalid, "the cursor is not one of this plugin's")
}

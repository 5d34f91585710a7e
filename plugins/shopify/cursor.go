package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// phase is the part of a scrape that a cursor is in.
type phase byte

const (
	phaseProducts    phase = 'p' // pages of products.json
	phaseCollections phase = 'c' // pages of collections, and of the list of them
	phaseSitemap     phase = 's' // files of product addresses
)

// cursor is where a scrape goes on. It depends on nothing that changes from
// one import to the next while the shop's pages do not, so that the host finds
// a page of an earlier import again by its cursor.
type cursor struct {
	phase    phase
	shop     place
	currency string // ISO 4217, or ""
	limit    int    // products asked for on a page
	size     int    // products that the shop gives on a page; 0 before the first
	page     int    // page of products or of a collection, or file of the sitemap, from 1

	list  int      // page of the list of collections to read when queue is empty, from 1
	taken int      // entries of that page, or of the sitemap's file, dealt with so far
	spent int      // pages read in phaseCollections
	queue []string // collections to read, by handle; page is of the first
}

const (
	cursorVersion = "s1"
	maxCursor     = 4096
	maxPageSize   = 250
)

// String is the cursor as the host keeps it.
func (c *cursor) String() string {
	b := append(make([]byte, 0, 64), cursorVersion...)
	b = append(b, ';', byte(c.phase))
	for _, n := range [...]int{c.page, c.limit, c.size, c.list, c.taken, c.spent} {
		b = append(b, ';')
		b = strconv.AppendInt(b, int64(n), 10)
	}
	b = append(b, ';')
	b = append(append(b, c.currency...), ';')
	b = append(append(b, c.shop.String()...), ';')
	return string(append(b, strings.Join(c.queue, ",")...))
}

// parseCursor reads what String wrote, and nothing else.
func parseCursor(s string) (cursor, error) {
	c, ok := readCursor(s)
	if !ok || c.String() != s {
		return cursor{}, omakase.Fail(omakase.CodeInvalid, "the cursor is not one of this plugin's")
	}
	return c, nil
}

func readCursor(s string) (c cursor, ok bool) {
	f := strings.Split(s, ";")
	if len(s) > maxCursor || len(f) != 11 || f[0] != cursorVersion || len(f[1]) != 1 {
		return c, false
	}
	c.phase = phase(f[1][0])
	for i, n := range [...]*int{&c.page, &c.limit, &c.size, &c.list, &c.taken, &c.spent} {
		v, err := strconv.ParseUint(f[2+i], 10, 31)
		if err != nil {
			return c, false
		}
		*n = int(v)
	}
	c.currency = f[8]
	shop, err := parsePlace(f[9])
	if err != nil || c.currency != price.Code(c.currency) {
		return c, false
	}
	c.shop = shop
	if f[10] != "" {
		c.queue = strings.Split(f[10], ",")
	}
	for _, handle := range c.queue {
		if !queueable(handle) {
			return c, false
		}
	}
	known := c.phase == phaseProducts || c.phase == phaseCollections || c.phase == phaseSitemap
	return c, known && c.page >= 1 && c.limit >= 1 && c.limit <= maxPageSize && c.size <= maxPageSize
}

// queueable reports whether a collection's handle can stand in a cursor.
func queueable(handle string) bool {
	if handle == "" || len(handle) > 255 {
		return false
	}
	for i := range len(handle) {
		if c := handle[i]; c <= ' ' || c == ';' || c == ',' || c == '/' || c == 0x7f {
			return false
		}
	}
	return true
}

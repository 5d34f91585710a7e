package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// tally counts one field of one kind of page.
type tally struct {
	judged, right  int // pages
	said, expected int // pages on which we said something, and on which there is something
	hits           int // said, and right
}

// table is what was counted.
type table struct {
	rows   map[[2]string]*tally
	misses bool
}

// fields in the order of the table.
var fields = []string{"title", "price", "price_max", "compare_at", "currency", "availability", "sku", "brand", "variants", "images", "count", "no product"}

// score compares what was found on a page with what is known of it.
func (t *table) score(p *page, got []wire.Product, plugin string) {
	if v, ok := p.Expected["product"]; ok && string(v) == "null" {
		t.count(p, "no product", len(got) == 0, false, false, fmt.Sprintf("%d products by %s", len(got), plugin))
		return
	}
	list := listed(p.Expected)
	if list == nil {
		if len(got) == 0 {
			got = []wire.Product{{}}
		}
		t.fields(p, &got[0], p.Expected)
		return
	}
	if n, ok := p.Expected["count"]; ok {
		t.count(p, "count", strconv.Itoa(len(got)) == string(n), true, len(got) > 0, fmt.Sprintf("%d products, want %s", len(got), n))
	}
	for _, want := range list {
		found := &wire.Product{}
		for i := range got {
			if g := &got[i]; sameProduct(g, want) {
				found = g
				break
			}
		}
		t.fields(p, found, want)
	}
}

// listed are the products that a list must yield.
func listed(expected map[string]json.RawMessage) (list []map[string]json.RawMessage) {
	for _, key := range [...]string{"products", "items"} {
		if v, ok := expected[key]; ok && json.Unmarshal(v, &list) == nil {
			return list
		}
	}
	return nil
}

func sameProduct(got *wire.Product, want map[string]json.RawMessage) bool {
	for _, id := range [...]string{text(want["id"]), text(want["item_id"]), text(want["sku"])} {
		if id != "" && (got.ID == id || got.SKU == id || strings.HasSuffix(got.URL, "/"+id)) {
			return true
		}
	}
	return text(want["title"]) != "" && same(text(want["title"]), got.Name)
}

func (t *table) fields(p *page, got *wire.Product, want map[string]json.RawMessage) {
	images, variants := strconv.Itoa(len(got.ImageURLs)), strconv.Itoa(len(got.Variants))
	for field, value := range map[string]string{
		"title": got.Name, "price": got.Price, "price_max": got.PriceMax, "compare_at": got.CompareAt, "currency": got.Currency,
		"availability": got.Availability, "sku": got.SKU, "brand": got.Brand, "images": images, "variants": variants,
	} {
		right := values(want, field)
		if field == "title" && right == nil && want["title_contains"] != nil {
			part := text(want["title_contains"])
			t.count(p, field, strings.Contains(got.Name, part), true, got.Name != "", fmt.Sprintf("title %q has no %q", got.Name, part))
			continue
		}
		if right == nil {
			continue
		}
		ok := slices.ContainsFunc(right, func(w string) bool { return equal(field, value, w) })
		some := slices.ContainsFunc(right, func(w string) bool { return w != "" })
		t.count(p, field, ok, some, value != "", fmt.Sprintf("%s %q, want %q", field, value, right))
	}
}

func equal(field, got, want string) bool {
	switch field {
	case "price", "price_max", "compare_at":
		w, ok := price.Loose(want)
		if want == "" || got == "" || !ok {
			return want == got
		}
		return price.Compare(got, w) == 0
	case "variants": // one that is not named counts as none
		return got == want || got == "0" && want == "1"
	}
	return same(want, got)
}

// same compares texts as people would: width, case and spaces don't count.
func same(a, b string) bool {
	fold := func(s string) string {
		s = strings.NewReplacer("〜", "~", "～", "~").Replace(s)
		return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), " "))
	}
	return fold(a) == fold(b)
}

func (t *table) count(p *page, field string, right, expected, said bool, miss string) {
	if t.rows == nil {
		t.rows = map[[2]string]*tally{}
	}
	key := [2]string{p.Kind, field}
	n := t.rows[key]
	if n == nil {
		n = &tally{}
		t.rows[key] = n
	}
	n.judged++
	if right {
		n.right++
	} else if t.misses {
		fmt.Fprintf(os.Stderr, "%s: %s\n", p.File, miss)
	}
	if expected {
		n.expected++
	}
	if said {
		n.said++
		if right {
			n.hits++
		}
	}
}

// print writes the table, sorted by kind and then by field.
func (t *table) print(w io.Writer) {
	var keys [][2]string
	for key := range t.rows {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [2]string) int {
		if a[0] != b[0] {
			return strings.Compare(a[0], b[0])
		}
		return slices.Index(fields, a[1]) - slices.Index(fields, b[1])
	})
	_, _ = fmt.Fprintln(w, "| kind | field | right | of | precision | recall | F1 |\n|---|---|--:|--:|--:|--:|--:|")
	for _, key := range keys {
		n := t.rows[key]
		precision, recall := ratio(n.hits, n.said), ratio(n.hits, n.expected)
		f1 := "–"
		if n.hits > 0 {
			f1 = fmt.Sprintf("%.3f", 2*float64(n.hits)/float64(n.said+n.expected))
		}
		_, _ = fmt.Fprintf(w, "| %s | %s | %d | %d | %s | %s | %s |\n", key[0], key[1], n.right, n.judged, precision, recall, f1)
	}
}

func ratio(a, b int) string {
	if b == 0 {
		return "–"
	}
	return fmt.Sprintf("%.3f", float64(a)/float64(b))
}

package plugintest

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Compare holds the one product of a page against what the item expects.
func Compare(t *testing.T, item *Item, products []wire.Product) {
	t.Helper()
	if len(products) != 1 {
		t.Errorf("%s: %d products, want 1", item.File, len(products))
		return
	}
	p, want := &products[0], &item.Expected
	text := func(field, got string, want *string) {
		t.Helper()
		if want != nil && normal(got) != normal(*want) {
			t.Errorf("%s: %s is %q, want %q", item.File, field, got, *want)
		}
	}
	amount := func(field, got string, want *string) {
		t.Helper()
		if want != nil && !sameAmount(got, *want) {
			t.Errorf("%s: %s is %q, want %q", item.File, field, got, *want)
		}
	}
	text("title", p.Name, want.Title)
	amount("price", p.Price, want.Price)
	amount("price_max", p.PriceMax, want.PriceMax)
	amount("compare_at", p.CompareAt, want.CompareAt)
	text("currency", p.Currency, want.Currency)
	text("sku", p.SKU, want.SKU)
	if !slices.Contains(want.AnyOf, p.Availability) {
		text("availability", p.Availability, want.Availability)
	}
	if want.ItemID != "" {
		text("id", p.ID, &want.ItemID)
	}
	if want.Images != nil && len(p.ImageURLs) != *want.Images {
		t.Errorf("%s: images are %q, want %d", item.File, p.ImageURLs, *want.Images)
	}
	if want.Variants != nil && len(p.Variants) != *want.Variants {
		t.Errorf("%s: %d variants, want %d", item.File, len(p.Variants), *want.Variants)
	}
	Sound(t, p)
}

// normal is a text without the differences that readers do not see.
func normal(s string) string { return strings.Join(strings.Fields(norm.NFKC.String(s)), " ") }

func sameAmount(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && x == y
}

// Sound holds what every product must be, whatever page it came from: it can be
// named and found again, its amounts are decimals, and its texts are UTF-8.
func Sound(t *testing.T, p *wire.Product) {
	t.Helper()
	if p.ID == "" || p.Name == "" || !utf8.ValidString(p.Name) || !utf8.ValidString(p.Description) {
		t.Fatalf("%+v", p)
	}
	amounts := []string{p.Price, p.PriceMax, p.CompareAt}
	for _, v := range p.Variants {
		amounts = append(amounts, v.Price, v.CompareAt)
	}
	for _, amount := range amounts {
		if _, ok := price.Decimal(amount); amount != "" && !ok {
			t.Fatalf("the amount %q in %+v", amount, p)
		}
	}
}

package catalog

import (
	"strings"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/errs"
)

// Bounds of a product. They keep one row within what a page, a prompt and an
// index can bear.
const (
	MaxName        = 500     // runes
	MaxDescription = 100_000 // runes
	MaxURL         = 4096    // bytes
	MaxImages      = 250
	MaxVariants    = 2048
	MaxTags        = 250
	MaxQuantity    = 1_000_000_000
)

// Validate checks the invariants of a product. Its error is Invalid and names
// the field as clients know it.
func (p *Product) Validate() error {
	switch {
	case strings.TrimSpace(p.Name) == "":
		return invalid("name", "is empty")
	case utf8.RuneCountInString(p.Name) > MaxName:
		return invalid("name", "is longer than 500 characters")
	case utf8.RuneCountInString(p.Description) > MaxDescription:
		return invalid("description", "is longer than 100,000 characters")
	case len(p.URL) > MaxURL:
		return invalid("productUrl", "is longer than 4,096 bytes")
	case len(p.Images) > MaxImages:
		return invalid("imageUrls", "has more than 250 entries")
	case len(p.Variants) > MaxVariants:
		return invalid("variants", "has more than 2,048 entries")
	case len(p.Tags) > MaxTags:
		return invalid("tags", "has more than 250 entries")
	}
	for _, m := range []struct {
		name  string
		money Money
	}{{"price", p.Price}, {"compareAtPrice", p.CompareAt}} {
		if m.money.Amount < 0 || m.money.Amount > MaxAmount {
			return invalid(m.name, "is negative or too large")
		}
	}
	if err := validQuantity("stockQuantity", p.StockQuantity); err != nil {
		return err
	}
	return validQuantity("lowStockThreshold", p.LowStockThreshold)
}

func validQuantity(field string, q *int64) error {
	if q != nil && (*q < 0 || *q > MaxQuantity) {
		return invalid(field, "is not between 0 and 1,000,000,000")
	}
	return nil
}

func invalid(field, what string) error {
	return errs.New(errs.Invalid, "%s %s", field, what)
}

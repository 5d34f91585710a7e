package knowledge

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// Item is one entry of a file that is imported. Exactly one of Product, FAQ,
// Context and Err is set.
type Item struct {
	At      string // where it stands: "line 3", "products[2]"
	Product *catalog.Product
	FAQ     *FAQ
	Context *Context // what the file says of the shop; the rest is not known
	Err     error    // why the entry was refused
}

// Items yield a file's entries. Next returns io.EOF at the end; any other error
// says why the file as a whole can't be read, and nothing follows it.
type Items interface{ Next() (Item, error) }

// Bounds of what files say of a product beside catalog's own.
const (
	maxProductID = 128 // bytes
	maxLabel     = 500 // runes of a category, brand, SKU or GTIN
)

// onePrice is a number with whatever stands around it: ¥1,980, 1980円, 1,000-.
var onePrice = regexp.MustCompile(`^[^0-9.\-−]*([0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)[^0-9]*$`)

// readPrice reads a price as people write it. "" is no price. A price without a
// currency is meant in otherwise, unless it has decimals that this does not
// have: then its currency is unknown rather than its value wrong.
func readPrice(text, cur, otherwise string) (catalog.Money, error) {
	text = strings.TrimSpace(norm.NFKC.String(text))
	if text == "" {
		return catalog.Money{}, nil
	}
	if first, _ := utf8.DecodeRuneInString(text); strings.ContainsRune("-−△▲", first) {
		return catalog.Money{}, errs.New(errs.Invalid, "price %.40q is negative", text)
	}
	found := onePrice.FindStringSubmatch(text)
	if found == nil {
		return catalog.Money{}, errs.New(errs.Invalid, "price %.40q is not one number", text)
	}
	decimal := strings.ReplaceAll(found[1], ",", "")
	if strings.HasPrefix(decimal, ".") {
		decimal = "0" + decimal
	}
	if cur != "" {
		return catalog.ParseMoney(decimal, cur)
	}
	price, err := catalog.ParseMoney(decimal, otherwise)
	if err != nil {
		price, err = catalog.ParseMoney(decimal, "")
	}
	return price, err
}

// readStock reads the number that a text begins with; where it begins with
// none, the stock is not managed.
func readStock(text string) (*int64, error) {
	text = strings.ReplaceAll(strings.TrimSpace(norm.NFKC.String(text)), ",", "")
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	rest := text[digits:]
	switch {
	case digits == 0 && len(rest) > 1 && (rest[0] == '-' || strings.HasPrefix(rest, "−")) && strings.ContainsAny(rest, "0123456789"):
		return nil, errs.New(errs.Invalid, "stock %.40q is negative", text)
	case digits == 0:
		return nil, nil
	case strings.HasPrefix(rest, ".") && strings.Trim(rest, ".0") != "":
		return nil, errs.New(errs.Invalid, "stock %.40q is not a whole number", text)
	}
	n, err := strconv.ParseInt(text[:digits], 10, 64)
	if err != nil || n > catalog.MaxQuantity {
		return nil, errs.New(errs.Invalid, "stock %.40q is larger than %d", text, int64(catalog.MaxQuantity))
	}
	return &n, nil
}

// checkProduct holds what files may say of a product, and the invariants.
func checkProduct(p *catalog.Product) error {
	if strings.TrimSpace(p.Name) == "" {
		return errs.New(errs.Invalid, "it has no name")
	}
	for _, label := range []struct{ field, text string }{{"category", p.Category}, {"sku", p.SKU}, {"gtin", p.GTIN}, {"brand", p.Brand}} {
		if utf8.RuneCountInString(label.text) > maxLabel {
			return errs.New(errs.Invalid, "%s is longer than %d characters", label.field, maxLabel)
		}
	}
	if err := checkLink("url", p.URL); err != nil {
		return err
	}
	for _, image := range p.Images {
		if len(image) > catalog.MaxURL {
			return errs.New(errs.Invalid, "image is longer than %d bytes", catalog.MaxURL)
		}
		if err := checkLink("image", image); err != nil {
			return err
		}
	}
	return p.Validate()
}

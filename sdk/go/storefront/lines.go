package storefront

import (
	"strconv"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// Line is a line of a cart by the id that the platform's links name.
type Line struct {
	ID       string
	Quantity int
}

// Lines are the lines of a cart, those of the same id in one. id picks what the
// platform goes by, which must be a number.
func Lines(lines []omakase.CheckoutLine, id func(omakase.CheckoutLine) string) ([]Line, error) {
	if len(lines) == 0 {
		return nil, omakase.Fail(omakase.CodeInvalid, "the cart is empty")
	}
	var merged []Line
next:
	for _, l := range lines {
		name := id(l)
		if _, err := strconv.ParseUint(name, 10, 63); err != nil {
			return nil, omakase.Fail(omakase.CodeInvalid, "the cart needs the number of a product or variant, found "+strconv.Quote(name))
		}
		if l.Quantity < 1 {
			return nil, omakase.Fail(omakase.CodeInvalid, "the quantity of "+name+" must be 1 or more")
		}
		for i := range merged {
			if merged[i].ID == name {
				merged[i].Quantity += l.Quantity
				continue next
			}
		}
		merged = append(merged, Line{name, l.Quantity})
	}
	return merged, nil
}

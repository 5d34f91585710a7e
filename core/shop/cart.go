package shop

import (
	"slices"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// Cart is what a customer has chosen so far. Its ID can't be guessed, and is
// all that is needed to use the cart.
type Cart struct {
	ID                   string
	Lines                []Line // in the order in which they were put in
	CreatedAt, UpdatedAt time.Time
	// Keys are the idempotency keys of the last changes, newest last, so that a
	// change that is sent again is made once.
	Keys []string
}

// Line is a product in a cart, or one of its variants. Name and price are those
// of the moment when it was put in.
type Line struct {
	ProductID    string
	VariantID    string // "" where the product has no variants
	Name         string
	VariantTitle string
	ImageURL     string
	Price        catalog.Money // of one piece
	Quantity     int64
	AddedAt      time.Time
}

// Total is the price of all pieces.
func (l *Line) Total() catalog.Money {
	return catalog.Money{Amount: l.Price.Amount * l.Quantity, Currency: l.Price.Currency}
}

// maxKeys is how many changes of a cart are remembered by their keys.
const maxKeys = 64

// seen reports whether the change of this key was made, and remembers it
// otherwise. No key is never seen.
func (c *Cart) seen(key string) bool {
	if key == "" {
		return false
	}
	if slices.Contains(c.Keys, key) {
		return true
	}
	if c.Keys = append(c.Keys, key); len(c.Keys) > maxKeys {
		c.Keys = c.Keys[len(c.Keys)-maxKeys:]
	}
	return false
}

// Count is the number of pieces.
func (c *Cart) Count() int64 {
	var n int64
	for i := range c.Lines {
		n += c.Lines[i].Quantity
	}
	return n
}

// Subtotal is the sum of all lines, of no currency for an empty cart.
func (c *Cart) Subtotal() catalog.Money {
	var sum catalog.Money
	for i := range c.Lines {
		t := c.Lines[i].Total()
		sum = catalog.Money{Amount: sum.Amount + t.Amount, Currency: t.Currency}
	}
	return sum
}

// line is the index of a line, -1 when there is none.
func (c *Cart) line(productID, variantID string) int {
	return slices.IndexFunc(c.Lines, func(l Line) bool { return l.ProductID == productID && l.VariantID == variantID })
}

// meant is the one line that a customer means, who may leave out the variant
// where there is no choice.
func (c *Cart) meant(productID, variantID string) (int, error) {
	if i := c.line(productID, variantID); i >= 0 {
		return i, nil
	}
	found := -1
	for i := range c.Lines {
		switch {
		case c.Lines[i].ProductID != productID || variantID != "":
		case found >= 0:
			return -1, refuse(WhichVariant, errs.Conflict, "several variants of the product are in the cart").
				hint("name one with variantId").of(productID, "", c.Lines[i].Name)
		default:
			found = i
		}
	}
	if found < 0 {
		return -1, refuse(NotInCart, errs.NotFound, "the product is not in the cart").of(productID, variantID, "")
	}
	return found, nil
}

// add puts pieces of a product in. It changes nothing when it refuses.
func (c *Cart) add(p *catalog.Product, variantID string, quantity int64, now time.Time, r *Rules) error {
	v, err := choose(p, variantID)
	if err != nil {
		return err
	}
	l := Line{
		ProductID: p.ID, Name: p.Name, Price: priceOf(p, v), ImageURL: imageOf(p, v), Quantity: quantity, AddedAt: now,
	}
	if v != nil {
		l.VariantID, l.VariantTitle = v.ID, titleOf(v)
	}
	if err := offered(p, v); err != nil {
		return err
	}
	for i := range c.Lines {
		if c.Lines[i].Price.Currency != l.Price.Currency {
			return refuse(OtherCurrency, errs.Conflict, "the cart is in %s, but %s is sold in %s",
				currency(c.Lines[i].Price), p.Name, currency(l.Price)).
				hint("order what is in the cart first, or use a second cart").of(p.ID, l.VariantID, p.Name)
		}
	}
	i := c.line(l.ProductID, l.VariantID)
	if i < 0 && len(c.Lines) >= r.MaxLines {
		return refuse(TooManyLines, errs.Conflict, "a cart holds at most %d different products", r.MaxLines).limit(int64(r.MaxLines))
	}
	if i >= 0 {
		quantity += c.Lines[i].Quantity
	}
	if err := r.quantity(quantity, p.ID, l.VariantID, p.Name); err != nil {
		return err
	}
	if err := c.bearable(i, l.Price, quantity); err != nil {
		return err
	}
	if i >= 0 {
		// The price of the first piece stays; what it is now shows beside it.
		c.Lines[i].Quantity = quantity
		return nil
	}
	c.Lines = append(c.Lines, l)
	return nil
}

// set changes the quantity of a line; 0 takes it out.
func (c *Cart) set(productID, variantID string, quantity int64, r *Rules) error {
	i, err := c.meant(productID, variantID)
	if err != nil {
		return err
	}
	l := &c.Lines[i]
	if quantity == 0 {
		c.Lines = slices.Delete(c.Lines, i, i+1)
		return nil
	}
	if err := r.quantity(quantity, l.ProductID, l.VariantID, l.Name); err != nil {
		return err
	}
	if err := c.bearable(i, l.Price, quantity); err != nil {
		return err
	}
	l.Quantity = quantity
	return nil
}

// remove takes a line out; without a variant, all lines of the product.
func (c *Cart) remove(productID, variantID string) error {
	before := len(c.Lines)
	c.Lines = slices.DeleteFunc(c.Lines, func(l Line) bool {
		return l.ProductID == productID && (variantID == "" || l.VariantID == variantID)
	})
	if len(c.Lines) == before {
		return refuse(NotInCart, errs.NotFound, "the product is not in the cart").of(productID, variantID, "")
	}
	return nil
}

// bearable refuses sums beyond what money can count, if line i (-1: a new one)
// had this quantity.
func (c *Cart) bearable(i int, price catalog.Money, quantity int64) error {
	sum := price.Amount * quantity // within 1e18: both are bounded
	for k := range c.Lines {
		if k != i {
			sum += c.Lines[k].Total().Amount // each within MaxAmount
		}
	}
	if sum > catalog.MaxAmount {
		return refuse(TooExpensive, errs.Invalid, "the sum of the cart is larger than can be counted").hint("choose a smaller quantity")
	}
	return nil
}

// limit says what would be possible.
func (r *Refusal) limit(n int64) *Refusal {
	r.Limit = n
	return r
}

// quantity checks the pieces of one line.
func (r *Rules) quantity(n int64, productID, variantID, name string) error {
	switch {
	case n < 1:
		return refuse(BadQuantity, errs.Invalid, "quantity must be a whole number from 1 to %d", r.MaxQuantity).
			of(productID, variantID, name)
	case n > r.MaxQuantity:
		return refuse(TooManyPieces, errs.Conflict, "a cart holds at most %d of one product", r.MaxQuantity).
			of(productID, variantID, name).limit(r.MaxQuantity)
	}
	return nil
}

func currency(m catalog.Money) string {
	if m.Currency == "" {
		return "no known currency"
	}
	return m.Currency
}

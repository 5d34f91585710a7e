package shop

import "github.com/omakase-ai/omakase/core/errs"

// Reason is why a cart or an order stays as it is. Its text is the stable code
// that clients and tools see.
type Reason string

// The reasons.
const (
	NoCart          Reason = "cart_not_found"
	NoOrder         Reason = "order_not_found"
	NoProduct       Reason = "product_not_found"
	NoVariant       Reason = "variant_not_found"
	NotInCart       Reason = "not_in_cart"
	WhichVariant    Reason = "variant_needed"     // several lines are meant
	NotForSale      Reason = "not_for_sale"       // the product is not offered
	NoPrice         Reason = "no_price"           // nobody knows what it costs
	OtherCurrency   Reason = "mixed_currencies"   // the cart is in another currency
	TooManyLines    Reason = "too_many_lines"     // more than Rules.MaxLines
	TooManyPieces   Reason = "quantity_limit"     // more than Rules.MaxQuantity
	BadQuantity     Reason = "invalid_quantity"   // no quantity at all
	TooExpensive    Reason = "amount_limit"       // the sum can't be counted
	EmptyCart       Reason = "cart_empty"         //
	ShortStock      Reason = "insufficient_stock" // less there than asked for
	KeyReused       Reason = "key_reused"         // for a different order
	WrongState      Reason = "wrong_state"        // the order can't go there from here
	NoCheckout      Reason = "no_checkout"        // no link at a real shop
	InvalidCustomer Reason = "invalid_customer"   // or notes
)

// Refusal is an error that says why, for a customer to be told in words.
type Refusal struct {
	Reason    Reason
	ProductID string // "" when it is about no product
	VariantID string
	Name      string // of the product, or of what else was named
	// Limit is what would be possible: pieces in stock, lines of a cart.
	Limit int64
	// Short are all lines that an order has too few of.
	Short []Shortage

	err *errs.Error
}

// Shortage is a line of an order that stock does not cover.
type Shortage struct {
	ProductID, VariantID, Name string
	Wanted, Available          int64
}

// Error implements error.
func (r *Refusal) Error() string { return r.err.Error() }

// Unwrap leads to the kind and the hint.
func (r *Refusal) Unwrap() error { return r.err }

func refuse(reason Reason, kind errs.Kind, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, err: errs.New(kind, format, args...)}
}

func (r *Refusal) hint(format string, args ...any) *Refusal {
	r.err = r.err.WithHint(format, args...)
	return r
}

// of says which product it is about.
func (r *Refusal) of(productID, variantID, name string) *Refusal {
	r.ProductID, r.VariantID, r.Name = productID, variantID, name
	return r
}

// CartMissing is the error of a store that has no such cart.
func CartMissing() error {
	return refuse(NoCart, errs.NotFound, "there is no such cart").hint("carts that nobody used for long are cleared away; make a new one")
}

// OrderMissing is the error of a store that has no such order, and of everyone
// who must not know whether there is one.
func OrderMissing() error {
	return refuse(NoOrder, errs.NotFound, "there is no such order").hint("see that the number is right, and that the order is of this cart")
}

package shop

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// Order is what a customer bought. Names and prices are copies: what becomes of
// the products later does not change it.
type Order struct {
	ID      string // a UUID
	Number  string // NumberOf(ID), unique in the workspace
	CartID  string // whose customer may ask for the order
	Session string // the voice session in which it was placed, or ""
	Key     string // the idempotency key it was placed with, or ""
	State   State
	Moves   []Move // how it came there, oldest first
	Lines   []OrderLine
	Totals  Totals

	Customer Customer
	Notes    string

	CreatedAt, UpdatedAt time.Time
}

// Move is a state that an order came to.
type Move struct {
	State State
	At    time.Time
}

// OrderLine is a line of an order.
type OrderLine struct {
	Line
	Was  catalog.Money // the price in the cart, where it was another one; else zero
	Rate Rate          // of tax
	Shop string        // catalog.ShopKey of the shop that the product came from, or ""
	// ShopURL is the product's page there, PlatformID its id, and Plugin who
	// read it.
	ShopURL, PlatformID, Plugin string
	// What was taken out of stock, where it is counted.
	TakenProduct, TakenVariant int64
}

// Customer is who ordered, as far as they said.
type Customer struct {
	Name, Email, Phone string
}

// The bounds of what a customer may say, in characters.
const (
	maxCustomer = 254
	maxNotes    = 2000
	maxKey      = 200 // bytes of an idempotency key
)

// NumberOf is the number that an order with this id has: the first eight digits
// of the UUID in upper case.
func NumberOf(id string) string { return strings.ToUpper(id[:min(8, len(id))]) }

// numberIn finds the number in what a customer says: in any case, with a # or a
// blank before it, or as the whole id.
func numberIn(said string) (number string, ok bool) {
	said = strings.ToUpper(strings.TrimPrefix(strings.TrimSpace(said), "#"))
	if len(said) != 8 && len(said) != 36 {
		return "", false
	}
	return NumberOf(said), strings.Trim(said, "0123456789ABCDEF-") == ""
}

// NewOrder is what a customer asks for.
type NewOrder struct {
	CartID   string
	Session  string
	Key      string // orders of one cart with equal keys are one order; "": none
	Customer Customer
	Notes    string
}

func (n *NewOrder) check() error {
	for _, f := range []struct {
		name, value string
		limit       int
	}{
		{"customer.name", n.Customer.Name, maxCustomer},
		{"customer.email", n.Customer.Email, maxCustomer},
		{"customer.phone", n.Customer.Phone, maxCustomer},
		{"notes", n.Notes, maxNotes},
	} {
		if utf8.RuneCountInString(f.value) > f.limit {
			r := refuse(InvalidCustomer, errs.Invalid, "%s is longer than %d characters", f.name, f.limit)
			r.Name = f.name
			return r
		}
	}
	if len(n.Key) > maxKey {
		return errs.New(errs.Invalid, "the idempotency key is longer than %d bytes", maxKey)
	}
	return nil
}

// same reports whether an order was asked for in the same words.
func (n *NewOrder) same(o *Order) bool { return n.Customer == o.Customer && n.Notes == o.Notes }

// build makes an order of a cart: it checks the stock of all lines and takes it
// from products, which are by id, or refuses and says which lines are short. It
// empties the cart.
func (n *NewOrder) build(c *Cart, products map[string]*catalog.Product, now time.Time, r *Rules) (*Order, error) {
	if len(c.Lines) == 0 {
		return nil, refuse(EmptyCart, errs.Conflict, "the cart is empty").hint("put something in before ordering")
	}
	o := &Order{
		CartID: c.ID, Session: n.Session, Key: n.Key, Customer: n.Customer, Notes: n.Notes,
		Lines: make([]OrderLine, 0, len(c.Lines)), CreatedAt: now, UpdatedAt: now,
	}
	var short []Shortage
	for i := range c.Lines {
		l, shortage, err := orderLine(&c.Lines[i], products, r)
		if err != nil {
			return nil, err
		}
		if shortage != nil {
			short = append(short, *shortage)
		}
		o.Lines = append(o.Lines, l)
	}
	if short != nil {
		refusal := refuse(ShortStock, errs.Conflict, "%s: %d in stock, %d wanted", short[0].Name, short[0].Available, short[0].Wanted).
			hint("choose a smaller quantity, or take it out of the cart").
			of(short[0].ProductID, short[0].VariantID, short[0].Name).limit(short[0].Available)
		refusal.Short = short
		return nil, refusal
	}
	var err error
	if o.Totals, err = r.Totals(o.Lines); err != nil {
		return nil, err
	}
	o.move(Pending, now)
	if r.Confirm {
		o.move(Confirmed, now)
	}
	c.Lines = nil
	return o, nil
}

func orderLine(from *Line, products map[string]*catalog.Product, r *Rules) (OrderLine, *Shortage, error) {
	p := products[from.ProductID]
	if p == nil {
		return OrderLine{}, nil, refuse(NoProduct, errs.Conflict, "%s is no longer in the catalogue", from.Name).
			hint("take it out of the cart").of(from.ProductID, from.VariantID, from.Name)
	}
	v, err := choose(p, from.VariantID)
	if err == nil {
		err = offered(p, v)
	}
	if err != nil {
		return OrderLine{}, nil, err
	}
	l := OrderLine{Line: *from, Rate: r.Tax.rate(p)}
	l.Name, l.Price, l.ImageURL = p.Name, priceOf(p, v), imageOf(p, v)
	if v != nil {
		l.VariantID, l.VariantTitle = v.ID, titleOf(v)
	}
	if l.Price != from.Price {
		l.Was = from.Price
	}
	if p.Source != nil {
		l.Shop, l.ShopURL, l.PlatformID, l.Plugin = p.Source.Shop, p.URL, p.Source.PlatformID, p.Source.Plugin
	}
	if n := available(p, v); n != nil && *n < l.Quantity {
		return l, &Shortage{ProductID: p.ID, VariantID: l.VariantID, Name: p.Name, Wanted: l.Quantity, Available: *n}, nil
	}
	t := take(p, v, l.Quantity)
	l.TakenProduct, l.TakenVariant = t.product, t.variant
	return l, nil, nil
}

func (o *Order) move(to State, now time.Time) {
	o.State, o.UpdatedAt = to, now
	o.Moves = append(o.Moves, Move{to, now})
}

// change moves an order on. Where it is cancelled, what it took goes back to
// the products that still are there. Coming to the state where it is, is no
// move.
func (o *Order) change(to State, products map[string]*catalog.Product, now time.Time) error {
	switch {
	case o.State == to:
		return nil
	case !o.State.May(to):
		return wrongState(o, to)
	}
	if to == Cancelled {
		for i := range o.Lines {
			if p := products[o.Lines[i].ProductID]; p != nil {
				giveBack(p, &o.Lines[i])
			}
		}
	}
	o.move(to, now)
	return nil
}

// ProductIDs are those of all lines, each once.
func (o *Order) ProductIDs() []string {
	ids := make([]string, len(o.Lines))
	for i := range o.Lines {
		ids[i] = o.Lines[i].ProductID
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// ProductIDs are those of all lines, each once.
func (c *Cart) ProductIDs() []string {
	ids := make([]string, len(c.Lines))
	for i := range c.Lines {
		ids[i] = c.Lines[i].ProductID
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

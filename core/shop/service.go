package shop

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// Products is the catalogue that carts are filled from. Product is NotFound for
// what isn't there.
type Products interface {
	Product(ctx context.Context, workspace, id string) (catalog.Product, error)
}

// Options make a Service.
type Options struct {
	Store    Store
	Products Products
	Rules    Rules
	// Links makes checkout links at real shops; nil: there are none.
	Links Links
	// CartTTL is how long a cart that nobody changes is kept; 0: for ever.
	CartTTL time.Duration
	Now     func() time.Time // nil: time.Now
}

// Service is carts and orders by the operator's rules. It may be used from any
// goroutine. Its errors are Refusals where a customer should be told why.
type Service struct {
	o   Options
	now func() time.Time
}

// New returns a service.
func New(o Options) *Service {
	s := &Service{o: o, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	s.o.Rules.MaxLines = min(max(o.Rules.MaxLines, 1), MostLines)
	s.o.Rules.MaxQuantity = min(max(o.Rules.MaxQuantity, 1), MostQuantity)
	return s
}

// Rules are those of the service.
func (s *Service) Rules() Rules { return s.o.Rules }

// moment is now in the precision of stores.
func (s *Service) moment() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Handle names a cart.
type Handle struct {
	Workspace string
	ID        string
	// Make has a cart that isn't there be made by its first change, and be
	// empty until then. Only the host may choose ids, never a client.
	Make bool
}

// Item names a product, and its variant where there is a choice.
type Item struct {
	ProductID string
	VariantID string
	Quantity  int64
}

// NewCart makes an empty cart.
func (s *Service) NewCart(ctx context.Context, workspace string) (Cart, error) {
	return s.change(ctx, Handle{Workspace: workspace, ID: uuid.NewString(), Make: true}, "", func(*Cart) error { return nil })
}

// Cart reads a cart.
func (s *Service) Cart(ctx context.Context, h Handle) (Cart, error) {
	c, err := s.o.Store.Cart(ctx, h.Workspace, h.ID)
	if h.Make && errs.Is(err, errs.NotFound) {
		return Cart{ID: h.ID}, nil
	}
	return c, err
}

// Add puts pieces of a product into the cart. Like every change, it is made
// once for each key; a change that is repeated is answered with the cart as it
// is by now.
func (s *Service) Add(ctx context.Context, h Handle, key string, item Item) (Cart, error) {
	if item.Quantity < 1 || item.Quantity > MostQuantity {
		return Cart{}, s.o.Rules.quantity(min(item.Quantity, MostQuantity+1), item.ProductID, item.VariantID, "")
	}
	p, err := s.product(ctx, h.Workspace, item.ProductID)
	if err != nil {
		return Cart{}, err
	}
	now := s.moment()
	return s.change(ctx, h, key, func(c *Cart) error {
		return c.add(&p, item.VariantID, item.Quantity, now, &s.o.Rules)
	})
}

// Set changes the quantity of a line; 0 takes it out.
func (s *Service) Set(ctx context.Context, h Handle, key string, item Item) (Cart, error) {
	if item.Quantity < 0 || item.Quantity > MostQuantity {
		return Cart{}, s.o.Rules.quantity(min(item.Quantity, MostQuantity+1), item.ProductID, item.VariantID, "")
	}
	return s.change(ctx, h, key, func(c *Cart) error {
		return c.set(item.ProductID, item.VariantID, item.Quantity, &s.o.Rules)
	})
}

// Remove takes a line out; without a variant, all lines of the product.
func (s *Service) Remove(ctx context.Context, h Handle, key string, item Item) (Cart, error) {
	return s.change(ctx, h, key, func(c *Cart) error { return c.remove(item.ProductID, item.VariantID) })
}

// Clear takes everything out.
func (s *Service) Clear(ctx context.Context, h Handle, key string) (Cart, error) {
	return s.change(ctx, h, key, func(c *Cart) error {
		c.Lines = nil
		return nil
	})
}

func (s *Service) change(ctx context.Context, h Handle, key string, change func(*Cart) error) (Cart, error) {
	if len(key) > maxKey {
		return Cart{}, errs.New(errs.Invalid, "the idempotency key is longer than %d bytes", maxKey)
	}
	var expired time.Time
	if s.o.CartTTL > 0 {
		expired = s.moment().Add(-s.o.CartTTL)
	}
	return s.o.Store.ChangeCart(ctx, h.Workspace, h.ID, h.Make, expired, func(c *Cart) error {
		if c.seen(key) {
			return nil
		}
		return change(c)
	})
}

func (s *Service) product(ctx context.Context, workspace, id string) (catalog.Product, error) {
	p, err := s.o.Products.Product(ctx, workspace, id)
	if errs.Is(err, errs.NotFound) {
		return p, refuse(NoProduct, errs.NotFound, "there is no product %.100q", id).of(id, "", "")
	}
	return p, err
}

// Place makes an order of what is in a cart. placed is false when the key has
// been used for it before: the answer is that order.
func (s *Service) Place(ctx context.Context, workspace string, n NewOrder) (o Order, placed bool, err error) {
	if err := n.check(); err != nil {
		return Order{}, false, err
	}
	now := s.moment()
	o, placed, err = s.o.Store.PlaceOrder(ctx, workspace, Placement{
		CartID: n.CartID, Key: n.Key, NewID: uuid.NewString,
		Build: func(c *Cart, products map[string]*catalog.Product) (*Order, error) {
			return n.build(c, products, now, &s.o.Rules)
		},
	})
	if err == nil && !placed && !n.same(&o) {
		return Order{}, false, refuse(KeyReused, errs.Conflict, "the idempotency key was used for another order of this cart").
			hint("use a new key for a new order, and the same words when an order is sent again")
	}
	return o, placed, err
}

// Asker is who wants to know of an order.
type Asker struct {
	// Operator sees all orders of the workspace; everybody else those of a cart.
	Operator bool
	CartID   string
	Session  string // of a voice session; its own orders are its customer's as well
}

func (a Asker) may(o *Order) bool {
	return a.Operator || a.CartID != "" && a.CartID == o.CartID || a.Session != "" && a.Session == o.Session
}

// Order finds an order by its number, in any case, or by its id. For those who
// may not see it, it isn't there.
func (s *Service) Order(ctx context.Context, workspace, said string, a Asker) (Order, error) {
	number, ok := numberIn(said)
	if !ok {
		return Order{}, OrderMissing()
	}
	o, err := s.o.Store.Order(ctx, workspace, number)
	if err != nil {
		return Order{}, err
	}
	if !a.may(&o) {
		return Order{}, OrderMissing()
	}
	return o, nil
}

// Orders lists orders, newest first.
func (s *Service) Orders(ctx context.Context, workspace string, q OrderQuery) (orders []Order, next string, err error) {
	return s.o.Store.ListOrders(ctx, workspace, q)
}

// Move brings an order to a state. Cancelling puts what it took back in stock,
// once.
func (s *Service) Move(ctx context.Context, workspace, said string, a Asker, to State) (Order, error) {
	number, ok := numberIn(said)
	if !ok {
		return Order{}, OrderMissing()
	}
	now := s.moment()
	return s.o.Store.ChangeOrder(ctx, workspace, number, func(o *Order, products map[string]*catalog.Product) error {
		if !a.may(o) {
			return OrderMissing()
		}
		return o.change(to, products, now)
	})
}

package shop

import (
	"context"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
)

// Store keeps carts and orders by workspace. What its functions are given runs
// within one transaction, and possibly more than once.
type Store interface {
	// Cart is CartMissing when it isn't there.
	Cart(ctx context.Context, workspace, id string) (Cart, error)
	// ChangeCart reads a cart, lets change edit it, and writes it. A cart that
	// isn't there is CartMissing, or made when create. When one is made, some
	// of those that nobody changed since expired are deleted, in any workspace.
	ChangeCart(ctx context.Context, workspace, id string, create bool, expired time.Time, change func(*Cart) error) (Cart, error)

	// PlaceOrder reads a cart and its products and lets p.Build make an order
	// of them. The order, the cart that it leaves and the stock that it takes
	// are stored together, durably, or not at all; stock enters the history,
	// and the workspace's Revision moves. Where the cart has an order with the
	// key already, that is the answer, and placed is false.
	PlaceOrder(ctx context.Context, workspace string, p Placement) (o Order, placed bool, err error)
	// Order finds by number; OrderMissing when it isn't there.
	Order(ctx context.Context, workspace, number string) (Order, error)
	ListOrders(ctx context.Context, workspace string, q OrderQuery) (orders []Order, next string, err error)
	// ChangeOrder lets change edit an order and the stock of its products, those
	// that still are there, by id. What changed is stored as PlaceOrder does.
	ChangeOrder(ctx context.Context, workspace, number string, change func(*Order, map[string]*catalog.Product) error) (Order, error)
	// BoughtTogether are ids of products that were ordered together with one,
	// the most frequent first. It looks at the latest orders only.
	BoughtTogether(ctx context.Context, workspace, productID string, limit int) ([]string, error)
	// Similar are ids of products that can be had now, the nearest in price
	// first. It looks at some thousand products only.
	Similar(ctx context.Context, workspace string, q Similar) ([]string, error)
}

// Similar selects products by what they have in common with another.
type Similar struct {
	Near     int64         // the other's catalog.Product.Seq, around which to look; 0: at the beginning
	Category string        // "": any
	Price    catalog.Money // of the other; zero: any, in the order of the catalogue
	Limit    int
}

// Placement is an order to be.
type Placement struct {
	CartID string
	Key    string // "": none
	// NewID makes the UUID of the order, of which its number comes. It is asked
	// again while that is taken.
	NewID func() string
	// Build makes the order, without id and number. It may change the cart and
	// the stock of the products.
	Build func(c *Cart, products map[string]*catalog.Product) (*Order, error)
}

// OrderQuery selects orders, newest first.
type OrderQuery struct {
	Limit  int // 0: all
	Cursor string
	State  State // "": any
	CartID string
}

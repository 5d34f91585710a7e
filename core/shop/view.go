package shop

import (
	"context"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// View is a cart beside what its products are now.
type View struct {
	Cart
	Items []ItemView // one for each line
	// Estimate is what an order would cost now. It is zero while Unavailable.
	Estimate Totals
	// Unavailable says that no order could be made of the cart as it is.
	Unavailable bool
}

// ItemView is what became of the product of a line.
type ItemView struct {
	Gone      bool          // it can't be bought any more
	Price     catalog.Money // now
	Available *int64        // pieces in stock; nil: not counted
	Short     bool          // fewer than the line has
}

// View reads a cart with what its products are now.
func (s *Service) View(ctx context.Context, h Handle) (View, error) {
	c, err := s.Cart(ctx, h)
	if err != nil {
		return View{}, err
	}
	return s.Look(ctx, h.Workspace, c)
}

// Look compares a cart with the catalogue.
func (s *Service) Look(ctx context.Context, workspace string, c Cart) (View, error) {
	v := View{Cart: c, Items: make([]ItemView, len(c.Lines)), Unavailable: len(c.Lines) == 0}
	lines := make([]OrderLine, 0, len(c.Lines))
	for i := range c.Lines {
		l := &c.Lines[i]
		p, err := s.o.Products.Product(ctx, workspace, l.ProductID)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return View{}, err
		}
		if err != nil {
			v.Items[i].Gone, v.Unavailable = true, true
			continue
		}
		v.Items[i] = look(&p, l)
		if v.Items[i].Gone || v.Items[i].Short {
			v.Unavailable = true
		}
		now := OrderLine{Line: *l, Rate: s.o.Rules.Tax.rate(&p)}
		now.Price = v.Items[i].Price
		lines = append(lines, now)
	}
	if v.Unavailable {
		return v, nil
	}
	var err error
	if v.Estimate, err = s.o.Rules.Totals(lines); err != nil {
		v.Unavailable = true // a price changed its currency, say
	}
	return v, nil
}

func look(p *catalog.Product, l *Line) ItemView {
	v, err := choose(p, l.VariantID)
	if err != nil || offered(p, v) != nil {
		return ItemView{Gone: true}
	}
	i := ItemView{Price: priceOf(p, v), Available: available(p, v)}
	i.Short = i.Available != nil && *i.Available < l.Quantity
	return i
}

// Link is a checkout at a real shop.
type Link struct {
	URL    string
	Plugin string // who made it
}

// Basket is what a link is made for.
type Basket struct {
	Workspace string
	Plugin    string // who reads the shop
	URL       string // of one of its products
	Lines     []BasketLine
}

// BasketLine is one line of it, by the shop's own ids.
type BasketLine struct {
	ProductID, VariantID string
	Quantity             int64
}

// Links makes checkout links. Its errors are Unsupported when the plugin
// can't, and NotFound when it isn't there.
type Links interface {
	Link(ctx context.Context, b Basket) (url string, err error)
}

// Checkout is a link that leads to the real shop with the order's lines in its
// cart. There is one only where all lines came from one shop whose plugin makes
// links.
func (s *Service) Checkout(ctx context.Context, workspace string, o *Order) (Link, error) {
	if s.o.Links == nil || len(o.Lines) == 0 || o.Lines[0].Shop == "" {
		return Link{}, refuse(NoCheckout, errs.Unsupported, "these products are not from a shop that could take the order")
	}
	b := Basket{Workspace: workspace, URL: o.Lines[0].ShopURL, Plugin: o.Lines[0].Plugin, Lines: make([]BasketLine, len(o.Lines))}
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Shop != o.Lines[0].Shop || l.Plugin != b.Plugin {
			return Link{}, refuse(NoCheckout, errs.Unsupported, "the products are not all from one shop").
				hint("order the products of each shop separately")
		}
		b.Lines[i] = BasketLine{ProductID: l.PlatformID, VariantID: l.VariantID, Quantity: l.Quantity}
	}
	url, err := s.o.Links.Link(ctx, b)
	if errs.Is(err, errs.Unsupported) || errs.Is(err, errs.NotFound) {
		return Link{}, refuse(NoCheckout, errs.Unsupported, "%v", err).hint("%s", errs.HintOf(err))
	}
	return Link{url, b.Plugin}, err
}

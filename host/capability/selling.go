package capability

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Sale is the conversation with a customer that a call belongs to. The guest
// can name none of it.
type Sale struct {
	Session string // the voice session
	Cart    string // its cart; made by the first change
	// Call identifies the call within the session: when it is repeated, changes
	// that were made are not made again. "" is a call that is never repeated.
	Call string
}

// Catalog is the products that plugins may look at; a store is one.
type Catalog interface {
	Product(ctx context.Context, workspace, id string) (catalog.Product, error)
	SearchProducts(ctx context.Context, workspace string, q store.SearchQuery) (store.Page, error)
}

// Knowledge is what a shop knows besides its products; a store is one.
type Knowledge interface {
	SearchFAQs(ctx context.Context, workspace, query string, limit int) ([]knowledge.FAQ, error)
	StoreContext(ctx context.Context, workspace string) (*knowledge.Context, error)
}

// How much a call may ask for.
const (
	maxFound   = 50  // products or questions of one answer
	maxCounted = 100 // hits of a search
	usualFound = 5
	maxWords   = 500 // bytes of a search
)

var (
	errNoCatalog   = errs.New(errs.Unavailable, "this host has no catalogue for plugins")
	errNoShop      = errs.New(errs.Unavailable, "this host has no carts for plugins")
	errNoKnowledge = errs.New(errs.Unavailable, "this host has no knowledge for plugins")
	errNoCart      = errs.New(errs.Unsupported, "this call is for no customer's cart")
)

func found(limit int) int {
	if limit <= 0 {
		return usualFound
	}
	return min(limit, maxFound)
}

func (c *Call) searchCatalog(ctx context.Context, q *wire.CatalogRequest) (wire.Value, error) {
	s := c.session
	switch {
	case s.functions.Catalog == nil:
		return nil, errNoCatalog
	case len(q.Query) > maxWords:
		return nil, errs.New(errs.Invalid, "query is longer than %d bytes", maxWords)
	case q.Query == "":
		return &wire.CatalogReply{}, nil
	}
	page, err := s.functions.Catalog.SearchProducts(ctx, s.opts.Workspace, store.SearchQuery{Text: q.Query, Limit: maxCounted})
	if err != nil {
		return nil, err
	}
	reply := &wire.CatalogReply{Count: len(page.Docs)}
	for _, doc := range page.Docs[:min(found(q.Limit), len(page.Docs))] {
		var id struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(doc, &id); err != nil {
			return nil, errs.New(errs.Internal, "a stored product can't be read: %v", err)
		}
		p, err := s.functions.Catalog.Product(ctx, s.opts.Workspace, id.ID)
		if errs.Is(err, errs.NotFound) { // deleted meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		reply.Products = append(reply.Products, catalogProduct(&p))
	}
	return reply, nil
}

func (c *Call) getProduct(ctx context.Context, q *wire.CatalogRequest) (wire.Value, error) {
	s := c.session
	if s.functions.Catalog == nil {
		return nil, errNoCatalog
	}
	p, err := s.functions.Catalog.Product(ctx, s.opts.Workspace, q.ID)
	if err != nil {
		return nil, err
	}
	return &wire.CatalogReply{Products: []wire.CatalogProduct{catalogProduct(&p)}, Count: 1, Record: string(catalog.Encode(&p))}, nil
}

func (c *Call) suggest(ctx context.Context, q *wire.CatalogRequest) (wire.Value, error) {
	s := c.session
	if s.functions.Shop == nil {
		return nil, errNoCatalog
	}
	products, err := s.functions.Shop.Suggest(ctx, s.opts.Workspace, q.ID, q.Category, found(q.Limit))
	if err != nil {
		return nil, err
	}
	if len(products) == 0 && q.Category != "" { // what customers call a category is often a word of names
		return c.searchCatalog(ctx, &wire.CatalogRequest{Query: clip(q.Category, maxWords-len("…")), Limit: q.Limit})
	}
	reply := &wire.CatalogReply{Count: len(products)}
	for i := range products {
		reply.Products = append(reply.Products, catalogProduct(&products[i]))
	}
	return reply, nil
}

func catalogProduct(p *catalog.Product) wire.CatalogProduct {
	w := wire.CatalogProduct{
		ID: p.ID, Name: p.Name, Description: p.Description, Category: p.Category, Brand: p.Brand, Active: p.Active, Currency: p.Price.Currency,
		Stock: p.StockQuantity, Low: p.Stock().Low,
	}
	if !p.Price.IsZero() {
		w.Price, w.Formatted = p.Price.Number(), p.Price.Format()
	}
	if len(p.Images) > 0 {
		w.ImageURL = p.Images[0]
	}
	w.InStock = inStock(p, "")
	for i := range p.Variants {
		v := &p.Variants[i]
		if v.ID == "" || len(p.Variants) == 1 {
			continue
		}
		variant := wire.CatalogVariant{ID: v.ID, Title: v.Title, InStock: inStock(p, v.ID), Stock: v.Stock}
		if !v.Price.IsZero() {
			variant.Price, variant.Formatted = v.Price.Number(), v.Price.Format()
		}
		w.Variants = append(w.Variants, variant)
	}
	return w
}

func inStock(p *catalog.Product, variant string) bool {
	n := shop.Available(p, variant)
	return n == nil || *n > 0
}

// cart is the cart of the call's customer.
func (c *Call) cart() (*shop.Service, shop.Handle, error) {
	s := c.session
	switch {
	case s.functions.Shop == nil:
		return nil, shop.Handle{}, errNoShop
	case s.opts.Sale.Cart == "":
		return nil, shop.Handle{}, errNoCart
	}
	return s.functions.Shop, shop.Handle{Workspace: s.opts.Workspace, ID: s.opts.Sale.Cart, Make: true}, nil
}

// change is the idempotency key of the call's next change. The session is in
// it, so that no call of another one has the same.
func (c *Call) change() string {
	c.changes++
	sale := &c.session.opts.Sale
	if sale.Call == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d", sale.Session, sale.Call, c.session.plugin.ID, c.changes))
	return hex.EncodeToString(sum[:20])
}

func (c *Call) getCart(ctx context.Context, _ *wire.CartRequest) (wire.Value, error) {
	service, h, err := c.cart()
	if err != nil {
		return nil, err
	}
	v, err := service.View(ctx, h)
	if err != nil {
		return nil, err
	}
	reply := cartReply(&v.Cart)
	for i := range reply.Lines {
		reply.Lines[i].Available, reply.Lines[i].Gone = v.Items[i].Available, v.Items[i].Gone
	}
	return reply, nil
}

func (c *Call) changeCart(change func(s *shop.Service, h shop.Handle, key string) (shop.Cart, error)) (wire.Value, error) {
	service, h, err := c.cart()
	if err != nil {
		return nil, err
	}
	cart, err := change(service, h, c.change())
	if refused := refusal(err); refused != nil {
		return &wire.CartReply{Refused: refused}, nil
	}
	if err != nil {
		return nil, err
	}
	return cartReply(&cart), nil
}

func (c *Call) addToCart(ctx context.Context, q *wire.CartRequest) (wire.Value, error) {
	return c.changeCart(func(s *shop.Service, h shop.Handle, key string) (shop.Cart, error) {
		return s.Add(ctx, h, key, item(q))
	})
}

func (c *Call) setInCart(ctx context.Context, q *wire.CartRequest) (wire.Value, error) {
	return c.changeCart(func(s *shop.Service, h shop.Handle, key string) (shop.Cart, error) {
		return s.Set(ctx, h, key, item(q))
	})
}

func (c *Call) removeFromCart(ctx context.Context, q *wire.CartRequest) (wire.Value, error) {
	return c.changeCart(func(s *shop.Service, h shop.Handle, key string) (shop.Cart, error) {
		return s.Remove(ctx, h, key, item(q))
	})
}

func (c *Call) clearCart(ctx context.Context, _ *wire.CartRequest) (wire.Value, error) {
	return c.changeCart(func(s *shop.Service, h shop.Handle, key string) (shop.Cart, error) { return s.Clear(ctx, h, key) })
}

func item(q *wire.CartRequest) shop.Item {
	return shop.Item{ProductID: q.ProductID, VariantID: q.VariantID, Quantity: q.Quantity}
}

// refusal is nil for an error that is none.
func refusal(err error) *wire.Refusal {
	var r *shop.Refusal
	if !errors.As(err, &r) {
		return nil
	}
	return &wire.Refusal{Reason: string(r.Reason), Message: r.Error(), ProductID: r.ProductID, Name: r.Name, Limit: r.Limit}
}

func cartReply(cart *shop.Cart) *wire.CartReply {
	sum := cart.Subtotal()
	reply := &wire.CartReply{Count: cart.Count(), Subtotal: sum.Number(), Currency: sum.Currency, Formatted: sum.Format()}
	if len(cart.Lines) == 0 {
		reply.Subtotal, reply.Formatted = "0", ""
	}
	for i := range cart.Lines {
		reply.Lines = append(reply.Lines, cartLine(&cart.Lines[i]))
	}
	return reply
}

func cartLine(l *shop.Line) wire.CartLine {
	return wire.CartLine{
		ProductID: l.ProductID, VariantID: l.VariantID, VariantTitle: l.VariantTitle, Name: l.Name, Price: l.Price.Number(),
		Quantity: l.Quantity, Total: l.Total().Number(), Formatted: l.Total().Format(), ImageURL: l.ImageURL,
	}
}

func (c *Call) placeOrder(ctx context.Context, q *wire.OrderRequest) (wire.Value, error) {
	service, h, err := c.cart()
	if err != nil {
		return nil, err
	}
	o, _, err := service.Place(ctx, h.Workspace, shop.NewOrder{
		CartID: h.ID, Session: c.session.opts.Sale.Session, Key: c.change(), Notes: q.Notes,
		Customer: shop.Customer{Name: q.Name, Email: q.Email, Phone: q.Phone},
	})
	refused := refusal(err)
	if refused != nil && refused.Reason == string(shop.NoCart) { // nothing was ever put in
		refused.Reason = string(shop.EmptyCart)
	}
	return orderReply(&o, refused, err)
}

func (c *Call) getOrder(ctx context.Context, q *wire.OrderRequest) (wire.Value, error) {
	service, h, err := c.cart()
	if err != nil {
		return nil, err
	}
	o, err := service.Order(ctx, h.Workspace, q.Number, shop.Asker{CartID: h.ID, Session: c.session.opts.Sale.Session})
	return orderReply(&o, refusal(err), err)
}

func orderReply(o *shop.Order, refused *wire.Refusal, err error) (wire.Value, error) {
	switch {
	case refused != nil:
		return &wire.OrderReply{Refused: refused}, nil
	case err != nil:
		return nil, err
	}
	t := &o.Totals
	reply := &wire.OrderReply{
		ID: o.ID, Number: o.Number, State: string(o.State), Currency: t.Currency, TaxIncluded: t.Included,
		Subtotal: t.Money(t.Subtotal).Number(), Tax: t.Money(t.Tax).Number(), Shipping: t.Money(t.Shipping).Number(), Total: t.Money(t.Total).Number(),
		FormattedSubtotal: t.Money(t.Subtotal).Format(), FormattedTax: t.Money(t.Tax).Format(), FormattedTotal: t.Money(t.Total).Format(),
		CreatedAt: o.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
	if t.Shipping > 0 {
		reply.FormattedShipping = t.Money(t.Shipping).Format()
	}
	for i := range o.Lines {
		l := &o.Lines[i]
		line := cartLine(&l.Line)
		if !l.Was.IsZero() {
			line.Was, line.WasFormatted, line.PriceFormatted = l.Was.Number(), l.Was.Format(), l.Price.Format()
		}
		reply.Lines = append(reply.Lines, line)
	}
	return reply, nil
}

func (c *Call) searchFAQs(ctx context.Context, q *wire.KnowledgeRequest) (wire.Value, error) {
	s := c.session
	switch {
	case s.functions.Knowledge == nil:
		return nil, errNoKnowledge
	case len(q.Query) > maxWords:
		return nil, errs.New(errs.Invalid, "query is longer than %d bytes", maxWords)
	}
	faqs, err := s.functions.Knowledge.SearchFAQs(ctx, s.opts.Workspace, q.Query, found(q.Limit))
	if err != nil {
		return nil, err
	}
	reply := &wire.KnowledgeReply{}
	for i := range faqs {
		reply.FAQs = append(reply.FAQs, wire.FAQ{Question: faqs[i].Question, Answer: faqs[i].Answer, Category: faqs[i].Category})
	}
	return reply, nil
}

func (c *Call) storeInfo(ctx context.Context, _ *wire.KnowledgeRequest) (wire.Value, error) {
	s := c.session
	if s.functions.Knowledge == nil {
		return nil, errNoKnowledge
	}
	known, err := s.functions.Knowledge.StoreContext(ctx, s.opts.Workspace)
	if err != nil {
		return nil, err
	}
	if known == nil {
		return &wire.StoreReply{Name: knowledge.DefaultName}, nil
	}
	reply := &wire.StoreReply{Name: known.Name, Description: known.Description, URL: known.URL, Categories: known.Categories}
	if p := known.Policies; p != nil {
		reply.Shipping, reply.Returns, reply.Payment, reply.Support = p.Shipping, p.Returns, p.Payment, p.Support
	}
	return reply, nil
}

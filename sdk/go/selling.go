package omakase

import "github.com/omakase-ai/omakase/sdk/go/wire"

// Requests and replies of tool/1, and of the capabilities that tools work
// with.

type (
	// ToolListRequest asks for the plugin's tools.
	ToolListRequest = wire.ToolListRequest
	// ToolListReply is the plugin's tools.
	ToolListReply = wire.ToolListReply
	// Tool is a function that a model may call.
	Tool = wire.Tool
	// ToolCallRequest calls a tool; its arguments fit the tool's schema.
	ToolCallRequest = wire.ToolCallRequest
	// ToolCallReply is the result of a tool, which the model reads.
	ToolCallReply = wire.ToolCallReply

	// CatalogReply is products, the best first.
	CatalogReply = wire.CatalogReply
	// CatalogProduct is a product that is in the catalogue.
	CatalogProduct = wire.CatalogProduct
	// CatalogVariant is one buyable form of a product.
	CatalogVariant = wire.CatalogVariant
	// CartReply is the cart as it is now, or why it was not changed.
	CartReply = wire.CartReply
	// CartLine is a line of a cart or of an order.
	CartLine = wire.CartLine
	// Refusal is why a cart or an order stays as it is.
	Refusal = wire.Refusal
	// OrderRequest is who orders, as far as they said.
	OrderRequest = wire.OrderRequest
	// OrderReply is an order, or why there is none.
	OrderReply = wire.OrderReply
	// FAQ is a frequent question.
	FAQ = wire.FAQ
	// StoreReply is what the shop says about itself.
	StoreReply = wire.StoreReply
)

// Tools holds the handlers of tool/1.
type Tools struct {
	// List names the tools, the same ones each time.
	List func(ctx *Context, req ToolListRequest) (ToolListReply, error)
	// Call runs one. What the model can mend is a result; an error is for what
	// is broken. A customer waits.
	Call func(ctx *Context, req ToolCallRequest) (ToolCallReply, error)
}

// Catalog is the capability catalog: the products of the call's workspace.
type Catalog struct{ ctx *Context }

// Catalog returns the capability.
func (c *Context) Catalog() Catalog { return Catalog{c} }

// Search finds products by words from their name or description.
func (c Catalog) Search(query string, limit int) (CatalogReply, error) {
	return c.ask(wire.FnCatalogSearch, wire.CatalogRequest{Query: query, Limit: limit})
}

// Get returns one product, and what REST says of it. The code is not_found
// where it isn't there.
func (c Catalog) Get(id string) (p CatalogProduct, record string, err error) {
	reply, err := c.ask(wire.FnCatalogGet, wire.CatalogRequest{ID: id})
	if err == nil && len(reply.Products) == 0 {
		err = Fail(CodeInternal, "the host's reply holds no product")
	}
	if err != nil {
		return CatalogProduct{}, "", err
	}
	return reply.Products[0], reply.Record, nil
}

// Suggest returns what goes with a product, or is worth a look in a category;
// both may be empty.
func (c Catalog) Suggest(id, category string, limit int) ([]CatalogProduct, error) {
	reply, err := c.ask(wire.FnCatalogSuggest, wire.CatalogRequest{ID: id, Category: category, Limit: limit})
	return reply.Products, err
}

func (c Catalog) ask(fn int32, req wire.CatalogRequest) (CatalogReply, error) {
	var reply CatalogReply
	err := c.ctx.ask(fn, &req, &reply)
	return reply, err
}

// Cart is the capability cart: the cart of the call's customer. What the
// shop's rules refuse is in the reply, not in the error.
type Cart struct{ ctx *Context }

// Cart returns the capability.
func (c *Context) Cart() Cart { return Cart{c} }

// Get returns the cart.
func (c Cart) Get() (CartReply, error) { return c.ask(wire.FnCartGet, wire.CartRequest{}) }

// Add puts pieces of a product in.
func (c Cart) Add(productID, variantID string, quantity int64) (CartReply, error) {
	return c.ask(wire.FnCartAdd, wire.CartRequest{ProductID: productID, VariantID: variantID, Quantity: quantity})
}

// Set changes the quantity of a line; 0 takes it out.
func (c Cart) Set(productID, variantID string, quantity int64) (CartReply, error) {
	return c.ask(wire.FnCartSet, wire.CartRequest{ProductID: productID, VariantID: variantID, Quantity: quantity})
}

// Remove takes a line out; without a variant, all lines of the product.
func (c Cart) Remove(productID, variantID string) (CartReply, error) {
	return c.ask(wire.FnCartRemove, wire.CartRequest{ProductID: productID, VariantID: variantID})
}

// Clear takes everything out.
func (c Cart) Clear() (CartReply, error) { return c.ask(wire.FnCartClear, wire.CartRequest{}) }

func (c Cart) ask(fn int32, req wire.CartRequest) (CartReply, error) {
	var reply CartReply
	err := c.ctx.ask(fn, &req, &reply)
	return reply, err
}

// Orders is the capability order: the orders of the call's customer.
type Orders struct{ ctx *Context }

// Orders returns the capability.
func (c *Context) Orders() Orders { return Orders{c} }

// Place orders what is in the cart.
func (o Orders) Place(req OrderRequest) (OrderReply, error) {
	var reply OrderReply
	err := o.ctx.ask(wire.FnOrderPlace, &req, &reply)
	return reply, err
}

// Get finds an order of the customer by its number, as they say it.
func (o Orders) Get(number string) (OrderReply, error) {
	var reply OrderReply
	err := o.ctx.ask(wire.FnOrderGet, &wire.OrderRequest{Number: number}, &reply)
	return reply, err
}

// Knowledge is the capability knowledge: what the shop knows besides its
// products.
type Knowledge struct{ ctx *Context }

// Knowledge returns the capability.
func (c *Context) Knowledge() Knowledge { return Knowledge{c} }

// Search finds frequent questions, the best first.
func (k Knowledge) Search(query string, limit int) ([]FAQ, error) {
	var reply wire.KnowledgeReply
	err := k.ctx.ask(wire.FnKnowledgeSearch, &wire.KnowledgeRequest{Query: query, Limit: limit}, &reply)
	return reply.FAQs, err
}

// Store is what the shop says about itself.
func (k Knowledge) Store() (StoreReply, error) {
	var reply StoreReply
	err := k.ctx.ask(wire.FnKnowledgeStore, &wire.KnowledgeRequest{}, &reply)
	return reply, err
}

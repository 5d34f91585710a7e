package api

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

const (
	productMissing = "Product not found"
	maxBulk        = 10_000 // products in one request
	maxProductID   = 128    // bytes of an id that a client chose
)

func (s *Server) listProducts(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	return productList(ctx, c, b, workspace, store.AnyStock)
}

func (s *Server) listLowStock(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	return productList(ctx, c, b, workspace, store.LowStock)
}

func (s *Server) listSoldOut(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	return productList(ctx, c, b, workspace, store.SoldOut)
}

func productList(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string, filter store.StockFilter) ([]byte, error) {
	limit, cursor, err := paging(c)
	if err != nil {
		return nil, err
	}
	page, err := b.Store.ListProducts(ctx, workspace, store.ListQuery{Limit: limit, Cursor: cursor, Stock: filter})
	if err != nil {
		return nil, err
	}
	return joinPage([]byte(`{"success":true`), page, limit), nil
}

func (s *Server) searchProducts(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	query, err := pathText(c, "query")
	if err != nil {
		return nil, err
	}
	limit, cursor, err := paging(c)
	if err != nil {
		return nil, err
	}
	page, err := b.Store.SearchProducts(ctx, workspace, store.SearchQuery{Text: query, Limit: limit, Cursor: cursor})
	if err != nil {
		return nil, err
	}
	return joinPage(catalog.AppendString([]byte(`{"success":true,"query":`), query), page, limit), nil
}

// joinPage appends a page to the beginning of an object. Where a limit was
// asked for, nextCursor says how to go on, null at the end.
func joinPage(head []byte, page store.Page, limit int) []byte {
	size := len(head) + 64 + len(page.Next)
	for _, doc := range page.Docs {
		size += len(doc) + 1
	}
	b := append(make([]byte, 0, size), head...)
	b = strconv.AppendInt(append(b, `,"count":`...), int64(len(page.Docs)), 10)
	b = append(b, `,"products":[`...)
	for i, doc := range page.Docs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, doc...)
	}
	b = append(b, ']')
	return append(appendNext(b, page.Next, limit), '}')
}

func appendNext(b []byte, next string, limit int) []byte {
	switch {
	case limit == 0:
		return b
	case next == "":
		return append(b, `,"nextCursor":null`...)
	}
	return catalog.AppendString(append(b, `,"nextCursor":`...), next)
}

func (s *Server) getProduct(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	id, err := pathText(c, "id")
	if err != nil {
		return nil, err
	}
	doc, err := b.Store.ProductDoc(ctx, workspace, id)
	if err != nil {
		return nil, named(err, productMissing)
	}
	return appendProduct([]byte(`{"success":true`), doc), nil
}

// appendProduct closes the object.
func appendProduct(b, doc []byte) []byte {
	b = append(append(b, `,"product":`...), doc...)
	return append(b, '}')
}

func (s *Server) createProduct(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	p, err := s.newProduct(f)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := b.Store.CreateProducts(ctx, workspace, []*catalog.Product{p}); err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusCreated, appendProduct([]byte(`{"success":true`), catalog.Encode(p)))
}

func (s *Server) newProduct(f *fields) (*catalog.Product, error) {
	in := readProduct(f)
	if f.err != nil {
		return nil, f.err
	}
	p, err := in.newProduct(s.o.DefaultCurrency)
	return p, fieldError(f.at, err)
}

// createProducts stores all products of a list or none. Unlike single
// creation it takes ids, so that a catalogue can be moved.
func (s *Server) createProducts(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	list, p := f.list("products")
	switch {
	case p != given || f.err != nil:
		return errs.New(errs.Invalid, "Products array required")
	case len(list) > maxBulk:
		return errs.New(errs.TooLarge, "products has more than %d entries", maxBulk).WithHint("send them in several requests")
	}
	products := make([]*catalog.Product, len(list))
	for i, raw := range list {
		if products[i], err = s.bulkProduct(raw, i); err != nil {
			return err
		}
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if len(products) > 0 {
		if err := b.Store.CreateProducts(ctx, workspace, products); err != nil {
			return err
		}
	}
	page := store.Page{Docs: make([][]byte, len(products))}
	for i, p := range products {
		page.Docs[i] = catalog.Encode(p)
	}
	return writeJSON(c, fiber.StatusCreated, joinPage([]byte(`{"success":true`), page, 0))
}

func (s *Server) bulkProduct(raw json.RawMessage, i int) (*catalog.Product, error) {
	at := "products[" + strconv.Itoa(i) + "]"
	f, err := parseFields(raw, at)
	if err != nil {
		return nil, err
	}
	f.at = at + "."
	id, _ := f.text("id", maxProductID)
	if !printable(id) {
		f.refuse("id", "has characters that cannot be printed")
	}
	p, err := s.newProduct(f)
	if err != nil {
		return nil, err
	}
	p.ID = id
	return p, nil
}

func (s *Server) updateProduct(c *fiber.Ctx, b *Backend) error {
	workspace, id, err := productPath(c)
	if err != nil {
		return err
	}
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	in := readProduct(f)
	in.refuseNulls(f)
	if f.err != nil {
		return f.err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	p, err := b.Store.UpdateProduct(ctx, workspace, id, func(p *catalog.Product) error {
		return in.update(p, s.o.DefaultCurrency)
	})
	if err != nil {
		return named(err, productMissing)
	}
	return writeJSON(c, fiber.StatusOK, appendProduct([]byte(`{"success":true`), catalog.Encode(&p)))
}

func productPath(c *fiber.Ctx) (workspace, id string, err error) {
	if workspace, err = workspaceOf(c); err != nil {
		return "", "", err
	}
	id, err = pathText(c, "id")
	return workspace, id, err
}

func (s *Server) deleteProduct(c *fiber.Ctx, b *Backend) error {
	workspace, id, err := productPath(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := b.Store.DeleteProduct(ctx, workspace, id); err != nil {
		return named(err, productMissing)
	}
	return writeMessage(c, "Product deleted")
}

func (s *Server) clearProducts(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := b.Store.ClearProducts(ctx, workspace); err != nil {
		return err
	}
	return writeMessage(c, "All products cleared")
}

func writeMessage(c *fiber.Ctx, text string) error {
	b := catalog.AppendString([]byte(`{"success":true,"message":`), text)
	return writeJSON(c, fiber.StatusOK, append(b, '}'))
}

package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/shop"
)

// maxDecoded bounds the bytes that decoded remembers products by. What they
// were decoded to takes about as much again.
const maxDecoded = 4 << 20

// decoded keeps the products that were sold lately as they were decoded. With
// one writer, all that is done within its transactions is waited for by all, so
// within them an order only looks whether the bytes of a product still are
// those that it knows. Nothing here can be out of date, for the bytes decide.
type decoded struct {
	mu       sync.RWMutex
	products map[productKey]decodedProduct
	size     int
}

type productKey struct {
	workspace int64
	id        string
}

type decodedProduct struct {
	doc, data []byte
	product   catalog.Product // shared: changed by nobody
}

// product is decodeProduct for products that may be known.
func (d *decoded) product(doc, data []byte, p *catalog.Product) error {
	d.mu.RLock()
	was, ok := d.products[keyOf(p)]
	d.mu.RUnlock()
	if !ok || !bytes.Equal(was.data, data) || !bytes.Equal(was.doc, doc) {
		if err := decodeProduct(doc, data, p); err != nil {
			return err
		}
		d.keep(bytes.Clone(doc), bytes.Clone(data), p)
		return nil
	}
	id, seq := p.ID, p.Seq
	*p = was.product
	p.ID, p.Seq, p.Source = id, seq, clonePtr(p.Source)
	return nil
}

// keep remembers what bytes mean. They are no longer the caller's.
func (d *decoded) keep(doc, data []byte, p *catalog.Product) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.products == nil {
		d.products = map[productKey]decodedProduct{}
	}
	kept := clone(p)
	if kept.Source != nil { // of other columns, and not in the bytes
		kept.Source.Hash, kept.Source.SeenAt, kept.Source.Origins = 0, time.Time{}, ""
	}
	was := d.products[keyOf(p)]
	d.size += len(doc) + len(data) - len(was.doc) - len(was.data)
	d.products[keyOf(p)] = decodedProduct{doc, data, kept}
	for key, old := range d.products { // in no order: what is missed comes back
		if d.size <= maxDecoded {
			return
		}
		delete(d.products, key)
		d.size -= len(old.doc) + len(old.data)
	}
}

// renew is keep for a product that was written, if its last form is known.
func (d *decoded) renew(doc, data []byte, p *catalog.Product) {
	if d.knows(p.Seq>>numberBits, p.ID) {
		d.keep(doc, data, p)
	}
}

func (d *decoded) knows(workspace int64, id string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	_, ok := d.products[productKey{workspace, id}]
	return ok
}

func keyOf(p *catalog.Product) productKey { return productKey{p.Seq >> numberBits, p.ID} }

// prepare decodes a cart and its products before its order's turn, and returns
// what decodes the cart then. What it can't read is read in turn.
func (s *Store) prepare(ctx context.Context, no int64, workspace, cartID string) func([]byte, *shop.Cart) error {
	if !s.d.OneWriter {
		return decodeCart
	}
	var known []byte
	cart, err := s.scanCart(cartID, func(data []byte, c *shop.Cart) error {
		known = data
		return decodeCart(data, c)
	}, func(dest ...any) error { return s.row(ctx, selectCart, []any{no, text(cartID)}, dest...) })
	if err != nil {
		return decodeCart
	}
	ids := slices.DeleteFunc(cart.ProductIDs(), func(id string) bool { return s.decoded.knows(no, id) })
	if len(ids) > 0 {
		_ = s.rows(ctx, s.productsByID(), func(rows *sql.Rows) error {
			var doc, data sql.RawBytes
			_, err := scanRow(rows.Scan, workspace, &doc, &data, s.decoded.product)
			return err
		}, no, s.d.List(ids))
	}
	return func(data []byte, c *shop.Cart) error {
		if !bytes.Equal(data, known) {
			return decodeCart(data, c)
		}
		c.Lines, c.Keys = slices.Clone(cart.Lines), slices.Clone(cart.Keys)
		return nil
	}
}

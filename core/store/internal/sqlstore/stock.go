package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"slices"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/shop"
)

// stock is products whose stock a transaction may change.
type stock struct {
	before []row
	after  map[string]*catalog.Product // copies, by id
}

func (s *Store) productsByID() string {
	query := productColumns + `WHERE p.workspace = ? AND ` + s.d.In("p.id") + ` ORDER BY p.seq`
	if s.d.OneWriter {
		return query
	}
	return query + ` FOR UPDATE OF p` // in the order of seq, so that two orders never wait for each other
}

// stocked reads those of the products that are still there.
func (t *Tx) stocked(ctx context.Context, no int64, workspace string, ids []string, k *known) (*stock, error) {
	all := &stock{after: make(map[string]*catalog.Product, len(ids))}
	if len(ids) == 0 {
		return all, nil
	}
	err := t.Rows(ctx, t.s.productsByID(), func(rows *sql.Rows) error {
		var doc, data sql.RawBytes
		r, err := scanRow(rows.Scan, workspace, &doc, &data, k.product)
		all.before = append(all.before, r)
		return err
	}, no, t.s.d.List(ids))
	if err != nil {
		return nil, errs.Wrap("reading products", err)
	}
	for i := range all.before {
		p := clone(&all.before[i].Product)
		all.after[p.ID] = &p
	}
	return all, nil
}

// restock writes those products that are no longer what they were.
func (t *Tx) restock(ctx context.Context, workspace string, all *stock) error {
	var before, after []*catalog.Product
	var edited [][]any
	for i := range all.before {
		was := &all.before[i]
		is := all.after[was.ID]
		if !stockDiffers(&was.Product, is) {
			continue
		}
		is.UpdatedAt = t.s.clock()
		before, after = append(before, &was.Product), append(after, is)
		if was.shop != nil {
			edited = append(edited, []any{*was.shop, *was.platformID})
		}
	}
	if len(after) == 0 {
		return nil
	}
	if err := t.update(ctx, before, after); err != nil {
		return err
	}
	if err := t.Each(ctx, markEdited, edited); err != nil {
		return err
	}
	return t.changed(ctx, workspace)
}

// stockDiffers looks only at what an order may change.
func stockDiffers(a, b *catalog.Product) bool {
	was, is := productEntry(a), productEntry(b)
	if !sameEntry(&was, &is) {
		return true
	}
	for i := range a.Variants {
		was, is := variantEntry(&a.Variants[i]), variantEntry(&b.Variants[i])
		if !sameEntry(&was, &is) {
			return true
		}
	}
	return false
}

// known is a cart with its products, by seq, as they were read before a
// transaction. With one writer all that is done within its transactions is
// waited for by all, so an order decodes them before, and within looks only
// whether their bytes still are the same. nil knows nothing.
type known struct {
	cartData []byte
	lines    []shop.Line
	keys     []string
	products map[int64]knownProduct
}

type knownProduct struct {
	doc, data []byte
	product   catalog.Product
}

// prepare reads the products of a cart. What it can't read is read later.
func (s *Store) prepare(ctx context.Context, no int64, workspace, cartID string) *known {
	if !s.d.OneWriter {
		return nil
	}
	k := &known{}
	c, err := s.scanCart(cartID, func(data []byte, c *shop.Cart) error {
		k.cartData = data
		return decodeCart(data, c)
	}, func(dest ...any) error { return s.row(ctx, selectCart, []any{no, text(cartID)}, dest...) })
	if err != nil || len(c.Lines) == 0 {
		return nil
	}
	k.lines, k.keys = c.Lines, c.Keys
	k.products = make(map[int64]knownProduct, len(c.Lines))
	err = s.rows(ctx, s.productsByID(), func(rows *sql.Rows) error {
		var doc, data []byte
		r, err := scanRow(rows.Scan, workspace, &doc, &data, decodeProduct)
		k.products[r.Seq] = knownProduct{doc, data, r.Product}
		return err
	}, no, s.d.List(c.ProductIDs()))
	if err != nil {
		return nil
	}
	return k
}

// cart is decodeCart for those who may know the cart already.
func (k *known) cart(data []byte, c *shop.Cart) error {
	if k == nil || !bytes.Equal(data, k.cartData) {
		return decodeCart(data, c)
	}
	c.Lines, c.Keys = slices.Clone(k.lines), slices.Clone(k.keys)
	return nil
}

// product is decodeProduct for those who may know the product already.
func (k *known) product(doc, data []byte, p *catalog.Product) error {
	if k != nil {
		if was, ok := k.products[p.Seq]; ok && bytes.Equal(was.data, data) && bytes.Equal(was.doc, doc) {
			id, seq := p.ID, p.Seq
			*p = was.product
			p.ID, p.Seq, p.Source = id, seq, clonePtr(p.Source)
			return nil
		}
	}
	return decodeProduct(doc, data, p)
}

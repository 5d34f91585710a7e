package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

const (
	stockColumns = `SELECT p.seq, p.id, p.shop, p.platform_id, p.created_at, p.updated_at, p.vanished_at, p.doc, p.data FROM products p `
	// Of what a sale changes, only the count and the availability have columns.
	updateStock = `UPDATE products SET stock = ?, availability = ?, updated_at = ?, doc = ?, data = ? WHERE seq = ?`
)

// stock is products whose stock a transaction may change.
type stock struct {
	before []shelved
	rows   []*row                      // copies of before
	after  map[string]*catalog.Product // their products, by id
}

func (s *Store) stockByID() string {
	query := stockColumns + `WHERE p.workspace = ? AND ` + s.d.In("p.id") + ` ORDER BY p.seq`
	if s.d.OneWriter {
		return query
	}
	return query + ` FOR UPDATE OF p` // in the order of seq, so that two orders never wait for each other
}

// stocked reads those of the products that are still there.
func (t *Tx) stocked(ctx context.Context, no int64, workspace string, ids []string) (*stock, error) {
	all := &stock{
		before: make([]shelved, 0, len(ids)), rows: make([]*row, 0, len(ids)),
		after: make(map[string]*catalog.Product, len(ids)),
	}
	var unknown []string
	for _, id := range ids {
		r, ok, err := t.onShelf(ctx, productKey{no, id})
		switch {
		case err != nil:
			return nil, err
		case ok:
			all.before = append(all.before, r)
		default:
			unknown = append(unknown, id)
		}
	}
	if err := t.readStock(ctx, no, workspace, unknown, all); err != nil {
		return nil, errs.Wrap("reading products", err)
	}
	for _, was := range all.before {
		r := *was.row
		copyStock(&r.Product)
		all.rows, all.after[r.ID] = append(all.rows, &r), &r.Product
	}
	return all, nil
}

func (t *Tx) readStock(ctx context.Context, no int64, workspace string, ids []string, all *stock) error {
	if len(ids) == 0 {
		return nil
	}
	return t.Rows(ctx, t.s.stockByID(), func(rows *sql.Rows) error {
		var (
			r                row
			created, updated int64
			vanished         *int64
			doc, data        sql.RawBytes
		)
		if err := rows.Scan(&r.Seq, &r.ID, &r.shop, &r.platformID, &created, &updated, &vanished, &doc, &data); err != nil {
			return err
		}
		if err := decodeProduct(doc, data, &r.Product); err != nil {
			return errs.New(errs.Internal, "product %s is stored in a form that can't be read: %v", r.ID, err)
		}
		r.Workspace = workspace
		r.CreatedAt, r.UpdatedAt, r.VanishedAt = moment(created), moment(updated), momentOf(vanished)
		read := shelved{&r, len(doc) + len(data)}
		t.shelve(productKey{no, r.ID}, read)
		all.before = append(all.before, read)
		return nil
	}, no, t.s.d.List(ids))
}

// copyStock parts a copy of a product from the stock of the original.
func copyStock(p *catalog.Product) {
	p.StockQuantity, p.Variants = clonePtr(p.StockQuantity), slices.Clone(p.Variants)
	for i := range p.Variants {
		p.Variants[i].Stock = clonePtr(p.Variants[i].Stock)
	}
}

// restock writes those products whose stock is no longer what it was, and notes
// what changed. What sells is no edit, so it keeps its origins.
func (t *Tx) restock(ctx context.Context, no int64, workspace string, all *stock) error {
	var before, after []*catalog.Product
	var products, edited [][]any
	for i, was := range all.before {
		r := all.rows[i]
		is := &r.Product
		if !stockDiffers(&was.Product, is) {
			continue
		}
		is.UpdatedAt = t.s.clock()
		before, after = append(before, &was.Product), append(after, is)
		doc, data := catalog.Encode(is), encodeRecord(is)
		products = append(products, []any{stockOf(is), string(is.Availability), micros(is.UpdatedAt), doc, data, is.Seq})
		if was.shop != nil {
			edited = append(edited, []any{*was.shop, *was.platformID})
		}
		t.shelve(productKey{no, is.ID}, shelved{r, len(doc) + len(data)})
	}
	if len(after) == 0 {
		return nil
	}
	if err := t.Each(ctx, updateStock, products); err != nil {
		return errs.Wrap("storing products", err)
	}
	if err := t.remember(ctx, before, after); err != nil {
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

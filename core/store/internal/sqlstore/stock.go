package sqlstore

import (
	"context"
	"database/sql"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
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
func (t *Tx) stocked(ctx context.Context, no int64, workspace string, ids []string) (*stock, error) {
	all := &stock{after: make(map[string]*catalog.Product, len(ids))}
	if len(ids) == 0 {
		return all, nil
	}
	err := t.Rows(ctx, t.s.productsByID(), func(rows *sql.Rows) error {
		var doc, data sql.RawBytes
		r, err := scanRow(rows.Scan, workspace, &doc, &data, t.s.decoded.product)
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

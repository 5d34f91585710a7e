package sqlstore

import (
	"context"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
)

// ReplaceCatalog implements store.Products.
func (s *Store) ReplaceCatalog(ctx context.Context, workspace string, ps []*catalog.Product, c *knowledge.Context) error {
	data, err := encodeContext(c)
	if err != nil {
		return err
	}
	for _, p := range ps {
		if err := p.Validate(); err != nil {
			return err
		}
		if p.ID == "" {
			continue
		}
		if err := checkKey("product id", p.ID); err != nil {
			return err
		}
	}
	if err := checkKey("workspace", workspace); err != nil {
		return err
	}
	rows := make([]*catalog.Product, len(ps)) // filled in only once they are stored
	for i, p := range ps {
		c := *p
		rows[i] = &c
	}
	err = s.transact(ctx, func(tx *Tx) error {
		no, err := tx.workspace(ctx, workspace)
		if err != nil {
			return err
		}
		if err := tx.clear(ctx, no); err != nil {
			return err
		}
		if err := tx.free(ctx, no, rows); err != nil {
			return err
		}
		if len(rows) > 0 {
			if err := tx.insert(ctx, no, workspace, rows, 0); err != nil {
				return err
			}
		}
		if data != nil {
			if err := tx.setContext(ctx, workspace, data); err != nil {
				return err
			}
		}
		return tx.changed(ctx, workspace)
	})
	if err != nil {
		return err
	}
	for i, p := range ps {
		*p = *rows[i]
	}
	return nil
}

// clear deletes the products of a workspace, their history and what is known
// of where they came from.
func (t *Tx) clear(ctx context.Context, no int64) error {
	if err := t.lockWorkspace(ctx, no); err != nil {
		return err
	}
	t.bare()
	low, high := span(no)
	for _, query := range []string{
		`DELETE FROM products WHERE seq > ? AND seq <= ?`,
		`DELETE FROM history WHERE product > ? AND product <= ?`,
		t.s.d.UnindexRange,
	} {
		if _, err := t.Exec(ctx, query, low, high); err != nil {
			return errs.Wrap("clearing products", err)
		}
	}
	for _, query := range []string{
		`DELETE FROM items WHERE shop IN (SELECT no FROM shops WHERE workspace = ?)`,
		`DELETE FROM page_records WHERE shop IN (SELECT no FROM shops WHERE workspace = ?)`,
		`UPDATE workspaces SET products = 0 WHERE no = ?`,
	} {
		if _, err := t.Exec(ctx, query, no); err != nil {
			return errs.Wrap("clearing products", err)
		}
	}
	return nil
}

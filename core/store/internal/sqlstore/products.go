package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

const (
	insertProduct = `INSERT INTO products (workspace, id, shop, platform_id, active, stock, low, price, currency, category,
		availability, created_at, updated_at, vanished_at, doc, data, origins, seq)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updateProduct = `UPDATE products SET active = ?, stock = ?, low = ?, price = ?, currency = ?, category = ?,
		availability = ?, created_at = ?, updated_at = ?, vanished_at = ?, doc = ?, data = ?, origins = ? WHERE seq = ?`
	insertItem = `INSERT INTO items (shop, platform_id, handle, seq, hash, updated, seen_job, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	// A product that a person edited is no longer what the shop says: with
	// another hash the next import writes it anew.
	markEdited = `UPDATE items SET hash = 0 WHERE shop = ? AND platform_id = ?`

	productColumns = `SELECT p.seq, p.id, p.shop, p.platform_id, p.created_at, p.updated_at, p.vanished_at, p.doc, p.data, p.origins, i.hash, i.seen_at
		FROM products p LEFT JOIN items i ON i.shop = p.shop AND i.platform_id = p.platform_id `
	selectProductByID = productColumns + `WHERE p.workspace = ? AND p.id = ?`
	selectDocByID     = `SELECT doc, origins FROM products WHERE workspace = ? AND id = ?`
)

// row is a product with what only its table knows.
type row struct {
	catalog.Product
	shop       *int64
	platformID *string
}

// scanProduct reads productColumns.
func scanProduct(scan func(...any) error, workspace string) (row, error) {
	var (
		doc, data              []byte
		r                      row
		created, updated       int64
		vanished, hash, seenAt *int64
		origins                *catalog.Origins
	)
	if err := scan(&r.Seq, &r.ID, &r.shop, &r.platformID, &created, &updated, &vanished, &doc, &data, &origins, &hash, &seenAt); err != nil {
		return row{}, err
	}
	if err := decodeProduct(doc, data, &r.Product); err != nil {
		return row{}, errs.New(errs.Internal, "product %s is stored in a form that can't be read: %v", r.ID, err)
	}
	r.Workspace = workspace
	r.CreatedAt, r.UpdatedAt, r.VanishedAt = moment(created), moment(updated), momentOf(vanished)
	if r.Source != nil && hash != nil {
		r.Source.Hash, r.Source.SeenAt = uint64(*hash), moment(*seenAt) //nolint:gosec // the bits of a hash
	}
	if r.Source != nil && origins != nil {
		r.Source.Origins = *origins
	}
	return r, nil
}

// Product implements store.Products.
func (s *Store) Product(ctx context.Context, workspace, id string) (catalog.Product, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return catalog.Product{}, err
	}
	var r row
	err = s.rows(ctx, selectProductByID, func(rows *sql.Rows) (err error) {
		r, err = scanProduct(rows.Scan, workspace)
		return err
	}, no, text(id))
	switch {
	case err != nil:
		return catalog.Product{}, errs.Wrap("reading product "+id, err)
	case r.Seq == 0:
		return catalog.Product{}, noProduct(id)
	}
	return r.Product, nil
}

// ProductDoc implements store.Products.
func (s *Store) ProductDoc(ctx context.Context, workspace, id string) ([]byte, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return nil, err
	}
	var (
		doc     []byte
		origins *catalog.Origins
	)
	err = s.row(ctx, selectDocByID, []any{no, text(id)}, &doc, &origins)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, noProduct(id)
	case err != nil || origins == nil:
		return doc, err
	}
	return catalog.AddOrigins(doc, *origins), nil
}

// CountProducts implements store.Products.
func (s *Store) CountProducts(ctx context.Context, workspace string) (int, error) {
	if err := checkKey("workspace", workspace); err != nil {
		return 0, err
	}
	var n int
	err := s.row(ctx, `SELECT products FROM workspaces WHERE name = ?`, []any{workspace}, &n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// CountActive implements store.Products.
func (s *Store) CountActive(ctx context.Context, workspace string) (int, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil || no == 0 {
		return 0, err
	}
	low, high := span(no)
	var n int
	err = s.row(ctx, `SELECT count(*) FROM products WHERE seq > ? AND seq <= ? AND active`, []any{low, high}, &n)
	return n, s.wrap("counting products", err)
}

// CreateProducts implements store.Products.
func (s *Store) CreateProducts(ctx context.Context, workspace string, ps []*catalog.Product) error {
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
	if err := checkKey("workspace", workspace); err != nil || len(ps) == 0 {
		return err
	}
	rows := make([]*catalog.Product, len(ps)) // filled in only once they are stored
	for i, p := range ps {
		c := *p
		rows[i] = &c
	}
	err := s.small(ctx, func(tx *Tx) error {
		no, err := tx.workspace(ctx, workspace)
		if err != nil {
			return err
		}
		if err := tx.free(ctx, no, rows); err != nil {
			return err
		}
		if err := tx.insert(ctx, no, workspace, rows, 0); err != nil {
			return err
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

// insert stores new products, seen by a job (0: none), and fills in what the
// store gives them.
func (t *Tx) insert(ctx context.Context, no int64, workspace string, ps []*catalog.Product, job int64) error {
	seq, err := t.take(ctx, no, len(ps))
	if err != nil {
		return err
	}
	now := t.s.clock()
	var products, items, index [][]any
	for i, p := range ps {
		p.Workspace, p.Seq = workspace, seq+int64(i)
		p.CreatedAt, p.UpdatedAt = now, now
		if p.ID == "" {
			id, err := uuid.NewV7() // in order of time, so that the index grows at its end
			if err != nil {
				return errs.Wrap("making a product id", err)
			}
			p.ID = id.String()
		}
		var shop, platformID any
		if src := p.Source; src != nil {
			shopNo, err := t.shop(ctx, no, src.Shop)
			if err != nil {
				return err
			}
			shop, platformID = shopNo, text(src.PlatformID)
			items = append(items, []any{shopNo, text(src.PlatformID), text(src.Handle), p.Seq, int64(src.Hash), text(src.UpdatedAt), job, micros(now)}) //nolint:gosec // the bits of a hash
			p.Source = clonePtr(src)
			p.Source.SeenAt = now
		}
		values := productValues(p, catalog.Encode(p), encodeRecord(p))
		products = append(products, append([]any{no, p.ID, shop, platformID}, values...))
		index = append(index, append([]any{p.Seq}, t.s.d.Terms(p.Seq, terms(p))...))
	}
	if err := t.Each(ctx, insertProduct, products); err != nil {
		return takenID(err, ps)
	}
	if err := t.Each(ctx, insertItem, items); err != nil {
		return errs.Wrap("storing where products came from", err)
	}
	t.numbers[no].added += len(ps)
	return errs.Wrap("indexing products", t.Each(ctx, t.s.d.Index, index))
}

// free makes sure that products have ids, and places in their shops, which no
// other has.
func (t *Tx) free(ctx context.Context, no int64, ps []*catalog.Product) error {
	ids := map[string]struct{}{}
	for _, p := range ps {
		if p.ID == "" {
			continue
		}
		_, twice := ids[p.ID]
		ids[p.ID] = struct{}{}
		if taken, err := t.exists(ctx, `SELECT 1 FROM products WHERE workspace = ? AND id = ?`, no, p.ID); err != nil {
			return err
		} else if taken || twice {
			return errs.New(errs.Conflict, "product id %q is taken", p.ID)
		}
	}
	places := map[string]struct{}{}
	for _, p := range ps {
		if p.Source == nil {
			continue
		}
		_, twice := places[p.Source.Shop+" "+text(p.Source.PlatformID)]
		places[p.Source.Shop+" "+text(p.Source.PlatformID)] = struct{}{}
		taken, err := t.exists(ctx, `SELECT 1 FROM items i JOIN shops s ON s.no = i.shop
			WHERE s.workspace = ? AND s.shop = ? AND i.platform_id = ?`, no, text(p.Source.Shop), text(p.Source.PlatformID))
		if err != nil {
			return err
		}
		if taken || twice {
			return errs.New(errs.Conflict, "product %q of shop %s is stored already", p.Source.PlatformID, p.Source.Shop)
		}
	}
	return nil
}

func (t *Tx) exists(ctx context.Context, query string, args ...any) (bool, error) {
	var one int
	err := t.Row(ctx, query, args...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, t.s.wrap("looking for what is stored", err)
}

func takenID(err error, ps []*catalog.Product) error {
	if !errs.Is(err, errs.Conflict) {
		return errs.Wrap("storing products", err)
	}
	if len(ps) == 1 {
		return errs.New(errs.Conflict, "product id %q is taken", ps[0].ID)
	}
	return &errs.Error{Kind: errs.Conflict, Msg: "one of the product ids is taken", Err: err}
}

// productValues are the parameters of updateProduct, and the last ones of
// insertProduct, with the encodings of the product.
func productValues(p *catalog.Product, doc, data []byte) []any {
	low := int64(catalog.DefaultLowStock)
	if p.LowStockThreshold != nil {
		low = *p.LowStockThreshold
	}
	var origins any
	if p.Source != nil && p.Source.Origins != "" {
		origins = string(p.Source.Origins)
	}
	return []any{
		p.Active, stockOf(p), low, p.Price.Amount, p.Price.Currency, text(p.Category), string(p.Availability),
		micros(p.CreatedAt), micros(p.UpdatedAt), microsOf(p.VanishedAt), doc, data, origins, p.Seq,
	}
}

func stockOf(p *catalog.Product) any {
	if p.StockQuantity == nil {
		return nil
	}
	return *p.StockQuantity
}

// UpdateProduct implements store.Products.
func (s *Store) UpdateProduct(ctx context.Context, workspace, id string, change func(*catalog.Product) error) (catalog.Product, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return catalog.Product{}, err
	}
	var after catalog.Product
	err = s.small(ctx, func(tx *Tx) error {
		before, err := tx.product(ctx, no, workspace, id)
		if err != nil {
			return err
		}
		after = clone(&before.Product)
		if err := change(&after); err != nil {
			return err
		}
		keepIdentity(&after, &before.Product)
		if err := after.NoteEdits(&before.Product); err != nil {
			return err
		}
		if err := after.Validate(); err != nil {
			return err
		}
		after.UpdatedAt = s.clock()
		if err := tx.update(ctx, []*catalog.Product{&before.Product}, []*catalog.Product{&after}); err != nil {
			return err
		}
		if before.shop != nil && contentDiffers(&before.Product, &after) {
			if _, err := tx.Exec(ctx, markEdited, *before.shop, *before.platformID); err != nil {
				return err
			}
			after.Source.Hash = 0
		}
		return tx.changed(ctx, workspace)
	})
	if err != nil {
		return catalog.Product{}, err
	}
	return after, nil
}

// clone is a copy that an edit may change in place.
func clone(p *catalog.Product) catalog.Product {
	c := *p
	c.StockQuantity, c.LowStockThreshold = clonePtr(p.StockQuantity), clonePtr(p.LowStockThreshold)
	c.VanishedAt, c.Source = clonePtr(p.VanishedAt), clonePtr(p.Source)
	c.Tags, c.Images = slices.Clone(p.Tags), slices.Clone(p.Images)
	c.Options, c.Variants = slices.Clone(p.Options), slices.Clone(p.Variants)
	for i := range c.Variants {
		c.Variants[i].Stock = clonePtr(c.Variants[i].Stock)
	}
	return c
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

// keepIdentity undoes what an edit must not touch.
func keepIdentity(after, before *catalog.Product) {
	after.ID, after.Workspace, after.Seq, after.CreatedAt = before.ID, before.Workspace, before.Seq, before.CreatedAt
	after.Source = clonePtr(before.Source)
}

// contentDiffers leaves out what the shop has no say in.
func contentDiffers(a, b *catalog.Product) bool {
	x, y := *a, *b
	x.LowStockThreshold, y.LowStockThreshold = nil, nil
	x.UpdatedAt, y.UpdatedAt = time.Time{}, time.Time{}
	return !bytes.Equal(catalog.Encode(&x), catalog.Encode(&y))
}

// product reads a product that the transaction will change.
func (t *Tx) product(ctx context.Context, no int64, workspace, id string) (row, error) {
	r, err := scanProduct(t.Row(ctx, selectProductByID+t.lock("p"), no, text(id)).Scan, workspace)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, noProduct(id)
	}
	return r, t.s.wrap("reading product "+id, err)
}

// update writes products over what they were and notes what changed.
func (t *Tx) update(ctx context.Context, before, after []*catalog.Product) error {
	t.bare()
	var products, unindex, index [][]any
	for i, p := range after {
		products = append(products, productValues(p, catalog.Encode(p), encodeRecord(p)))
		if p.Name != before[i].Name || p.Description != before[i].Description {
			unindex = append(unindex, []any{p.Seq})
			index = append(index, append([]any{p.Seq}, t.s.d.Terms(p.Seq, terms(p))...))
		}
	}
	if err := t.Each(ctx, updateProduct, products); err != nil {
		return errs.Wrap("storing products", err)
	}
	if err := t.Each(ctx, t.s.d.Unindex, unindex); err != nil {
		return errs.Wrap("indexing products", err)
	}
	if err := t.Each(ctx, t.s.d.Index, index); err != nil {
		return errs.Wrap("indexing products", err)
	}
	return t.remember(ctx, before, after)
}

// DeleteProduct implements store.Products.
func (s *Store) DeleteProduct(ctx context.Context, workspace, id string) error {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return err
	}
	return s.small(ctx, func(tx *Tx) error {
		if err := tx.lockWorkspace(ctx, no); err != nil {
			if errs.Is(err, errs.NotFound) {
				return noProduct(id)
			}
			return err
		}
		var (
			seq        int64
			shop       *int64
			platformID *string
		)
		err := tx.Row(ctx, `SELECT p.seq, p.shop, p.platform_id FROM products p WHERE p.workspace = ? AND p.id = ?`+tx.lock("p"),
			no, text(id)).Scan(&seq, &shop, &platformID)
		if errors.Is(err, sql.ErrNoRows) {
			return noProduct(id)
		}
		if err != nil {
			return s.wrap("deleting product "+id, err)
		}
		if shop != nil {
			if _, err := tx.Exec(ctx, `DELETE FROM items WHERE shop = ? AND platform_id = ?`, *shop, *platformID); err != nil {
				return errs.Wrap("deleting product "+id, err)
			}
		}
		tx.bare()
		for _, query := range []string{
			`DELETE FROM history WHERE product = ?`, s.d.Unindex, `DELETE FROM products WHERE seq = ?`,
		} {
			if _, err := tx.Exec(ctx, query, seq); err != nil {
				return errs.Wrap("deleting product "+id, err)
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE workspaces SET products = products - 1 WHERE no = ?`, no); err != nil {
			return err
		}
		return tx.changed(ctx, workspace)
	})
}

// ClearProducts implements store.Products.
func (s *Store) ClearProducts(ctx context.Context, workspace string) error {
	no, err := s.workspace(ctx, workspace)
	if err != nil || no == 0 {
		return err
	}
	return s.transact(ctx, func(tx *Tx) error {
		if err := tx.clear(ctx, no); err != nil {
			return err
		}
		return tx.changed(ctx, workspace)
	})
}

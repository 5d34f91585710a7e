package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/shop"
)

const (
	selectCart = `SELECT c.created_at, c.updated_at, c.data FROM carts c WHERE c.workspace = ? AND c.id = ?`
	insertCart = `INSERT INTO carts (workspace, id, created_at, updated_at, data) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`
	updateCart = `UPDATE carts SET updated_at = ?, data = ? WHERE workspace = ? AND id = ?`
	// A few with each new one keep the number of carts bounded without a pause
	// in which many go.
	sweepCarts = `DELETE FROM carts WHERE seq IN (SELECT seq FROM carts WHERE updated_at < ? ORDER BY updated_at LIMIT 4)`
)

// Cart implements shop.Store.
func (s *Store) Cart(ctx context.Context, workspace, id string) (shop.Cart, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return shop.Cart{}, err
	}
	return s.scanCart(id, decodeCart, func(dest ...any) error { return s.row(ctx, selectCart, []any{no, text(id)}, dest...) })
}

func (s *Store) scanCart(id string, decode func(data []byte, c *shop.Cart) error, scan func(...any) error) (shop.Cart, error) {
	c := shop.Cart{ID: id}
	var created, updated int64
	var data []byte
	err := scan(&created, &updated, &data)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return c, shop.CartMissing()
	case err != nil:
		return c, s.wrap("reading the cart", err)
	}
	c.CreatedAt, c.UpdatedAt = moment(created), moment(updated)
	if err := decode(data, &c); err != nil {
		return c, errs.New(errs.Internal, "a cart is stored in a form that can't be read: %v", err)
	}
	return c, nil
}

// cart reads a cart that the transaction will change.
func (t *Tx) cart(ctx context.Context, no int64, id string) (shop.Cart, error) {
	return t.s.scanCart(id, decodeCart, t.Row(ctx, selectCart+t.lock("c"), no, text(id)).Scan)
}

// ChangeCart implements shop.Store.
func (s *Store) ChangeCart(ctx context.Context, workspace, id string, create bool, expired time.Time, change func(*shop.Cart) error) (shop.Cart, error) {
	for what, key := range map[string]string{"workspace": workspace, "cart id": id} {
		if err := checkKey(what, key); err != nil {
			return shop.Cart{}, err
		}
	}
	known, err := s.workspace(ctx, workspace)
	if err != nil {
		return shop.Cart{}, err
	}
	if known == 0 && !create {
		return shop.Cart{}, shop.CartMissing()
	}
	var c shop.Cart
	err = s.small(ctx, func(tx *Tx) (err error) {
		c, err = tx.cart(ctx, known, id)
		if create && errs.Is(err, errs.NotFound) {
			c, err = tx.newCart(ctx, workspace, id, expired, change)
			return err
		}
		if err != nil {
			return err
		}
		return tx.changeCart(ctx, known, &c, change)
	})
	return c, err
}

// newCart makes a cart with its first change.
func (t *Tx) newCart(ctx context.Context, workspace, id string, expired time.Time, change func(*shop.Cart) error) (shop.Cart, error) {
	now := t.s.clock()
	c := shop.Cart{ID: id, CreatedAt: now, UpdatedAt: now}
	if err := change(&c); err != nil {
		return c, err
	}
	no, err := t.workspace(ctx, workspace)
	if err != nil {
		return c, err
	}
	made, err := t.Exec(ctx, insertCart, no, id, micros(now), micros(now), encodeCart(&c))
	if err != nil {
		return c, errs.Wrap("storing the cart", err)
	}
	if made == 0 { // somebody else was quicker
		if c, err = t.cart(ctx, no, id); err != nil {
			return c, err
		}
		return c, t.changeCart(ctx, no, &c, change)
	}
	_, err = t.Exec(ctx, sweepCarts, orZero(expired))
	return c, errs.Wrap("clearing old carts away", err)
}

func (t *Tx) changeCart(ctx context.Context, no int64, c *shop.Cart, change func(*shop.Cart) error) error {
	if err := change(c); err != nil {
		return err
	}
	c.UpdatedAt = t.s.clock()
	return t.saveCart(ctx, no, c)
}

func (t *Tx) saveCart(ctx context.Context, no int64, c *shop.Cart) error {
	_, err := t.Exec(ctx, updateCart, micros(c.UpdatedAt), encodeCart(c), no, c.ID)
	return errs.Wrap("storing the cart", err)
}

package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/shop"
)

const (
	orderColumns     = `SELECT o.seq, o.number, o.cart, o.key, o.state, o.created_at, o.updated_at, o.data FROM orders o `
	selectOrder      = orderColumns + `WHERE o.workspace = ? AND o.number = ?`
	selectOrderByKey = orderColumns + `WHERE o.workspace = ? AND o.cart = ? AND o.key = ? AND o.key <> ''`
	insertOrder      = `INSERT INTO orders (workspace, number, cart, key, state, created_at, updated_at, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace, number) DO NOTHING RETURNING seq`
	updateOrder = `UPDATE orders SET state = ?, updated_at = ?, data = ? WHERE seq = ?`
	// The latest orders of a product say enough, and a bestseller has many.
	boughtTogether = `SELECT t.product FROM
		(SELECT ord FROM order_products WHERE workspace = ? AND product = ? ORDER BY ord DESC LIMIT 200) o
		JOIN order_products t ON t.ord = o.ord WHERE t.product <> ?
		GROUP BY t.product ORDER BY count(*) DESC, max(t.ord) DESC, t.product LIMIT ?`
)

// maxNumbers is how many numbers a new order tries. With a million orders in a
// workspace the second is needed once in four thousand times.
const maxNumbers = 20

// orderRow is an order with its place in the table.
type orderRow struct {
	shop.Order
	seq int64
}

// scanOrder reads orderColumns.
func (s *Store) scanOrder(scan func(...any) error) (orderRow, error) {
	var r orderRow
	var state string
	var created, updated int64
	var data []byte
	err := scan(&r.seq, &r.Number, &r.CartID, &r.Key, &state, &created, &updated, &data)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return r, shop.OrderMissing()
	case err != nil:
		return r, s.wrap("reading the order", err)
	}
	r.State, r.CreatedAt, r.UpdatedAt = shop.State(state), moment(created), moment(updated)
	if err := decodeOrder(data, &r.Order); err != nil {
		return r, errs.New(errs.Internal, "order %s is stored in a form that can't be read: %v", r.Number, err)
	}
	return r, nil
}

// PlaceOrder implements shop.Store.
func (s *Store) PlaceOrder(ctx context.Context, workspace string, p shop.Placement) (shop.Order, bool, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return shop.Order{}, false, err
	}
	if no == 0 {
		return shop.Order{}, false, shop.CartMissing()
	}
	decode := s.prepare(ctx, no, workspace, p.CartID)
	var order shop.Order
	var placed bool
	err = s.lasting(ctx, func(tx *Tx) error {
		placed = false
		// The lock on the cart is what makes a second order with the key wait.
		c, missing := s.scanCart(p.CartID, decode, tx.Row(ctx, selectCart+tx.lock("c"), no, text(p.CartID)).Scan)
		if missing != nil && !errs.Is(missing, errs.NotFound) {
			return missing
		}
		if p.Key != "" {
			known, err := s.scanOrder(tx.Row(ctx, selectOrderByKey, no, text(p.CartID), text(p.Key)).Scan)
			if !errs.Is(err, errs.NotFound) {
				order = known.Order
				return err
			}
		}
		if missing != nil {
			return missing
		}
		o, err := tx.place(ctx, no, workspace, &c, &p)
		if err != nil {
			return err
		}
		order, placed = *o, true
		return nil
	})
	return order, placed && err == nil, err
}

// place makes an order of a cart, and stores it with all that it changes.
func (t *Tx) place(ctx context.Context, no int64, workspace string, c *shop.Cart, p *shop.Placement) (*shop.Order, error) {
	stocked, err := t.stocked(ctx, no, workspace, c.ProductIDs())
	if err != nil {
		return nil, err
	}
	o, err := p.Build(c, stocked.after)
	if err != nil {
		return nil, err
	}
	seq, err := t.insertOrder(ctx, no, o, p.NewID)
	if err != nil {
		return nil, err
	}
	if _, err := t.Exec(ctx, t.s.insertOrderProducts(), seq, no, t.s.d.List(o.ProductIDs())); err != nil {
		return nil, errs.Wrap("storing what was ordered", err)
	}
	c.UpdatedAt = o.CreatedAt
	if err := t.saveCart(ctx, no, c); err != nil {
		return nil, err
	}
	return o, t.restock(ctx, workspace, stocked)
}

func (s *Store) insertOrderProducts() string {
	return `INSERT INTO order_products (ord, workspace, product) SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), p.* FROM (` + s.d.Unnest + `) p`
}

// insertOrder gives an order its id and number, and stores it.
func (t *Tx) insertOrder(ctx context.Context, no int64, o *shop.Order, newID func() string) (seq int64, err error) {
	for range maxNumbers {
		o.ID = newID()
		o.Number = shop.NumberOf(o.ID)
		data, err := encodeOrder(o)
		if err != nil {
			return 0, errs.Wrap("encoding the order", err)
		}
		t.writes++
		err = t.Row(ctx, insertOrder, no, o.Number, text(o.CartID), text(o.Key), string(o.State),
			micros(o.CreatedAt), micros(o.UpdatedAt), data).Scan(&seq)
		if !errors.Is(err, sql.ErrNoRows) { // the number was free
			return seq, t.s.wrap("storing the order", err)
		}
	}
	return 0, errs.New(errs.Busy, "no free order number was found").WithHint("try again")
}

// Order implements shop.Store.
func (s *Store) Order(ctx context.Context, workspace, number string) (shop.Order, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return shop.Order{}, err
	}
	r, err := s.scanOrder(func(dest ...any) error { return s.row(ctx, selectOrder, []any{no, text(number)}, dest...) })
	return r.Order, err
}

// ListOrders implements shop.Store.
func (s *Store) ListOrders(ctx context.Context, workspace string, q shop.OrderQuery) ([]shop.Order, string, error) {
	scope := fmt.Sprintf("orders %q %q %q", workspace, q.State, q.CartID)
	_, last, err := decodeCursor(scope, q.Cursor)
	if err != nil {
		return nil, "", err
	}
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return nil, "", err
	}
	query, args := orderColumns+`WHERE o.workspace = ?`, []any{no}
	for _, filter := range []struct {
		sql   string
		value any
		given bool
	}{
		{` AND o.seq < ?`, last, last > 0},
		{` AND o.state = ?`, string(q.State), q.State != ""},
		{` AND o.cart = ?`, text(q.CartID), q.CartID != ""},
	} {
		if filter.given {
			query, args = query+filter.sql, append(args, filter.value)
		}
	}
	query += ` ORDER BY o.seq DESC`
	if q.Limit > 0 {
		query, args = query+` LIMIT ?`, append(args, q.Limit+1) // one more tells whether there is a next page
	}
	orders, seqs := []shop.Order{}, []int64{}
	err = s.rows(ctx, query, func(rows *sql.Rows) error {
		r, err := s.scanOrder(rows.Scan)
		orders, seqs = append(orders, r.Order), append(seqs, r.seq)
		return err
	}, args...)
	if err != nil {
		return nil, "", errs.Wrap("listing orders", err)
	}
	if q.Limit > 0 && len(orders) > q.Limit {
		return orders[:q.Limit], encodeCursor(scope, 0, seqs[q.Limit-1]), nil
	}
	return orders, "", nil
}

// ChangeOrder implements shop.Store.
func (s *Store) ChangeOrder(ctx context.Context, workspace, number string, change func(*shop.Order, map[string]*catalog.Product) error) (shop.Order, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return shop.Order{}, err
	}
	var r orderRow
	err = s.lasting(ctx, func(tx *Tx) (err error) {
		r, err = s.scanOrder(tx.Row(ctx, selectOrder+tx.lock("o"), no, text(number)).Scan)
		if err != nil {
			return err
		}
		stocked, err := tx.stocked(ctx, no, workspace, r.ProductIDs())
		if err != nil {
			return err
		}
		if err := change(&r.Order, stocked.after); err != nil {
			return err
		}
		data, err := encodeOrder(&r.Order)
		if err != nil {
			return errs.Wrap("encoding the order", err)
		}
		if _, err := tx.Exec(ctx, updateOrder, string(r.State), micros(r.UpdatedAt), data, r.seq); err != nil {
			return errs.Wrap("storing the order", err)
		}
		return tx.restock(ctx, workspace, stocked)
	})
	return r.Order, err
}

// around is how far from a product, by number, its like are looked for: shops
// list what belongs together side by side.
const around = 1500

// Similar implements shop.Store.
func (s *Store) Similar(ctx context.Context, workspace string, q shop.Similar) ([]string, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil || no == 0 {
		return nil, err
	}
	low, high := span(no)
	if q.Near > 0 {
		low = max(low, q.Near-around)
	}
	high = min(high, low+2*around)
	query := `SELECT p.id FROM products p WHERE p.seq > ? AND p.seq <= ? AND p.active AND p.vanished_at IS NULL
		AND (p.stock IS NULL OR p.stock > 0) AND p.availability <> 'OutOfStock'`
	args := []any{low, high}
	if q.Category != "" {
		query, args = query+` AND p.category = ?`, append(args, text(q.Category))
	}
	if !q.Price.IsZero() {
		query, args = query+` AND p.currency = ? ORDER BY abs(p.price - ?), p.seq`, append(args, q.Price.Currency, q.Price.Amount)
	} else {
		query += ` ORDER BY p.seq`
	}
	var ids []string
	err = s.rows(ctx, query+` LIMIT ?`, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, append(args, q.Limit)...)
	return ids, errs.Wrap("looking for similar products", err)
}

// BoughtTogether implements shop.Store.
func (s *Store) BoughtTogether(ctx context.Context, workspace, productID string, limit int) ([]string, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil || no == 0 {
		return nil, err
	}
	var ids []string
	err = s.rows(ctx, boughtTogether, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, no, text(productID), text(productID), limit)
	return ids, errs.Wrap("looking for what was bought together", err)
}

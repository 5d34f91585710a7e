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
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	updateOrder = `UPDATE orders SET state = ?, updated_at = ?, data = ? WHERE seq = ?`
	// The latest orders of a product say enough, and a bestseller has many.
	boughtTogether = `SELECT p.id FROM (SELECT t.product, count(*) AS times, max(t.ord) AS latest
			FROM (SELECT ord FROM ordered WHERE product = (SELECT seq FROM products WHERE workspace = ? AND id = ?)
				ORDER BY ord DESC LIMIT 200) o
			JOIN ordered t ON t.ord = o.ord GROUP BY t.product) b
		JOIN products p ON p.seq = b.product WHERE p.id <> ? ORDER BY b.times DESC, b.latest DESC, b.product LIMIT ?`
	insertOrdered = `INSERT INTO ordered (ord, product) VALUES (?, ?)`
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
	var order shop.Order
	var placed bool
	err = s.lasting(ctx, func(tx *Tx) error {
		placed = false
		o, err := tx.place(ctx, no, workspace, &p)
		if err == nil {
			order, placed = *o, true
			return nil
		}
		// Of an order that is sent twice, the first emptied the cart or has the
		// key, so that only one that is refused needs to be looked for.
		var r refused
		if !errors.As(err, &r) || p.Key == "" {
			return err
		}
		known, err := s.scanOrder(tx.Row(ctx, selectOrderByKey, no, text(p.CartID), text(p.Key)).Scan)
		if errs.Is(err, errs.NotFound) {
			return r.error
		}
		order = known.Order
		return err
	})
	return order, placed && err == nil, err
}

// refused is why no order is made. Nothing was written by then.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// place makes an order of a cart, and stores it with all that it changes.
func (t *Tx) place(ctx context.Context, no int64, workspace string, p *shop.Placement) (*shop.Order, error) {
	// The lock on the cart is what makes a second order with the key wait.
	c, err := t.cart(ctx, no, p.CartID)
	if errs.Is(err, errs.NotFound) {
		return nil, refused{err}
	}
	if err != nil {
		return nil, err
	}
	stocked, err := t.stocked(ctx, no, workspace, c.ProductIDs())
	if err != nil {
		return nil, err
	}
	o, err := p.Build(&c, stocked.after)
	if err != nil {
		return nil, refused{err}
	}
	seq, err := t.insertOrder(ctx, no, o, p.NewID)
	if err != nil {
		return nil, err
	}
	ids := o.ProductIDs()
	ordered := make([][]any, 0, len(ids))
	for _, id := range ids {
		if p := stocked.after[id]; p != nil {
			ordered = append(ordered, []any{seq, p.Seq})
		}
	}
	if err := t.Each(ctx, insertOrdered, ordered); err != nil {
		return nil, errs.Wrap("storing what was ordered", err)
	}
	c.UpdatedAt = o.CreatedAt
	if err := t.saveCart(ctx, no, &c); err != nil {
		return nil, err
	}
	return o, t.restock(ctx, no, workspace, stocked)
}

// insertOrder gives an order its id and number, and stores it.
func (t *Tx) insertOrder(ctx context.Context, no int64, o *shop.Order, newID func() string) (seq int64, err error) {
	for range maxNumbers {
		o.ID = newID()
		o.Number = shop.NumberOf(o.ID)
		seq, stored, err := t.insertRow(ctx, insertOrder, "seq", no, o.Number, text(o.CartID), text(o.Key), string(o.State),
			micros(o.CreatedAt), micros(o.UpdatedAt), encodeOrder(o))
		if err != nil || stored {
			return seq, errs.Wrap("storing the order", err)
		}
		// Either the number is taken or the key.
		if o.Key == "" {
			continue
		}
		used, err := t.exists(ctx, `SELECT 1 FROM orders o WHERE o.workspace = ? AND o.cart = ? AND o.key = ? AND o.key <> ''`, no, text(o.CartID), text(o.Key))
		if err != nil {
			return 0, err
		}
		if used {
			return 0, refused{errs.New(errs.Conflict, "the key was used for an order of the cart")}
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
		if _, err := tx.Exec(ctx, updateOrder, string(r.State), micros(r.UpdatedAt), encodeOrder(&r.Order), r.seq); err != nil {
			return errs.Wrap("storing the order", err)
		}
		return tx.restock(ctx, no, workspace, stocked)
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

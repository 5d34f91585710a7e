package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/omakase-ai/omakase/core/store"
)

// ListProducts implements store.Products.
func (s *Store) ListProducts(ctx context.Context, workspace string, q store.ListQuery) (store.Page, error) {
	scope := fmt.Sprintf("list %q %d %t %q", workspace, q.Stock, q.Active, q.Shop)
	_, after, err := decodeCursor(scope, q.Cursor)
	if err != nil {
		return store.Page{}, err
	}
	no, err := s.workspace(ctx, workspace)
	if err != nil || no == 0 {
		return store.Page{}, err
	}
	low, high := span(no)
	query := `SELECT seq, doc FROM products WHERE seq > ? AND seq <= ?`
	args := []any{max(low, after), high}
	if q.Shop != "" {
		query += ` AND shop = (SELECT no FROM shops WHERE workspace = ? AND shop = ?)`
		args = append(args, no, text(q.Shop))
	}
	if q.Active {
		query += ` AND active`
	}
	switch q.Stock {
	case store.LowStock:
		query += ` AND stock > 0 AND stock <= low`
	case store.SoldOut:
		query += ` AND stock = 0`
	case store.AnyStock:
	}
	query += ` ORDER BY seq`
	if q.Limit > 0 {
		query += ` LIMIT ?`
		args = append(args, q.Limit+1) // one more tells whether there is a next page
	}
	c := collector{limit: q.Limit}
	if err := s.rows(ctx, query, c.scan, args...); err != nil {
		return store.Page{}, s.wrap("listing products", err)
	}
	return c.page(scope), nil
}

// collector gathers one page. Docs are copied together into few large blocks.
type collector struct {
	limit  int
	tier   Tier
	verify func(seq int64, tier Tier) (bool, error)

	block  []byte
	docs   [][]byte
	seqs   []int64
	tiers  []Tier
	likely []int // indexes of hits that the index was not sure of
	read   int
	last   int64 // seq of the last row read
}

const blockSize = 64 << 10

func (c *collector) scan(rows *sql.Rows) error {
	var (
		seq    int64
		doc    sql.RawBytes
		likely bool
		err    error
	)
	if c.verify == nil {
		err = rows.Scan(&seq, &doc)
	} else {
		err = rows.Scan(&seq, &doc, &likely)
	}
	if err != nil {
		return err
	}
	if likely {
		c.likely = append(c.likely, len(c.docs))
	}
	if cap(c.block)-len(c.block) < len(doc) {
		c.block = make([]byte, 0, max(blockSize, len(doc)))
	}
	start := len(c.block)
	c.block = append(c.block, doc...)
	c.docs = append(c.docs, c.block[start:len(c.block):len(c.block)])
	c.seqs = append(c.seqs, seq)
	c.tiers = append(c.tiers, c.tier)
	c.read, c.last = c.read+1, seq
	return nil
}

// settle looks again at likely hits, after their rows were closed, and tells
// how many it dropped.
func (c *collector) settle() (int, error) {
	dropped := 0
	for _, i := range c.likely {
		i -= dropped
		ok, err := c.verify(c.seqs[i], c.tier)
		if err != nil {
			return dropped, err
		}
		if !ok {
			c.docs = append(c.docs[:i], c.docs[i+1:]...)
			c.seqs = append(c.seqs[:i], c.seqs[i+1:]...)
			c.tiers = append(c.tiers[:i], c.tiers[i+1:]...)
			dropped++
		}
	}
	c.likely = nil
	return dropped, nil
}

func (c *collector) full() bool { return c.limit > 0 && len(c.docs) > c.limit }

func (c *collector) page(scope string) store.Page {
	p := store.Page{Docs: c.docs}
	if c.full() {
		p.Docs = c.docs[:c.limit]
		p.Next = encodeCursor(scope, c.tiers[c.limit-1], c.seqs[c.limit-1])
	}
	return p
}

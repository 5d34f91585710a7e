package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// Tier is a part of the hits of a search.
type Tier byte

// The tiers.
const (
	TierAll  Tier = iota // every product that matches
	TierName             // those whose name matches
	TierRest             // the others
)

// Window is a range of the numbers of one workspace.
type Window struct {
	From, To int64 // From is exclusive
	Level    int   // of the engine's choice
}

// Search is what to look for, and where.
type Search struct {
	Phrases []catalog.Phrase
	Tier    Tier
	Window  Window
	Active  bool // only products offered to customers
	Limit   int  // 0: all
}

// SearchProducts implements store.Products.
func (s *Store) SearchProducts(ctx context.Context, workspace string, q store.SearchQuery) (store.Page, error) {
	scope := fmt.Sprintf("search %q %q %t", workspace, q.Text, q.Active)
	tier, after, err := decodeCursor(scope, q.Cursor)
	if err != nil {
		return store.Page{}, err
	}
	phrases := catalog.Query(q.Text)
	no, err := s.workspace(ctx, workspace)
	if err != nil || no == 0 || len(phrases) == 0 {
		return store.Page{}, err
	}
	c := collector{limit: q.Limit, verify: func(seq int64, tier Tier) (bool, error) {
		r, err := s.productBySeq(ctx, workspace, seq)
		return matches(&r.Product, phrases, tier), err
	}}
	tiers := []Tier{TierAll}
	switch {
	case q.Cursor != "" && tier != TierAll:
		tiers = []Tier{TierName, TierRest}[tier-TierName:]
	case q.Cursor == "" && q.Limit > 0:
		tiers = []Tier{TierName, TierRest}
	}
	low, high := span(no)
	if q.Limit > 0 && s.d.Windows != nil { // none beyond the last product
		var next int64
		if err := s.row(ctx, selectNumbers, []any{no}, &next); err != nil {
			return store.Page{}, errs.Wrap("searching products", err)
		}
		high = low + next
	}
	for _, tier := range tiers {
		find := Search{Phrases: phrases, Tier: tier, Active: q.Active}
		if err := s.searchTier(ctx, find, max(low, after), high, &c); err != nil {
			return store.Page{}, s.wrap("searching products", err)
		}
		if c.full() {
			break
		}
		after = 0
	}
	return c.page(scope), nil
}

// searchTier adds the hits of a tier in the order of seq, so that the price of
// a page is not that of all hits.
func (s *Store) searchTier(ctx context.Context, q Search, from, to int64, c *collector) error {
	windows := []Window{{From: from, To: to}}
	if c.limit > 0 && s.d.Windows != nil {
		windows = s.d.Windows(from, to)
	}
	c.tier = q.Tier
	for _, q.Window = range windows {
		if err := s.searchWindow(ctx, q, c); err != nil || c.full() {
			return err
		}
	}
	return nil
}

func (s *Store) searchWindow(ctx context.Context, q Search, c *collector) error {
	for {
		if c.limit > 0 {
			q.Limit = c.limit + 1 - len(c.docs) // one more tells whether there is a next page
		}
		query, args := s.d.Search(q)
		before := c.read
		if err := s.rows(ctx, query, c.scan, args...); err != nil {
			return err
		}
		dropped, err := c.settle()
		if err != nil {
			return err
		}
		// Hits that a second look refused leave room for more.
		if dropped == 0 || c.limit == 0 || c.read-before < q.Limit {
			return nil
		}
		q.Window.From = c.last
	}
}

// productBySeq reads a product by its number.
func (s *Store) productBySeq(ctx context.Context, workspace string, seq int64) (r row, err error) {
	err = s.rows(ctx, productColumns+`WHERE p.seq = ?`, func(rows *sql.Rows) (err error) {
		r, err = scanProduct(rows.Scan, workspace)
		return err
	}, seq)
	return r, err
}

package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"sync"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

const (
	insertHistory = `INSERT INTO history (product, variant, at, price, compare_at, currency, availability, stock)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	// The state before the first change is noted with it, so that the history
	// of a price begins with the price.
	insertFirstHistory = `INSERT INTO history (product, variant, at, price, compare_at, currency, availability, stock)
		SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT),
			CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT)
		WHERE NOT EXISTS (SELECT 1 FROM history WHERE product = ? AND variant = ?)`
	selectHistory = `SELECT h.variant, h.at, h.price, h.compare_at, h.currency, h.availability, h.stock FROM history h
		JOIN products p ON p.seq = h.product WHERE p.workspace = ? AND p.id = ? ORDER BY h.no DESC LIMIT ?`
)

// maxHistories bounds how many histories are known to have begun.
const maxHistories = 1 << 16

// histories are those that have begun, so that what sells is not asked about
// its first price with each order. The numbers of products are not used again.
type histories struct {
	mu    sync.RWMutex
	known map[historyKey]struct{}
}

type historyKey struct {
	product int64
	variant string
}

func (h *histories) begun(key historyKey) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	_, ok := h.known[key]
	return ok
}

func (h *histories) begin(keys []historyKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) > maxHistories {
		h.known = map[historyKey]struct{}{}
	}
	for _, key := range keys {
		h.known[key] = struct{}{}
	}
}

// remember notes the changes of price, stock and availability between two
// versions of products.
func (t *Tx) remember(ctx context.Context, before, after []*catalog.Product) error {
	var first, changes [][]any
	var begun []historyKey
	for i, p := range after {
		old := before[i]
		note := func(was, is catalog.HistoryEntry) {
			if sameEntry(&was, &is) {
				return
			}
			was.At, is.At = old.UpdatedAt, p.UpdatedAt
			if key := (historyKey{p.Seq, was.VariantID}); !t.s.histories.begun(key) {
				first = append(first, append(historyValues(p.Seq, &was), p.Seq, text(was.VariantID)))
				begun = append(begun, key)
			}
			changes = append(changes, historyValues(p.Seq, &is))
		}
		for j := range p.Variants {
			v := &p.Variants[j]
			k := slices.IndexFunc(old.Variants, func(o catalog.Variant) bool { return o.ID == v.ID })
			if k >= 0 && v.ID != "" {
				note(variantEntry(&old.Variants[k]), variantEntry(v))
			}
		}
		note(productEntry(old), productEntry(p))
	}
	if err := t.Each(ctx, insertFirstHistory, first); err != nil {
		return errs.Wrap("noting the history", err)
	}
	if len(begun) > 0 {
		t.AfterCommit(func() { t.s.histories.begin(begun) })
	}
	return errs.Wrap("noting the history", t.Each(ctx, insertHistory, changes))
}

// productEntry takes a vanished product for sold out.
func productEntry(p *catalog.Product) catalog.HistoryEntry {
	e := catalog.HistoryEntry{Price: p.Price, CompareAt: p.CompareAt, Availability: p.Availability, StockQuantity: p.StockQuantity}
	if p.VanishedAt != nil {
		e.Availability = catalog.OutOfStock
	}
	return e
}

func variantEntry(v *catalog.Variant) catalog.HistoryEntry {
	return catalog.HistoryEntry{
		VariantID: v.ID, Price: v.Price, CompareAt: v.CompareAt, Availability: v.Availability, StockQuantity: v.Stock,
	}
}

func sameEntry(a, b *catalog.HistoryEntry) bool {
	sameStock := a.StockQuantity == nil && b.StockQuantity == nil ||
		a.StockQuantity != nil && b.StockQuantity != nil && *a.StockQuantity == *b.StockQuantity
	return sameStock && a.Price == b.Price && a.CompareAt == b.CompareAt && a.Availability == b.Availability
}

// historyValues are the parameters of insertHistory.
func historyValues(seq int64, e *catalog.HistoryEntry) []any {
	var stock any
	if e.StockQuantity != nil {
		stock = *e.StockQuantity
	}
	return []any{
		seq, text(e.VariantID), micros(e.At), e.Price.Amount, e.CompareAt.Amount, e.Price.Currency, string(e.Availability), stock,
	}
}

// History implements store.Products.
func (s *Store) History(ctx context.Context, workspace, id string, limit int) ([]catalog.HistoryEntry, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return nil, err
	}
	var entries []catalog.HistoryEntry
	err = s.rows(ctx, selectHistory, func(rows *sql.Rows) error {
		e := catalog.HistoryEntry{ProductID: id}
		var at, compareAt int64
		var availability string
		if err := rows.Scan(&e.VariantID, &at, &e.Price.Amount, &compareAt, &e.Price.Currency, &availability, &e.StockQuantity); err != nil {
			return err
		}
		if compareAt != 0 {
			e.CompareAt = catalog.Money{Amount: compareAt, Currency: e.Price.Currency}
		}
		e.At, e.Availability = moment(at), catalog.Availability(availability)
		entries = append(entries, e)
		return nil
	}, no, text(id), limit)
	return entries, errs.Wrap("reading the history of product "+id, err)
}

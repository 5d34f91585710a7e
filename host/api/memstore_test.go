package api_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// memStore keeps the part of a store that handlers use in memory.
type memStore struct {
	store.Store // what is not overridden is not used

	mu       sync.Mutex
	products map[string][]*catalog.Product
	history  map[string][]catalog.HistoryEntry
	jobs     []*store.Job
	revision uint64
	ids      int
	broken   error // answers everything, where set
}

func newMemStore() *memStore {
	return &memStore{products: map[string][]*catalog.Product{}, history: map[string][]catalog.HistoryEntry{}}
}

func (m *memStore) Engine() string             { return "sqlite" }
func (m *memStore) Ping(context.Context) error { return m.broken }
func (m *memStore) Close() error               { return nil }
func (m *memStore) Revision(workspace string) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revision
}

func (m *memStore) Product(_ context.Context, ws, id string) (catalog.Product, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return catalog.Product{}, m.broken
	}
	for _, p := range m.products[ws] {
		if p.ID == id {
			return *p, nil
		}
	}
	return catalog.Product{}, errs.New(errs.NotFound, "no product %s", id)
}

func (m *memStore) ProductDoc(ctx context.Context, ws, id string) ([]byte, error) {
	p, err := m.Product(ctx, ws, id)
	if err != nil {
		return nil, err
	}
	return catalog.Encode(&p), nil
}

func (m *memStore) ListProducts(_ context.Context, ws string, q store.ListQuery) (store.Page, error) {
	return m.page(ws, q.Limit, q.Cursor, func(p *catalog.Product) bool {
		switch st := p.Stock(); q.Stock {
		case store.LowStock:
			return st.Low
		case store.SoldOut:
			return st.Quantity != nil && *st.Quantity == 0
		}
		return true
	})
}

func (m *memStore) SearchProducts(_ context.Context, ws string, q store.SearchQuery) (store.Page, error) {
	text := catalog.Fold(q.Text)
	return m.page(ws, q.Limit, q.Cursor, func(p *catalog.Product) bool {
		return strings.Contains(catalog.Fold(p.Name+"\n"+p.Description), text)
	})
}

func (m *memStore) page(ws string, limit int, cursor string, keep func(*catalog.Product) bool) (store.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return store.Page{}, m.broken
	}
	after := -1
	if cursor != "" {
		var err error
		if after, err = strconv.Atoi(cursor); err != nil {
			return store.Page{}, errs.New(errs.Invalid, "cursor is not one of ours")
		}
	}
	var page store.Page
	for i, p := range m.products[ws] {
		if i <= after || !keep(p) {
			continue
		}
		if limit > 0 && len(page.Docs) == limit {
			page.Next = strconv.Itoa(i - 1)
			break
		}
		page.Docs = append(page.Docs, catalog.Encode(p))
	}
	return page, nil
}

func (m *memStore) CreateProducts(_ context.Context, ws string, ps []*catalog.Product) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	for _, p := range ps {
		if p.ID != "" && slices.ContainsFunc(m.products[ws], func(q *catalog.Product) bool { return q.ID == p.ID }) {
			return errs.New(errs.Conflict, "product id %s is taken", p.ID)
		}
	}
	for _, p := range ps {
		if p.ID == "" {
			m.ids++
			p.ID = fmt.Sprintf("p-%d", m.ids)
		}
		p.CreatedAt, p.UpdatedAt = time.Now(), time.Now()
		stored := *p
		m.products[ws] = append(m.products[ws], &stored)
	}
	m.revision++
	return nil
}

func (m *memStore) UpdateProduct(_ context.Context, ws, id string, change func(*catalog.Product) error) (catalog.Product, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, p := range m.products[ws] {
		if p.ID != id {
			continue
		}
		changed := *p
		if err := change(&changed); err != nil {
			return catalog.Product{}, errs.Wrap("changing the product", err)
		}
		m.history[id] = append(m.history[id], catalog.HistoryEntry{
			ProductID: id, At: time.Now(), Price: changed.Price, StockQuantity: changed.StockQuantity,
		})
		m.products[ws][i] = &changed
		m.revision++
		return changed, nil
	}
	return catalog.Product{}, errs.New(errs.NotFound, "no product %s", id)
}

func (m *memStore) DeleteProduct(_ context.Context, ws, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.products[ws])
	m.products[ws] = slices.DeleteFunc(m.products[ws], func(p *catalog.Product) bool { return p.ID == id })
	if len(m.products[ws]) == before {
		return errs.New(errs.NotFound, "no product %s", id)
	}
	m.revision++
	return nil
}

func (m *memStore) ClearProducts(_ context.Context, ws string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.products, ws)
	m.revision++
	return nil
}

func (m *memStore) History(_ context.Context, _, id string, limit int) ([]catalog.HistoryEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	entries := slices.Clone(m.history[id])
	slices.Reverse(entries)
	return entries[:min(limit, len(entries))], nil
}

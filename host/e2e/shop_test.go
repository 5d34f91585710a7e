package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// shop is a Shopify catalogue with its own truth.
type shop struct {
	*httptest.Server
	mu       sync.Mutex
	items    []*item // newest first
	delay    time.Duration
	requests int
	notMod   int
}

type item struct {
	id, rev   int
	price     int
	available bool
	variants  int
}

func newShop(t *testing.T, n int) *shop {
	s := &shop{}
	for i := range n {
		s.items = append(s.items, &item{id: 1000 + i, price: 500 + i, available: i%7 != 0, variants: 1 + i%3})
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.handle))
	t.Cleanup(s.Close)
	return s
}

func (it *item) title() string { return fmt.Sprintf("備前焼の湯呑み No.%d r%d", it.id, it.rev) }

func (it *item) json() map[string]any {
	variants := []map[string]any{}
	for v := range it.variants {
		variants = append(variants, map[string]any{
			"id": it.id*10 + v, "title": fmt.Sprintf("V%d", v), "option1": fmt.Sprintf("V%d", v), "sku": fmt.Sprintf("S-%d-%d", it.id, v),
			"price": strconv.Itoa(it.price + v*10), "compare_at_price": nil, "available": it.available,
		})
	}
	return map[string]any{
		"id": it.id, "title": it.title(), "handle": fmt.Sprintf("item-%d", it.id), "body_html": "<p>ひとつずつ手作りです。</p>",
		"vendor": "Kiln", "product_type": "Tableware", "tags": []string{"tea"}, "updated_at": fmt.Sprintf("2026-01-01T00:00:%02d+09:00", it.rev%60),
		"variants": variants, "options": []map[string]any{{"name": "Form", "values": []string{"V0", "V1", "V2"}}},
		"images": []map[string]any{{"src": fmt.Sprintf("https://cdn.example/%d.jpg", it.id)}},
	}
}

func (s *shop) handle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	time.Sleep(s.delay)
	w.Header().Set("powered-by", "Shopify")
	switch r.URL.Path {
	case "/robots.txt":
		_, _ = w.Write([]byte("User-agent: *\nDisallow: /cart\n"))
		return
	case "/meta.json":
		writeJSON(w, map[string]any{"id": 1, "name": "Kiln", "currency": "JPY", "published_products_count": len(s.items)})
		return
	case "/products.json":
	default:
		http.NotFound(w, r)
		return
	}
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	limit, page = min(max(limit, 1), 250), max(page, 1)
	products, tag := []map[string]any{}, page
	for i := (page - 1) * limit; i < min(page*limit, len(s.items)); i++ {
		products = append(products, s.items[i].json())
		tag = tag*31 + s.items[i].id*7 + s.items[i].rev
	}
	etag := fmt.Sprintf(`"%x-%d"`, tag, len(products))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		s.notMod++
		w.WriteHeader(http.StatusNotModified)
		return
	}
	writeJSON(w, map[string]any{"products": products})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

// change edits the catalogue: every nth product gets a new price.
func (s *shop) reprice(nth int) (changed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 0; i < len(s.items); i += nth {
		s.items[i].price += 110
		s.items[i].rev++
		changed++
	}
	return changed
}

func (s *shop) remove(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		i := rand.IntN(len(s.items))
		s.items = append(s.items[:i:i], s.items[i+1:]...)
	}
}

func (s *shop) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.items = append([]*item{{id: 900_000 + len(s.items), price: 777, available: true, variants: 1}}, s.items...)
	}
}

// difference is how far a store is from the shop's truth.
type difference struct{ missing, doubled, stale, phantom int }

// compare holds the stored products of the shop against its truth.
func (s *shop) compare(stored []product) (d difference) {
	s.mu.Lock()
	defer s.mu.Unlock()
	byID := map[string]product{}
	for _, p := range stored {
		if p.VanishedAt != "" {
			continue
		}
		if _, ok := byID[p.Source.PlatformID]; ok {
			d.doubled++
		}
		byID[p.Source.PlatformID] = p
	}
	for _, it := range s.items {
		p, ok := byID[strconv.Itoa(it.id)]
		switch {
		case !ok:
			d.missing++
		case p.Name != it.title() || int(p.Price) != it.price || p.IsActive != it.available || p.Currency != "JPY" || it.variants > 1 && len(p.Variants) != it.variants:
			d.stale++
		}
		delete(byID, strconv.Itoa(it.id))
	}
	d.phantom = len(byID)
	return d
}

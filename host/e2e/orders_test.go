package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// buyer orders from a host that may die at any moment, and asks again until it
// is answered.
type buyer struct {
	base   *atomic.Value // string: where the host is now
	client *http.Client
	stop   <-chan struct{}
	// replays counts orders that had been placed, but not acknowledged.
	replays *atomic.Int64
}

// ask sends a request until a host answers it with less than 500.
func (b *buyer) ask(method, path, key string, in, out any) (int, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	for {
		select {
		case <-b.stop:
			return 0, fmt.Errorf("%s %s was not answered in time", method, path)
		default:
		}
		req, err := http.NewRequest(method, b.base.Load().(string)+path, bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
		res, err := b.client.Do(req)
		if err == nil {
			text, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if err == nil && res.StatusCode < 500 {
				if res.StatusCode >= 300 {
					return res.StatusCode, fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, text)
				}
				return res.StatusCode, json.Unmarshal(text, out)
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// order fills a cart with one piece of each product and orders it. It is told
// of the order's number only once the host has acknowledged it.
func (b *buyer) order(n int, products []string) (number string, err error) {
	var made struct{ Cart struct{ ID string } }
	if _, err := b.ask("POST", "/api/carts", "", struct{}{}, &made); err != nil {
		return "", err
	}
	for i, id := range products {
		key := fmt.Sprint("line ", i)
		if _, err := b.ask("POST", "/api/carts/"+made.Cart.ID+"/items", key, map[string]any{"productId": id}, &struct{}{}); err != nil {
			return "", err
		}
	}
	var placed struct{ Order struct{ OrderNumber string } }
	order := map[string]any{"cartId": made.Cart.ID, "notes": fmt.Sprint(n)}
	status, err := b.ask("POST", "/api/orders", "order", order, &placed)
	if status == http.StatusOK {
		b.replays.Add(1)
	}
	return placed.Order.OrderNumber, err
}

// A host that dies while customers order has every order that it acknowledged,
// none twice, and as much less in stock as was ordered.
func TestKillDuringOrders(t *testing.T) {
	t.Parallel()
	orders, rounds, kills := 80, 1, 2
	if v, err := strconv.Atoi(os.Getenv("OMAKASE_TORTURE")); err == nil {
		orders, rounds, kills = 1000, v, 12
	}
	engines(t, func(t *testing.T, env []string) {
		for round := range rounds {
			if len(env) > 0 {
				env = []string{"DATABASE_URL=" + postgres(t)}
			}
			killDuringOrders(t, round, orders, kills, env)
		}
	})
}

func killDuringOrders(t *testing.T, round, orders, kills int, env []string) {
	const stock, buyers = 100_000, 8
	dir := t.TempDir()
	s := serve(t, dir, env...)
	products := make([]string, 12)
	for i := range products {
		var made struct{ Product struct{ ID string } }
		s.call("POST", "/api/products", map[string]any{"name": fmt.Sprint("p", i), "price": 100 + i, "stockQuantity": stock}, &made)
		products[i] = made.Product.ID
	}
	var base atomic.Value
	base.Store(s.base)
	stop := make(chan struct{})
	limit := time.AfterFunc(5*time.Minute, func() { close(stop) })
	defer limit.Stop()

	acknowledged := make([]string, orders) // by the note of the order
	lines := func(n int) []string { return []string{products[n%12], products[(n+1)%12], products[(n+5)%12]} }
	var next, done, replays atomic.Int64
	var wg sync.WaitGroup
	for range buyers {
		wg.Go(func() {
			b := &buyer{base: &base, client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}, stop: stop, replays: &replays}
			for n := int(next.Add(1)) - 1; n < orders; n = int(next.Add(1)) - 1 {
				number, err := b.order(n, lines(n))
				if err != nil {
					t.Error(err)
					return
				}
				acknowledged[n] = number
				done.Add(1)
			}
		})
	}
	killed := 0
	for ; killed < kills && int(done.Load()) < orders && !t.Failed(); killed++ {
		for due := int64(orders * (killed + 1) / (kills + 1)); done.Load() < due && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
		s.kill()
		s = serve(t, dir, env...)
		base.Store(s.base)
	}
	wg.Wait()
	checkOrders(t, s, acknowledged, products, stock, lines)
	t.Logf("round %d: %d orders, %d kills, %d orders of which the answer was lost", round, orders, killed, replays.Load())
	s.stop()
}

func checkOrders(t *testing.T, s *server, acknowledged, products []string, stock int, lines func(int) []string) {
	t.Helper()
	stored := map[string][]string{} // numbers by note
	path := "/api/orders?limit=200"
	for {
		var page struct {
			Orders     []struct{ OrderNumber, Notes, Status string }
			NextCursor *string
		}
		s.call("GET", path, nil, &page)
		for _, o := range page.Orders {
			stored[o.Notes] = append(stored[o.Notes], o.OrderNumber)
		}
		if page.NextCursor == nil {
			break
		}
		path = "/api/orders?limit=200&cursor=" + *page.NextCursor
	}
	left := map[string]int{}
	for _, id := range products {
		left[id] = stock
	}
	lost, twice := 0, 0
	for n, number := range acknowledged {
		got := stored[strconv.Itoa(n)]
		switch {
		case len(got) == 0 || number != got[0] && len(got) == 1:
			lost++
		case len(got) > 1:
			twice++
		}
		for _, id := range lines(n) {
			left[id]--
		}
	}
	if lost > 0 || twice > 0 || len(stored) != len(acknowledged) {
		t.Errorf("%d acknowledged orders are lost, %d there more than once, %d stored for %d", lost, twice, len(stored), len(acknowledged))
	}
	for _, id := range products {
		var p struct{ Quantity int }
		s.call("GET", "/api/products/"+id+"/stock", nil, &p)
		if p.Quantity != left[id] {
			t.Errorf("product %s has %d left, want %d", id, p.Quantity, left[id])
		}
	}
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	coreshop "github.com/omakase-ai/omakase/core/shop"
)

var orderTests = map[string]func(*testing.T, *fixture){
	"order":                        testOrder,
	"order of a variant":           testOrderVariant,
	"order with imported products": testOrderImported,
	"all lines or none":            testOrderAllOrNone,
	"the last ten":                 testLastTen,
	"lines in any order":           testCrossedOrders,
	"key":                          testOrderKey,
	"key at once":                  testOrderKeyAtOnce,
	"numbers collide":              testNumbersCollide,
	"moves":                        testOrderMoves,
	"cancel once":                  testCancelOnce,
	"cancel what is gone":          testCancelGone,
	"order list":                   testOrderList,
	"whose order":                  testWhoseOrder,
	"bought together":              testBoughtTogether,
	"suggestions":                  testSuggest,
	"changes between orders":       testOrderSeesChanges,
	"edits beside orders":          testOrdersBesideEdits,
}

// pieces is what is in stock of a product.
func (f *fixture) pieces(t *testing.T, id string) int64 {
	t.Helper()
	p, err := f.Product(t.Context(), "w", id)
	must(t, err)
	return *p.StockQuantity
}

func testOrder(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	p, free := f.stocked(t, "cup", 5), named("card")
	free.Category, free.Price = "Food", yen(199)
	f.create(t, "w", free)
	h := f.cart(t, s, p, free)
	_, err := s.Set(ctx, h, "", coreshop.Item{ProductID: p.ID, Quantity: 5})
	must(t, err)
	f.clock.advance(time.Minute)
	added := f.clock.Now().UTC().Add(-time.Minute)
	_, err = f.UpdateProduct(ctx, "w", free.ID, func(q *catalog.Product) error { q.Price = yen(219); return nil })
	must(t, err)

	before := f.Revision("w")
	o, placed, err := s.Place(ctx, "w", coreshop.NewOrder{
		CartID: h.ID, Session: "s1", Key: "k", Customer: coreshop.Customer{Name: "青木 \"A\"", Email: "a@example.com", Phone: "03"}, Notes: "gift\n<b>",
	})
	must(t, err)
	now := f.clock.Now().UTC()
	want := coreshop.Order{
		ID: o.ID, Number: strings.ToUpper(o.ID[:8]), CartID: h.ID, Session: "s1", Key: "k", State: coreshop.Confirmed,
		Moves: []coreshop.Move{{State: coreshop.Pending, At: now}, {State: coreshop.Confirmed, At: now}},
		Lines: []coreshop.OrderLine{
			{Line: coreshop.Line{ProductID: p.ID, Name: "cup", Price: yen(1000), Quantity: 5, AddedAt: added}, Rate: 10_000, TakenProduct: 5},
			{Line: coreshop.Line{ProductID: free.ID, Name: "card", Price: yen(219), Quantity: 1, AddedAt: added}, Rate: 8_000, Was: yen(199)},
		},
		Totals: coreshop.Totals{
			Currency: "JPY", Subtotal: 5219, Tax: 517, Total: 5736,
			Taxes: []coreshop.TaxPart{{Rate: 10_000, Base: 5000, Tax: 500}, {Rate: 8_000, Base: 219, Tax: 17}},
		},
		Customer: coreshop.Customer{Name: "青木 \"A\"", Email: "a@example.com", Phone: "03"}, Notes: "gift\n<b>", CreatedAt: now, UpdatedAt: now,
	}
	equal(t, "order", o, want)
	equal(t, "placed", placed, true)
	if f.Revision("w") == before {
		t.Error("stock changed, but not the revision")
	}
	got, err := f.Order(ctx, "w", o.Number)
	must(t, err)
	equal(t, "stored order", got, want)
	c, err := s.Cart(ctx, h)
	must(t, err)
	equal(t, "lines that are left", len(c.Lines), 0)

	sold, err := f.Product(ctx, "w", p.ID)
	must(t, err)
	equal(t, "stock and availability", fmt.Sprint(*sold.StockQuantity, " ", sold.Availability), "0 OutOfStock")
	history, err := f.History(ctx, "w", p.ID, 10)
	must(t, err)
	equal(t, "history", []int64{*history[0].StockQuantity, *history[1].StockQuantity}, []int64{0, 5})
	_, _, err = s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
	wantReason(t, err, coreshop.EmptyCart)
}

func testOrderVariant(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	p := named("shirt")
	p.StockQuantity = ptr[int64](7)
	p.Variants = []catalog.Variant{
		{ID: "s", Title: "S", Price: yen(900), Availability: catalog.OutOfStock, Stock: ptr[int64](0)},
		{ID: "m", Title: "M", Price: yen(1000), Availability: catalog.InStock, Stock: ptr[int64](4)},
		{ID: "l", Title: "L", Price: yen(1100), Availability: catalog.InStock, Stock: ptr[int64](3)},
	}
	f.create(t, "w", p)
	h := f.cart(t, s, p) // no variant named: the first that can be had
	_, err := s.Add(ctx, h, "", coreshop.Item{ProductID: p.ID, VariantID: "l", Quantity: 3})
	must(t, err)
	_, err = s.Set(ctx, h, "", coreshop.Item{ProductID: p.ID, Quantity: 2})
	wantReason(t, err, coreshop.WhichVariant)
	_, err = s.Set(ctx, h, "", coreshop.Item{ProductID: p.ID, VariantID: "m", Quantity: 2})
	must(t, err)
	o, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
	must(t, err)
	equal(t, "subtotal", o.Totals.Subtotal, int64(2*1000+3*1100))
	got, err := f.Product(ctx, "w", p.ID)
	must(t, err)
	equal(t, "stock", []int64{*got.StockQuantity, *got.Variants[0].Stock, *got.Variants[1].Stock, *got.Variants[2].Stock}, []int64{2, 0, 2, 0})
	equal(t, "availability", []catalog.Availability{got.Availability, got.Variants[2].Availability}, []catalog.Availability{catalog.InStock, catalog.OutOfStock})

	_, err = s.Add(ctx, h, "", coreshop.Item{ProductID: p.ID, VariantID: "l", Quantity: 1})
	must(t, err)
	_, _, err = s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
	wantReason(t, err, coreshop.ShortStock)
	_, err = s.Move(ctx, "w", o.Number, coreshop.Asker{Operator: true}, coreshop.Cancelled)
	must(t, err)
	got, err = f.Product(ctx, "w", p.ID)
	must(t, err)
	equal(t, "stock after cancelling", []int64{*got.StockQuantity, *got.Variants[1].Stock, *got.Variants[2].Stock}, []int64{7, 4, 3})
	equal(t, "availability after cancelling", got.Variants[2].Availability, catalog.InStock)
	history, err := f.History(ctx, "w", p.ID, 20)
	must(t, err)
	if !slices.ContainsFunc(history, func(e catalog.HistoryEntry) bool { return e.VariantID == "l" && *e.StockQuantity == 0 }) {
		t.Errorf("the history does not tell that a variant was sold out: %+v", history)
	}
}

// An import must write the shop's word over what an order left here.
func testOrderImported(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	p := full()
	p.StockQuantity = ptr[int64](9)
	f.create(t, "w", p)
	h := f.cart(t, s)
	_, err := s.Add(ctx, h, "", coreshop.Item{ProductID: p.ID, VariantID: "v1", Quantity: 1})
	must(t, err)
	_, _, err = s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
	wantReason(t, err, coreshop.ShortStock) // the variant is sold out
	_, err = f.UpdateProduct(ctx, "w", p.ID, func(q *catalog.Product) error { q.Variants[0].Stock = ptr[int64](2); return nil })
	must(t, err)
	o, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
	must(t, err)
	equal(t, "where it came from", []string{o.Lines[0].Shop, o.Lines[0].PlatformID, o.Lines[0].ShopURL, o.Lines[0].Plugin}, []string{"shop.example", "77", p.URL, "scraper.test"})
	got, err := f.Product(ctx, "w", p.ID)
	must(t, err)
	equal(t, "hash", got.Source.Hash, uint64(0))
}

func testOrderAllOrNone(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	a, b, c := f.stocked(t, "a", 5), f.stocked(t, "b", 1), f.stocked(t, "c", 0)
	h := f.cart(t, s, a, b, c)
	_, err := s.Add(ctx, h, "", coreshop.Item{ProductID: b.ID, Quantity: 8})
	must(t, err)
	before, revision := f.cartOf(t, s, h), f.Revision("w")
	_, _, err = s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID, Key: "k"})
	wantReason(t, err, coreshop.ShortStock)
	var r *coreshop.Refusal
	if !errors.As(err, &r) {
		t.Fatal(err)
	}
	equal(t, "what is short", r.Short, []coreshop.Shortage{
		{ProductID: b.ID, Name: "b", Wanted: 9, Available: 1}, {ProductID: c.ID, Name: "c", Wanted: 1, Available: 0},
	})
	equal(t, "stock", []int64{f.pieces(t, a.ID), f.pieces(t, b.ID), f.pieces(t, c.ID)}, []int64{5, 1, 0})
	equal(t, "cart", f.cartOf(t, s, h), before)
	equal(t, "revision", f.Revision("w"), revision)
	orders, _, err := s.Orders(ctx, "w", coreshop.OrderQuery{})
	must(t, err)
	equal(t, "orders", len(orders), 0)

	for _, id := range []string{b.ID, c.ID} {
		_, err = s.Remove(ctx, h, "", coreshop.Item{ProductID: id})
		must(t, err)
	}
	_, placed, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID, Key: "k"})
	must(t, err)
	equal(t, "placed with the key of the refusal", placed, true)
}

func (f *fixture) cartOf(t *testing.T, s *coreshop.Service, h coreshop.Handle) coreshop.Cart {
	t.Helper()
	c, err := s.Cart(t.Context(), h)
	must(t, err)
	return c
}

// A hundred customers want the last ten.
func testLastTen(t *testing.T, f *fixture) {
	s, ctx := f.shop(), context.WithoutCancel(t.Context())
	p, plenty := f.stocked(t, "last", 10), f.stocked(t, "plenty", 1000)
	carts := make([]coreshop.Handle, 100)
	for i := range carts {
		carts[i] = f.cart(t, s, plenty, p)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	sold, refused := 0, 0
	for _, h := range carts {
		wg.Go(func() {
			_, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
			var r *coreshop.Refusal
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				sold++
			case errors.As(err, &r) && r.Reason == coreshop.ShortStock:
				refused++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "sold and refused", []int{sold, refused}, []int{10, 90})
	equal(t, "stock", []int64{f.pieces(t, p.ID), f.pieces(t, plenty.ID)}, []int64{0, 990})
	orders, _, err := s.Orders(ctx, "w", coreshop.OrderQuery{})
	must(t, err)
	equal(t, "orders", len(orders), 10)
}

// Orders that hold the same products in opposite order wait for each other only
// one way.
func testCrossedOrders(t *testing.T, f *fixture) {
	s, ctx := f.shop(), context.WithoutCancel(t.Context())
	a, b := f.stocked(t, "a", 100), f.stocked(t, "b", 100)
	var carts []coreshop.Handle
	for i := range 30 {
		if i%2 == 0 {
			carts = append(carts, f.cart(t, s, a, b))
		} else {
			carts = append(carts, f.cart(t, s, b, a))
		}
	}
	var wg sync.WaitGroup
	for _, h := range carts {
		wg.Go(func() {
			if _, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "stock", []int64{f.pieces(t, a.ID), f.pieces(t, b.ID)}, []int64{70, 70})
}

func testOrderKey(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	p := f.stocked(t, "cup", 9)
	h := f.cart(t, s, p)
	n := coreshop.NewOrder{CartID: h.ID, Key: "k", Customer: coreshop.Customer{Name: "a"}}
	first, placed, err := s.Place(ctx, "w", n)
	must(t, err)
	equal(t, "placed", placed, true)
	_, err = s.Add(ctx, h, "", coreshop.Item{ProductID: p.ID, Quantity: 2}) // the next cart is being filled already
	must(t, err)
	again, placed, err := s.Place(ctx, "w", n)
	must(t, err)
	equal(t, "placed again", placed, false)
	equal(t, "order", again, first)
	n.Customer.Name = "b"
	_, _, err = s.Place(ctx, "w", n)
	wantReason(t, err, coreshop.KeyReused)
	equal(t, "stock", f.pieces(t, p.ID), int64(8))
	n.Key = "k2"
	second, placed, err := s.Place(ctx, "w", n)
	must(t, err)
	equal(t, "placed with another key", placed && second.ID != first.ID, true)

	other := f.cart(t, s, p) // another cart's key is another key
	n.CartID = other.ID
	third, placed, err := s.Place(ctx, "w", n)
	must(t, err)
	equal(t, "placed from another cart", placed && third.ID != second.ID, true)
	equal(t, "stock", f.pieces(t, p.ID), int64(5))
}

func testOrderKeyAtOnce(t *testing.T, f *fixture) {
	s, ctx := f.shop(), context.WithoutCancel(t.Context())
	p := f.stocked(t, "cup", 100)
	h := f.cart(t, s, p)
	var wg sync.WaitGroup
	numbers := make([]string, 20)
	for i := range numbers {
		wg.Go(func() {
			o, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID, Key: "k"})
			if err != nil {
				t.Error(err)
			}
			numbers[i] = o.Number
		})
	}
	wg.Wait()
	slices.Sort(numbers)
	equal(t, "different numbers", len(slices.Compact(numbers)), 1)
	equal(t, "stock", f.pieces(t, p.ID), int64(99))
}

func testNumbersCollide(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	p := f.stocked(t, "cup", 100)
	first, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: f.cart(t, s, p).ID})
	must(t, err)
	ids := []string{first.ID, first.ID[:9] + uuid.NewString()[9:], uuid.NewString()}
	asked := 0
	place := func(newID func() string) (coreshop.Order, error) {
		o, _, err := f.PlaceOrder(ctx, "w", coreshop.Placement{
			CartID: f.cart(t, s, p).ID, NewID: newID,
			Build: func(c *coreshop.Cart, _ map[string]*catalog.Product) (*coreshop.Order, error) {
				return &coreshop.Order{CartID: c.ID, State: coreshop.Pending, CreatedAt: f.clock.Now()}, nil
			},
		})
		return o, err
	}
	o, err := place(func() string { asked++; return ids[asked-1] })
	must(t, err)
	equal(t, "id and number", o.ID+o.Number, ids[2]+coreshop.NumberOf(ids[2]))
	_, err = place(func() string { return first.ID })
	wantKind(t, err, errs.Busy)
	got, err := f.Order(ctx, "w", first.Number)
	must(t, err)
	equal(t, "the first order", got, first)
}

func testOrderMoves(t *testing.T, f *fixture) {
	s, ctx, all := f.shop(), t.Context(), coreshop.Asker{Operator: true}
	p := f.stocked(t, "cup", 9)
	for _, from := range coreshop.States() {
		for _, to := range coreshop.States() {
			o, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: f.cart(t, s, p).ID})
			must(t, err)
			o, err = f.ChangeOrder(ctx, "w", o.Number, func(o *coreshop.Order, _ map[string]*catalog.Product) error { o.State = from; return nil })
			must(t, err)
			f.clock.advance(time.Second)
			got, err := s.Move(ctx, "w", strings.ToLower(o.Number), all, to)
			if from != to && !from.May(to) {
				wantReason(t, err, coreshop.WrongState)
				got, err = f.Order(ctx, "w", o.Number)
				must(t, err)
				equal(t, "order after a refused move", got, o)
				continue
			}
			must(t, err)
			moves := 2
			if from != to {
				moves = 3
			}
			equal(t, fmt.Sprint(from, " to ", to), fmt.Sprint(got.State, len(got.Moves)), fmt.Sprint(to, moves))
			_, err = f.UpdateProduct(ctx, "w", p.ID, func(q *catalog.Product) error { *q.StockQuantity = 9; return nil })
			must(t, err)
		}
		_, err := f.UpdateProduct(ctx, "w", p.ID, func(q *catalog.Product) error { *q.StockQuantity = 9; return nil })
		must(t, err)
	}
	_, err := s.Move(ctx, "w", "00000000", all, coreshop.Shipped)
	wantReason(t, err, coreshop.NoOrder)
}

func testCancelOnce(t *testing.T, f *fixture) {
	s, ctx := f.shop(), context.WithoutCancel(t.Context())
	p := f.stocked(t, "cup", 9)
	h := f.cart(t, s, p)
	o, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
	must(t, err)
	before := f.Revision("w")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := s.Move(ctx, "w", o.ID, coreshop.Asker{CartID: h.ID}, coreshop.Cancelled); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "stock", f.pieces(t, p.ID), int64(9))
	if f.Revision("w") == before {
		t.Error("stock changed, but not the revision")
	}
	_, err = s.Move(ctx, "w", o.ID, coreshop.Asker{Operator: true}, coreshop.Confirmed)
	wantReason(t, err, coreshop.WrongState)
}

func testCancelGone(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	p, q := f.stocked(t, "cup", 9), f.stocked(t, "pot", 9)
	o, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: f.cart(t, s, p, q).ID})
	must(t, err)
	must(t, f.DeleteProduct(ctx, "w", p.ID))
	_, err = s.Move(ctx, "w", o.Number, coreshop.Asker{Operator: true}, coreshop.Cancelled)
	must(t, err)
	equal(t, "stock", f.pieces(t, q.ID), int64(9))
	must(t, f.ClearProducts(ctx, "w"))
	got, err := f.Order(ctx, "w", o.Number)
	must(t, err)
	equal(t, "lines of an order outlive the catalogue", len(got.Lines), 2)
}

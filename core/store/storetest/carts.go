package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	coreshop "github.com/omakase-ai/omakase/core/shop"
)

var cartTests = map[string]func(*testing.T, *fixture){
	"cart":                     testCart,
	"cart workspaces":          testCartWorkspaces,
	"first changes at once":    testFirstChangesAtOnce,
	"changes at once":          testChangesAtOnce,
	"repeated changes":         testRepeatedChanges,
	"carts that nobody needs":  testExpiredCarts,
	"cart with a deleted line": testCartOfDeleted,
}

// shopRules are the contract's: ten percent, no fee.
func shopRules() coreshop.Rules {
	return coreshop.Rules{
		Tax:      coreshop.Tax{Standard: 10_000, Reduced: 8_000, ReducedFor: []string{"food"}, Rounding: coreshop.Floor},
		MaxLines: 50, MaxQuantity: 999, Confirm: true,
	}
}

// shop is the service over the store under test.
func (f *fixture) shop() *coreshop.Service {
	return coreshop.New(coreshop.Options{Store: f, Products: f, Rules: shopRules(), Now: f.clock.Now, CartTTL: 24 * time.Hour})
}

// stocked stores a product with so many pieces.
func (f *fixture) stocked(t *testing.T, name string, pieces int64) *catalog.Product {
	t.Helper()
	p := named("%s", name)
	p.StockQuantity = &pieces
	f.create(t, "w", p)
	return p
}

// cart makes a cart that holds one piece of each product.
func (f *fixture) cart(t *testing.T, s *coreshop.Service, ps ...*catalog.Product) coreshop.Handle {
	t.Helper()
	c, err := s.NewCart(t.Context(), "w")
	must(t, err)
	h := coreshop.Handle{Workspace: "w", ID: c.ID}
	for _, p := range ps {
		_, err := s.Add(t.Context(), h, "", coreshop.Item{ProductID: p.ID, Quantity: 1})
		must(t, err)
	}
	return h
}

func wantReason(t *testing.T, err error, reason coreshop.Reason) {
	t.Helper()
	var r *coreshop.Refusal
	if !errors.As(err, &r) || r.Reason != reason {
		t.Fatalf("error is %v, want the reason %s", err, reason)
	}
}

func testCart(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	p := full()
	f.create(t, "w", p)
	c, err := s.NewCart(ctx, "w")
	must(t, err)
	h := coreshop.Handle{Workspace: "w", ID: c.ID}
	got, err := s.Cart(ctx, h)
	must(t, err)
	equal(t, "new cart", got, c)

	f.clock.advance(time.Minute)
	c, err = s.Add(ctx, h, "k1", coreshop.Item{ProductID: p.ID, VariantID: "v2", Quantity: 2})
	must(t, err)
	want := coreshop.Cart{
		ID: h.ID, CreatedAt: c.UpdatedAt.Add(-time.Minute), UpdatedAt: f.clock.Now().UTC(), Keys: []string{"k1"},
		Lines: []coreshop.Line{{
			ProductID: p.ID, VariantID: "v2", Name: p.Name, VariantTitle: "白", ImageURL: p.Images[0],
			Price: catalog.Money{Amount: 1299, Currency: "USD"}, Quantity: 2, AddedAt: f.clock.Now().UTC(),
		}},
	}
	equal(t, "cart", c, want)
	got, err = s.Cart(ctx, h)
	must(t, err)
	equal(t, "stored cart", got, want)

	for reason, item := range map[coreshop.Reason]coreshop.Item{
		coreshop.NoProduct:     {ProductID: "none", Quantity: 1},
		coreshop.NoVariant:     {ProductID: p.ID, VariantID: "none", Quantity: 1},
		coreshop.OtherCurrency: {ProductID: p.ID, VariantID: "v1", Quantity: 1},
		coreshop.TooManyPieces: {ProductID: p.ID, VariantID: "v2", Quantity: 998},
		coreshop.BadQuantity:   {ProductID: p.ID, VariantID: "v2", Quantity: -5},
	} {
		_, err := s.Add(ctx, h, "", item)
		wantReason(t, err, reason)
	}
	got, err = s.Cart(ctx, h)
	must(t, err)
	equal(t, "cart after refusals", got, want)

	c, err = s.Set(ctx, h, "", coreshop.Item{ProductID: p.ID, Quantity: 5})
	must(t, err)
	equal(t, "quantity", c.Lines[0].Quantity, int64(5))
	_, err = s.Remove(ctx, h, "", coreshop.Item{ProductID: p.ID, VariantID: "v1"})
	wantReason(t, err, coreshop.NotInCart)
	c, err = s.Remove(ctx, h, "", coreshop.Item{ProductID: p.ID})
	must(t, err)
	equal(t, "lines", len(c.Lines), 0)
	_, err = s.Clear(ctx, h, "")
	must(t, err)
	_, err = s.Cart(ctx, coreshop.Handle{Workspace: "w", ID: "none"})
	wantReason(t, err, coreshop.NoCart)
	_, err = s.Clear(ctx, coreshop.Handle{Workspace: "w", ID: "none"}, "")
	wantReason(t, err, coreshop.NoCart)
	_, err = s.Clear(ctx, coreshop.Handle{Workspace: "w", ID: "a\x00b", Make: true}, "")
	wantKind(t, err, errs.Invalid)
}

func testCartWorkspaces(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	h := f.cart(t, s, f.stocked(t, "cup", 3))
	f.create(t, "other", named("x"))
	for _, workspace := range []string{"other", "never used"} {
		elsewhere := coreshop.Handle{Workspace: workspace, ID: h.ID}
		_, err := s.Cart(ctx, elsewhere)
		wantReason(t, err, coreshop.NoCart)
		_, err = s.Clear(ctx, elsewhere, "")
		wantReason(t, err, coreshop.NoCart)
		_, _, err = s.Place(ctx, workspace, coreshop.NewOrder{CartID: h.ID})
		wantReason(t, err, coreshop.NoCart)
	}
	c, err := s.Cart(ctx, h)
	must(t, err)
	equal(t, "pieces", c.Count(), int64(1))
}

// Two tools of one voice session may fill its cart at once, before there is
// one.
func testFirstChangesAtOnce(t *testing.T, f *fixture) {
	s, ctx := f.shop(), context.WithoutCancel(t.Context())
	var ps []*catalog.Product
	for i := range 8 {
		ps = append(ps, f.stocked(t, fmt.Sprint("p", i), 10))
	}
	h := coreshop.Handle{Workspace: "w", ID: "voice", Make: true}
	c, err := s.Cart(ctx, h)
	must(t, err)
	equal(t, "lines before", len(c.Lines), 0)
	var wg sync.WaitGroup
	for _, p := range ps {
		wg.Go(func() {
			if _, err := s.Add(ctx, h, p.ID, coreshop.Item{ProductID: p.ID, Quantity: 1}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, err = s.Cart(ctx, h)
	must(t, err)
	equal(t, "lines", len(c.Lines), len(ps))
}

func testChangesAtOnce(t *testing.T, f *fixture) {
	s, ctx := f.shop(), context.WithoutCancel(t.Context())
	p := f.stocked(t, "cup", 3)
	h := f.cart(t, s)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if _, err := s.Add(ctx, h, "", coreshop.Item{ProductID: p.ID, Quantity: 2}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, err := s.Cart(ctx, h)
	must(t, err)
	equal(t, "pieces", c.Count(), int64(80))
}

func testRepeatedChanges(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	p := f.stocked(t, "cup", 3)
	h := f.cart(t, s)
	for i := range 100 {
		c, err := s.Add(ctx, h, fmt.Sprint("call ", i/2), coreshop.Item{ProductID: p.ID, Quantity: 1})
		must(t, err)
		equal(t, "pieces", c.Count(), int64(i/2+1))
	}
	for i := range 100 { // keys are not kept for ever
		_, err := s.Clear(ctx, h, fmt.Sprint("clear ", i))
		must(t, err)
	}
	c, err := s.Cart(ctx, h)
	must(t, err)
	if len(c.Keys) > 64 {
		t.Errorf("%d keys are kept", len(c.Keys))
	}
	_, err = s.Remove(ctx, h, "refused", coreshop.Item{ProductID: p.ID})
	wantReason(t, err, coreshop.NotInCart)
	_, err = s.Add(ctx, h, "", coreshop.Item{ProductID: p.ID, Quantity: 1})
	must(t, err)
	_, err = s.Remove(ctx, h, "refused", coreshop.Item{ProductID: p.ID}) // the key stands for no change yet
	must(t, err)
}

func testExpiredCarts(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	old := f.cart(t, s)
	f.clock.advance(23 * time.Hour)
	used := f.cart(t, s)
	f.clock.advance(2 * time.Hour)
	fresh := f.cart(t, s)
	_, err := s.Cart(ctx, old)
	wantReason(t, err, coreshop.NoCart)
	for _, h := range []coreshop.Handle{used, fresh} {
		_, err := s.Cart(ctx, h)
		must(t, err)
	}
}

func testCartOfDeleted(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	p, q := f.stocked(t, "cup", 3), f.stocked(t, "pot", 3)
	h := f.cart(t, s, p, q)
	_, err := f.UpdateProduct(ctx, "w", q.ID, func(q *catalog.Product) error { q.Price = yen(1200); return nil })
	must(t, err)
	v, err := s.View(ctx, h)
	must(t, err)
	equal(t, "what became of it", v.Items, []coreshop.ItemView{
		{Price: yen(1000), Available: ptr[int64](3)}, {Price: yen(1200), Available: ptr[int64](3)},
	})
	equal(t, "price that was shown", v.Lines[1].Price, yen(1000))
	equal(t, "total", v.Estimate.Total, int64(2420))

	must(t, f.DeleteProduct(ctx, "w", p.ID))
	v, err = s.View(ctx, h)
	must(t, err)
	equal(t, "gone and unavailable", []bool{v.Items[0].Gone, v.Items[1].Gone, v.Unavailable}, []bool{true, false, true})
	_, _, err = s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
	wantReason(t, err, coreshop.NoProduct)
	_, err = s.Remove(ctx, h, "", coreshop.Item{ProductID: p.ID})
	must(t, err)
	_, _, err = s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
	must(t, err)
}

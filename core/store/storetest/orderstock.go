package storetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/omakase-ai/omakase/core/catalog"
	coreshop "github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
)

// testOrderSeesChanges has a product change in every way that there is between
// two orders of it: an engine may remember what it sold, but not for too long.
func testOrderSeesChanges(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	f.imported(t, item(1, price("1000"), func(d *catalog.Draft) { d.Stock = ptr[int64](9) }))
	p := f.byItem(t, "item 1")
	order := func() (coreshop.OrderLine, error) {
		t.Helper()
		h := f.cart(t, s, &p)
		o, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
		if err != nil {
			return coreshop.OrderLine{}, err
		}
		return o.Lines[0], nil
	}
	sold := func(when string, amount, left int64) {
		t.Helper()
		l, err := order()
		must(t, err)
		equal(t, "price "+when, l.Price.Amount, amount)
		equal(t, "left "+when, f.pieces(t, p.ID), left)
	}
	sold("at first", 1000, 8)
	sold("again", 1000, 7)
	_, err := f.UpdateProduct(ctx, "w", p.ID, func(p *catalog.Product) error {
		p.Price, p.StockQuantity = yen(900), ptr[int64](5)
		return nil
	})
	must(t, err)
	sold("after an edit", 900, 4)
	_, err = f.UpdateProduct(ctx, "w", p.ID, func(p *catalog.Product) error { p.Price = yen(1); return errors.New("no") })
	if err == nil {
		t.Fatal("an edit that fails did not")
	}
	sold("after an edit that failed", 900, 3)
	im := f.claimedImport(t, "w", nil)
	entered := p
	entered.Source, entered.Price, entered.StockQuantity = nil, yen(700), ptr[int64](20)
	_, err = f.ApplyImport(ctx, im.ID, im.Epoch, false, batches(store.ImportBatch{Products: []*catalog.Product{&entered}, Done: 1, Stored: 1, Last: true}))
	must(t, err)
	sold("after a file", 700, 19)
	f.imported(t, item(1, price("800"), func(d *catalog.Draft) { d.Stock = ptr[int64](3) }))
	sold("after an import", 800, 2)
	f.imported(t, item(2))
	h := f.cart(t, s)
	_, err = s.Add(ctx, h, "", coreshop.Item{ProductID: p.ID, Quantity: 1})
	wantReason(t, err, coreshop.NotForSale) // it vanished
	f.imported(t, item(1, price("800"), func(d *catalog.Draft) { d.Stock = ptr[int64](3) }))
	sold("after it came back", 800, 2)

	h = f.cart(t, s, &p)
	must(t, f.DeleteProduct(ctx, "w", p.ID))
	_, _, err = s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
	wantReason(t, err, coreshop.NoProduct)
	again := named("another with the id")
	again.ID, again.StockQuantity = p.ID, ptr[int64](2)
	f.create(t, "w", again)
	sold("of another", 1000, 1)
	again.StockQuantity = ptr[int64](7)
	must(t, f.ReplaceCatalog(ctx, "w", []*catalog.Product{again}, nil))
	sold("of another catalogue", 1000, 6)
	must(t, f.ClearProducts(ctx, "w"))
	_, _, err = s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
	wantReason(t, err, coreshop.NoProduct)
}

// testOrdersBesideEdits has pieces come in while others are sold: none is lost.
func testOrdersBesideEdits(t *testing.T, f *fixture) {
	const each = 20
	s, ctx := f.shop(), t.Context()
	p := f.stocked(t, "cup", 100)
	var carts []coreshop.Handle
	for range 2 * each {
		carts = append(carts, f.cart(t, s, p))
	}
	var wg sync.WaitGroup
	for _, part := range [][]coreshop.Handle{carts[:each], carts[each:]} {
		wg.Go(func() {
			for _, h := range part {
				if _, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range each {
			if _, err := f.UpdateProduct(ctx, "w", p.ID, func(p *catalog.Product) error { *p.StockQuantity += 3; return nil }); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	equal(t, "pieces", f.pieces(t, p.ID), int64(100-2*each+3*each))
}

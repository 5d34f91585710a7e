package storetest

import (
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	coreshop "github.com/omakase-ai/omakase/core/shop"
)

func testOrderList(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	p := f.stocked(t, "cup", 100)
	h := f.cart(t, s)
	var numbers []string
	for range 7 {
		_, err := s.Add(ctx, h, "", coreshop.Item{ProductID: p.ID, Quantity: 1})
		must(t, err)
		o, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID})
		must(t, err)
		numbers = append([]string{o.Number}, numbers...)
	}
	_, err := s.Move(ctx, "w", numbers[3], coreshop.Asker{Operator: true}, coreshop.Cancelled)
	must(t, err)
	walk := func(q coreshop.OrderQuery) (got []string) {
		for range 10 {
			orders, next, err := s.Orders(ctx, "w", q)
			must(t, err)
			for _, o := range orders {
				got = append(got, o.Number)
			}
			if q.Cursor = next; next == "" {
				return got
			}
		}
		t.Fatal("the list does not end")
		return nil
	}
	equal(t, "newest first", walk(coreshop.OrderQuery{}), numbers)
	equal(t, "in pages", walk(coreshop.OrderQuery{Limit: 3}), numbers)
	equal(t, "cancelled", walk(coreshop.OrderQuery{State: coreshop.Cancelled, Limit: 2}), numbers[3:4])
	equal(t, "of the cart", walk(coreshop.OrderQuery{CartID: h.ID, Limit: 7}), numbers)
	equal(t, "of another cart", walk(coreshop.OrderQuery{CartID: "none"}), []string(nil))
	_, _, err = s.Orders(ctx, "w", coreshop.OrderQuery{Limit: 3, Cursor: "nonsense"})
	wantKind(t, err, errs.Invalid)
	orders, _, err := s.Orders(ctx, "never used", coreshop.OrderQuery{})
	must(t, err)
	equal(t, "elsewhere", len(orders), 0)
}

func testWhoseOrder(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	h := f.cart(t, s, f.stocked(t, "cup", 9))
	o, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: h.ID, Session: "s1"})
	must(t, err)
	for _, said := range []string{o.Number, strings.ToLower(o.Number), " #" + o.Number + " ", o.ID, strings.ToUpper(o.ID)} {
		for _, a := range []coreshop.Asker{{Operator: true}, {CartID: h.ID}, {Session: "s1"}} {
			got, err := s.Order(ctx, "w", said, a)
			must(t, err)
			equal(t, "order", got.ID, o.ID)
		}
	}
	for _, said := range []string{"", " ", o.Number[:7], o.ID[:12], "ZZZZZZZZ", "%", o.Number + "0", "00000000"} {
		_, err := s.Order(ctx, "w", said, coreshop.Asker{Operator: true})
		wantReason(t, err, coreshop.NoOrder)
	}
	for _, a := range []coreshop.Asker{{}, {CartID: "other"}, {Session: "other"}} {
		_, err := s.Order(ctx, "w", o.Number, a)
		wantReason(t, err, coreshop.NoOrder)
		_, err = s.Move(ctx, "w", o.Number, a, coreshop.Cancelled)
		wantReason(t, err, coreshop.NoOrder)
	}
	_, err = s.Order(ctx, "other", o.Number, coreshop.Asker{Operator: true})
	wantReason(t, err, coreshop.NoOrder)
}

func testBoughtTogether(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	cup, pot, tray, tea := f.stocked(t, "cup", 99), f.stocked(t, "pot", 99), f.stocked(t, "tray", 99), f.stocked(t, "tea", 99)
	for _, lines := range [][]*catalog.Product{{cup, pot}, {cup, tea}, {tea, cup, pot}, {tray, pot}, {cup}} {
		_, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: f.cart(t, s, lines...).ID})
		must(t, err)
	}
	for _, tt := range []struct {
		of    *catalog.Product
		limit int
		want  []string
	}{
		{pot, 5, []string{cup.ID, tray.ID, tea.ID}},
		{pot, 1, []string{cup.ID}},
		{tray, 5, []string{pot.ID}},
	} {
		got, err := f.BoughtTogether(ctx, "w", tt.of.ID, tt.limit)
		must(t, err)
		equal(t, "with "+tt.of.Name, got, tt.want)
	}
	got, err := f.BoughtTogether(ctx, "other", pot.ID, 5)
	must(t, err)
	equal(t, "elsewhere", len(got), 0)
}

func testSuggest(t *testing.T, f *fixture) {
	s, ctx := f.shop(), t.Context()
	make := func(name, category string, price int64, edit func(*catalog.Product)) *catalog.Product {
		p := named("%s", name)
		p.Category, p.Price, p.StockQuantity = category, yen(price), ptr[int64](9)
		if edit != nil {
			edit(p)
		}
		f.create(t, "w", p)
		return p
	}
	cup := make("cup", "tea", 1000, nil)
	make("dear pot", "tea", 9000, nil)
	make("pot", "tea", 1200, nil)
	make("tray", "wood", 1010, nil)
	make("sold out", "tea", 1001, func(p *catalog.Product) { *p.StockQuantity = 0 })
	make("hidden", "tea", 1002, func(p *catalog.Product) { p.Active = false })
	make("dollars", "tea", 1003, func(p *catalog.Product) { p.Price.Currency = "USD" })
	jam := make("jam", "food", 300, nil)
	_, _, err := s.Place(ctx, "w", coreshop.NewOrder{CartID: f.cart(t, s, cup, jam).ID})
	must(t, err)
	for _, tt := range []struct {
		of, category string
		limit        int
		want         []string
	}{
		{cup.ID, "", 3, []string{"jam", "pot", "dear pot"}},
		{cup.ID, "", 5, []string{"jam", "pot", "dear pot", "tray"}},
		{cup.ID, "wood", 2, []string{"jam", "tray"}},
		{"", "tea", 2, []string{"cup", "dear pot"}},
		{"none", "food", 2, []string{"jam"}},
		{"", "", 2, []string{"cup", "dear pot"}},
		{"", "nothing of it", 2, nil},
	} {
		products, err := s.Suggest(ctx, "w", tt.of, tt.category, tt.limit)
		must(t, err)
		var names []string
		for i := range products {
			names = append(names, products[i].Name)
		}
		equal(t, "with "+tt.of+" of "+tt.category, names, tt.want)
	}
	products, err := s.Suggest(ctx, "other", cup.ID, "", 3)
	must(t, err)
	equal(t, "elsewhere", len(products), 0)
}

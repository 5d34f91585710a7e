package shop_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store/sqlite"
)

func wantReason(t *testing.T, err error, reason shop.Reason) {
	t.Helper()
	var r *shop.Refusal
	if !errors.As(err, &r) || r.Reason != reason {
		t.Fatalf("error is %v, want the reason %s", err, reason)
	}
}

// links makes links for one shop.
type links struct{ asked []shop.Basket }

func (l *links) Link(_ context.Context, b shop.Basket) (string, error) {
	l.asked = append(l.asked, b)
	if b.Plugin != "scraper.real.example" {
		return "", errs.New(errs.Unsupported, "plugin %s makes no links", b.Plugin)
	}
	return "https://real.example/cart/1:2", nil
}

func open(t *testing.T, o shop.Options) (*shop.Service, *sqlite.Store) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	o.Store, o.Products = st, st
	if o.Rules.MaxLines == 0 {
		o.Rules = shop.Rules{MaxLines: 3, MaxQuantity: 10, Tax: shop.Tax{Standard: 10_000}}
	}
	return shop.New(o), st
}

func product(t *testing.T, st *sqlite.Store, p catalog.Product) string {
	t.Helper()
	p.Name = "thing"
	if err := st.CreateProducts(t.Context(), "w", []*catalog.Product{&p}); err != nil {
		t.Fatal(err)
	}
	return p.ID
}

func TestWhatMayBeInACart(t *testing.T) {
	t.Parallel()
	s, st := open(t, shop.Options{})
	sold := catalog.Product{Price: yen(100), Active: true, StockQuantity: new(int64), Availability: catalog.OutOfStock}
	hidden := catalog.Product{Price: yen(100)}
	unpriced := catalog.Product{Active: true}
	free := catalog.Product{Active: true, Price: yen(0)}
	dear := catalog.Product{Active: true, Price: yen(catalog.MaxAmount)}
	dollars := catalog.Product{Active: true, Price: catalog.Money{Amount: 100, Currency: "USD"}}
	for name, tt := range map[string]struct {
		product  catalog.Product
		quantity int64
		reason   shop.Reason
	}{
		"free":                      {free, 10, ""},
		"sold out today":            {sold, 1, ""}, // the order will tell
		"hidden":                    {hidden, 1, shop.NotForSale},
		"unpriced":                  {unpriced, 1, shop.NoPrice},
		"none":                      {free, 0, shop.BadQuantity},
		"negative":                  {free, -5, shop.BadQuantity},
		"least":                     {free, -1 << 63, shop.BadQuantity},
		"too many":                  {free, 11, shop.TooManyPieces},
		"most":                      {free, 1<<63 - 1, shop.TooManyPieces},
		"more than money can count": {dear, 2, shop.TooExpensive},
		"another currency":          {dollars, 1, shop.OtherCurrency},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := s.NewCart(t.Context(), "w")
			if err != nil {
				t.Fatal(err)
			}
			h := shop.Handle{Workspace: "w", ID: c.ID}
			first := shop.Item{ProductID: product(t, st, free), Quantity: 1}
			if _, err := s.Add(t.Context(), h, "", first); err != nil {
				t.Fatal(err)
			}
			c, err = s.Add(t.Context(), h, "", shop.Item{ProductID: product(t, st, tt.product), Quantity: tt.quantity})
			if tt.reason == "" {
				if err != nil || c.Count() != tt.quantity+1 {
					t.Fatalf("%d pieces, %v", c.Count(), err)
				}
				return
			}
			wantReason(t, err, tt.reason)
			if errs.KindOf(err) == errs.Internal {
				t.Errorf("%v is of kind internal", err)
			}
		})
	}
}

// A cart counts what was put in, never more than its limits, whatever is asked.
func TestCartProperties(t *testing.T) {
	t.Parallel()
	s, st := open(t, shop.Options{})
	var ids []string
	for range 5 {
		ids = append(ids, product(t, st, catalog.Product{Price: yen(100), Active: true}))
	}
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		c, err := s.NewCart(ctx, "w")
		if err != nil {
			rt.Fatal(err)
		}
		h := shop.Handle{Workspace: "w", ID: c.ID}
		want := map[string]int64{}
		for range rapid.IntRange(1, 15).Draw(rt, "steps") {
			item := shop.Item{ProductID: rapid.SampledFrom(ids).Draw(rt, "product"), Quantity: rapid.Int64Range(-3, 13).Draw(rt, "quantity")}
			before, there := want[item.ProductID]
			ok := false
			switch step := rapid.SampledFrom([]string{"add", "set", "remove"}).Draw(rt, "step"); step {
			case "add":
				if ok = item.Quantity >= 1 && before+item.Quantity <= 10 && (there || len(want) < 3); ok {
					want[item.ProductID] += item.Quantity
				}
				_, err = s.Add(ctx, h, "", item)
			case "set":
				if ok = there && item.Quantity >= 0 && item.Quantity <= 10; ok {
					want[item.ProductID] = item.Quantity
				}
				_, err = s.Set(ctx, h, "", item)
			case "remove":
				if ok = there; ok {
					want[item.ProductID] = 0
				}
				_, err = s.Remove(ctx, h, "", item)
			}
			if want[item.ProductID] == 0 {
				delete(want, item.ProductID)
			}
			if (err == nil) != ok {
				rt.Fatalf("%+v of %v: %v", item, want, err)
			}
		}
		if c, err = s.Cart(ctx, h); err != nil {
			rt.Fatal(err)
		}
		got, sum := map[string]int64{}, int64(0)
		for _, l := range c.Lines {
			got[l.ProductID] = l.Quantity
			sum += l.Quantity * 100
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || c.Subtotal().Amount != sum {
			rt.Fatalf("%v with a sum of %v, want %v", got, c.Subtotal(), want)
		}
	})
}

func TestOrderRefusesLongWords(t *testing.T) {
	t.Parallel()
	s, _ := open(t, shop.Options{})
	long := string(make([]byte, 3000))
	for _, n := range []shop.NewOrder{
		{Customer: shop.Customer{Name: long}}, {Customer: shop.Customer{Email: long}}, {Customer: shop.Customer{Phone: long}}, {Notes: long},
	} {
		_, _, err := s.Place(t.Context(), "w", n)
		wantReason(t, err, shop.InvalidCustomer)
	}
	if _, _, err := s.Place(t.Context(), "w", shop.NewOrder{Key: long}); !errs.Is(err, errs.Invalid) {
		t.Errorf("long key: %v", err)
	}
}

func TestCheckout(t *testing.T) {
	t.Parallel()
	of := func(at string) shop.OrderLine {
		return shop.OrderLine{Line: shop.Line{VariantID: "1", Quantity: 2}, Shop: at, ShopURL: "https://" + at + "/p", PlatformID: "7", Plugin: "scraper." + at}
	}
	made := &links{}
	s, _ := open(t, shop.Options{Links: made})
	link, err := s.Checkout(t.Context(), "w", &shop.Order{Lines: []shop.OrderLine{of("real.example"), of("real.example")}})
	if err != nil || link.URL != "https://real.example/cart/1:2" || link.Plugin != "scraper.real.example" || len(made.asked[0].Lines) != 2 || made.asked[0].URL != "https://real.example/p" {
		t.Errorf("%+v, %v for %+v", link, err, made.asked)
	}
	for name, lines := range map[string][]shop.OrderLine{
		"two shops":       {of("real.example"), of("other.example")},
		"entered by hand": {of("")},
		"partly":          {of("real.example"), of("")},
		"no such plugin":  {of("other.example")},
		"nothing":         nil,
	} {
		_, err := s.Checkout(t.Context(), "w", &shop.Order{Lines: lines})
		var r *shop.Refusal
		if !errors.As(err, &r) || r.Reason != shop.NoCheckout {
			t.Errorf("%s: %v", name, err)
		}
	}
	none, _ := open(t, shop.Options{})
	_, err = none.Checkout(t.Context(), "w", &shop.Order{Lines: []shop.OrderLine{of("real.example")}})
	wantReason(t, err, shop.NoCheckout)
}

func TestReducedTax(t *testing.T) {
	t.Parallel()
	rules := shop.Rules{MaxLines: 9, MaxQuantity: 9, Tax: shop.Tax{Standard: 10_000, Reduced: 8_000, ReducedFor: []string{"food", "食品"}}}
	s, st := open(t, shop.Options{Rules: rules})
	for category, want := range map[string]int64{"Food": 80, "食品 > お茶": 80, "Home/ FOOD /Tea": 80, "seafood": 100, "": 100} {
		h := shop.Handle{Workspace: "w", ID: category + "-", Make: true}
		if _, err := s.Add(t.Context(), h, "", shop.Item{ProductID: product(t, st, catalog.Product{Price: yen(1000), Active: true, Category: category}), Quantity: 1}); err != nil {
			t.Fatal(err)
		}
		v, err := s.View(t.Context(), h)
		if err != nil || v.Estimate.Tax != want {
			t.Errorf("%q: tax %d, %v, want %d", category, v.Estimate.Tax, err, want)
		}
	}
}

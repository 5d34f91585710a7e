package shop_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/shop"
)

func yen(n int64) catalog.Money { return catalog.Money{Amount: n, Currency: "JPY"} }

func lines(rates []shop.Rate, prices ...int64) []shop.OrderLine {
	all := make([]shop.OrderLine, len(prices))
	for i, p := range prices {
		all[i] = shop.OrderLine{Line: shop.Line{Price: yen(p), Quantity: 1}, Rate: rates[i%len(rates)]}
	}
	return all
}

func TestTotals(t *testing.T) {
	t.Parallel()
	const ten, eight = shop.Rate(10_000), shop.Rate(8_000)
	for name, tt := range map[string]struct {
		tax      shop.Tax
		shipping shop.Shipping
		lines    []shop.OrderLine
		want     shop.Totals
	}{
		"as the contract has it": {
			lines: lines([]shop.Rate{ten}, 2333, 2333),
			want:  shop.Totals{Subtotal: 4666, Tax: 466, Total: 5132, Taxes: []shop.TaxPart{{ten, 4666, 466}}},
		},
		"rounded once for each rate": {
			lines: lines([]shop.Rate{ten, eight}, 105, 113, 105, 113),
			want:  shop.Totals{Subtotal: 436, Tax: 39, Total: 475, Taxes: []shop.TaxPart{{ten, 210, 21}, {eight, 226, 18}}},
		},
		"half up": {
			tax: shop.Tax{Rounding: shop.Round}, lines: lines([]shop.Rate{ten}, 105),
			want: shop.Totals{Subtotal: 105, Tax: 11, Total: 116, Taxes: []shop.TaxPart{{ten, 105, 11}}},
		},
		"up": {
			tax: shop.Tax{Rounding: shop.Ceil}, lines: lines([]shop.Rate{ten}, 101),
			want: shop.Totals{Subtotal: 101, Tax: 11, Total: 112, Taxes: []shop.TaxPart{{ten, 101, 11}}},
		},
		"included": {
			tax: shop.Tax{Included: true}, lines: lines([]shop.Rate{ten, eight}, 1100, 1081),
			want: shop.Totals{Subtotal: 2181, Tax: 180, Included: true, Total: 2181, Taxes: []shop.TaxPart{{ten, 1100, 100}, {eight, 1081, 80}}},
		},
		"below the threshold": {
			shipping: shop.Shipping{Fee: yen(500), FreeFrom: 5000}, lines: lines([]shop.Rate{0}, 4999),
			want: shop.Totals{Subtotal: 4999, Shipping: 500, Total: 5499, Taxes: []shop.TaxPart{{0, 4999, 0}}},
		},
		"at the threshold": {
			shipping: shop.Shipping{Fee: yen(500), FreeFrom: 5000}, lines: lines([]shop.Rate{0}, 5000),
			want: shop.Totals{Subtotal: 5000, Total: 5000, Taxes: []shop.TaxPart{{0, 5000, 0}}},
		},
		"never free": {
			shipping: shop.Shipping{Fee: yen(500)}, lines: lines([]shop.Rate{0}, 1_000_000),
			want: shop.Totals{Subtotal: 1_000_000, Shipping: 500, Total: 1_000_500, Taxes: []shop.TaxPart{{0, 1_000_000, 0}}},
		},
		"fee of another currency": {
			shipping: shop.Shipping{Fee: catalog.Money{Amount: 500, Currency: "USD"}}, lines: lines([]shop.Rate{0}, 100),
			want: shop.Totals{Subtotal: 100, Total: 100, Taxes: []shop.TaxPart{{0, 100, 0}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := shop.Rules{Tax: tt.tax, Shipping: tt.shipping}
			tt.want.Currency = "JPY"
			got, err := r.Totals(tt.lines)
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestTotalsRefuse(t *testing.T) {
	t.Parallel()
	r := shop.Rules{}
	mixed := lines([]shop.Rate{0}, 1, 2)
	mixed[1].Price.Currency = "USD"
	_, err := r.Totals(mixed)
	wantReason(t, err, shop.OtherCurrency)
	_, err = r.Totals(lines([]shop.Rate{0}, catalog.MaxAmount, 1))
	wantReason(t, err, shop.TooExpensive)
}

// Whatever is ordered, the sums add up, no tax is lost or invented by more than
// rounding, and the order of the lines does not matter.
func TestTotalsProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := func(name string) shop.Rate { return shop.Rate(rapid.Int64Range(0, 100_000).Draw(t, name)) }
		r := shop.Rules{
			Tax:      shop.Tax{Rounding: rapid.SampledFrom([]shop.Rounding{shop.Floor, shop.Round, shop.Ceil}).Draw(t, "rounding"), Included: rapid.Bool().Draw(t, "included")},
			Shipping: shop.Shipping{Fee: yen(rapid.Int64Range(0, 2000).Draw(t, "fee")), FreeFrom: rapid.Int64Range(0, 100_000).Draw(t, "free")},
		}
		rates := []shop.Rate{rate("standard"), rate("reduced")}
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) shop.OrderLine {
			return shop.OrderLine{
				Line: shop.Line{Price: yen(rapid.Int64Range(0, 1_000_000_000).Draw(t, "price")), Quantity: rapid.Int64Range(1, 99).Draw(t, "quantity")},
				Rate: rapid.SampledFrom(rates).Draw(t, "rate"),
			}
		}), 1, 20).Draw(t, "lines")
		got, err := r.Totals(all)
		if err != nil {
			t.Fatal(err)
		}
		var subtotal, tax, bases int64
		for i := range all {
			subtotal += all[i].Price.Amount * all[i].Quantity
		}
		for _, p := range got.Taxes {
			tax, bases = tax+p.Tax, bases+p.Base
			exact := float64(p.Base) * float64(p.Rate) / 100_000
			if r.Tax.Included {
				exact = float64(p.Base) * float64(p.Rate) / float64(100_000+p.Rate)
			}
			if d := float64(p.Tax) - exact; d > 1.01 || d < -1.01 {
				t.Fatalf("tax of %d at %d is %d, %f exactly", p.Base, p.Rate, p.Tax, exact)
			}
		}
		want := got.Subtotal + got.Shipping
		if !r.Tax.Included {
			want += got.Tax
		}
		if got.Subtotal != subtotal || bases != subtotal || got.Tax != tax || got.Total != want || got.Total < got.Subtotal {
			t.Fatalf("%+v does not add up: %d, %d, %d, %d", got, subtotal, bases, tax, want)
		}
		if free := r.Shipping.FreeFrom > 0 && subtotal >= r.Shipping.FreeFrom; free != (got.Shipping == 0) && r.Shipping.Fee.Amount > 0 {
			t.Fatalf("shipping is %d for %d", got.Shipping, subtotal)
		}
		shuffled, err := r.Totals(rapid.Permutation(all).Draw(t, "other order"))
		if diff := cmp.Diff(got, shuffled); err != nil || diff != "" {
			t.Fatalf("%v in another order:\n%s", err, diff)
		}
	})
}

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]shop.Rate{
		"10%": 10_000, "10": 10_000, " 8 % ": 8_000, "8.875%": 8_875, "0": 0, "0.5%": 500, "100%": 100_000,
	} {
		got, err := shop.ParseRate(text)
		if err != nil || got != want {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
		if again, err := shop.ParseRate(got.Percent()); err != nil || again != got {
			t.Errorf("%q comes back as %d, %v", got.Percent(), again, err)
		}
	}
	for _, text := range []string{"", "%", "-1", "ten", "100.001%", "1.2345", "1e3", ".5", "0x1", "99999999999"} {
		if got, err := shop.ParseRate(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

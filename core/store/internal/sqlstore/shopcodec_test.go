package sqlstore

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/shop"
)

var (
	anyWord   = rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"湯呑み", `a "b" \\ <c> & d`, "\n\x00", `","q":1`}), rapid.String())
	anyMoment = rapid.Map(rapid.Int64Range(0, 1<<53), moment)
	anyMoney  = rapid.Custom(func(t *rapid.T) catalog.Money {
		return catalog.Money{Amount: rapid.Int64().Draw(t, "amount"), Currency: rapid.SampledFrom([]string{"", "JPY", "USD"}).Draw(t, "currency")}
	})
	anyLine = rapid.Custom(func(t *rapid.T) shop.Line {
		return shop.Line{
			ProductID: anyWord.Draw(t, "product"), VariantID: anyWord.Draw(t, "variant"), Name: anyWord.Draw(t, "name"),
			VariantTitle: anyWord.Draw(t, "title"), ImageURL: anyWord.Draw(t, "image"), Price: anyMoney.Draw(t, "price"),
			Quantity: rapid.Int64().Draw(t, "quantity"), AddedAt: anyMoment.Draw(t, "added"),
		}
	})
)

// Whatever a cart holds comes back.
func TestCartsReadAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := shop.Cart{Lines: rapid.SliceOfN(anyLine, 0, 4).Draw(t, "lines"), Keys: rapid.SliceOfN(anyWord, 0, 3).Draw(t, "keys")}
		var got shop.Cart
		if err := decodeCart(encodeCart(&want), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Whatever an order holds comes back.
func TestOrdersReadAsWritten(t *testing.T) {
	t.Parallel()
	number := rapid.Int64()
	line := rapid.Custom(func(t *rapid.T) shop.OrderLine {
		return shop.OrderLine{
			Line: anyLine.Draw(t, "line"), Was: anyMoney.Draw(t, "was"), Rate: shop.Rate(number.Draw(t, "rate")),
			Shop: anyWord.Draw(t, "shop"), ShopURL: anyWord.Draw(t, "url"), PlatformID: anyWord.Draw(t, "platform id"), Plugin: anyWord.Draw(t, "plugin"),
			TakenProduct: number.Draw(t, "taken"), TakenVariant: number.Draw(t, "taken of the variant"),
		}
	})
	move := rapid.Custom(func(t *rapid.T) shop.Move {
		return shop.Move{State: shop.State(anyWord.Draw(t, "state")), At: anyMoment.Draw(t, "at")}
	})
	tax := rapid.Custom(func(t *rapid.T) shop.TaxPart {
		return shop.TaxPart{Rate: shop.Rate(number.Draw(t, "rate")), Base: number.Draw(t, "base"), Tax: number.Draw(t, "tax")}
	})
	rapid.Check(t, func(t *rapid.T) {
		want := shop.Order{
			ID: anyWord.Draw(t, "id"), Session: anyWord.Draw(t, "session"), Notes: anyWord.Draw(t, "notes"),
			Moves: rapid.SliceOfN(move, 0, 3).Draw(t, "moves"), Lines: rapid.SliceOfN(line, 0, 3).Draw(t, "lines"),
			Totals: shop.Totals{
				Currency: anyWord.Draw(t, "currency"), Subtotal: number.Draw(t, "subtotal"), Tax: number.Draw(t, "tax"), Included: rapid.Bool().Draw(t, "included"),
				Shipping: number.Draw(t, "shipping"), Total: number.Draw(t, "total"), Taxes: rapid.SliceOfN(tax, 0, 2).Draw(t, "taxes"),
			},
			Customer: shop.Customer{Name: anyWord.Draw(t, "name"), Email: anyWord.Draw(t, "email"), Phone: anyWord.Draw(t, "phone")},
		}
		var got shop.Order
		if err := decodeOrder(encodeOrder(&want), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Carts are scanned, and not left to reflection without need.
func TestCartsAreScanned(t *testing.T) {
	t.Parallel()
	at := time.UnixMicro(1_764_000_000_000_000).UTC()
	plain := shop.Cart{
		Lines: []shop.Line{{ProductID: "p", VariantID: "v", Name: "湯呑み & 皿", VariantTitle: "t", ImageURL: "i", Price: catalog.Money{Amount: 5, Currency: "JPY"}, Quantity: 2, AddedAt: at}, {ProductID: "q", Quantity: -1, AddedAt: at}},
		Keys:  []string{"k", "l"},
	}
	for _, c := range []shop.Cart{plain, {Lines: plain.Lines}, {Keys: plain.Keys}, {}} {
		if data := encodeCart(&c); !readCart(string(data), &shop.Cart{}) {
			t.Errorf("%s is not scanned", data)
		}
	}
}

// FuzzReadCart holds that what is scanned is what encoding/json reads.
func FuzzReadCart(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"l":[{"p":"a","v":"b","n":"c","t":"d","i":"e","m":{"a":1,"c":"JPY"},"q":1,"a":2}],"k":["x"]}`,
		`{"l":[{"p":"a","q":-1,"a":2},{"p":"","m":{"a":0},"q":01,"a":2}]}`, `{"k":["\\u0041"]}`, `{"l":[],"k":[]}`, `{,}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		var got shop.Cart
		var r cartRecord
		if !readCart(data, &got) || json.Unmarshal([]byte(data), &r) != nil {
			return
		}
		want := shop.Cart{Keys: r.Keys}
		for i := range r.Lines {
			want.Lines = append(want.Lines, r.Lines[i].unpack())
		}
		if text(data) == data {
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

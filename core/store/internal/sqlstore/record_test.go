package sqlstore

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/catalog"
)

// TestRecordsReadAsWritten holds that whatever a product holds comes back.
func TestRecordsReadAsWritten(t *testing.T) {
	t.Parallel()
	word := rapid.OneOf(rapid.Just(""), rapid.String())
	words := rapid.SliceOfN(word, 0, 3)
	number := rapid.Ptr(rapid.Int64(), true)
	money := rapid.Custom(func(t *rapid.T) catalog.Money {
		return catalog.Money{Amount: rapid.Int64().Draw(t, "amount"), Currency: rapid.SampledFrom([]string{"", "JPY", "USD"}).Draw(t, "currency")}
	})
	product := rapid.Custom(func(t *rapid.T) catalog.Product {
		p := catalog.Product{
			Price: money.Draw(t, "price"), CompareAt: money.Draw(t, "compare at"),
			SKU: word.Draw(t, "sku"), GTIN: word.Draw(t, "gtin"), Brand: word.Draw(t, "brand"), Category: word.Draw(t, "category"),
			Tags: words.Draw(t, "tags"), Images: words.Draw(t, "images"), Active: rapid.Bool().Draw(t, "active"),
			Availability:  catalog.Availability(word.Draw(t, "availability")),
			StockQuantity: number.Draw(t, "stock"), LowStockThreshold: number.Draw(t, "low"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "options") {
			p.Options = append(p.Options, catalog.Option{Name: word.Draw(t, "option"), Values: words.Draw(t, "values")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "variants") {
			p.Variants = append(p.Variants, catalog.Variant{
				ID: word.Draw(t, "id"), Title: word.Draw(t, "title"), SKU: word.Draw(t, "sku"), GTIN: word.Draw(t, "gtin"),
				Price: money.Draw(t, "price"), CompareAt: money.Draw(t, "compare at"), Availability: catalog.Availability(word.Draw(t, "availability")),
				Options: words.Draw(t, "options"), Image: word.Draw(t, "image"), Stock: number.Draw(t, "stock"),
			})
		}
		if rapid.Bool().Draw(t, "sourced") {
			p.Source = &catalog.Source{
				Shop: word.Draw(t, "shop"), PlatformID: word.Draw(t, "platform id"), Handle: word.Draw(t, "handle"),
				Plugin: word.Draw(t, "plugin"), UpdatedAt: word.Draw(t, "updated"),
			}
		}
		return p
	})
	rapid.Check(t, func(t *rapid.T) {
		want := product.Draw(t, "product")
		var got catalog.Product
		if err := decodeProduct([]byte("{}"), encodeRecord(&want), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

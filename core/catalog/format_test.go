package catalog_test

import (
	"testing"

	"github.com/omakase-ai/omakase/core/catalog"
)

func TestFormatMoney(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		amount   int64
		currency string
		want     string
	}{
		{0, "JPY", "¥0"},
		{999, "JPY", "¥999"},
		{5132, "JPY", "¥5,132"},
		{1234567, "KRW", "₩1,234,567"},
		{1299, "USD", "$12.99"},
		{100000005, "USD", "$1,000,000.05"},
		{5, "EUR", "€0.05"},
		{120000, "CHF", "1,200.00 CHF"},
		{1234567, "KWD", "1,234.567 KWD"},
		{1250, "", "12.50"},
		{-5132, "JPY", "-¥5,132"},
	} {
		if got := (catalog.Money{Amount: tt.amount, Currency: tt.currency}).Format(); got != tt.want {
			t.Errorf("%d %s is %q, want %q", tt.amount, tt.currency, got, tt.want)
		}
	}
}

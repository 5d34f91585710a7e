package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

func TestParseMoney(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		decimal, cur string
		amount       int64
		number       string
	}{
		{"1980", "JPY", 1980, "1980"},
		{"1980.00", "jpy", 1980, "1980"},
		{"12.99", "USD", 1299, "12.99"},
		{"12.9", "USD", 1290, "12.9"},
		{"12", "EUR", 1200, "12"},
		{"0.5", "USD", 50, "0.5"},
		{"0", "USD", 0, "0"},
		{"880.50", "", 88050, "880.5"},
		{"1.234", "KWD", 1234, "1.234"},
		{"99.99", "RSD", 9999, "99.99"},
	} {
		m, err := catalog.ParseMoney(tt.decimal, tt.cur)
		if err != nil || m.Amount != tt.amount || m.Number() != tt.number {
			t.Errorf("ParseMoney(%q, %q) = %+v (%s), %v; want %d, %s", tt.decimal, tt.cur, m, m.Number(), err, tt.amount, tt.number)
		}
	}
}

func TestParseMoneyRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ decimal, cur, says string }{
		{"", "JPY", "is not a price"},
		{"-1", "JPY", "is not a price"},
		{"1,980", "JPY", "is not a price"},
		{"1e3", "JPY", "is not a price"},
		{"1.", "USD", "is not a price"},
		{".5", "USD", "is not a price"},
		{"1.2.3", "USD", "is not a price"},
		{"１２", "JPY", "is not a price"},
		{"880.5", "JPY", "more than the 0 decimals of JPY"},
		{"1.999", "", "more than the 2 decimals"},
		{"10000000000001", "JPY", "too large"},
		{strings.Repeat("9", 400), "JPY", "too large"},
		{"1", "YEN", "is not a currency"},
	} {
		_, err := catalog.ParseMoney(tt.decimal, tt.cur)
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("ParseMoney(%q, %q): %v; want one that says %q", tt.decimal, tt.cur, err, tt.says)
		}
	}
}

func TestMoneyRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := catalog.Money{
			Amount:   rapid.Int64Range(0, catalog.MaxAmount).Draw(t, "amount"),
			Currency: rapid.SampledFrom([]string{"", "JPY", "USD", "KWD", "CLF"}).Draw(t, "currency"),
		}
		for _, text := range []string{m.Decimal(), m.Number()} {
			back, err := catalog.ParseMoney(text, m.Currency)
			if err != nil || back != m {
				t.Fatalf("%+v as %q reads back as %+v, %v", m, text, back, err)
			}
		}
	})
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"1980", "12.99", "-1", "1e9", "0.00"} {
		f.Add(s, "JPY")
	}
	f.Fuzz(func(t *testing.T, decimal, cur string) {
		m, err := catalog.ParseMoney(decimal, cur)
		if err == nil && (m.Amount < 0 || m.Amount > catalog.MaxAmount) {
			t.Errorf("%q in %q is out of bounds: %+v", decimal, cur, m)
		}
	})
}

func ExampleParseMoney() {
	m, _ := catalog.ParseMoney("12.90", "USD")
	fmt.Println(m.Amount, m.Decimal(), m.Number())
	// Output: 1290 12.90 12.9
}

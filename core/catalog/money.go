package catalog

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
)

// Money is an amount in the minor unit of a currency: yen for JPY, cents for
// USD. The zero value means "no price known". A price whose currency is not
// known has Currency "" and counts hundredths.
type Money struct {
	Amount   int64
	Currency string // ISO 4217, or ""
}

// MaxAmount bounds prices so that carts can add and multiply them without
// overflow: ten trillion of the minor unit.
const MaxAmount = 10_000_000_000_000

// ParseMoney reads a plain decimal ("1980", "12.99", "0.50") as a price in
// cur. Trailing zeros beyond the currency's digits are fine; other digits
// there, signs, exponents and separators are Invalid.
func ParseMoney(decimal, cur string) (Money, error) {
	cur, err := ParseCurrency(cur)
	if err != nil {
		return Money{}, err
	}
	whole, frac, _ := strings.Cut(decimal, ".")
	if whole == "" || !allDigits(whole) || !allDigits(frac) || strings.HasSuffix(decimal, ".") {
		return Money{}, errs.New(errs.Invalid, "%q is not a price", decimal).
			WithHint("write a plain decimal such as 1980 or 12.99")
	}
	digits := Digits(cur)
	frac = strings.TrimRight(frac, "0")
	if len(frac) > digits {
		return Money{}, errs.New(errs.Invalid, "price %s has more than the %d decimals of %s", decimal, digits, currencyName(cur))
	}
	frac += strings.Repeat("0", digits-len(frac))
	amount, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil || amount > MaxAmount {
		return Money{}, errs.New(errs.Invalid, "price %s is too large", decimal)
	}
	return Money{Amount: amount, Currency: cur}, nil
}

func currencyName(cur string) string {
	if cur == "" {
		return "a price without currency"
	}
	return cur
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// IsZero reports whether no price is known. A price of nothing is a price
// only together with a currency.
func (m Money) IsZero() bool { return m == Money{} }

// Decimal is the amount in the currency's unit, without a currency sign and
// without superfluous zeros after the unit's digits: "1980", "12.99".
func (m Money) Decimal() string { return string(m.appendDecimal(nil)) }

func (m Money) appendDecimal(b []byte) []byte {
	digits := Digits(m.Currency)
	amount := m.Amount
	if amount < 0 {
		b, amount = append(b, '-'), -amount
	}
	if digits == 0 {
		return strconv.AppendInt(b, amount, 10)
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	b = append(strconv.AppendInt(b, amount/unit, 10), '.')
	for rest := amount % unit; unit > 1; rest %= unit {
		unit /= 10
		b = append(b, byte('0'+rest/unit))
	}
	return b
}

// Number is the amount as a JSON number in the currency's unit: 1980, 12.99,
// 880.5.
func (m Money) Number() string { return string(m.appendNumber(nil)) }

func (m Money) appendNumber(b []byte) []byte {
	from := len(b)
	b = m.appendDecimal(b)
	if bytes.IndexByte(b[from:], '.') < 0 {
		return b
	}
	return bytes.TrimSuffix(bytes.TrimRight(b, "0"), []byte{'.'})
}

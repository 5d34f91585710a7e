package shop

import (
	"slices"
	"strconv"
	"strings"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// Rules are what an operator decides about carts and orders.
type Rules struct {
	Tax      Tax
	Shipping Shipping
	// MaxLines and MaxQuantity bound a cart: its lines, and the pieces of each.
	MaxLines    int
	MaxQuantity int64
	// Confirm has orders confirmed as they are placed.
	Confirm bool
}

// The bounds of the bounds: with them no sum leaves int64.
const (
	MostLines    = 500
	MostQuantity = 100_000
)

// Tax is how sales are taxed.
type Tax struct {
	Standard, Reduced Rate
	// ReducedFor are categories and tags, in any case, whose products have the
	// reduced rate.
	ReducedFor []string
	Rounding   Rounding
	// Included says that prices contain the tax.
	Included bool
}

// Rate is a rate of tax in thousandths of a percent: 10 % is 10,000.
type Rate int64

// whole is the rate of 100 %.
const whole Rate = 100_000

// ParseRate reads a rate such as "10%", "8.875 %" or "8".
func ParseRate(text string) (Rate, error) {
	number := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	integer, fraction, _ := strings.Cut(number, ".")
	n, err := strconv.ParseUint(integer+(fraction + "000")[:3], 10, 31)
	if err != nil || integer == "" || len(fraction) > 3 || Rate(n) > whole {
		return 0, errs.New(errs.Invalid, "%q is not a rate of tax", text).WithHint("write a percentage such as 10%% or 8.875%%")
	}
	return Rate(n), nil
}

// Percent is the rate as a number: 10, 8.875.
func (r Rate) Percent() string {
	s := strconv.FormatInt(int64(r)/1000, 10)
	if rest := int64(r) % 1000; rest != 0 {
		s += "." + strings.TrimRight(strconv.FormatInt(rest+1000, 10)[1:], "0")
	}
	return s
}

// Rounding is what becomes of parts of the minor unit.
type Rounding string

// The ways to round.
const (
	Floor Rounding = "floor"
	Round Rounding = "round" // halves up
	Ceil  Rounding = "ceil"
)

// divide is a/b in whole numbers; neither is negative.
func (r Rounding) divide(a, b int64) int64 {
	switch r {
	case Ceil:
		return (a + b - 1) / b
	case Round:
		return (a + b/2) / b
	case Floor:
	}
	return a / b
}

// rate is the one for a product.
func (t *Tax) rate(p *catalog.Product) Rate {
	if len(t.ReducedFor) == 0 {
		return t.Standard
	}
	for _, name := range append([]string{p.Category}, p.Tags...) {
		for part := range strings.FieldsFuncSeq(name, func(c rune) bool { return c == '>' || c == '/' || c == '＞' }) {
			part = strings.TrimSpace(part)
			if slices.ContainsFunc(t.ReducedFor, func(f string) bool { return strings.EqualFold(f, part) }) {
				return t.Reduced
			}
		}
	}
	return t.Standard
}

// of is the tax on a sum of prices that have one rate.
func (t *Tax) of(sum int64, rate Rate) int64 {
	if t.Included {
		return t.Rounding.divide(sum*int64(rate), int64(whole+rate))
	}
	return t.Rounding.divide(sum*int64(rate), int64(whole))
}

// Shipping is what sending an order costs. It is asked in one currency only;
// an order in another has no such fee.
type Shipping struct {
	Fee      catalog.Money // with its tax
	FreeFrom int64         // subtotals from here on pay nothing; 0: all pay
}

// Totals are the sums of an order, in minor units of one currency.
type Totals struct {
	Currency string
	Subtotal int64 // of the prices, as they are
	Tax      int64 // within Total, whether prices contain it or not
	Included bool  // Subtotal contains Tax
	Shipping int64
	Total    int64
	Taxes    []TaxPart // by rate, the highest first
}

// TaxPart is the tax at one rate.
type TaxPart struct {
	Rate      Rate
	Base, Tax int64
}

// Money is an amount of the totals with their currency.
func (t *Totals) Money(amount int64) catalog.Money {
	return catalog.Money{Amount: amount, Currency: t.Currency}
}

// Totals adds lines up. Tax is rounded once for each rate, as invoices have to
// show it, and not for each line.
func (r *Rules) Totals(lines []OrderLine) (Totals, error) {
	t := Totals{Included: r.Tax.Included}
	for i := range lines {
		l := &lines[i]
		if i > 0 && l.Price.Currency != t.Currency {
			return Totals{}, refuse(OtherCurrency, errs.Conflict, "prices in %s and in %s can't be added up",
				currency(lines[0].Price), currency(l.Price)).
				hint("order them separately").of(l.ProductID, l.VariantID, l.Name)
		}
		t.Currency = l.Price.Currency
		sum := l.Total().Amount
		if t.Subtotal += sum; t.Subtotal > catalog.MaxAmount {
			return Totals{}, refuse(TooExpensive, errs.Invalid, "the sum is larger than can be counted").hint("choose a smaller quantity")
		}
		k := slices.IndexFunc(t.Taxes, func(p TaxPart) bool { return p.Rate == l.Rate })
		if k < 0 {
			k = len(t.Taxes)
			t.Taxes = append(t.Taxes, TaxPart{Rate: l.Rate})
		}
		t.Taxes[k].Base += sum
	}
	slices.SortFunc(t.Taxes, func(a, b TaxPart) int { return int(b.Rate - a.Rate) })
	for i := range t.Taxes {
		p := &t.Taxes[i]
		p.Tax = r.Tax.of(p.Base, p.Rate)
		t.Tax += p.Tax
	}
	t.Total = t.Subtotal
	if !t.Included {
		t.Total += t.Tax
	}
	fee := r.Shipping
	if len(lines) > 0 && fee.Fee.Currency == t.Currency && (fee.FreeFrom == 0 || t.Subtotal < fee.FreeFrom) {
		t.Shipping = fee.Fee.Amount
		t.Total += t.Shipping
	}
	return t, nil
}

package product

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/omakase-ai/omakase/sdk/go/price"
)

// markReduced finds amounts that a page shows as reduced without striking the
// one before or naming it so: beside the two stands by how many percent. That
// needs no words of any language. (The difference would not do: shops show what
// things would cost with a gift card.)
func markReduced(all []sign) {
	for i := range all {
		for k := i + 1; k < len(all) && k <= i+2 && all[k].place.At-end(&all[i]) < 120; k++ {
			high, low := &all[i], &all[k]
			if number(high.price.Amount) < number(low.price.Amount) {
				high, low = low, high
			}
			if high.list || low.list || low.price.Currency != high.price.Currency || !tellsReduction(all, i, k, number(high.price.Amount), number(low.price.Amount)) && !standsAlone(all, i, k) {
				continue
			}
			high.list = true
			high.score -= 14
		}
	}
}

// tellsReduction reports whether the text around the amounts at i and k says
// what lies between high and low.
func tellsReduction(all []sign, i, k int, high, low float64) bool {
	if low <= 0 || low >= high || low*10 < high {
		return false
	}
	percent := 100 * (high - low) / high
	for _, text := range [...]string{all[i].place.Before, all[i].place.After, all[k].place.Before, all[k].place.After} {
		if hasPercent(text, percent) {
			return true
		}
	}
	return false
}

// standsAlone reports whether the amounts at i and k stand side by side without
// a word: as a reduction is shown, and nothing else as far apart.
func standsAlone(all []sign, i, k int) bool {
	a, b := &all[i], &all[k]
	low, high := number(a.price.Amount), number(b.price.Amount)
	if low > high {
		low, high = high, low
	}
	gap := b.place.At - end(a)
	return k == i+1 && gap >= 0 && gap <= 2 && low > 0.3*high && low < 0.97*high &&
		a.isBare() && b.isBare() && !strings.HasPrefix(strings.TrimLeft(b.after, " ("), "/")
}

// isBare reports whether a visitor sees an amount and its currency, and no
// word beside them.
func (s *sign) isBare() bool {
	letters := 0
	for _, r := range s.place.Text {
		switch {
		case unicode.IsLetter(r):
			letters++
		case r == '/' || r == '(' || r == '-' || r == '–' || r == '~' || r == '〜':
			return false
		}
	}
	return letters <= 3 && s.price.Tax == price.TaxUnknown && s.score > 0 && !s.place.Hidden
}

// hasPercent reports whether a text has a rate, rounded to a whole one: "41%",
// "-41 %", "%41". Less than three may be anything.
func hasPercent(text string, percent float64) bool {
	for {
		before, after, ok := strings.Cut(text, "%")
		if !ok {
			return false
		}
		before = strings.TrimRight(before, " \u00a0")
		from := len(before)
		for from > 0 && before[from-1] >= '0' && before[from-1] <= '9' {
			from--
		}
		to := 0
		for to < len(after) && after[to] >= '0' && after[to] <= '9' {
			to++
		}
		for _, digits := range [...]string{before[from:], after[:to]} {
			if n, err := strconv.Atoi(digits); err == nil && n >= 3 && n < 100 && math.Abs(float64(n)-percent) <= 1 {
				return true
			}
		}
		text = after
	}
}

// number is a decimal for comparing ratios; nothing that is paid is reckoned
// with it.
func number(amount string) float64 {
	n, err := strconv.ParseFloat(amount, 64)
	if err != nil {
		return 0
	}
	return n
}

package realtime

import (
	"slices"
	"strings"
)

// PriceTable has the prices of models by their names. A name also stands for
// the dated versions of its model, "gpt-realtime" for "gpt-realtime-2025-08-28";
// the longest that fits counts. "" is for models that have none of their own.
type PriceTable map[string]Prices

// Of is the prices of a model; ok is false when the table has none.
func (t PriceTable) Of(model string) (p Prices, ok bool) {
	best := ""
	for name := range t {
		fits := name == model || name != "" && strings.HasPrefix(model, name+"-")
		if fits && len(name) >= len(best) {
			best, ok = name, true
		}
	}
	if ok {
		return t[best], true
	}
	p, ok = t[""]
	return p, ok
}

// Cost is what usage costs, and the models that the table has no prices of, in
// order and each once: what they were used for is not in the sum.
func (t PriceTable) Cost(usage []Usage) (sum float64, unpriced []string) {
	for i := range usage {
		p, ok := t.Of(usage[i].Model)
		if !ok {
			unpriced = append(unpriced, usage[i].Model)
			continue
		}
		sum += p.Cost(&usage[i])
	}
	slices.Sort(unpriced)
	return sum, slices.Compact(unpriced)
}

// AddUsage adds usage to sums that are kept by model.
func AddUsage(sums []Usage, u Usage) []Usage {
	for i := range sums {
		if sums[i].Model == u.Model {
			sums[i].add(&u)
			return sums
		}
	}
	return append(sums, u)
}

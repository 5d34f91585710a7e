package sqlstore

import (
	"strings"

	"github.com/omakase-ai/omakase/core/catalog"
)

// NameTerm is the term of the index that stands for a term in a name. With
// terms of their own, names are found without a look at the descriptions that
// hold the same word. Gap is in no text, so the two never meet.
func NameTerm(term string) string { return catalog.Gap + term }

// terms is what the index holds of a product: its name, marked, then its
// description, with a gap between and catalog.MaxTerms in all.
func terms(p *catalog.Product) []string {
	name := catalog.Terms(p.Name)
	body := catalog.Terms(p.Description)
	all := make([]string, 0, len(name)+1+len(body))
	all = append(appendNames(all, name), catalog.Gap)
	all = append(all, body...)
	return all[:min(len(all), catalog.MaxTerms)]
}

// appendNames appends the terms of a name, marked. They share one text.
func appendNames(all, name []string) []string {
	var b strings.Builder
	b.Grow(4 * len(catalog.Gap) * len(name))
	for _, t := range name {
		b.WriteString(catalog.Gap)
		b.WriteString(t)
	}
	for marked, i := b.String(), 0; i < len(name); i++ {
		n := len(catalog.Gap) + len(name[i])
		if name[i] == catalog.Gap {
			all = append(all, catalog.Gap)
		} else {
			all = append(all, marked[:n])
		}
		marked = marked[n:]
	}
	return all
}

// matches says what the index could not: whether the product is in a tier of
// the search.
func matches(p *catalog.Product, phrases []catalog.Phrase, tier Tier) bool {
	indexed := terms(p)
	inName, inAny := true, true
	for _, phrase := range phrases {
		name := holds(indexed, phrase, NameTerm)
		inName = inName && name
		inAny = inAny && (name || holds(indexed, phrase, func(t string) string { return t }))
	}
	switch tier {
	case TierName:
		return inName
	case TierRest:
		return inAny && !inName
	}
	return inAny
}

func holds(indexed []string, phrase catalog.Phrase, as func(string) string) bool {
	if phrase.Prefix {
		want := as(phrase.Terms[0])
		for _, t := range indexed {
			if len(t) >= len(want) && t[:len(want)] == want {
				return true
			}
		}
		return false
	}
	want := make([]string, len(phrase.Terms))
	for i, t := range phrase.Terms {
		want[i] = as(t)
	}
	for i := 0; i+len(want) <= len(indexed); i++ {
		n := 0
		for n < len(want) && indexed[i+n] == want[n] {
			n++
		}
		if n == len(want) {
			return true
		}
	}
	return false
}

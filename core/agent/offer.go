package agent

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

// Offer is a product as prompts tell of it.
type Offer struct {
	ID, Name     string
	Description  string // its beginning
	Price        string // decimal, in the currency's unit; "" when none is known
	CompareAt    string // before a sale
	Currency     string
	Category     string
	Brand        string
	Availability catalog.Availability
	Stock        *int64
	image        bool
}

// maxDescription is how many runes of a description an offer keeps. Prompts
// show less.
const maxDescription = 160

// readOffer reads the REST encoding of a product, which is what lists are made
// of. Only what prompts tell of is read; texts share doc's memory.
func readOffer(doc []byte) (Offer, error) {
	var o Offer
	r := json.NewBytesReader(doc)
	for key := range r.Fields {
		switch key {
		case "id":
			o.ID = r.Str()
		case "name":
			o.Name = r.Str()
		case "description":
			o.Description = beginning(r.Str(), maxDescription)
		case "price":
			o.Price = r.Number()
		case "compareAtPrice":
			o.CompareAt = r.Number()
		case "currency":
			o.Currency = r.Str()
		case "category":
			o.Category = r.Str()
		case "brand":
			o.Brand = r.Str()
		case "availability":
			o.Availability = catalog.Availability(r.Str())
		case "stockQuantity":
			n := r.Int64()
			o.Stock = &n
		case "imageUrl":
			o.image = r.Str() != ""
		}
	}
	if err := r.End(); err != nil {
		return Offer{}, errs.New(errs.Internal, "a stored product can't be read: %v", err)
	}
	if o.Price == "0" { // the contract's way to say that there is none
		o.Price = ""
	}
	return o, nil
}

// own gives the offer texts of its own, so that it does not keep the document
// that it was read from.
func (o *Offer) own() {
	for _, text := range []*string{&o.ID, &o.Name, &o.Description, &o.Price, &o.CompareAt, &o.Currency, &o.Category, &o.Brand} {
		*text = strings.Clone(*text)
	}
	o.Availability = catalog.Availability(strings.Clone(string(o.Availability)))
}

// beginning is at most n runes of s.
func beginning(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// available reports whether the product can be bought now.
func (o *Offer) available() bool {
	return o.Availability != catalog.OutOfStock && (o.Stock == nil || *o.Stock > 0)
}

// tier is the worth of an offer to a seller: what can be bought before what
// can't, and what has a price before what has none.
func (o *Offer) tier() int {
	switch {
	case o.available() && o.Price != "":
		return 0
	case o.available():
		return 1
	}
	return 2
}

// detail counts what there is to tell.
func (o *Offer) detail() int {
	n := 0
	for _, has := range []bool{o.CompareAt != "", utf8.RuneCountInString(o.Description) >= 20, o.image} {
		if has {
			n++
		}
	}
	return n
}

// rank puts the best offers first. Within a tier categories take turns, so
// that a short list shows the breadth of the shop and not its first shelf;
// within a category the offers with more to tell come first, and else the
// shop's own order holds.
func rank(offers []Offer) []Offer {
	type place struct{ tier, turn, category int }
	places := make([]place, len(offers))
	order := make([]int, len(offers))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return offers[b].detail() - offers[a].detail() })

	type shelf struct {
		tier     int
		category string
	}
	turns := map[shelf]int{}
	categories := map[string]int{}
	for i := range offers {
		if _, known := categories[offers[i].Category]; !known {
			categories[offers[i].Category] = len(categories)
		}
	}
	for _, i := range order {
		s := shelf{offers[i].tier(), offers[i].Category}
		places[i] = place{s.tier, turns[s], categories[s.category]}
		turns[s]++
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := places[a], places[b]
		for _, d := range []int{x.tier - y.tier, x.turn - y.turn, x.category - y.category} {
			if d != 0 {
				return d
			}
		}
		return 0
	})
	ranked := make([]Offer, len(offers))
	for i, at := range order {
		ranked[i] = offers[at]
	}
	return ranked
}

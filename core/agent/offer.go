package agent

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
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
// of. Only what prompts tell of is decoded.
func readOffer(doc []byte) (Offer, error) {
	var p struct {
		ID             string      `json:"id"`
		Name           string      `json:"name"`
		Description    string      `json:"description"`
		Price          json.Number `json:"price"`
		CompareAtPrice json.Number `json:"compareAtPrice"`
		Currency       string      `json:"currency"`
		Category       string      `json:"category"`
		Brand          string      `json:"brand"`
		Availability   string      `json:"availability"`
		StockQuantity  *int64      `json:"stockQuantity"`
		ImageURL       string      `json:"imageUrl"`
	}
	if err := json.Unmarshal(doc, &p); err != nil {
		return Offer{}, errs.New(errs.Internal, "a stored product can't be read: %v", err)
	}
	o := Offer{
		ID: p.ID, Name: p.Name, Description: beginning(p.Description, maxDescription),
		Price: p.Price.String(), CompareAt: p.CompareAtPrice.String(), Currency: p.Currency,
		Category: p.Category, Brand: p.Brand, Availability: catalog.Availability(p.Availability),
		Stock: p.StockQuantity, image: p.ImageURL != "",
	}
	if o.Price == "0" { // the contract's way to say that there is none
		o.Price = ""
	}
	return o, nil
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

package product

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/schema"
	"github.com/omakase-ai/omakase/sdk/go/stock"
)

// fact is a value of a field, with where it comes from.
type fact struct {
	value, layer string
	sure         int
}

// first is the first fact that says something.
func first(facts ...fact) fact {
	for _, f := range facts {
		if f.value != "" {
			return f
		}
	}
	return fact{}
}

// offered is the availability of a thing: that of its best offer.
func offered(t *schema.Thing) string {
	if t == nil {
		return ""
	}
	best := ""
	see := func(offers []schema.Offer) {
		for i := range offers {
			switch a := offers[i].Availability; {
			case a == omakase.InStock, a == omakase.LimitedStock && best != omakase.InStock, best == "":
				best = firstText(a, best)
			}
		}
	}
	see(t.Offers)
	for i := range t.Variants {
		see(t.Variants[i].Offers)
	}
	return best
}

// availability weighs what the sources say. What a visitor is told beside the
// button to buy corrects what a template claims.
func (p *Page) availability(linked, micro, rdfa *schema.Thing, paid money) fact {
	meta := schema.Availability(p.meta("product:availability", "og:availability", "og:product:availability"))
	said := first(
		fact{offered(linked), omakase.LayerJSONLD, 95},
		fact{offered(micro), omakase.LayerMicrodata, 90},
		fact{offered(rdfa), omakase.LayerRDFa, 90},
		fact{meta, omakase.LayerOpenGraph, 85},
	)
	seen := p.seen()
	switch {
	case said.value == "":
		said = seen
	case said.value == omakase.InStock && seen.value == omakase.OutOfStock && seen.sure >= 85,
		said.value == omakase.OutOfStock && seen.value == omakase.InStock && seen.sure == sureButton && paid.amount != "":
		said = seen
	}
	if said.value == "" && paid.amount != "" {
		return fact{omakase.InStock, omakase.LayerPage, 50} // it has a price, and nothing says that it can't be bought
	}
	return said
}

// sureButton is how sure it is that what has a button to buy, beside which
// nothing else is said, can be bought: shops take that button away first.
const sureButton = 78

// seen is what a visitor is told: by words near the heading and the button,
// and by the buttons themselves.
func (p *Page) seen() fact {
	buys, on, off, notifies := false, false, false, false
	from := 0
	if p.heading != nil {
		from = p.heading.At - 300
	}
	var words fact
	for i := range p.HTML.Outline {
		place := &p.HTML.Outline[i]
		if place.Hidden || place.At < from || p.inAside(place.Path) {
			continue
		}
		switch place.Kind {
		case omakase.PlaceButton:
			if place.At > from+6000 {
				continue
			}
			// A button to buy that is off waits for a size to be chosen.
			buys = buys || stock.Buys(place.Text)
			on = on || stock.Buys(place.Text) && !place.Off
			off = off || stock.Read(place.Text) == omakase.OutOfStock
			notifies = notifies || stock.Notifies(place.Text)
		case omakase.PlaceStock:
			p.word(place, from, &words)
		}
	}
	switch {
	case words.value == omakase.OutOfStock && !buys:
		words.sure = 90
	case words.value == "" && !buys && (notifies || off):
		return fact{omakase.OutOfStock, omakase.LayerPage, 70}
	case words.value == "" && on && !notifies && !off:
		return fact{omakase.InStock, omakase.LayerPage, sureButton}
	case words.value == "" && buys:
		return fact{omakase.InStock, omakase.LayerPage, 70}
	}
	return words
}

// word takes words of stock into account: those nearest behind the heading
// count, unless they stand on a choice or in a list of other things.
func (p *Page) word(place *omakase.Place, from int, words *fact) {
	path := strings.ToLower(place.Path)
	if place.At > from+4000 || hasAny(path, "swatch", "option", "variant", "size-sel", "sizes", "sizepick", "size-opt", "label>", "store-", "pickup", "review", "carousel", "slider", "accordion", "faq") || hasWordOf(path, wordsAside) {
		return
	}
	if place.Link != "" && !p.samePage(place.Link) && !strings.Contains(place.Link, "#") {
		return
	}
	said := stock.Read(place.Text)
	if words.value == "" || said == omakase.OutOfStock && words.value != omakase.OutOfStock && len(place.Text) < 40 && words.sure < 80 {
		*words = fact{said, omakase.LayerPage, 70}
		if len(place.Text) < 40 {
			words.sure = 80
		}
	}
}

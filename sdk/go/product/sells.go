package product

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/schema"
	"github.com/omakase-ai/omakase/sdk/go/stock"
)

// sells decides whether the page sells one product. Something must name the
// product, and something must say that it is for sale: a price, an offer, or a
// button to buy it.
func (p *Page) sells(t *schema.Thing, paid *money, many bool) bool {
	if p.isHome() || p.Refusal() != nil {
		return false
	}
	buys := p.buyAt() >= 0
	if t != nil {
		return paid.amount != "" && (paid.layer != omakase.LayerPage || paid.sure >= 60) || len(t.Offers) > 0 || len(t.Variants) > 0 || buys || p.isProductMeta() && (t.Rated || t.SKU != "")
	}
	if p.isAbout() {
		return false
	}
	if p.isProductMeta() {
		return paid.amount != "" || buys || p.soldOut() || p.addressed()
	}
	if p.isCard(paid.sign) {
		return false
	}
	if p.heading != nil && p.heading.Level == 1 && paid.sure >= 84 && likeness(p.headingText(), p.title) >= 7 {
		return true // the price stands out under the page's own heading
	}
	if paid.amount != "" && paid.layer == omakase.LayerOpenGraph {
		return true // no page of several things has one price
	}
	if many || p.heading == nil && p.meta("og:title") == "" || p.lists() {
		return false
	}
	if paid.layer == omakase.LayerPage && p.heading != nil && p.title != "" && likeness(p.heading.Text, p.title) < 3 && likeness(p.title, p.heading.Text) < 3 {
		return false // the heading is of something else, or the page is broken
	}
	switch {
	case paid.amount == "":
		return p.numbered() && (buys || p.soldOut()) || p.addressed()
	case paid.layer == omakase.LayerState:
		return true
	}
	if paid.sure >= 70 && p.heading != nil && p.heading.Level == 1 && likeness(p.headingText(), p.title) >= 5 && p.soldOut() {
		return true // its button to buy is gone
	}
	return buys && paid.sure >= 60 || paid.sure >= 64 && p.labelled().sku.value != "" || paid.sure >= 70 && (p.numbered() || p.japanese() || paid.currency == "JPY")
}

// isCard reports whether an amount stands on one of several cards: it leads to
// another page, or others stand in the same place of cards with buttons of
// their own.
func (p *Page) isCard(s *sign) bool {
	if s == nil {
		return false
	}
	if link := s.place.Link; link != "" && !strings.Contains(link, "#") && !strings.HasPrefix(link, "javascript") && !p.samePage(link) {
		return true
	}
	alike := 0
	buttons := map[string]int{}
	for i := range p.HTML.Outline {
		switch place := &p.HTML.Outline[i]; {
		case place.Kind == omakase.PlacePrice && place.Path == s.place.Path && place.At != s.place.At && !place.Struck:
			alike++
		case place.Kind == omakase.PlaceButton && stock.Buys(place.Text):
			buttons[place.Path]++
		}
	}
	for _, n := range buttons {
		if alike > 0 && n > 1 && n > alike {
			return true
		}
	}
	return false
}

// addressed reports whether the number of goods that the page shows is also in
// its address.
func (p *Page) addressed() bool {
	sku := p.labelled().sku.value
	return len(sku) >= 5 && p.heading != nil && strings.Contains(p.at.Path+"?"+p.at.Query, sku)
}

// isHome reports whether the page is a shop's home page, or says that it is.
func (p *Page) isHome() bool {
	home := func(a crawl.Address) bool { return strings.Trim(a.Path, "/") == "" && a.Query == "" }
	if p.at.Host != "" && home(p.at) {
		return true
	}
	c, ok := p.at.Resolve(p.HTML.Canonical)
	return ok && p.HTML.Canonical != "" && home(c) && p.at.Host == ""
}

// isProductMeta reports whether the meta tags call the page a product's.
func (p *Page) isProductMeta() bool {
	t := strings.ToLower(p.meta("og:type"))
	return strings.HasPrefix(t, "product") || strings.HasPrefix(t, "og:product") || t == "item" || strings.HasSuffix(t, ":product")
}

// isAbout reports whether the page says that it is about something that is no
// product: news, an event, a recipe.
func (p *Page) isAbout() bool {
	if hasAny(strings.ToLower(p.meta("og:type")), "article", "video", "music", "profile", "book.author", "event") {
		return true
	}
	for _, things := range [...][]schema.Thing{p.linked, p.micro, p.rdfa} {
		for i := range things {
			if things[i].Role == schema.Main && things[i].Is("newsarticle", "article", "blogposting", "reportagenewsarticle", "event", "musicevent", "sportsevent", "theaterevent",
				"recipe", "videoobject", "jobposting", "faqpage", "collectionpage", "searchresultspage", "profilepage", "hotel", "restaurant", "liveblogposting", "podcastepisode", "course") {
				return true
			}
		}
	}
	return false
}

// lists reports whether the page shows many products of equal rank: prices
// within links or cards, and none that stands out.
func (p *Page) lists() bool {
	linked, free := 0, 0
	targets := map[string]bool{}
	for i := range p.HTML.Outline {
		place := &p.HTML.Outline[i]
		switch {
		case place.Kind == omakase.PlaceButton && stock.Buys(place.Text) && !p.inAside(place.Path):
			free++
		case place.Kind != omakase.PlacePrice || place.Struck:
		case place.Link != "" && !targets[place.Link]:
			targets[place.Link] = true
			linked++
		}
	}
	return linked > 11 && free > 5 || free > 8
}

// numbered reports whether something on the page or in its address numbers the
// product.
func (p *Page) numbered() bool {
	labelled := p.labelled()
	return labelled.sku.value != "" || labelled.model.value != "" || labelled.gtin.value != "" || p.numberOfAddress().value != ""
}

// japanese reports whether the page is in Japanese.
func (p *Page) japanese() bool {
	return strings.HasPrefix(strings.ToLower(p.HTML.Lang), "ja") || p.hint.Country == "JP"
}

// soldOut reports whether a visitor is told plainly that the product is not to
// be had.
func (p *Page) soldOut() bool {
	seen := p.seen()
	return seen.value == omakase.OutOfStock && seen.sure >= 80
}

// hasPrice reports whether the outline shows any amount that is not nothing.
func (p *Page) hasPrice() bool {
	for i := range p.HTML.Outline {
		if place := &p.HTML.Outline[i]; place.Kind == omakase.PlacePrice {
			if a := price.Parse(place.Text, p.hint).Amount; a != "" && !price.IsZero(a) {
				return true
			}
		}
	}
	return false
}

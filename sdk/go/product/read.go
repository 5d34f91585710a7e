package product

import (
	"strings"
	"unicode/utf8"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/schema"
)

// Product is the product that the page is about; ok is false when it is about
// anything else, or when that is not certain.
func (p *Page) Product() (found omakase.Product, ok bool) {
	linked, many := p.choose(p.linked)
	micro, manyMicro := p.choose(p.micro)
	rdfa, _ := p.choose(p.rdfa)
	if linked != nil && micro != nil && likeness(micro.Name, linked.Name) < 5 && micro.Name != "" {
		micro = nil // it describes another thing
	}
	state := p.stateOf(firstThing(linked, micro, rdfa))
	paid := p.paid(linked, micro, rdfa, state)
	thing := firstThing(linked, micro, rdfa)
	if paid.layer == omakase.LayerPage && paid.sure < 68 && p.buyAt() < 0 && p.soldOut() {
		paid = money{} // of something else: what is sold out shows none
	}
	if !p.sells(thing, &paid, many || manyMicro) {
		return omakase.Product{}, false
	}
	d := &draft{}
	if !p.describe(d, linked, micro, rdfa) {
		return omakase.Product{}, false
	}
	id := p.identify(linked, micro, rdfa, state)
	d.set("sku", &d.SKU, id.sku)
	d.set("gtin", &d.GTIN, id.gtin)
	d.set("brand", &d.Brand, id.brand)
	d.set("availability", &d.Availability, p.availability(linked, micro, rdfa, paid))
	d.setMoney(&paid)
	if d.Currency == "" && thing != nil && len(thing.Offers) > 0 {
		d.Currency = thing.Offers[0].Currency // there is no price, but it would be in this
	}
	if !p.HTML.Damaged {
		d.addVariants(thing, paid.currency)
	}
	p.addAddress(d, thing)
	return d.Product, true
}

func firstThing(things ...*schema.Thing) *schema.Thing {
	for _, t := range things {
		if t != nil {
			return t
		}
	}
	return nil
}

// draft is a product that is being put together.
type draft struct{ omakase.Product }

// set sets a field and remembers where it comes from.
func (d *draft) set(field string, to *string, f fact) {
	if f.value == "" {
		return
	}
	*to = f.value
	d.from(field, f.layer, f.sure)
}

func (d *draft) from(field, layer string, sure int) {
	d.Sources = append(d.Sources, omakase.Source{Field: field, Layer: layer, Confidence: sure})
}

// stateOf is the object of the state that is the page's product.
func (p *Page) stateOf(t *schema.Thing) *stated {
	name := ""
	if t != nil {
		name = t.Name
	} else if p.heading != nil {
		name = p.heading.Text
	}
	all := p.statedProducts()
	best := &stated{}
	for i := range all {
		s := &all[i]
		if name == "" || s.name == "" || likeness(s.name, name) < 8 || likeness(name, s.name) < 8 {
			continue
		}
		if best.amount == "" || best.list == "" && s.list != "" {
			best = s
		}
	}
	return best
}

// paid decides what the product costs. Amount and currency come from one
// source; where a source names the amount of another one as the price before a
// reduction, its own is what is paid.
func (p *Page) paid(linked, micro, rdfa *schema.Thing, state *stated) money {
	visible, signs := p.visible()
	sources := []money{
		ofThing(linked, omakase.LayerJSONLD, 95), ofThing(micro, omakase.LayerMicrodata, 90), ofThing(rdfa, omakase.LayerRDFa, 90), p.ofMeta(),
	}
	best := money{}
	for _, m := range sources {
		if m.amount != "" {
			best = m
			break
		}
	}
	if best.amount == "" {
		best = p.unstructured(visible, signs, state)
	} else {
		best = p.reduced(best, sources, visible, signs, state)
	}
	if (p.HTML.Damaged || p.torn && best.layer == omakase.LayerPage) && !agreed(&best, sources, visible, state) {
		return money{layer: best.layer} // a digit may be another
	}
	p.complete(&best, sources, visible, signs)
	return best
}

// agreed reports whether two sources name an amount, at least one of them for
// machines.
func agreed(best *money, sources []money, visible money, state *stated) bool {
	n := 0
	for i := range sources {
		if sources[i].same(best) {
			n++
		}
	}
	if best.sameAmount(state.amount) {
		n++
	}
	if n > 0 && visible.same(best) {
		n++
	}
	return n > 1
}

// unstructured is the price where only the page itself and its scripts name
// one.
func (p *Page) unstructured(visible money, signs []sign, state *stated) money {
	if state.amount == "" {
		return visible
	}
	for i := range signs {
		s := &signs[i]
		if !s.list && price.Compare(s.price.Amount, state.amount) == 0 && s.score > enough-10 && !visible.sameAmount(state.amount) {
			return money{amount: s.price.Amount, max: s.price.Max, currency: firstText(s.price.Currency, state.currency), layer: omakase.LayerState, sure: 70}
		}
	}
	if visible.amount == "" && len(signs) == 0 && state.currency != "" {
		return money{amount: state.amount, list: state.list, currency: state.currency, layer: omakase.LayerState, sure: 60}
	}
	return visible
}

func (m *money) sameAmount(amount string) bool {
	return m.amount != "" && price.Compare(m.amount, amount) == 0
}

// reduced corrects a price that other sources know as the one before a
// reduction.
func (p *Page) reduced(best money, sources []money, visible money, signs []sign, state *stated) money {
	for _, m := range sources {
		if m.amount != "" && price.Compare(m.amount, best.amount) < 0 && (m.list != "" && price.Compare(m.list, best.amount) == 0 || p.isCrossed(best.amount, signs)) && m.currency == best.currency {
			m.list = best.amount
			return m
		}
	}
	if state.list != "" && price.Compare(state.list, best.amount) == 0 && state.amount != "" && price.Compare(state.amount, best.amount) < 0 {
		return money{amount: state.amount, list: best.amount, currency: best.currency, layer: omakase.LayerState, sure: 80}
	}
	for _, s := range p.statedProducts() { // variants have no names of their own
		if s.name == "" && s.list != "" && price.Compare(s.list, best.amount) == 0 && price.Compare(s.amount, s.list) < 0 && !farBelow(s.amount, s.list) {
			return money{amount: s.amount, list: best.amount, currency: best.currency, layer: omakase.LayerState, sure: 75}
		}
	}
	if visible.amount != "" && visible.sure >= 75 && !farBelow(visible.amount, best.amount) && price.Compare(visible.amount, best.amount) < 0 && visible.currency == best.currency &&
		(visible.list != "" && price.Compare(visible.list, best.amount) == 0 || p.isCrossed(best.amount, signs)) {
		visible.list = best.amount
		return visible
	}
	return best
}

// farBelow reports whether an amount is less than a tenth of another: then it
// is the price of something else.
func farBelow(amount, of string) bool {
	whole := func(s string) int { return len(s[:strings.IndexByte(s+".", '.')]) }
	return whole(amount)+1 < whole(of) || whole(amount)+1 == whole(of) && amount[0] <= of[0]
}

// isCrossed reports whether an amount stands on the page as the price before a
// reduction, and nowhere as what is paid.
func (p *Page) isCrossed(amount string, signs []sign) bool {
	crossed := false
	for i := range signs {
		if price.Compare(signs[i].price.Amount, amount) != 0 {
			continue
		}
		if !signs[i].list && signs[i].score > 0 {
			return false
		}
		crossed = crossed || signs[i].list && signs[i].score > -12
	}
	return crossed
}

// complete adds a currency, the end of a range and the price before a
// reduction from other sources that name the same amount.
func (p *Page) complete(best *money, sources []money, visible money, signs []sign) {
	if best.amount == "" {
		return
	}
	for _, m := range append(sources, visible) {
		if !m.same(best) || best.currency != "" && m.currency != best.currency {
			continue
		}
		best.currency = firstText(best.currency, m.currency)
		best.max = firstText(best.max, m.max)
		best.list = firstText(best.list, m.list)
		if m.layer != best.layer {
			best.sure = min(99, best.sure+2)
		}
	}
	if best.currency == "" {
		best.currency = p.currencyOf(best.amount, signs)
	}
	if best.list == "" {
		best.list = p.crossedBeside(best.amount, signs)
	}
	if best.list != "" && price.Compare(best.list, firstText(best.max, best.amount)) <= 0 {
		best.list = ""
	}
}

// currencyOf is the currency in which an amount without one is seen.
func (p *Page) currencyOf(amount string, signs []sign) string {
	for i := range signs {
		if price.Compare(signs[i].price.Amount, amount) == 0 && signs[i].price.Currency != "" {
			return signs[i].price.Currency
		}
	}
	return price.Code(p.meta("product:price:currency", "og:price:currency", "currency"))
}

func (d *draft) setMoney(m *money) {
	if m.amount == "" {
		return
	}
	digits := price.Digits(m.currency)
	d.Price = price.WithDecimals(m.amount, digits)
	d.PriceMax = price.WithDecimals(m.max, digits)
	if d.PriceMax == d.Price {
		d.PriceMax = ""
	}
	d.CompareAt = price.WithDecimals(m.list, digits)
	d.Currency = m.currency
	d.from("price", m.layer, m.sure)
	if m.currency != "" {
		d.from("currency", m.layer, m.sure)
	}
	if d.CompareAt != "" {
		d.from("compare_at", m.layer, m.sure-10)
	}
}

// describe sets name, description, category and images; false when nothing
// names the product.
func (p *Page) describe(d *draft, linked, micro, rdfa *schema.Thing) bool {
	d.set("name", &d.Name, p.name(linked, micro, rdfa))
	if d.Name == "" {
		return false
	}
	d.set("description", &d.Description, p.description(linked, micro, rdfa))
	if t := firstThing(linked, micro, rdfa); t != nil && t.Category != "" && len(t.Category) <= 200 {
		d.Category = t.Category
	} else {
		d.Category = plaintext.Tidy(p.meta("product:category", "og:product:category"))
	}
	p.addImages(d, linked, micro, rdfa)
	return true
}

func (p *Page) name(linked, micro, rdfa *schema.Thing) fact {
	name := func(t *schema.Thing) string {
		if t == nil {
			return ""
		}
		return t.Name
	}
	h1 := ""
	if p.heading != nil && p.heading.Level == 1 {
		h1 = p.headingText()
	}
	return first(
		fact{name(linked), omakase.LayerJSONLD, 95}, fact{name(micro), omakase.LayerMicrodata, 90}, fact{name(rdfa), omakase.LayerRDFa, 90},
		fact{h1, omakase.LayerPage, 80},
		fact{p.withoutShop(plaintext.Tidy(p.meta("og:title"))), omakase.LayerOpenGraph, 75},
		fact{p.headingText(), omakase.LayerPage, 60},
		fact{p.withoutShop(p.HTML.Title), omakase.LayerPage, 50},
	)
}

// headingText is the text of the main heading, without what stands behind the
// name in it: the title tells where that ends.
func (p *Page) headingText() string {
	if p.heading == nil {
		return ""
	}
	h := plaintext.Tidy(p.heading.Text)
	for _, title := range [...]string{plaintext.Tidy(p.HTML.Title), plaintext.Tidy(p.meta("og:title"))} {
		if title == "" || strings.Contains(title, h) {
			continue
		}
		n := len(h)
		for n > 0 && !strings.Contains(title, h[:n]) {
			n--
		}
		for n > 0 && n < len(h) && !utf8.RuneStart(h[n]) {
			n--
		}
		if n > 8 && 10*n >= 6*len(h) {
			return strings.TrimSpace(h[:n])
		}
	}
	return h
}

func (p *Page) description(linked, micro, rdfa *schema.Thing) fact {
	text := func(t *schema.Thing) string {
		if t == nil || t.HTML == "" {
			return ""
		}
		return plaintext.Of(t.HTML)
	}
	return first(
		fact{text(linked), omakase.LayerJSONLD, 95}, fact{text(micro), omakase.LayerMicrodata, 90}, fact{text(rdfa), omakase.LayerRDFa, 90},
		fact{plaintext.Tidy(p.meta("og:description", "description")), omakase.LayerOpenGraph, 70},
	)
}

// maxImages bounds a product's images.
const maxImages = 50

func (p *Page) addImages(d *draft, things ...*schema.Thing) {
	add := func(ref string) {
		to, ok := p.at.Resolve(ref)
		if !ok || !strings.ContainsAny(ref, "/.") || len(d.ImageURLs) >= maxImages {
			return
		}
		url := to.String()
		for _, have := range d.ImageURLs {
			if have == url {
				return
			}
		}
		d.ImageURLs = append(d.ImageURLs, url)
	}
	layers := [...]string{omakase.LayerJSONLD, omakase.LayerMicrodata, omakase.LayerRDFa}
	for i, t := range things {
		if t == nil {
			continue
		}
		for _, image := range t.Images {
			add(image)
		}
		if len(d.ImageURLs) > 0 {
			d.from("image_urls", layers[i], 90)
			return
		}
	}
	for i := range p.HTML.OG {
		if h := &p.HTML.OG[i]; strings.EqualFold(h.Name, "og:image") || strings.EqualFold(h.Name, "og:image:secure_url") || strings.EqualFold(h.Name, "twitter:image") {
			add(h.Value)
		}
	}
	if len(d.ImageURLs) > 0 {
		d.from("image_urls", omakase.LayerOpenGraph, 80)
		return
	}
	for i := range p.HTML.Outline {
		if pl := &p.HTML.Outline[i]; pl.Kind == omakase.PlaceImage && !p.inAside(pl.Path) && likeness(pl.Before, d.Name) >= 5 {
			add(pl.Text)
		}
	}
	if len(d.ImageURLs) > 0 {
		d.from("image_urls", omakase.LayerPage, 60)
	}
}

// addAddress sets the product's address and identity: the canonical one, else
// the one that it has in the vocabulary, unless that is a home page.
func (p *Page) addAddress(d *draft, t *schema.Thing) {
	at, link := p.at, p.HTML.Canonical
	if link == "" && t != nil {
		link = t.URL
	}
	if c, ok := p.at.Resolve(link); ok && link != "" && (c.Path != "/" || c.Query != "") {
		at = c
	}
	if at.Host == "" {
		d.ID = firstText(d.SKU, d.GTIN, d.Name)
		return
	}
	d.URL = at.String()
	d.ID = at.Identity()
}

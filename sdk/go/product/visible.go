package product

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/stock"
)

// sign is an amount that a visitor sees, and how much speaks for its being
// what the page's product costs.
type sign struct {
	place         *omakase.Place
	price         price.Price
	score         int
	list          bool   // the price before a reduction
	far           bool   // it stands far from the heading
	before, after string // the text around that is not of another amount
}

// Words in the path of an element that speak for and against.
const (
	wordsNow    = "saleprice sale-price sale_price price-sale special final current our-price ourprice offer-price now promo discounted-price pricetopay price-now price--sale selling buybox"
	wordsBefore = "old was- -was regular list-price listprice strike crossed original rrp msrp -before before- _before compare previous normal-price full-price basisprice price-was retail oldprice statt uvp bfr teika"
	wordsOld    = "original-price originalprice old-price oldprice price-old was-price regular-price-crossed list-price price--compare compare-at price-before"
	wordsAside  = "shipping delivery versand postage saving save- discount-amount unit-price unitprice per-unit pricepu ppu instal finance monthly credit klarna afterpay coupon .point -point _point #point reward " +
		"minicart mini-cart cart-popup cart-drawer cart-total cart-summary cart-count header-cart basket-total header nav navbar navigation topnav mainnav menu footer related recommend similar upsell cross-sell crosssell carousel slider swiper also- recently viewed sponsored protection warranty accessor bundle " +
		"filter facet gift-card membership review comment breadcrumb tooltip modal popup deposit deliver .used- -used- usedoffer olp compare-table comparison other-seller more-buying alternativ banner zubehor tradein trade-in subscribe swatch twister thumbnail sticky-hidden"
)

func hasWordOf(path, list string) bool {
	for w := range strings.SplitSeq(list, " ") {
		if i := strings.Index(path, w); i >= 0 && (len(w) > maxShort || standsIn(path, w, i)) {
			return true
		}
	}
	return false
}

// maxShort is how long words are that are parts of many others: old of bold,
// now of unknown, nav of unavailable.
const maxShort = 4

// standsIn reports whether a word, which is at i, stands in a path by itself or
// as "oldprice" and "priceold" have it.
func standsIn(path, w string, i int) bool {
	for {
		before, after := path[:i], path[i+len(w):]
		if (i == 0 || !isLetter(before[i-1]) || strings.HasSuffix(before, "price")) &&
			(after == "" || !isLetter(after[0]) || strings.HasPrefix(after, "price")) {
			return true
		}
		next := strings.Index(after, w)
		if next < 0 {
			return false
		}
		i += len(w) + next
	}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }

// signs reads and weighs the amounts of the outline, in the page's order.
func (p *Page) signs() []sign {
	var all []sign
	buy := p.buyAt()
	for i := range p.HTML.Outline {
		place := &p.HTML.Outline[i]
		if place.Kind != omakase.PlacePrice {
			continue
		}
		if strings.Contains(place.Text, "\ufffd") {
			p.torn = true // the missing character may be a digit
			continue
		}
		near := ""
		if len(place.After) <= 12 {
			near = place.After
		}
		s := sign{place: place, price: price.Parse(place.Text, price.Hint{Near: near, Country: p.hint.Country, Lang: p.hint.Lang})}
		if s.price.Amount == "" || p.HTML.Unended && place.After == "" {
			continue // the rest of it may be missing
		}
		all = append(all, s)
	}
	for i := range all {
		s := &all[i]
		s.before, s.after = s.place.Before, s.place.After
		if i > 0 {
			s.before = tailOf(s.before, s.place.At-end(&all[i-1]))
		}
		if i+1 < len(all) {
			s.after = headOf(s.after, all[i+1].place.At-end(s))
		}
		p.weigh(s, buy)
	}
	markReduced(all)
	return all
}

// end is where the text of a sign ends in that of the page.
func end(s *sign) int { return s.place.At + len(s.place.Text) }

// tailOf is the text before an amount as far as it is of n bytes: what comes
// before is the text of another amount.
func tailOf(before string, n int) string {
	if n < 0 || n >= len(before) {
		return before
	}
	return strings.ToValidUTF8(before[len(before)-n:], "")
}

// headOf is the text behind an amount. Where another amount begins after n
// bytes, what stands between is its label, unless it goes on from the first.
func headOf(after string, n int) string {
	if n < 0 || n > len(after) {
		return after
	}
	if s := strings.TrimLeft(after, " ("); strings.HasPrefix(s, "/") || strings.HasPrefix(s, "per ") || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "–") {
		return strings.ToValidUTF8(after[:n], "")
	}
	return ""
}

// buyAt is where the page's button to buy is; -1 when it has none.
func (p *Page) buyAt() int {
	best := -1
	for i := range p.HTML.Outline {
		b := &p.HTML.Outline[i]
		if b.Kind != omakase.PlaceButton || !stock.Buys(b.Text) || hasWordOf(strings.ToLower(b.Path), "header nav navbar navigation menu footer minicart mini-cart") {
			continue
		}
		if p.heading == nil {
			return b.At
		}
		if b.At >= p.heading.At-200 {
			return b.At
		}
		if best < 0 {
			best = b.At
		}
	}
	return best
}

func (p *Page) weigh(s *sign, buy int) {
	w := p.weighPath(s.place.Path)
	before, own, after := s.around()
	s.score = w.score
	s.list = s.place.Struck || w.before || price.SaysBefore(before)
	if s.list {
		s.score -= 14
	}
	if s.place.Hidden {
		s.score -= 6
	}
	if s.place.Link != "" && !strings.Contains(s.place.Link, "#") && !strings.HasPrefix(s.place.Link, "javascript") && !p.samePage(s.place.Link) {
		s.score -= 10
	}
	if price.IsZero(s.price.Amount) {
		s.score -= 30
	}
	s.score += ownWords(own) + taxWords(before, after)
	if s.price.Symbol == "" {
		s.score -= 2
	}
	s.score += besideWords(before, after)
	near, far := p.nearness(s.place.At, buy)
	s.score += near
	s.far = far
}

// around is what is written before the amount, in one text with it, and behind
// it, in lower case. What a text has before its only amount belongs to what is
// before the text.
func (s *sign) around() (before, own, after string) {
	before, own, after = s.before, strings.ToLower(s.place.Text), s.after
	if s.price.List == "" && s.price.Max == "" && s.price.ExTax == "" {
		if i := strings.IndexAny(own, "0123456789"); i > 0 {
			before += " " + own[:i]
		}
		if i := strings.LastIndexAny(own, "0123456789"); i >= 0 && i+1 < len(own) {
			after = own[i+1:] + " " + after
		}
	}
	return plainSpaces.Replace(strings.ToLower(before)), own, plainSpaces.Replace(strings.ToLower(after))
}

var plainSpaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u3000", " ")

// pathWeight is what the names in a path say of an amount there.
type pathWeight struct {
	score  int
	before bool // that it is the price before a reduction
}

// weighPath weighs a path. The cards of a list have the same one, so it is
// remembered.
func (p *Page) weighPath(path string) pathWeight {
	if w, ok := p.weights[path]; ok {
		return w
	}
	if p.weights == nil {
		p.weights = map[string]pathWeight{}
	}
	w := weightOf(headless(strings.ToLower(path)))
	p.weights[path] = w
	return w
}

func weightOf(path string) (w pathWeight) {
	own, up := path[strings.LastIndexByte(path, '>')+1:], path
	if i := strings.LastIndexByte(path, '>'); i >= 0 {
		up = path[strings.LastIndexByte(path[:i], '>')+1:]
	}
	now := hasWordOf(up, wordsNow)
	w.before = hasWordOf(own, wordsOld) || hasWordOf(up, wordsBefore) && (!now || !hasWordOf(own, wordsNow))
	switch {
	case strings.HasSuffix(own, ".price"):
		w.score += 9
	case hasAny(own, "price", "preis", "prix", "prezzo", "precio", "cena", "amount", "kakaku"):
		w.score += 8
	case hasAny(up, "price", "preis", "prix", "prezzo", "precio", "cena", "amount", "kakaku"):
		w.score += 7
	case hasAny(path, "price", "preis", "prix", "prezzo", "precio", "cena", "kakaku"):
		w.score += 4
	}
	if now {
		w.score += 4
	}
	if hasWordOf(path, wordsAside) {
		w.score -= 15
	}
	if strings.Contains(path, ">button") {
		w.score -= 10
	}
	return w
}

// nearness weighs where an amount stands: behind the heading, before the
// button. far is whether it is nowhere near the heading.
func (p *Page) nearness(at, buy int) (score int, far bool) {
	if p.heading != nil {
		switch d := at - p.heading.At; {
		case d >= 0 && d < 700:
			score += 9
		case d >= 0 && d < 1800:
			score += 6
		case d >= 0 && d < 4000:
			score++
		case d < 0 && d > -500:
			score += 3
		default:
			score -= 6
			far = true
		}
	}
	if buy >= 0 {
		switch d := buy - at; {
		case d >= 0 && d < 600:
			score += 6
		case d >= 0 && d < 1500, d < 0 && d > -500:
			score += 3
		}
	}
	return score, far
}

// enough is the score from which an amount is believed.
const enough = 12

// visible is the price that a visitor sees, and the signs that it was chosen
// from.
func (p *Page) visible() (money, []sign) {
	all := p.signs()
	best := -1
	for i := range all {
		if !all[i].list && (!all[i].far || !repeated(all, i)) && (best < 0 || all[i].score+seconds(all, i) > all[best].score+seconds(all, best)) {
			best = i
		}
	}
	m := money{layer: omakase.LayerPage}
	if best < 0 || all[best].score < enough && (all[best].score < enough-4 || p.buyAt() < 0 || all[best].price.Symbol == "") {
		if best = regular(all); best < 0 {
			return m, all
		}
	}
	s := &all[best]
	m.sign = s
	m.amount, m.max, m.list, m.currency = s.price.Amount, s.price.Max, s.price.List, s.price.Currency
	m.sure = min(40+2*s.score, 90)
	if m.max == "" && best+1 < len(all) {
		m.rangeTo(s, &all[best+1])
	}
	if m.list == "" {
		m.list = p.crossed(all, best)
	}
	m.settle()
	return m, all
}

// seconds is what other places add that show the same amount as the product's.
func seconds(all []sign, i int) int {
	n := 0
	for k := range all {
		if k != i && !all[k].list && all[k].score > 0 && all[k].price.Amount == all[i].price.Amount && n < 4 {
			n += 2
		}
	}
	return n
}

// repeated reports whether an amount is one of several that differ in places
// alike: of cards.
func repeated(all []sign, i int) bool {
	n := 0
	for k := range all {
		if all[k].place.Path == all[i].place.Path && all[k].price.Amount != all[i].price.Amount {
			n++
		}
	}
	return n > 1
}

// regular is the amount that a page calls the regular one and shows no other
// beside: nothing is reduced. It counts as what is paid from then on.
func regular(all []sign) int {
	best := -1
	for i := range all {
		s := &all[i]
		if !s.list || s.place.Struck || !hasAny(strings.ToLower(s.place.Path[strings.LastIndexByte(s.place.Path, '>')+1:]+" "+s.before), "regular", "normal", "通常価格", "habitu", "régulier", "ordinarie") {
			continue
		}
		if s.score+14 >= enough && (best < 0 || s.score > all[best].score) {
			best = i
		}
	}
	if best >= 0 {
		all[best].list = false
		all[best].score += 14
	}
	return best
}

// rangeTo takes the amount that follows as the end of a range.
func (m *money) rangeTo(s, next *sign) {
	dash := strings.TrimSpace(s.place.After)
	if next.list || next.place.At-s.place.At > 40 || !strings.HasPrefix(dash, "-") && !strings.HasPrefix(dash, "–") && !strings.HasPrefix(dash, "~") && !strings.HasPrefix(dash, "〜") && !strings.HasPrefix(dash, "to ") {
		return
	}
	if price.Compare(next.price.Amount, m.amount) > 0 {
		m.max = next.price.Amount
	}
}

// crossed is the price before a reduction that stands beside the chosen one.
func (p *Page) crossed(all []sign, best int) string {
	for _, i := range [...]int{best - 1, best + 1, best - 2, best + 2} {
		if i < 0 || i >= len(all) || !all[i].list {
			continue
		}
		d := all[i].place.At - all[best].place.At
		if d < 200 && d > -200 && price.Compare(all[i].price.Amount, all[best].price.Amount) > 0 && all[i].price.Currency == all[best].price.Currency {
			return all[i].price.Amount
		}
	}
	return ""
}

// crossedBeside is the price before a reduction that stands beside an amount
// where that is shown as the product's.
func (p *Page) crossedBeside(amount string, signs []sign) string {
	for i := range signs {
		if s := &signs[i]; !s.list && s.score > 0 && price.Compare(s.price.Amount, amount) == 0 {
			if list := firstText(s.price.List, p.crossed(signs, i)); list != "" {
				return list
			}
		}
	}
	return ""
}

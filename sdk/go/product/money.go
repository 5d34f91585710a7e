package product

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/schema"
)

// money is a price as one source has it. Its amounts and its currency stand
// together and are only used together.
type money struct {
	amount, max, list string
	currency          string
	layer             string
	sure              int   // percent
	sign              *sign // where a visitor sees it; nil in other layers
}

// ofThing sums up the offers of a thing and of its variants.
func ofThing(t *schema.Thing, layer string, sure int) money {
	m := money{layer: layer, sure: sure}
	if t == nil {
		return m
	}
	for i := range t.Offers {
		m.add(&t.Offers[i])
	}
	if m.amount == "" {
		for i := range t.Variants {
			for k := range t.Variants[i].Offers {
				m.add(&t.Variants[i].Offers[k])
			}
		}
	}
	if m.max == m.amount {
		m.max = ""
	}
	return m
}

// add takes an offer into the sum. Offers in another currency, of used goods
// and of other sellers beside new ones do not count.
func (m *money) add(o *schema.Offer) {
	low, high := firstText(o.Price, o.Low), firstText(o.High, o.Price, o.Low)
	if low == "" {
		return
	}
	if m.amount != "" && o.Currency != "" && o.Currency != m.currency {
		return
	}
	if o.Condition == "usedcondition" && m.amount != "" || o.Condition == "refurbishedcondition" && m.amount != "" {
		return
	}
	if m.currency == "" {
		m.currency = o.Currency
	}
	if m.amount == "" || price.Compare(low, m.amount) < 0 {
		m.amount = low
	}
	if m.max == "" || price.Compare(high, m.max) > 0 {
		m.max = high
	}
	if o.List != "" && m.list == "" {
		m.list = o.List
	}
}

// ofMeta is the price of the meta tags.
func (p *Page) ofMeta() money {
	m := money{layer: omakase.LayerOpenGraph, sure: 85}
	amount := p.meta("product:sale_price:amount", "product:price:amount", "og:price:amount", "product:price", "og:price", "og:price:standard_amount", "og:product:price:amount")
	currency := p.meta("product:sale_price:currency", "product:price:currency", "og:price:currency", "og:product:price:currency", "product:currency")
	if amount == "" {
		m.ofCard(p)
		return m
	}
	read := price.Parse(amount, p.hint)
	if plain, ok := price.Decimal(amount); ok {
		read.Amount = plain
	}
	m.amount, m.currency = read.Amount, firstText(price.Code(currency), read.Currency)
	if before, ok := price.Loose(p.meta("product:original_price:amount", "product:regular_price:amount")); ok && price.Compare(before, m.amount) > 0 {
		m.list = before
	}
	m.settle()
	return m
}

// ofCard reads a card of Twitter's: label1 Price, data1 $5.
func (m *money) ofCard(p *Page) {
	for _, n := range [...]string{"1", "2"} {
		label := p.meta("twitter:label" + n)
		if hasAny(label, "rice", "価格", "Prix", "Preis", "recio") {
			read := price.Parse(p.meta("twitter:data"+n), p.hint)
			m.amount, m.currency, m.sure = read.Amount, read.Currency, 75
			m.settle()
			return
		}
	}
}

// settle drops prices of nothing.
func (m *money) settle() {
	if price.IsZero(m.amount) {
		m.amount, m.max, m.list = "", "", ""
	}
}

// same reports whether two sources name the same amount.
func (m *money) same(o *money) bool {
	return m.amount != "" && o.amount != "" && price.Compare(m.amount, o.amount) == 0
}

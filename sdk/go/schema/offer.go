package schema

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// maxOffers bounds the offers of one thing: a product may have hundreds of
// variants, and a page may lie.
const maxOffers = 400

// readOffers reads an Offer, an AggregateOffer with those that it sums up, or
// a list of them. The sum comes first.
func readOffers(r *json.Reader, level int) []Offer {
	var offers []Offer
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			offers = append(offers, readOffers(r, level)...)
			if len(offers) > maxOffers {
				break
			}
		}
		return offers
	case json.Object:
	default:
		r.Skip()
		return nil
	}
	if level > maxLevels {
		r.Skip()
		return nil
	}
	var o Offer
	within := o.read(r, level)
	o.settle()
	if len(within) > 0 && !o.Aggregate && o.Price == "" {
		return within
	}
	return append([]Offer{o}, within...)
}

// read reads the fields of an offer and returns the offers within it.
func (o *Offer) read(r *json.Reader, level int) (within []Offer) {
	for key := range r.Fields {
		switch key = unprefixed(key); key {
		case "properties":
			if r.Kind() == json.Object {
				within = append(within, o.read(r, level)...)
			}
		case "@type", "type":
			for _, t := range readTexts(r, "") {
				o.Aggregate = o.Aggregate || Term(t) == "aggregateoffer"
			}
		case "offers":
			within = append(within, readOffers(r, level+1)...)
		case "priceSpecification":
			o.specify(readSpecifications(r, level+1))
		case "itemOffered":
			if things := readThings(r, Main, level+1); len(things) > 0 {
				o.Item = &things[0]
			}
		case "seller", "offeredBy":
			o.Seller = clean(first(readTexts(r, "name")...))
		default:
			o.readField(r, key)
		}
	}
	return within
}

func (o *Offer) readField(r *json.Reader, key string) {
	switch key {
	case "price":
		o.Price = first(o.Price, o.amount(r))
	case "lowPrice":
		o.Low = first(o.Low, o.amount(r))
	case "highPrice":
		o.High = first(o.High, o.amount(r))
	case "priceCurrency":
		o.Currency = first(o.Currency, currency(first(readTexts(r, "name")...)))
	case "availability":
		o.State = Term(first(readTerms(r)...))
		o.Availability = Availability(o.State)
	case "offerCount":
		o.Count = first(readTexts(r, "")...)
	case "url":
		o.URL = first(first(readTexts(r, "@id")...), o.URL)
	case "@id", "id":
		o.ID = scalar(r)
	case "name":
		o.Name = clean(first(readTexts(r, "@value")...))
	case "image":
		o.Image = first(readImages(r)...)
	case "sku", "serialNumber":
		o.SKU = first(o.SKU, code(r))
	case "mpn":
		o.MPN = first(o.MPN, code(r))
	case "itemCondition":
		o.Condition = Term(first(readTerms(r)...))
	case "gtin", "gtin8", "gtin12", "gtin13", "gtin14":
		o.GTIN = first(o.GTIN, GTIN(code(r)))
	}
}

// amount reads an amount of money. The text may name its currency, which is
// taken unless the offer names one.
func (o *Offer) amount(r *json.Reader) string {
	s := first(readTexts(r, "value")...)
	if s == "" {
		return ""
	}
	amount, ok := price.Loose(s)
	if !ok {
		return ""
	}
	o.written = first(o.written, currency(strings.Trim(s, "0123456789.,' -")))
	return amount
}

// currency is that of a code or of a sign that no other currency has.
func currency(s string) string {
	if code := price.Code(s); code != "" || s == "" || len(s) > 8 {
		return code
	}
	read := price.Parse("1 "+s, price.Hint{})
	if read.Symbol == "$" || read.Symbol == "¥" {
		return "" // of whose country is for the page to know
	}
	return read.Currency
}

// specification is a PriceSpecification.
type specification struct {
	Offer
	kind    string // of price: listprice, saleprice, srp…
	unit    bool   // per kilogram and the like, or only for many or members
	taxless bool
}

func readSpecifications(r *json.Reader, level int) []specification {
	var all []specification
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			all = append(all, readSpecifications(r, level)...)
			if len(all) > maxOffers {
				break
			}
		}
	case json.Object:
		var s specification
		s.readAll(r, level)
		all = append(all, s)
	default:
		r.Skip()
	}
	return all
}

func (s *specification) readAll(r *json.Reader, level int) {
	for key := range r.Fields {
		switch key = unprefixed(key); key {
		case "properties":
			if r.Kind() == json.Object && level < maxLevels {
				s.readAll(r, level+1)
			}
		case "priceType":
			s.kind = Term(first(readTexts(r, "name")...))
		case "referenceQuantity", "eligibleQuantity", "billingDuration", "validForMemberTier":
			s.unit = s.unit || r.Kind() == json.Object || r.Kind() == json.Array
			r.Skip()
		case "valueAddedTaxIncluded":
			s.taxless = first(flag(r)) == "false"
		default:
			s.readField(r, key)
		}
	}
}

// flag reads a boolean, also one that was written as text.
func flag(r *json.Reader) string {
	if r.Kind() != json.Bool {
		return Term(first(readTexts(r, "")...))
	}
	if r.Bool() {
		return "true"
	}
	return "false"
}

// specify takes over the price that is paid and the one before a reduction.
func (o *Offer) specify(specs []specification) {
	best := -1
	for i := range specs {
		s := &specs[i]
		s.settle()
		value := first(s.Price, s.Low)
		switch s.kind {
		case "listprice", "srp", "msrp", "strikethroughprice", "regularprice", "invoiceprice":
			o.List = first(o.List, value)
			continue
		}
		if value == "" || s.unit && len(specs) > 1 {
			continue
		}
		if best < 0 || specs[best].taxless && !s.taxless {
			best = i
		}
	}
	if best < 0 {
		return
	}
	s := &specs[best]
	if o.Price == "" {
		o.Price, o.Currency = first(s.Price, s.Low), first(s.Currency, o.Currency)
		if s.Price == "" {
			o.High = first(o.High, s.High)
		}
	} else if o.Currency == "" {
		o.Currency = s.Currency
	}
}

// settle drops what cannot be: prices of nothing, and ranges of one price.
func (o *Offer) settle() {
	o.Currency = first(o.Currency, o.written)
	for _, amount := range [...]*string{&o.Price, &o.Low, &o.High, &o.List} {
		*amount = thousands(*amount, o.Currency)
		if price.IsZero(*amount) {
			*amount = ""
		}
	}
	if o.Low != "" && o.High != "" && price.Compare(o.Low, o.High) > 0 {
		o.Low, o.High = o.High, o.Low
	}
	if o.List != "" && price.Compare(o.List, first(o.Price, o.Low, "0")) <= 0 {
		o.List = ""
	}
}

// thousands reads a point as one between thousands where the currency has no
// decimals: 24.990 Chilean pesos.
func thousands(amount, currency string) string {
	if price.Digits(currency) != 0 {
		return amount
	}
	whole, frac, ok := strings.Cut(amount, ".")
	if !ok || len(frac) != 3 || len(whole) > 3 || whole == "0" {
		return amount
	}
	return whole + frac
}

// Availability is what a term of schema.org means for a customer, "" when it
// means nothing.
func Availability(term string) string {
	switch Term(term) {
	case "instock", "instoreonly", "onlineonly", "preorder", "presale", "backorder", "madetoorder", "available", "true":
		return omakase.InStock
	case "limitedavailability", "limited":
		return omakase.LimitedStock
	case "outofstock", "soldout", "discontinued", "reserved", "oos", "unavailable", "false":
		return omakase.OutOfStock
	}
	return ""
}

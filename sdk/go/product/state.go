package product

import (
	"strings"

	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// stateNames are the fields of scripts' state that matter, as the host wants
// them: letters and digits, lower case.
var stateNames = [...]string{
	"name", "title", "productname", "displayname", "producttitle", "itemname",
	"price", "saleprice", "currentprice", "finalprice", "sellingprice", "lowprice", "salesprice", "offerprice", "pricevalue", "pricenumber", "priceamount",
	"regularprice", "listprice", "compareatprice", "originalprice", "compareprice", "baseprice", "retailprice", "msrp", "compareatpricenumber",
	"currency", "currencycode", "pricecurrency", "sku", "skuid", "productid", "productcode", "itemid", "articlenumber",
}

// stated is an object of the state that may be the page's product.
type stated struct {
	name, amount, list, currency, sku, id string
}

// maxStated bounds the objects that are looked at.
const maxStated = 2000

// statedProducts lists the objects that have a price, in order.
func (p *Page) statedProducts() []stated {
	if p.stated == nil {
		p.stated = []stated{}
		for i := range p.HTML.State {
			walkState(json.NewReader(p.HTML.State[i].JSON), &p.stated)
		}
	}
	return p.stated
}

func walkState(r *json.Reader, all *[]stated) {
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			walkState(r, all)
		}
	case json.Object:
		var s stated
		for key := range r.Fields {
			if len(*all) < maxStated {
				s.field(r, plainName(key), all)
			}
		}
		if s.amount != "" {
			*all = append(*all, s)
		}
	default:
		r.Skip()
	}
}

func (s *stated) field(r *json.Reader, name string, all *[]stated) {
	kind := r.Kind()
	switch name {
	case "name", "title", "productname", "displayname", "producttitle", "itemname":
		if kind == json.String {
			s.name = firstText(s.name, r.Str())
			return
		}
	case "saleprice", "currentprice", "finalprice", "sellingprice", "salesprice", "offerprice":
		if a := s.amountOf(r, kind); a != "" {
			s.amount = a // what is paid goes before what is called the price
		}
		return
	case "price", "lowprice", "pricevalue", "pricenumber", "priceamount":
		s.amount = firstText(s.amount, s.amountOf(r, kind))
		return
	case "regularprice", "listprice", "compareatprice", "originalprice", "compareprice", "baseprice", "retailprice", "msrp", "compareatpricenumber":
		s.list = firstText(s.list, s.amountOf(r, kind))
		return
	case "currency", "currencycode", "pricecurrency":
		if kind == json.String {
			s.currency = firstText(s.currency, price.Code(r.Str()))
			return
		}
	case "sku", "skuid", "productcode", "articlenumber":
		s.sku = firstText(s.sku, stateText(r, kind))
		return
	case "productid", "itemid":
		s.id = firstText(s.id, stateText(r, kind))
		return
	}
	walkState(r, all)
}

// amountOf reads an amount, or one in a small object, which may name the
// currency: {"value": 5, "currency": "EUR"}.
func (s *stated) amountOf(r *json.Reader, kind json.Kind) string {
	switch kind {
	case json.Number, json.String:
		a, ok := price.Loose(stateText(r, kind))
		if !ok || price.IsZero(a) {
			return ""
		}
		return a
	case json.Object:
		found := ""
		for key := range r.Fields {
			switch name := plainName(key); name {
			case "value", "amount", "current", "sale", "now", "final", "price", "min", "raw":
				found = firstText(found, s.amountOf(r, r.Kind()))
			case "currency", "currencycode", "pricecurrency":
				s.currency = firstText(s.currency, price.Code(stateText(r, r.Kind())))
			}
		}
		return found
	}
	r.Skip()
	return ""
}

func stateText(r *json.Reader, kind json.Kind) string {
	switch kind {
	case json.String:
		return strings.TrimSpace(r.Str())
	case json.Number:
		return r.Number()
	}
	r.Skip()
	return ""
}

// plainName is a field's name in lower case, letters and digits only.
func plainName(key string) string {
	b := make([]byte, 0, len(key))
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'A' && c <= 'Z':
			b = append(b, c|0x20)
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b = append(b, c)
		}
	}
	return string(b)
}

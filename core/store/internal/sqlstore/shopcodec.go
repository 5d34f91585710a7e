package sqlstore

import (
	"encoding/json"
	"time"

	"github.com/omakase-ai/omakase/core/shop"
)

// cartRecord is a cart as the data column holds it. Its keys, like those of
// orderRecord, are the format of stored rows: never reuse one.
type cartRecord struct {
	Lines []lineRecord `json:"l,omitempty"`
	Keys  []string     `json:"k,omitempty"`
}

type lineRecord struct {
	Product string `json:"p"`
	Variant string `json:"v,omitempty"`
	Name    string `json:"n"`
	Title   string `json:"t,omitempty"`
	Image   string `json:"i,omitempty"`
	Price   *money `json:"m,omitempty"`
	Count   int64  `json:"q"`
	Added   int64  `json:"a"`
}

type orderRecord struct {
	ID       string            `json:"id"`
	Session  string            `json:"s,omitempty"`
	Moves    []moveRecord      `json:"mv"`
	Lines    []orderLineRecord `json:"l"`
	Totals   shop.Totals       `json:"t"`
	Customer shop.Customer     `json:"c"`
	Notes    string            `json:"n,omitempty"`
}

type moveRecord struct {
	State string `json:"s"`
	At    int64  `json:"a"`
}

type orderLineRecord struct {
	lineRecord
	Was          *money `json:"w,omitempty"`
	Rate         int64  `json:"r,omitempty"`
	Shop         string `json:"sh,omitempty"`
	ShopURL      string `json:"su,omitempty"`
	PlatformID   string `json:"sp,omitempty"`
	Plugin       string `json:"pl,omitempty"`
	TakenProduct int64  `json:"tp,omitempty"`
	TakenVariant int64  `json:"tv,omitempty"`
}

// encodeCart is what the data column holds of a cart: a cartRecord.
func encodeCart(c *shop.Cart) []byte {
	f := fields{b: make([]byte, 0, 32+256*len(c.Lines))}
	f.open()
	if len(c.Lines) > 0 {
		f.key("l")
		f.list(len(c.Lines), func(i int) {
			f.open()
			f.line(&c.Lines[i])
			f.close()
		})
	}
	f.texts("k", c.Keys)
	f.close()
	return f.b
}

// line writes the fields of a lineRecord. cartScanner reads them in this order.
func (f *fields) line(l *shop.Line) {
	added := micros(l.AddedAt)
	f.text("p", l.ProductID)
	f.text("v", l.VariantID)
	f.text("n", l.Name)
	f.text("t", l.VariantTitle)
	f.text("i", l.ImageURL)
	f.money("m", l.Price)
	f.whole("q", &l.Quantity)
	f.whole("a", &added)
}

func decodeCart(data []byte, c *shop.Cart) error {
	if readCart(string(data), c) {
		return nil
	}
	var r cartRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	c.Keys, c.Lines = r.Keys, nil
	for i := range r.Lines {
		c.Lines = append(c.Lines, r.Lines[i].unpack())
	}
	return nil
}

func (r *lineRecord) unpack() shop.Line {
	return shop.Line{
		ProductID: r.Product, VariantID: r.Variant, Name: r.Name, VariantTitle: r.Title, ImageURL: r.Image,
		Price: r.Price.unpack(), Quantity: r.Count, AddedAt: moment(r.Added),
	}
}

// encodeOrder is what the data column holds of an order: an orderRecord.
func encodeOrder(o *shop.Order) []byte {
	f := fields{b: make([]byte, 0, 512+320*len(o.Lines))}
	f.open()
	f.text("id", o.ID)
	f.text("s", o.Session)
	f.key("mv")
	f.list(len(o.Moves), func(i int) {
		at := micros(o.Moves[i].At)
		f.open()
		f.text("s", string(o.Moves[i].State))
		f.whole("a", &at)
		f.close()
	})
	f.key("l")
	f.list(len(o.Lines), func(i int) {
		l := &o.Lines[i]
		f.open()
		f.line(&l.Line)
		f.money("w", l.Was)
		f.count("r", int64(l.Rate))
		f.text("sh", l.Shop)
		f.text("su", l.ShopURL)
		f.text("sp", l.PlatformID)
		f.text("pl", l.Plugin)
		f.count("tp", l.TakenProduct)
		f.count("tv", l.TakenVariant)
		f.close()
	})
	f.key("t")
	f.totals(&o.Totals)
	f.key("c")
	f.open()
	f.text("Name", o.Customer.Name)
	f.text("Email", o.Customer.Email)
	f.text("Phone", o.Customer.Phone)
	f.close()
	f.text("n", o.Notes)
	f.close()
	return f.b
}

func (f *fields) totals(t *shop.Totals) {
	f.open()
	f.text("Currency", t.Currency)
	f.count("Subtotal", t.Subtotal)
	f.count("Tax", t.Tax)
	f.flag("Included", t.Included)
	f.count("Shipping", t.Shipping)
	f.count("Total", t.Total)
	f.key("Taxes")
	f.list(len(t.Taxes), func(i int) {
		f.open()
		f.count("Rate", int64(t.Taxes[i].Rate))
		f.count("Base", t.Taxes[i].Base)
		f.count("Tax", t.Taxes[i].Tax)
		f.close()
	})
	f.close()
}

// decodeOrder fills in what has no column.
func decodeOrder(data []byte, o *shop.Order) error {
	var r orderRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	o.ID, o.Session, o.Totals, o.Customer, o.Notes = r.ID, r.Session, r.Totals, r.Customer, r.Notes
	for _, m := range r.Moves {
		o.Moves = append(o.Moves, shop.Move{State: shop.State(m.State), At: moment(m.At)})
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		o.Lines = append(o.Lines, shop.OrderLine{
			Line: l.unpack(), Was: l.Was.unpack(), Rate: shop.Rate(l.Rate), Shop: l.Shop, ShopURL: l.ShopURL,
			PlatformID: l.PlatformID, Plugin: l.Plugin, TakenProduct: l.TakenProduct, TakenVariant: l.TakenVariant,
		})
	}
	return nil
}

// orZero is a time that may be missing, as a column.
func orZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return micros(t)
}

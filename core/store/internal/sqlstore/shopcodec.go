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

func encodeCart(c *shop.Cart) ([]byte, error) {
	r := cartRecord{Keys: c.Keys, Lines: make([]lineRecord, len(c.Lines))}
	for i := range c.Lines {
		r.Lines[i] = packLine(&c.Lines[i])
	}
	return json.Marshal(&r)
}

func decodeCart(data []byte, c *shop.Cart) error {
	var r cartRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	c.Keys = r.Keys
	for i := range r.Lines {
		c.Lines = append(c.Lines, r.Lines[i].unpack())
	}
	return nil
}

func packLine(l *shop.Line) lineRecord {
	return lineRecord{
		Product: l.ProductID, Variant: l.VariantID, Name: l.Name, Title: l.VariantTitle, Image: l.ImageURL,
		Price: packMoney(l.Price), Count: l.Quantity, Added: micros(l.AddedAt),
	}
}

func (r *lineRecord) unpack() shop.Line {
	return shop.Line{
		ProductID: r.Product, VariantID: r.Variant, Name: r.Name, VariantTitle: r.Title, ImageURL: r.Image,
		Price: r.Price.unpack(), Quantity: r.Count, AddedAt: moment(r.Added),
	}
}

func encodeOrder(o *shop.Order) ([]byte, error) {
	r := orderRecord{
		ID: o.ID, Session: o.Session, Totals: o.Totals, Customer: o.Customer, Notes: o.Notes,
		Moves: make([]moveRecord, len(o.Moves)), Lines: make([]orderLineRecord, len(o.Lines)),
	}
	for i, m := range o.Moves {
		r.Moves[i] = moveRecord{string(m.State), micros(m.At)}
	}
	for i := range o.Lines {
		l := &o.Lines[i]
		r.Lines[i] = orderLineRecord{
			lineRecord: packLine(&l.Line), Was: packMoney(l.Was), Rate: int64(l.Rate), Shop: l.Shop, ShopURL: l.ShopURL,
			PlatformID: l.PlatformID, Plugin: l.Plugin, TakenProduct: l.TakenProduct, TakenVariant: l.TakenVariant,
		}
	}
	return json.Marshal(&r)
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

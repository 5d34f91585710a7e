package sqlstore

import (
	"strconv"

	"github.com/omakase-ai/omakase/core/catalog"
)

// fields writes the fields of a JSON object, those that are zero left out.
// Imports spend a good part of their time here, of which reflection would take
// twice as much.
type fields struct {
	b     []byte
	empty bool // the object has no field yet
}

func (f *fields) open() {
	f.b, f.empty = append(f.b, '{'), true
}

func (f *fields) close() {
	f.b, f.empty = append(f.b, '}'), false
}

// key begins a field.
func (f *fields) key(key string) {
	if !f.empty {
		f.b = append(f.b, ',')
	}
	f.empty = false
	f.b = append(append(append(f.b, '"'), key...), '"', ':')
}

func (f *fields) text(key, s string) {
	if s != "" {
		f.key(key)
		f.b = catalog.AppendString(f.b, s)
	}
}

func (f *fields) texts(key string, list []string) {
	if len(list) == 0 {
		return
	}
	f.key(key)
	f.b = append(f.b, '[')
	for i, s := range list {
		if i > 0 {
			f.b = append(f.b, ',')
		}
		f.b = catalog.AppendString(f.b, s)
	}
	f.b = append(f.b, ']')
}

// list writes as many values as item does.
func (f *fields) list(n int, item func(i int)) {
	f.b = append(f.b, '[')
	for i := range n {
		if i > 0 {
			f.b = append(f.b, ',')
		}
		item(i)
	}
	f.b = append(f.b, ']')
	f.empty = false
}

// count writes a number, none for 0.
func (f *fields) count(key string, n int64) {
	if n != 0 {
		f.whole(key, &n)
	}
}

func (f *fields) flag(key string, on bool) {
	if on {
		f.key(key)
		f.b = append(f.b, "true"...)
	}
}

func (f *fields) whole(key string, n *int64) {
	if n != nil {
		f.key(key)
		f.b = strconv.AppendInt(f.b, *n, 10)
	}
}

func (f *fields) money(key string, m catalog.Money) {
	if m.IsZero() {
		return
	}
	f.key(key)
	f.open()
	f.whole("a", &m.Amount)
	f.text("c", m.Currency)
	f.close()
}

func (f *fields) options(options []catalog.Option) {
	if len(options) == 0 {
		return
	}
	f.key("o")
	f.b = append(f.b, '[')
	for i := range options {
		if i > 0 {
			f.b = append(f.b, ',')
		}
		f.open()
		f.text("name", options[i].Name)
		f.texts("values", options[i].Values)
		f.close()
	}
	f.b = append(f.b, ']')
}

func (f *fields) variants(variants []catalog.Variant) {
	if len(variants) == 0 {
		return
	}
	f.key("v")
	f.b = append(f.b, '[')
	for i := range variants {
		v := &variants[i]
		if i > 0 {
			f.b = append(f.b, ',')
		}
		f.open()
		f.text("k", v.ID)
		f.text("n", v.Title)
		f.text("s", v.SKU)
		f.text("g", v.GTIN)
		f.money("p", v.Price)
		f.money("pc", v.CompareAt)
		f.text("a", string(v.Availability))
		f.texts("o", v.Options)
		f.text("i", v.Image)
		f.whole("q", v.Stock)
		f.close()
	}
	f.b = append(f.b, ']')
}

func (f *fields) source(s *catalog.Source) {
	if s == nil {
		return
	}
	f.key("f")
	f.open()
	f.text("s", s.Shop)
	f.text("k", s.PlatformID)
	f.text("h", s.Handle)
	f.text("p", s.Plugin)
	f.text("u", s.UpdatedAt)
	f.close()
}

// encodeRecord is what the data column holds of a product: a record.
func encodeRecord(p *catalog.Product) []byte {
	var f fields
	f.open()
	f.money("p", p.Price)
	f.money("pc", p.CompareAt)
	f.text("s", p.SKU)
	f.text("g", p.GTIN)
	f.text("b", p.Brand)
	f.text("c", p.Category)
	f.texts("t", p.Tags)
	f.texts("i", p.Images)
	f.options(p.Options)
	f.variants(p.Variants)
	f.text("a", string(p.Availability))
	f.flag("x", p.Active)
	f.whole("q", p.StockQuantity)
	f.whole("l", p.LowStockThreshold)
	f.source(p.Source)
	f.close()
	return f.b
}

package sqlstore

import (
	"encoding/json"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
)

// record is a product as the data column holds it, without what has a column of
// its own and without the long texts, which the REST encoding holds as well.
// Its keys are the format of stored rows: never reuse one. encodeRecord writes it.
type record struct {
	Price        *money           `json:"p,omitempty"`
	CompareAt    *money           `json:"pc,omitempty"`
	SKU          string           `json:"s,omitempty"`
	GTIN         string           `json:"g,omitempty"`
	Brand        string           `json:"b,omitempty"`
	Category     string           `json:"c,omitempty"`
	Tags         []string         `json:"t,omitempty"`
	Images       []string         `json:"i,omitempty"`
	Options      []catalog.Option `json:"o,omitempty"`
	Variants     []variantRecord  `json:"v,omitempty"`
	Availability string           `json:"a,omitempty"`
	Active       bool             `json:"x,omitempty"`
	Stock        *int64           `json:"q,omitempty"`
	LowStock     *int64           `json:"l,omitempty"`
	Source       *sourceRecord    `json:"f,omitempty"`
}

type money struct {
	Amount   int64  `json:"a"`
	Currency string `json:"c,omitempty"`
}

type variantRecord struct {
	ID           string   `json:"k,omitempty"`
	Title        string   `json:"n,omitempty"`
	SKU          string   `json:"s,omitempty"`
	GTIN         string   `json:"g,omitempty"`
	Price        *money   `json:"p,omitempty"`
	CompareAt    *money   `json:"pc,omitempty"`
	Availability string   `json:"a,omitempty"`
	Options      []string `json:"o,omitempty"`
	Image        string   `json:"i,omitempty"`
	Stock        *int64   `json:"q,omitempty"`
}

type sourceRecord struct {
	Shop       string `json:"s"`
	PlatformID string `json:"k"`
	Handle     string `json:"h,omitempty"`
	Plugin     string `json:"p,omitempty"`
	UpdatedAt  string `json:"u,omitempty"`
}

// texts are what is read from the REST encoding. Their keys are fixed by the
// contract with existing clients.
type texts struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	URL         string `json:"productUrl"`
}

func decodeProduct(doc, data []byte, p *catalog.Product) error {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	var t texts
	if err := json.Unmarshal(doc, &t); err != nil {
		return err
	}
	p.Name, p.Description, p.URL = t.Name, t.Description, t.URL
	p.Price, p.CompareAt = r.Price.unpack(), r.CompareAt.unpack()
	p.SKU, p.GTIN, p.Brand, p.Category = r.SKU, r.GTIN, r.Brand, r.Category
	p.Tags, p.Images, p.Options = r.Tags, r.Images, r.Options
	p.Availability, p.Active = catalog.Availability(r.Availability), r.Active
	p.StockQuantity, p.LowStockThreshold = r.Stock, r.LowStock
	for i := range r.Variants {
		v := &r.Variants[i]
		p.Variants = append(p.Variants, catalog.Variant{
			ID: v.ID, Title: v.Title, SKU: v.SKU, GTIN: v.GTIN,
			Price: v.Price.unpack(), CompareAt: v.CompareAt.unpack(),
			Availability: catalog.Availability(v.Availability), Options: v.Options, Image: v.Image, Stock: v.Stock,
		})
	}
	if s := r.Source; s != nil {
		p.Source = &catalog.Source{Shop: s.Shop, PlatformID: s.PlatformID, Handle: s.Handle, Plugin: s.Plugin, UpdatedAt: s.UpdatedAt}
	}
	return nil
}

func packMoney(m catalog.Money) *money {
	if m.IsZero() {
		return nil
	}
	return &money{Amount: m.Amount, Currency: m.Currency}
}

func (m *money) unpack() catalog.Money {
	if m == nil {
		return catalog.Money{}
	}
	return catalog.Money{Amount: m.Amount, Currency: m.Currency}
}

// micros is a time as columns hold it.
func micros(t time.Time) int64 { return t.UnixMicro() }

func microsOf(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

func moment(us int64) time.Time { return time.UnixMicro(us).UTC() }

func momentOf(us *int64) *time.Time {
	if us == nil {
		return nil
	}
	t := moment(*us)
	return &t
}

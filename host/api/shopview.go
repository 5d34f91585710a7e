package api

import (
	"encoding/json"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/shop"
)

// cartView is a cart as clients see it. Amounts are in the currency's unit.
type cartView struct {
	ID             string         `json:"id"`
	ItemCount      int64          `json:"itemCount"` // pieces
	Subtotal       json.Number    `json:"subtotal"`
	Currency       string         `json:"currency,omitempty"`
	FormattedTotal string         `json:"formattedTotal"`
	Items          []cartItemView `json:"items"`
	Orderable      bool           `json:"orderable"`
	Estimate       *totalsView    `json:"estimate,omitempty"`
	CreatedAt      string         `json:"createdAt"`
	UpdatedAt      string         `json:"updatedAt"`
}

type itemView struct {
	ProductID    string      `json:"productId"`
	VariantID    string      `json:"variantId,omitempty"`
	VariantTitle string      `json:"variantTitle,omitempty"`
	Name         string      `json:"name"`
	Price        json.Number `json:"price"`
	Quantity     int64       `json:"quantity"`
	Total        json.Number `json:"total"`
	ImageURL     string      `json:"imageUrl,omitempty"`
}

type cartItemView struct {
	itemView
	// What became of the product since it was put in.
	Gone         bool         `json:"gone,omitempty"`
	CurrentPrice *json.Number `json:"currentPrice,omitempty"` // where it is another one
	Available    *int64       `json:"available,omitempty"`
	Short        bool         `json:"short,omitempty"`
}

// cartSummary is what the contract's tools answer after a change.
type cartSummary struct {
	ItemCount int64       `json:"itemCount"`
	Subtotal  json.Number `json:"subtotal"`
}

type totalsView struct {
	Subtotal       json.Number `json:"subtotal"`
	Tax            json.Number `json:"tax"`
	TaxIncluded    bool        `json:"taxIncluded"`
	Taxes          []taxView   `json:"taxes"`
	Shipping       json.Number `json:"shipping"`
	Total          json.Number `json:"total"`
	Currency       string      `json:"currency,omitempty"`
	FormattedTotal string      `json:"formattedTotal"`
}

type taxView struct {
	Rate json.Number `json:"rate"` // percent
	Base json.Number `json:"base"`
	Tax  json.Number `json:"tax"`
}

// orderView is an order as clients see it. The cart's id is not in it: it is a
// key to the cart.
type orderView struct {
	ID          string          `json:"id"`
	OrderNumber string          `json:"orderNumber"`
	Status      shop.State      `json:"status"`
	ItemCount   int             `json:"itemCount"` // lines, as the contract has it
	Items       []orderItemView `json:"items"`
	totalsView
	Customer  customerView `json:"customer"`
	Notes     string       `json:"notes,omitempty"`
	History   []moveView   `json:"history"`
	CreatedAt string       `json:"createdAt"`
	UpdatedAt string       `json:"updatedAt"`
}

type orderItemView struct {
	itemView
	PreviousPrice *json.Number `json:"previousPrice,omitempty"` // in the cart, where it was another one
	TaxRate       json.Number  `json:"taxRate"`
}

type customerView struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
}

type moveView struct {
	Status shop.State `json:"status"`
	At     string     `json:"at"`
}

func number(m catalog.Money) json.Number { return json.Number(m.Number()) }

func viewLine(l *shop.Line) itemView {
	return itemView{
		ProductID: l.ProductID, VariantID: l.VariantID, VariantTitle: l.VariantTitle, Name: l.Name, Price: number(l.Price),
		Quantity: l.Quantity, Total: number(l.Total()), ImageURL: l.ImageURL,
	}
}

func viewCart(v *shop.View) cartView {
	sum := v.Subtotal()
	c := cartView{
		ID: v.ID, ItemCount: v.Count(), Subtotal: number(sum), Currency: sum.Currency, FormattedTotal: formatSum(sum),
		Items: make([]cartItemView, len(v.Lines)), Orderable: !v.Unavailable,
		CreatedAt: instant(v.CreatedAt), UpdatedAt: instant(v.UpdatedAt),
	}
	for i := range v.Lines {
		now := &v.Items[i]
		item := cartItemView{itemView: viewLine(&v.Lines[i]), Gone: now.Gone, Available: now.Available, Short: now.Short}
		if !now.Gone && now.Price != v.Lines[i].Price {
			price := number(now.Price)
			item.CurrentPrice = &price
		}
		c.Items[i] = item
	}
	if !v.Unavailable {
		estimate := viewTotals(&v.Estimate)
		c.Estimate = &estimate
	}
	return c
}

// formatSum writes the sum of an empty cart, which has no currency, as the
// contract does.
func formatSum(m catalog.Money) string {
	if m.IsZero() {
		m.Currency = "JPY"
	}
	return m.Format()
}

func viewTotals(t *shop.Totals) totalsView {
	v := totalsView{
		Subtotal: number(t.Money(t.Subtotal)), Tax: number(t.Money(t.Tax)), TaxIncluded: t.Included, Taxes: make([]taxView, len(t.Taxes)),
		Shipping: number(t.Money(t.Shipping)), Total: number(t.Money(t.Total)), Currency: t.Currency, FormattedTotal: t.Money(t.Total).Format(),
	}
	for i, p := range t.Taxes {
		v.Taxes[i] = taxView{json.Number(p.Rate.Percent()), number(t.Money(p.Base)), number(t.Money(p.Tax))}
	}
	return v
}

func viewOrder(o *shop.Order) orderView {
	v := orderView{
		ID: o.ID, OrderNumber: o.Number, Status: o.State, ItemCount: len(o.Lines), Items: make([]orderItemView, len(o.Lines)),
		totalsView: viewTotals(&o.Totals), Customer: customerView(o.Customer), Notes: o.Notes, History: make([]moveView, len(o.Moves)),
		CreatedAt: instant(o.CreatedAt), UpdatedAt: instant(o.UpdatedAt),
	}
	for i := range o.Lines {
		l := &o.Lines[i]
		v.Items[i] = orderItemView{itemView: viewLine(&l.Line), TaxRate: json.Number(l.Rate.Percent())}
		if !l.Was.IsZero() {
			was := number(l.Was)
			v.Items[i].PreviousPrice = &was
		}
	}
	for i, m := range o.Moves {
		v.History[i] = moveView{m.State, instant(m.At)}
	}
	return v
}

package shop

import (
	"slices"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// choose is the variant that a customer means: the one that was named, else the
// first that can be had, else the first. It is nil for a product without
// variants.
func choose(p *catalog.Product, variantID string) (*catalog.Variant, error) {
	if variantID != "" {
		i := slices.IndexFunc(p.Variants, func(v catalog.Variant) bool { return v.ID == variantID })
		if i < 0 {
			return nil, refuse(NoVariant, errs.NotFound, "%s has no variant %.100q", p.Name, variantID).
				of(p.ID, variantID, p.Name)
		}
		return &p.Variants[i], nil
	}
	for i := range p.Variants {
		if v := &p.Variants[i]; v.Availability != catalog.OutOfStock && (v.Stock == nil || *v.Stock > 0) && v.ID != "" {
			return v, nil
		}
	}
	if len(p.Variants) > 0 && p.Variants[0].ID != "" {
		return &p.Variants[0], nil
	}
	return nil, nil
}

// offered refuses what is not sold at all. That it is sold out today is no
// reason to keep it out of a cart.
func offered(p *catalog.Product, v *catalog.Variant) error {
	id := ""
	if v != nil {
		id = v.ID
	}
	if !p.Active || p.VanishedAt != nil {
		return refuse(NotForSale, errs.Conflict, "%s is not for sale", p.Name).of(p.ID, id, p.Name)
	}
	if priceOf(p, v).IsZero() {
		return refuse(NoPrice, errs.Conflict, "%s has no price yet", p.Name).of(p.ID, id, p.Name)
	}
	return nil
}

func priceOf(p *catalog.Product, v *catalog.Variant) catalog.Money {
	if v != nil && !v.Price.IsZero() {
		return v.Price
	}
	return p.Price
}

func imageOf(p *catalog.Product, v *catalog.Variant) string {
	switch {
	case v != nil && v.Image != "":
		return v.Image
	case len(p.Images) > 0:
		return p.Images[0]
	}
	return ""
}

// titleOf leaves out the name that Shopify gives to the only variant.
func titleOf(v *catalog.Variant) string {
	if v.Title == "Default Title" {
		return ""
	}
	return v.Title
}

// Available is how many pieces can be had, nil when nobody counts them.
func Available(p *catalog.Product, variantID string) *int64 {
	v, err := choose(p, variantID)
	if err != nil {
		return new(int64)
	}
	return available(p, v)
}

func available(p *catalog.Product, v *catalog.Variant) *int64 {
	switch {
	case v != nil && v.Stock != nil:
		n := max(*v.Stock, 0)
		return &n
	case v != nil && v.Availability == catalog.OutOfStock:
		return new(int64)
	case p.StockQuantity != nil:
		n := max(*p.StockQuantity, 0)
		return &n
	case p.Availability == catalog.OutOfStock:
		return new(int64)
	}
	return nil
}

// taken is what a line took out of stock, so that exactly this can go back.
type taken struct{ product, variant int64 }

// take takes pieces out of stock where they are counted; the caller has seen
// that there are enough. A variant's own count decides, and the product's sum
// goes down with it.
func take(p *catalog.Product, v *catalog.Variant, quantity int64) taken {
	var t taken
	if v != nil && v.Stock != nil {
		t.variant = quantity
		moveVariant(v, -quantity)
	}
	if p.StockQuantity != nil {
		t.product = min(quantity, max(*p.StockQuantity, 0))
		moveProduct(p, -t.product)
	}
	return t
}

// giveBack undoes take. What is counted no longer stays uncounted.
func giveBack(p *catalog.Product, l *OrderLine) {
	if i := slices.IndexFunc(p.Variants, func(v catalog.Variant) bool { return v.ID == l.VariantID }); i >= 0 && l.VariantID != "" {
		if v := &p.Variants[i]; v.Stock != nil {
			moveVariant(v, l.TakenVariant)
		}
	}
	if p.StockQuantity != nil {
		moveProduct(p, l.TakenProduct)
	}
}

func moveVariant(v *catalog.Variant, by int64) {
	n := min(*v.Stock+by, catalog.MaxQuantity)
	v.Stock = &n
	v.Availability = after(v.Availability, n, by)
}

func moveProduct(p *catalog.Product, by int64) {
	n := min(*p.StockQuantity+by, catalog.MaxQuantity)
	p.StockQuantity = &n
	p.Availability = after(p.Availability, n, by)
}

// after is the availability once stock has moved to n: what the shop said gives
// way to the count where the two would contradict each other.
func after(a catalog.Availability, n, by int64) catalog.Availability {
	switch {
	case a == "" || by == 0:
		return a
	case n <= 0:
		return catalog.OutOfStock
	case a == catalog.OutOfStock:
		return catalog.InStock
	}
	return a
}

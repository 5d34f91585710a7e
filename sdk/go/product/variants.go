package product

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/price"
	"github.com/omakase-ai/omakase/sdk/go/schema"
)

// maxVariants bounds the variants of a product.
const maxVariants = 250

// addVariants adds what can be bought separately: the variants of a group, or
// the offers of a product that have names or numbers of their own.
func (d *draft) addVariants(t *schema.Thing, currency string) {
	if t == nil {
		return
	}
	if len(t.Variants) > 1 || len(t.Variants) == 1 && t.Is("productgroup") {
		for i := range t.Variants[:min(len(t.Variants), maxVariants)] {
			v := &t.Variants[i]
			offer := &schema.Offer{}
			if len(v.Offers) > 0 {
				offer = &v.Offers[0]
			}
			d.addVariant(variantOf(v, t.Name), offer, currency)
		}
		d.nameOptions(t.Variants)
		return
	}
	separate := 0
	for i := range t.Offers {
		if !t.Offers[i].Aggregate {
			separate++
		}
	}
	for i := range t.Offers {
		if o := &t.Offers[i]; !o.Aggregate && separate > 1 && len(d.Variants) < maxVariants {
			name := o.Name
			if o.Item != nil {
				name = firstText(name, o.Item.Name)
			}
			d.addVariant(omakase.Variant{Title: titleOf(name, t.Name)}, o, currency)
		}
	}
}

// variantOf is a variant without its offer.
func variantOf(v *schema.Thing, group string) omakase.Variant {
	out := omakase.Variant{Title: titleOf(v.Name, group), SKU: v.SKU, GTIN: v.GTIN, ID: v.ProductID}
	if len(v.Images) > 0 {
		out.ImageURL = v.Images[0]
	}
	return out
}

func (d *draft) addVariant(v omakase.Variant, o *schema.Offer, currency string) {
	v.SKU, v.GTIN = firstText(v.SKU, o.SKU), firstText(v.GTIN, o.GTIN)
	v.ID = firstText(v.ID, v.SKU, o.MPN)
	v.Availability = o.Availability
	if o.Currency == currency || o.Currency == "" {
		digits := price.Digits(currency)
		v.Price = price.WithDecimals(firstText(o.Price, o.Low), digits)
		v.CompareAt = price.WithDecimals(o.List, digits)
	}
	d.Variants = append(d.Variants, v)
}

// nameOptions makes options of the traits by which variants differ.
func (d *draft) nameOptions(variants []schema.Thing) {
	for _, trait := range [...]struct {
		name string
		of   func(*schema.Thing) string
	}{
		{"Color", func(t *schema.Thing) string { return t.Color }},
		{"Size", func(t *schema.Thing) string { return t.Size }},
		{"Material", func(t *schema.Thing) string { return t.Material }},
	} {
		option := omakase.Option{Name: trait.name}
		for i := range d.Variants {
			value := trait.of(&variants[i])
			if value == "" {
				option.Values = nil
				break
			}
			if !contains(option.Values, value) {
				option.Values = append(option.Values, value)
			}
		}
		if len(option.Values) < 2 {
			continue
		}
		d.Options = append(d.Options, option)
		for i := range d.Variants {
			d.Variants[i].Options = append(d.Variants[i].Options, trait.of(&variants[i]))
		}
	}
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

// titleOf is what a variant's name adds to that of its product.
func titleOf(name, group string) string {
	return strings.Trim(strings.TrimPrefix(name, group), " -–—/|,")
}

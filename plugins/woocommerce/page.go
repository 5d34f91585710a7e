package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

// readPage reads the product of a product's page: what any shop's page says,
// with the number and the variants that WooCommerce puts into the form.
func readPage(p *storefront.Page) ([]omakase.Product, error) {
	product, ok, err := p.Generic()
	if err != nil || !ok {
		return nil, err
	}
	found, err := p.Query(omakase.HTMLRequest{Select: []omakase.HTMLQuery{
		storefront.Select(`form.variations_form`, "data-product_variations"),
		storefront.Select(`form.variations_form[data-product_id]`, "data-product_id"),
		storefront.Select(`form.cart [name="add-to-cart"]`, "value"),
		storefront.Select(`.variations label[for]`, "for", "text"),
		{CSS: `.variations select[name]`, Attrs: []string{"name", "id"}, Each: []omakase.HTMLQuery{storefront.Select(`option[value]`, "value", "text")}},
	}})
	if err != nil {
		return nil, err
	}
	if id := storefront.FirstOf(found.First(1), found.First(2)); storefront.IsNumber(id) {
		product.ID = id
	}
	if document := found.First(0); storefront.IsJSON(document) {
		if variants, by := readForm(json.NewReader(document)); len(variants) > 0 {
			newWording(found).apply(variants, by)
			product.Variants, product.Options = variants, by
			product.Price, product.PriceMax, product.CompareAt, product.Availability = "", "", "", ""
			storefront.From(&product, omakase.LayerState, 98, "variants", "price", "compare_at", "availability")
		}
	}
	if reason := storefront.Finish(&product, p.At); reason != "" {
		return nil, nil
	}
	return []omakase.Product{product}, nil
}

// readForm reads the variants of the form in which a customer chooses one.
func readForm(r *json.Reader) (variants []omakase.Variant, by []omakase.Option) {
	var names []string
	storefront.Each(r, func() {
		v, chosen := readChoice(r)
		if v.ID == "" {
			return
		}
		for n := 0; n < len(chosen); n += 2 {
			names = storefront.AddOnce(names, chosen[n])
		}
		v.Options = make([]string, len(names))
		for n := 0; n < len(chosen); n += 2 {
			for k, name := range names {
				if name == chosen[n] {
					v.Options[k] = chosen[n+1]
				}
			}
		}
		variants = append(variants, v)
	})
	for _, name := range names {
		by = append(by, omakase.Option{Name: name})
	}
	for i := range variants {
		for len(variants[i].Options) < len(by) {
			variants[i].Options = append(variants[i].Options, "") // it comes in all values of it
		}
	}
	return variants, by
}

// readChoice reads a variant, and names and values of its attributes in turn.
func readChoice(r *json.Reader) (v omakase.Variant, chosen []string) {
	storefront.Object(r, func(key string) {
		switch key {
		case "variation_id":
			v.ID = storefront.Text(r)
		case "sku":
			v.SKU = storefront.Text(r)
		case "display_price":
			v.Price = storefront.Amount(r)
		case "display_regular_price":
			v.CompareAt = storefront.Amount(r)
		case "is_in_stock":
			v.Availability = storefront.Stock(storefront.Truth(r))
		case "max_qty":
			v.Stock = storefront.Count(r)
		case "image":
			storefront.Object(r, func(key string) {
				if key == "src" || key == "full_src" {
					v.ImageURL = storefront.Text(r)
				}
			})
		case "attributes":
			storefront.Object(r, func(key string) { chosen = append(chosen, handleOf(key), storefront.Name(r)) })
		}
	})
	return v, chosen
}

// handleOf is the handle of an attribute, given the name of its field.
func handleOf(field string) string {
	return strings.TrimPrefix(strings.TrimPrefix(field, "attribute_"), "pa_")
}

// wording is how the form calls attributes and their values, by their handles:
// variants name them by these alone.
type wording struct{ names, values map[string]string }

func newWording(found *storefront.Answers) wording {
	w := wording{map[string]string{}, map[string]string{}}
	labels := map[string]string{}
	for _, n := range found.Select[3].Nodes {
		labels[n.Values[0]] = strings.TrimRight(strings.TrimSpace(n.Values[1]), " *:")
	}
	for _, n := range found.Select[4].Nodes {
		handle := handleOf(n.Values[0])
		w.names[handle] = labels[n.Values[1]]
		for _, o := range n.Each[0].Nodes {
			w.values[handle+"="+o.Values[0]] = strings.TrimSpace(o.Values[1])
		}
	}
	return w
}

// apply puts the form's words in the place of handles.
func (w wording) apply(variants []omakase.Variant, by []omakase.Option) {
	for i := range variants {
		v := &variants[i]
		for k := range v.Options {
			v.Options[k] = storefront.FirstOf(w.values[by[k].Name+"="+v.Options[k]], v.Options[k])
		}
		v.Title = title(v.Options)
	}
	for k := range by {
		by[k].Name = storefront.FirstOf(w.names[by[k].Name], by[k].Name)
	}
}

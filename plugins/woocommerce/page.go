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
	}})
	if err != nil {
		return nil, err
	}
	if id := storefront.FirstOf(found.First(1), found.First(2)); storefront.IsNumber(id) {
		product.ID = id
	}
	if document := found.First(0); storefront.IsJSON(document) {
		if variants, by := readForm(json.NewReader(document)); len(variants) > 0 {
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
		v.Title = title(v.Options)
		variants = append(variants, v)
	})
	for _, name := range names {
		by = append(by, omakase.Option{Name: name})
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
			storefront.Object(r, func(key string) {
				name := strings.TrimPrefix(strings.TrimPrefix(key, "attribute_"), "pa_")
				chosen = append(chosen, name, storefront.Name(r))
			})
		}
	})
	return v, chosen
}

package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/schema"
)

// Shopify describes a product in three dialects: products.json and
// /products/H.json (prices are text in the currency's unit), /products/H.js
// and the scripts of themes (prices are integers that count hundredths), and
// the analytics of a page (hundredths too, variants only). Field names differ
// little, so one reader takes all three.

// item is a product as it was read, before it was checked and completed.
type item struct {
	omakase.Product
	hundredths bool // prices count hundredths
	html       plaintext.HTML
}

// read reads a product. Values of an unexpected type read as absent: one
// odd field must not cost a page of products.
//
// It fills what it is given, and so do the others below it: in WASM, copying
// large structs costs as much as reading them.
func (p *item) read(r *json.Reader) {
	if r.Kind() != json.Object {
		r.Skip()
		return
	}
	for key := range r.Fields {
		switch key {
		case "id":
			p.ID = scalar(r)
		case "title":
			p.Name = scalar(r)
		case "handle":
			p.Handle = scalar(r)
		case "body_html", "description":
			p.html = plaintext.Read(r)
		case "vendor":
			p.Brand = scalar(r)
		case "product_type", "type":
			p.Category = scalar(r)
		case "created_at":
			p.CreatedAt = scalar(r)
		case "updated_at":
			p.UpdatedAt = scalar(r)
		case "tags":
			p.Tags = readTags(r)
		case "images":
			p.ImageURLs = readImages(r)
		case "options":
			p.Options = readOptions(r)
		case "variants":
			p.Variants = readVariants(r)
		case "price_min", "price_varies":
			p.hundredths = true // only that dialect sums up its variants
		}
	}
}

// scalar reads a string or number; anything else is "".
func scalar(r *json.Reader) string {
	switch r.Kind() {
	case json.String:
		return r.Str()
	case json.Number:
		return r.Number()
	}
	r.Skip()
	return ""
}

// readTags reads a list of tags, or one text with commas between them.
func readTags(r *json.Reader) []string {
	var tags []string
	add := func(tag string) {
		if tag = plaintext.Tidy(tag); tag == "" {
			return
		}
		if tags == nil {
			tags = make([]string, 0, 8) // growing to that takes four pieces of memory
		}
		tags = append(tags, tag)
	}
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			add(scalar(r))
		}
	case json.String:
		for tag := range strings.SplitSeq(r.Str(), ",") {
			add(tag)
		}
	}
	return tags
}

// readImages reads a list of addresses, or of objects with a "src".
func readImages(r *json.Reader) []string {
	if r.Kind() != json.Array {
		return nil
	}
	urls := make([]string, 0, 8)
	for range r.Items {
		if url := readImage(r); url != "" {
			urls = append(urls, url)
		}
	}
	return urls
}

func readImage(r *json.Reader) (url string) {
	if r.Kind() != json.Object {
		return scalar(r)
	}
	for key := range r.Fields {
		if key == "src" {
			url = scalar(r)
			break
		}
	}
	return url
}

// readOptions reads a list of options, or of their names.
func readOptions(r *json.Reader) []omakase.Option {
	if r.Kind() != json.Array {
		return nil
	}
	var options []omakase.Option
	for range r.Items {
		var o omakase.Option
		if r.Kind() == json.Object {
			for key := range r.Fields {
				switch key {
				case "name":
					o.Name = scalar(r)
				case "values":
					o.Values = readTags(r)
				}
			}
		} else {
			o.Name = scalar(r)
		}
		o.Name = plaintext.Tidy(o.Name)
		options = append(options, o)
	}
	return options
}

func readVariants(r *json.Reader) []omakase.Variant {
	if r.Kind() != json.Array {
		return nil
	}
	variants := make([]omakase.Variant, 0, 4)
	for range r.Items {
		if r.Kind() == json.Object {
			variants = append(variants, omakase.Variant{})
			readVariant(r, &variants[len(variants)-1])
		}
	}
	return variants
}

func readVariant(r *json.Reader, v *omakase.Variant) {
	var options [3]string
	var public string
	for key := range r.Fields {
		switch key {
		case "id":
			v.ID = scalar(r)
		case "title":
			v.Title = plaintext.Tidy(scalar(r))
		case "public_title":
			public = plaintext.Tidy(scalar(r))
		case "option1":
			options[0] = plaintext.Tidy(scalar(r))
		case "option2":
			options[1] = plaintext.Tidy(scalar(r))
		case "option3":
			options[2] = plaintext.Tidy(scalar(r))
		case "sku":
			v.SKU = plaintext.Tidy(scalar(r))
		case "barcode":
			v.GTIN = schema.GTIN(scalar(r))
		case "price":
			v.Price = scalar(r)
		case "compare_at_price":
			v.CompareAt = scalar(r)
		case "available":
			v.Availability = readAvailable(r)
		case "featured_image":
			v.ImageURL = readImage(r)
		}
	}
	if v.Title == "" {
		v.Title = public
	}
	for n := len(options); n > 0; n-- {
		if options[n-1] != "" {
			v.Options = append(make([]string, 0, n), options[:n]...)
			break
		}
	}
}

func readAvailable(r *json.Reader) string {
	if r.Kind() != json.Bool {
		return ""
	}
	if r.Bool() {
		return omakase.InStock
	}
	return omakase.OutOfStock
}

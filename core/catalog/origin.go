package catalog

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/omakase-ai/omakase/core/errs"
)

// Origin says from which layer of a page or platform a field was read, and how
// sure that is in percent. Fields have their REST names; "*" stands for all
// that are not named.
type Origin struct {
	Field      string `json:"field"`
	Layer      string `json:"layer"`
	Confidence int    `json:"confidence"`
}

// LayerEdited is the layer of fields that people wrote over what was read.
const LayerEdited = "edited"

// Bounds of what is kept of the origins that a plugin names.
const (
	MaxOrigins    = 64
	maxOriginText = 64 // characters of a field or layer
)

// Origins is a list of Origin in its REST form, "" for none. It stays encoded,
// because it is handed on far more often than it is looked into.
type Origins string

// EncodeOrigins keeps no more than MaxOrigins.
func EncodeOrigins(list []Origin) Origins {
	if len(list) == 0 {
		return ""
	}
	b := make([]byte, 0, 64*min(len(list), MaxOrigins))
	for i, o := range list[:min(len(list), MaxOrigins)] {
		if i > 0 {
			b = append(b, ',')
		} else {
			b = append(b, '[')
		}
		b = appendField(b, `{"field":`, clip(o.Field, maxOriginText))
		b = appendField(b, `,"layer":`, clip(o.Layer, maxOriginText))
		b = strconv.AppendInt(append(b, `,"confidence":`...), int64(min(max(o.Confidence, 0), 100)), 10)
		b = append(b, '}')
	}
	return Origins(append(b, ']'))
}

// AddOrigins is a product's REST form with where its fields come from. Lists
// go without it, and so does what Encode makes.
func AddOrigins(doc []byte, o Origins) []byte {
	if o == "" || len(doc) == 0 {
		return doc
	}
	b := make([]byte, 0, len(doc)+len(o)+12)
	b = append(b, doc[:len(doc)-1]...)
	b = append(append(b, `,"sources":`...), o...)
	return append(b, '}')
}

// NoteEdits notes which fields of an imported product are no longer what was
// read, because a person wrote over them. The error is that of origins that
// can't be read.
func (p *Product) NoteEdits(was *Product) error {
	if p.Source == nil || p.Source.Origins == "" {
		return nil
	}
	edited := edits(was, p)
	if len(edited) == 0 {
		return nil
	}
	var list []Origin
	if err := json.Unmarshal([]byte(p.Source.Origins), &list); err != nil {
		return errs.New(errs.Internal, "where the fields of product %s come from is stored in a form that can't be read: %v", p.ID, err)
	}
	list = slices.DeleteFunc(list, func(o Origin) bool { return slices.Contains(edited, o.Field) })
	for _, field := range edited {
		list = append(list, Origin{Field: field, Layer: LayerEdited, Confidence: 100})
	}
	p.Source.Origins = EncodeOrigins(list)
	return nil
}

// edits are the REST names of the fields in which two forms of a product
// differ, of those that importers read.
func edits(was, is *Product) (fields []string) {
	note := func(field string, differs bool) {
		if differs {
			fields = append(fields, field)
		}
	}
	note("name", was.Name != is.Name)
	note("description", was.Description != is.Description)
	note("productUrl", was.URL != is.URL)
	note("price", was.Price.Amount != is.Price.Amount)
	note("currency", was.Price.Currency != is.Price.Currency)
	note("compareAtPrice", was.CompareAt != is.CompareAt)
	note("availability", was.Availability != is.Availability)
	note("sku", was.SKU != is.SKU)
	note("gtin", was.GTIN != is.GTIN)
	note("brand", was.Brand != is.Brand)
	note("category", was.Category != is.Category)
	note("tags", !slices.Equal(was.Tags, is.Tags))
	note("imageUrls", !slices.Equal(was.Images, is.Images))
	note("options", string(appendOptions(nil, was.Options)) != string(appendOptions(nil, is.Options)))
	note("variants", string(appendVariants(nil, was.Variants)) != string(appendVariants(nil, is.Variants)))
	note("stockQuantity", string(appendInt(nil, "", was.StockQuantity)) != string(appendInt(nil, "", is.StockQuantity)))
	return fields
}

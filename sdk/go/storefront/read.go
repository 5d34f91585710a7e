package storefront

import (
	"strconv"
	"strings"

	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// Values of an unexpected type read as absent, here and below: one odd field
// must not cost a page of products.

// Object reads the fields of an object; anything else is left out. field reads
// the value of a field, or leaves it.
func Object(r *json.Reader, field func(key string)) {
	if r.Kind() != json.Object {
		r.Skip()
		return
	}
	for key := range r.Fields {
		field(key)
	}
}

// Each reads the items of a list; anything else is left out.
func Each(r *json.Reader, item func()) {
	if r.Kind() != json.Array {
		r.Skip()
		return
	}
	for range r.Items {
		item()
	}
}

// Text reads a string or number as it stands there; anything else is "".
func Text(r *json.Reader) string {
	switch r.Kind() {
	case json.String:
		return r.Str()
	case json.Number:
		return r.Number()
	}
	r.Skip()
	return ""
}

// Name reads a text to read: without entities and stray white space.
func Name(r *json.Reader) string { return plaintext.Tidy(plaintext.Unescape(Text(r))) }

// Names reads a list of texts, or that field of each object in it. What comes
// again is left out.
func Names(r *json.Reader, field string) []string {
	var all []string
	Each(r, func() {
		if r.Kind() != json.Object {
			all = AddOnce(all, Name(r))
			return
		}
		for key := range r.Fields {
			if key == field {
				all = AddOnce(all, Name(r))
			}
		}
	})
	return all
}

// Truth reads a boolean.
func Truth(r *json.Reader) bool {
	if r.Kind() != json.Bool {
		r.Skip()
		return false
	}
	return r.Bool()
}

// Count reads a number of things; nil when there is none.
func Count(r *json.Reader) *int64 {
	n, err := strconv.ParseFloat(Text(r), 64)
	if err != nil || n < 0 || n > 1<<53 {
		return nil
	}
	whole := int64(n)
	return &whole
}

// Amount reads a price that is a number of the currency's unit. Programs write
// 59.990000000000002 for 59.99.
func Amount(r *json.Reader) string { return Decimal(Text(r)) }

// Decimal is a number as a decimal, rounded to a ten-thousandth; "" when it is
// none.
func Decimal(s string) string {
	s = strings.TrimSpace(s)
	if d, ok := price.Decimal(s); ok {
		if dot := strings.IndexByte(d, '.'); dot < 0 || len(d)-dot <= 5 {
			return d
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 || n >= 1e15 {
		return ""
	}
	return price.WithDecimals(strconv.FormatFloat(n, 'f', 4, 64), 0)
}

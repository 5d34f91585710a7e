package api

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// FuzzProduct reads any body as a product: it is refused as the caller's
// fault, or it is a product that may be stored and encoded.
func FuzzProduct(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"name":"Mug","price":12.5,"currency":"USD","stockQuantity":3,"imageUrl":"https://x.example/a.png"}`,
		`{"price":1e-3}`, `{"name":null,"isActive":false}`, `[{}]`, `{"name":"\ud800"}`, `{"price":-0.0}`,
	} {
		f.Add([]byte(seed))
	}
	s := New(Options{})
	f.Fuzz(func(t *testing.T, body []byte) {
		if !utf8.Valid(body) || tooDeep(body) {
			t.Skip("refused before it is decoded")
		}
		fields, err := parseFields(body, "body")
		if err == nil {
			var p *catalog.Product
			if p, err = s.newProduct(fields); err == nil {
				if err := p.Validate(); err != nil {
					t.Fatalf("stored although %v", err)
				}
				if doc := catalog.Encode(p); !json.Valid(doc) {
					t.Fatalf("encoded as %s", doc)
				}
				return
			}
		}
		if !errs.Is(err, errs.Invalid) {
			t.Fatalf("%s: %v", body, err)
		}
	})
}

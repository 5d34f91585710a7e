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
		checkSplit(t, body, fields)
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

// checkSplit compares with encoding/json.
func checkSplit(t *testing.T, body []byte, got *fields) {
	t.Helper()
	var want map[string]json.RawMessage
	if json.Unmarshal(body, &want) != nil || want == nil {
		if got != nil {
			t.Fatalf("%s was taken for an object", body)
		}
		return
	}
	for name, raw := range want {
		value, p := got.look(name)
		if p == null {
			value = json.RawMessage("null")
		}
		if p == absent || string(value) != string(raw) {
			t.Fatalf("%s: %q is %q, want %q", body, name, value, raw)
		}
	}
	for _, m := range got.members {
		if _, ok := want[m.name]; !ok {
			t.Fatalf("%s: no %q in it", body, m.name)
		}
	}
}

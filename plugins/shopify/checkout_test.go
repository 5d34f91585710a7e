package main

import (
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func TestCheckout(t *testing.T) {
	t.Parallel()
	type lines = []omakase.CheckoutLine
	for name, test := range map[string]struct {
		url   string
		lines lines
		want  string // "" is an error
	}{
		"one":           {"https://shop.example/en/x", lines{{VariantID: "71", Quantity: 2}}, "https://shop.example/cart/71:2"},
		"two":           {"https://shop.example", lines{{VariantID: "71", Quantity: 1}, {VariantID: "72", Quantity: 3}}, "https://shop.example/cart/71:1,72:3"},
		"same twice":    {"https://shop.example", lines{{VariantID: "71", Quantity: 1}, {VariantID: "72", Quantity: 1}, {VariantID: "71", Quantity: 4}}, "https://shop.example/cart/71:5,72:1"},
		"none":          {"https://shop.example", nil, ""},
		"no variant":    {"https://shop.example", lines{{ProductID: "7", Quantity: 1}}, ""},
		"not a number":  {"https://shop.example", lines{{VariantID: "71/../x", Quantity: 1}}, ""},
		"nothing of it": {"https://shop.example", lines{{VariantID: "71"}}, ""},
		"less than it":  {"https://shop.example", lines{{VariantID: "71", Quantity: 2}, {VariantID: "71", Quantity: -1}}, ""},
		"no shop":       {"", lines{{VariantID: "71", Quantity: 1}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := checkout(newHost().Context(), omakase.CheckoutRequest{URL: test.url, Lines: test.lines})
			if got.URL != test.want || (err != nil) != (test.want == "") {
				t.Errorf("%q, %v; want %q", got.URL, err, test.want)
			}
			if err != nil && omakase.CodeOf(err) != omakase.CodeInvalid {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestSelfTest(t *testing.T) {
	t.Parallel()
	p := plugin()
	if err := newHost().Do(&p, wire.OpSelftest, &wire.Empty{}, &wire.Empty{}); err != nil {
		t.Error(err)
	}
}

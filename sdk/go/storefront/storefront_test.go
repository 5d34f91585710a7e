package storefront_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/storefront"
)

func TestFinish(t *testing.T) {
	t.Parallel()
	at, _ := crawl.Parse("https://shop.example/list/")
	for name, test := range map[string]struct {
		in, want omakase.Product
		reason   string
	}{
		"from variants": {
			omakase.Product{ID: "1", Name: " Tea  cup ", Currency: "USD", ImageURLs: []string{"/a.jpg", "a.jpg", "https://shop.example/a.jpg", "data:x"}, Options: []omakase.Option{{Name: "Size"}}, Variants: []omakase.Variant{
				{ID: "a", Price: "12.5", CompareAt: "12.50", Availability: omakase.OutOfStock, Options: []string{"S"}, SKU: "x"},
				{ID: "b", Price: "9", CompareAt: "11", Availability: omakase.InStock, Options: []string{"M"}, ImageURL: "b.jpg"},
			}},
			omakase.Product{
				ID: "1", Name: "Tea cup", Currency: "USD", Price: "9.00", PriceMax: "12.50", CompareAt: "11.00", Availability: omakase.InStock, SKU: "x",
				ImageURLs: []string{"https://shop.example/a.jpg", "https://shop.example/list/a.jpg"}, Options: []omakase.Option{{Name: "Size", Values: []string{"S", "M"}}},
				Variants: []omakase.Variant{
					{ID: "a", Price: "12.50", Availability: omakase.OutOfStock, Options: []string{"S"}, SKU: "x"},
					{ID: "b", Price: "9.00", CompareAt: "11.00", Availability: omakase.InStock, Options: []string{"M"}, ImageURL: "https://shop.example/list/b.jpg"},
				},
			},
			"",
		},
		"its own": {
			omakase.Product{ID: "1", Name: "x", Price: "1980.00", CompareAt: "1500", Currency: "JPY", Availability: omakase.OutOfStock},
			omakase.Product{ID: "1", Name: "x", Price: "1980", Currency: "JPY", Availability: omakase.OutOfStock},
			"",
		},
		"unknown stock": {
			omakase.Product{ID: "1", Name: "x", Variants: []omakase.Variant{{ID: "a", Availability: omakase.OutOfStock}, {ID: "b"}}},
			omakase.Product{ID: "1", Name: "x", Variants: []omakase.Variant{{ID: "a", Availability: omakase.OutOfStock}, {ID: "b"}}},
			"",
		},
		"no id":   {omakase.Product{Name: "x"}, omakase.Product{Name: "x"}, "it has no id"},
		"no name": {omakase.Product{ID: "1", Name: " "}, omakase.Product{ID: "1"}, "it has no name"},
	} {
		reason := storefront.Finish(&test.in, at)
		if diff := cmp.Diff(test.want, test.in); diff != "" || reason != test.reason {
			t.Errorf("%s: %q\n%s", name, reason, diff)
		}
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"59.990000000000002": "59.99", "0.30000000000000004": "0.3", "1980": "1980", "22.50": "22.50", "1e3": "1000", "-5": "", "x": "", "": "", "1e400": "",
	} {
		if got := storefront.Decimal(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	r := json.NewReader(`{"names":[{"n":"A &amp; B"},"C",5,{"n":"C"},null],"count":[1,"2",-1,"x",{}],"truth":[true,1,null]}`)
	var names []string
	var counts, truths []bool
	storefront.Object(r, func(key string) {
		switch key {
		case "names":
			names = storefront.Names(r, "n")
		case "count":
			storefront.Each(r, func() { counts = append(counts, storefront.Count(r) != nil) })
		case "truth":
			storefront.Each(r, func() { truths = append(truths, storefront.Truth(r)) })
		}
	})
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	got := []any{names, counts, truths}
	want := []any{[]string{"A & B", "C", "5"}, []bool{true, true, false, false, false}, []bool{true, false, false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	id := func(l omakase.CheckoutLine) string { return l.VariantID }
	lines, err := storefront.Lines([]omakase.CheckoutLine{{VariantID: "1", Quantity: 1}, {VariantID: "2", Quantity: 1}, {VariantID: "1", Quantity: 2}}, id)
	if diff := cmp.Diff([]storefront.Line{{ID: "1", Quantity: 3}, {ID: "2", Quantity: 1}}, lines); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, wrong := range [][]omakase.CheckoutLine{nil, {{VariantID: "", Quantity: 1}}, {{VariantID: "1&x", Quantity: 1}}, {{VariantID: "1"}}} {
		if _, err := storefront.Lines(wrong, id); omakase.CodeOf(err) != omakase.CodeInvalid {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	host := fakehost.New()
	const url = "https://shop.example/x"
	for _, test := range []struct {
		response  fakehost.Response
		code      string
		retryable bool
		no        string
	}{
		{fakehost.Response{Body: `{"a":1}`}, "", false, ""},
		{fakehost.Response{Body: " \ufeff[]"}, "", false, "a web page comes in its place"},
		{fakehost.Response{Body: "\ufeff []"}, "", false, ""},
		{fakehost.Response{Body: "<html>"}, "", false, "a web page comes in its place"},
		{fakehost.Response{Status: 403}, "", false, "it is turned off (status 403)"},
		{fakehost.Response{Status: 404}, "", false, "there is none (status 404)"},
		{fakehost.Response{Status: 402}, omakase.CodeClosed, false, ""},
		{fakehost.Response{Status: 429}, omakase.CodeRateLimited, true, ""},
		{fakehost.Response{Status: 502}, omakase.CodeUnavailable, true, ""},
		{fakehost.Response{Status: 401, Headers: []omakase.Header{{Name: "Www-Authenticate", Value: "Basic"}}}, omakase.CodePassword, false, ""},
	} {
		host.Page(url, test.response)
		a, err := storefront.Get(host.Context(), omakase.FetchRequest{URL: url}, "a")
		if omakase.CodeOf(err) != test.code || storefront.Retryable(err) != test.retryable || err == nil && a.NoJSON() != test.no {
			t.Errorf("%+v: %v, %q", test.response, err, a.NoJSON())
		}
	}
}

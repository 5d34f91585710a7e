package knowledge_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		document string
		want     []string
	}{
		"all parts": {
			`{"faqs":[{"question":"ギフト包装は？","answer":"はい"}],"x":[{}],"products":[{"name":"Tea","price":5,"sku":7}],"storeInfo":{"name":"茶屋","url":"https://t.example","categories":["茶"]}}`,
			[]string{"faqs[0]: faq ギフト包装は？|はい|一般|ギフト,包装", "products[0]: Tea|5|JPY|-|||7||", "storeInfo: store 茶屋|https://t.example|[茶]"},
		},
		"nothing in them":     {`{"products":[],"faqs":null,"storeInfo":null}`, nil},
		"a shop without name": {`{"storeInfo":{}}`, []string{"storeInfo: store My Store||[]"}},
		"all of a product": {
			`{"products":[{"id":"p","name":"Tea","description":"d","price":12.5,"currency":"usd","imageUrl":"/i","productUrl":"/p","stockQuantity":3,"category":"c","sku":"s"}]}`,
			[]string{"products[0]: Tea|12.5|USD|3|d|c|s|/p|/i"},
		},
		"prices as text": {`{"products":[{"name":"a","price":"¥1,980"},{"name":"b","price":null}]}`, []string{"products[0]: a|1980|JPY|-|||||", "products[1]: b|0||-|||||"}},
		"wrong entries": {
			`{"products":[5,null,{"name":5},{"price":1},{"name":"a","price":true},{"name":"a","price":-1},{"name":"a","stockQuantity":1.5},{"name":"a","price":1e999},{"name":"a","variants":[1]},{"id":"\n","name":"a"},{"name":"ok"}],"faqs":[{"question":"q"},{"question":1,"answer":"a"}],"storeInfo":5}`,
			[]string{
				"products[0]: it is not an object", "products[1]: it is not an object", "products[2]: name must be a string", "products[3]: it has no name",
				"products[4]: price must be a number", `products[5]: price is wrong: price "-1" is negative`,
				`products[6]: stockQuantity is wrong: stock "1.5" is not a whole number`, "products[7]: price has too many digits",
				"products[8]: variants[0] is wrong: it is not an object", "products[9]: id is longer than 128 bytes, or can't be printed", "products[10]: ok|0||-|||||",
				"faqs[0]: question and answer are required", "faqs[1]: question must be a string", "storeInfo: it is not an object",
			},
		},
	} {
		got, err := describe(knowledge.NewJSON(strings.NewReader(tc.document), "JPY"))
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestJSONThatIsNone(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		``:                            "the document ends too early",
		`[]`:                          "the document is not an object",
		`"x"`:                         "the document is not an object",
		`{}`:                          "the document has none of products, storeInfo and faqs",
		`{"items":[]}`:                "the document has none of products, storeInfo and faqs",
		`{"products":{}}`:             "products is not an array",
		`{"faqs":"x"}`:                "faqs is not an array",
		`{"products":[`:               "the document ends too early",
		`{"products":[{"name":"a"`:    "the document ends too early",
		`{"products":[]}{}`:           "something follows the document at byte 16",
		`{"products":[}`:              "the document is not valid JSON: invalid character '}' looking for beginning of value at byte 13",
		`{"products":[],"storeInfo":`: "the document ends too early",
	} {
		_, err := describe(knowledge.NewJSON(strings.NewReader(document), "JPY"))
		if !errs.Is(err, errs.Invalid) || err.Error() != want {
			t.Errorf("%s: %v, want %s", document, err, want)
		}
	}
}

// A list that this server answered is read as what it was.
func TestJSONReadsOurOwn(t *testing.T) {
	t.Parallel()
	want := &catalog.Product{
		ID: "p-1", Name: "湯呑 \"大\"", Description: "一\n二", URL: "https://shop.example/p", Price: catalog.Money{Amount: 1980, Currency: "JPY"},
		CompareAt: catalog.Money{Amount: 2500, Currency: "JPY"}, SKU: "S", GTIN: "490", Brand: "B", Category: "C", Tags: []string{"t"},
		Images: []string{"https://i.example/1", "https://i.example/2"}, Options: []catalog.Option{{Name: "色", Values: []string{"青"}}},
		Variants: []catalog.Variant{{
			ID: "v", Title: "青", SKU: "S-1", Price: catalog.Money{Amount: 1980, Currency: "JPY"}, Availability: catalog.LimitedStock,
			Options: []string{"青"}, Image: "https://i.example/3", Stock: new(int64),
		}},
		Availability: catalog.InStock, Active: true, StockQuantity: new(int64), LowStockThreshold: new(int64),
	}
	document := `{"products":[` + string(catalog.Encode(want)) + `]}`
	item, err := knowledge.NewJSON(strings.NewReader(document), "JPY").Next()
	if err != nil || item.Err != nil {
		t.Fatal(err, item.Err)
	}
	if diff := cmp.Diff(want, item.Product); diff != "" {
		t.Error(diff)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"products":[{"name":"a","price":"1","variants":[{}]}],"faqs":[{"question":"q","answer":"a"}],"storeInfo":{}}`))
	f.Add([]byte(`{"products":[[]],"products":{}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		checkItems(t, knowledge.NewJSON(strings.NewReader(string(document)), "JPY"), len(document))
	})
}

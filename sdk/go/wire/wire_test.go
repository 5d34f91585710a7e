package wire_test

import (
	stdjson "encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// values returns a new value of each type of the wire.
func values() []wire.Value {
	return []wire.Value{
		&wire.Error{}, &wire.Product{}, &wire.Option{}, &wire.Variant{}, &wire.Ref{}, &wire.Shop{},
		&wire.DetectRequest{}, &wire.DetectReply{}, &wire.ScrapeRequest{}, &wire.ScrapeReply{},
		&wire.ExtractRequest{}, &wire.ExtractReply{}, &wire.CheckoutRequest{}, &wire.CheckoutLine{},
		&wire.CheckoutReply{}, &wire.Header{}, &wire.FetchRequest{}, &wire.FetchReply{},
		&wire.BodyRequest{}, &wire.HTMLRequest{}, &wire.HTMLQuery{}, &wire.HTMLReply{},
		&wire.HTMLNodes{}, &wire.HTMLNode{}, &wire.LogRequest{}, &wire.ClockReply{},
		&wire.KVRequest{}, &wire.KVReply{}, &wire.CryptoRequest{}, &wire.CryptoReply{},
		&wire.SecretRequest{}, &wire.SecretReply{},
		&wire.GenerateRequest{}, &wire.Persona{}, &wire.PersonaStep{}, &wire.StoreInfo{},
		&wire.PromptProduct{}, &wire.GenerateReply{},
		&wire.Source{}, &wire.State{}, &wire.Place{}, &wire.Reading{}, &wire.List{}, &wire.Link{},
		&wire.ToolListRequest{}, &wire.ToolListReply{}, &wire.Tool{}, &wire.ToolCallRequest{}, &wire.ToolCallReply{},
		&wire.CatalogRequest{}, &wire.CatalogReply{}, &wire.CatalogProduct{}, &wire.CatalogVariant{}, &wire.CartRequest{},
		&wire.CartReply{}, &wire.CartLine{}, &wire.Refusal{}, &wire.OrderRequest{}, &wire.OrderReply{},
		&wire.KnowledgeRequest{}, &wire.KnowledgeReply{}, &wire.FAQ{}, &wire.StoreReply{},
	}
}

func name(v wire.Value) string { return reflect.TypeOf(v).Elem().Name() }

func TestAllTypesAreTested(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, name := range []string{"wire.go", "selling.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if ts, ok := n.(*ast.TypeSpec); ok {
				want = append(want, ts.Name.Name)
			}
			return true
		})
	}
	for _, v := range values() {
		got = append(got, name(v))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("types of the wire (-) and in this test (+):\n" + diff)
	}
}

// fill sets v to anything that its type can hold. Slices nest no deeper than
// three, since HTMLQuery holds itself.
func fill(t *rapid.T, v reflect.Value, label string, nested int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "\"\\\n\x01", "シャツ😀", "\u2028</script>"})).Draw(t, label))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, label))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, label))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, label+" set") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), label, nested)
		}
	case reflect.Slice:
		if nested == 3 {
			return
		}
		n := rapid.IntRange(0, 3).Draw(t, label+" length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), fmt.Sprintf("%s[%d]", label, i), nested+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), label+"."+v.Type().Field(i).Name, nested)
		}
	default:
		panic("no value of " + v.Type().String())
	}
}

// An empty slice and a nil one are the same on the wire.
var sameOnWire = cmpopts.EquateEmpty()

func TestCodecAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, zero := range values() {
		t.Run(name(zero), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				typ := reflect.TypeOf(zero).Elem()
				in := reflect.New(typ)
				fill(rt, in.Elem(), typ.Name(), 0)
				want := in.Interface().(wire.Value)

				ours := want.AppendJSON(nil)
				theirs, err := stdjson.Marshal(want)
				if err != nil {
					rt.Fatal(err)
				}
				for _, read := range []struct {
					name string
					doc  []byte
					into func([]byte, wire.Value) error
				}{
					{"ours by encoding/json", ours, func(b []byte, v wire.Value) error { return stdjson.Unmarshal(b, v) }},
					{"theirs by us", theirs, wire.Decode},
					{"ours by us", ours, wire.Decode},
				} {
					got := reflect.New(typ).Interface().(wire.Value)
					if err := read.into(read.doc, got); err != nil {
						rt.Fatalf("%s: %s: %v", read.name, read.doc, err)
					}
					if diff := cmp.Diff(want, got, sameOnWire); diff != "" {
						rt.Fatalf("%s: %s:\n%s", read.name, read.doc, diff)
					}
				}
			})
		})
	}
}

func TestZeroValuesAreShort(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v    wire.Value
		want string
	}{
		{&wire.Product{}, `{"name":""}`},
		{&wire.ScrapeReply{}, `{}`},
		{&wire.CheckoutRequest{}, `{"url":"","lines":[]}`},
		{&wire.Empty{}, `{}`},
		{&wire.Raw{}, `{}`},
	} {
		if got := string(tt.v.AppendJSON(nil)); got != tt.want {
			t.Errorf("%T: %s, want %s", tt.v, got, tt.want)
		}
	}
}

func TestDecodeReadsOverOldValues(t *testing.T) {
	t.Parallel()
	stock := int64(3)
	v := wire.Product{Name: "old", Brand: "kept", Tags: []string{"old"}, Stock: &stock}
	if err := wire.Decode([]byte(`{"name":"new","tags":["a"],"stock":null,"unknown":{"name":"no"}}`), &v); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wire.Product{Name: "new", Brand: "kept", Tags: []string{"a"}}, v); diff != "" {
		t.Error(diff)
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, doc string
		want      wire.DetectReply
		err       string
	}{
		{"ok", `{"ok":{"score":90}}`, wire.DetectReply{Score: 90}, ""},
		{"unknown fields", `{"took":3,"ok":{"score":90,"x":[{}]},"more":null}`, wire.DetectReply{Score: 90}, ""},
		{"null is zero", `{"ok":null}`, wire.DetectReply{}, ""},
		{"null error", `{"ok":{"score":1},"error":null}`, wire.DetectReply{Score: 1}, ""},
		{"error", `{"error":{"code":"blocked","message":"no robots"}}`, wire.DetectReply{}, "blocked: no robots"},
		{"error without code", `{"error":{}}`, wire.DetectReply{}, "internal"},
		{"neither", `{}`, wire.DetectReply{}, `json: offset 2: want a reply with "ok" or "error"`},
		{"empty", ``, wire.DetectReply{}, "json: offset 0: want an object, found the end"},
		{"not an object", `[]`, wire.DetectReply{}, "json: offset 0: want an object, found an array"},
		{"wrong type", `{"ok":{"score":"90"}}`, wire.DetectReply{}, "json: offset 15: want a number, found a string"},
		{"trailing", `{"ok":{}}x`, wire.DetectReply{}, "json: offset 9: want the end of the document, found more after it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got wire.DetectReply
			err := wire.DecodeReply([]byte(tt.doc), &got)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || err.Error() != tt.err) {
				t.Fatalf("err = %v, want %q", err, tt.err)
			}
			if err == nil && got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestEnvelopeReadsBack(t *testing.T) {
	t.Parallel()
	want := wire.Raw{JSON: `{"a": [1]}`}
	var got wire.Raw
	if err := wire.DecodeReply(wire.AppendOK(nil, &want), &got); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	fail := &wire.Error{Code: wire.CodeTimeout, Message: "slow", Retryable: true}
	if diff := cmp.Diff(error(fail), wire.DecodeReply(wire.AppendError(nil, fail), &got)); diff != "" {
		t.Error(diff)
	}
}

// FuzzDecode reads any document into every type: what is read must be written
// so that it reads the same again.
func FuzzDecode(f *testing.F) {
	for i, v := range values() {
		f.Add(i, string(v.AppendJSON(nil)))
	}
	f.Add(1, `{"name":"x","variants":[{"options":["a"],"stock":1}],"stock":-1,"options":[{"name":"n","values":null}]}`)
	f.Add(20, `{"css":"a","each":[{"css":"b","each":[{"css":"c"}]}]}`)
	f.Add(9, `{"shop":{"name":"n"},"shop":null,"unchanged":true,"refs":[{}]}`)
	f.Fuzz(func(t *testing.T, i int, doc string) {
		all := values()
		v := all[uint(i)%uint(len(all))]
		if wire.Decode([]byte(doc), v) != nil || doc == "" {
			return
		}
		if !stdjson.Valid([]byte(strings.TrimPrefix(doc, "\ufeff"))) {
			t.Fatalf("decoded a document that is not JSON as %+v", v)
		}
		text := v.AppendJSON(nil)
		again := values()[uint(i)%uint(len(all))]
		if err := wire.Decode(text, again); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(v, again, sameOnWire); diff != "" {
			t.Fatal(diff)
		}
	})
}

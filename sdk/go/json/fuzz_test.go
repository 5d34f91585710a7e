package json_test

import (
	stdjson "encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/sdk/go/json"
)

// tree reads a whole document into the values that encoding/json has for it.
func tree(r *json.Reader) any {
	switch r.Kind() {
	case json.Object:
		m := map[string]any{}
		for key := range r.Fields {
			m[key] = tree(r)
		}
		return m
	case json.Array:
		a := []any{}
		for range r.Items {
			a = append(a, tree(r))
		}
		return a
	case json.String:
		return r.Str()
	case json.Number:
		return stdjson.Number(r.Number())
	case json.Bool:
		return r.Bool()
	case json.Null:
		r.Null()
		return nil
	}
	r.Skip() // fails
	return nil
}

// stdTree is the same by encoding/json.
func stdTree(doc string) (any, error) {
	dec := stdjson.NewDecoder(strings.NewReader(doc))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

func depth(v any) int {
	deepest := 0
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			deepest = max(deepest, depth(item))
		}
		return deepest + 1
	case []any:
		for _, item := range v {
			deepest = max(deepest, depth(item))
		}
		return deepest + 1
	}
	return 0
}

func FuzzReaderAgreesWithEncodingJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,2.5e-3,{"b":null}],"c":"\ud83d\ude00\n","d":true}`, `[]`, `"\u00e9"`, `-0`, `1E+2`,
		`{"a":1,"a":2}`, "\"\xff\"", `[[[[]]]]`, `{"":{}}`, ` [ 1 , 2 ] `, `"\ud800\u0041"`, `nulll`, `[1 2]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		if strings.HasPrefix(doc, "\ufeff") {
			return // encoding/json takes no byte order mark
		}
		skipper := json.NewReader(doc)
		skipper.Skip()
		skipErr := skipper.End()

		reader := json.NewReader(doc)
		got := tree(reader)
		readErr := reader.End()

		if (skipErr == nil) != (readErr == nil) {
			t.Fatalf("skipping says %v, reading says %v", skipErr, readErr)
		}
		if !stdjson.Valid([]byte(doc)) {
			if readErr == nil {
				t.Fatalf("read a document that is not JSON as %v", got)
			}
			return
		}
		want, err := stdTree(doc)
		if err != nil {
			t.Fatal(err)
		}
		if depth(want) > json.MaxDepth {
			return
		}
		if readErr != nil {
			t.Fatalf("valid JSON: %v", readErr)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %#v\nwant %#v", got, want)
		}
	})
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", "\"\\\n\r\t\x00\x1f", "日本\u2028\u2029", "\xff\xe3\x82"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		doc := json.AppendString(nil, s)
		var std string
		if err := stdjson.Unmarshal(doc, &std); err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		want := strings.ToValidUTF8(s, "")
		if utf8.ValidString(s) && std != want {
			t.Fatalf("%q reads back as %q", s, std)
		}
		if got := json.NewBytesReader(doc).Str(); got != std {
			t.Fatalf("Str() = %q, encoding/json says %q", got, std)
		}
	})
}

func TestNumbersAgreeWithStrconv(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		if got := json.NewReader(strconv.FormatInt(n, 10)).Int64(); got != n {
			t.Fatalf("Int64() = %d, want %d", got, n)
		}
		x := rapid.Float64().Draw(t, "x")
		if got := json.NewReader(strconv.FormatFloat(x, 'g', -1, 64)).Float64(); got != x {
			t.Fatalf("Float64() = %v, want %v", got, x)
		}
	})
}

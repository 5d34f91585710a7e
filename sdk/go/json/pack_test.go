package json_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/sdk/go/json"
)

func TestPack(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	tests := []struct{ name, doc, paths, want string }{
		{"scalars", ` -1.50e3 `, "", "#\x07-1.50e3"},
		{"words", `[null,true,false]`, "", "[\x03\x00\x00\x00ntf"},
		{"text without escapes", `"\u003cp\/\u003e"`, "", "\"\x04<p/>"},
		{"a long text", `"` + long + `"`, "", "\"\xff\x2c\x01\x00\x00" + long},
		{"fields", `{"a":1,"b":2}`, "a", "{\x05\x00\x00\x00\x01a#\x011"},
		{"what is null", `{"a":null}`, "a", "{\x00\x00\x00\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Pack([]byte("before"), tt.doc, json.NewPaths(strings.Fields(tt.paths)...))
			if err != nil || string(got) != "before"+json.Packed+tt.want {
				t.Errorf("got %q, %v, want before and %q", got, err, json.Packed+tt.want)
			}
		})
	}
	for _, doc := range []string{``, `{`, `{"a":1`, `{"b":tru}`, `{"a":1} x`, `<html>`, strings.Repeat(`[`, 200)} {
		if got, err := json.Pack([]byte("before"), doc, json.NewPaths("a")); err == nil || string(got) != "before" {
			t.Errorf("%q: %q, %v", doc, got, err)
		}
	}
}

// TestPackedReadsAlike runs every way of reading over a document as text and
// in packed form.
func TestPackedReadsAlike(t *testing.T) {
	t.Parallel()
	const doc = `{"n":12,"f":1.25,"s":"é\n","t":true,"no":null,"a":[1,[],{"k":"v"}],"o":{},"skipped":{"x":[1,{"y":"z"}]}}`
	read := func(r *json.Reader) (got []any) {
		for key := range r.Fields {
			got = append(got, key, r.Kind())
			switch key {
			case "n":
				got = append(got, r.Int())
			case "f":
				got = append(got, r.Float64())
			case "s":
				got = append(got, r.Text())
			case "t":
				got = append(got, r.Bool())
			case "no":
				got = append(got, r.Str())
			case "a":
				got = append(got, r.Raw())
			case "o":
				for range r.Fields {
					got = append(got, "a field of an empty object")
				}
			}
		}
		return append(got, r.End())
	}
	packed, err := json.Pack(nil, doc, json.NewPaths("n", "f", "s", "t", "no", "a", "o", "skipped"))
	if err != nil {
		t.Fatal(err)
	}
	want := read(json.NewReader(strings.Replace(doc, `"no":null,`, "", 1)))
	if got := read(json.NewReader(string(packed))); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
	wrong := json.NewReader(string(packed))
	for range wrong.Fields {
		wrong.Bool()
	}
	if err := wrong.End(); err == nil || !strings.Contains(err.Error(), "want a boolean, found a number") {
		t.Errorf("a number read as a boolean: %v", err)
	}
}

func FuzzPack(f *testing.F) {
	f.Add(`{"a":{"b":[{"c":1,"d":null}]},"e":"\u00e9"}`, "a.b.c e")
	f.Add(`[[{"a":1}],2]`, "a")
	f.Add(`{"":{"":"`+strings.Repeat("long", 80)+`"}}`, ". a..b")
	f.Fuzz(func(t *testing.T, doc, list string) {
		paths := json.NewPaths(strings.Fields(list)...)
		pruned, pruneErr := json.Prune(nil, doc, paths)
		packed, err := json.Pack(nil, doc, paths)
		if (err == nil) != (pruneErr == nil) {
			t.Fatalf("Prune: %v, Pack: %v", pruneErr, err)
		}
		if err != nil || !unique(strings.TrimPrefix(doc, "\ufeff")) {
			return
		}
		r := json.NewReader(string(packed))
		text := r.Raw()
		if err := r.End(); err != nil {
			t.Fatalf("%q: %v", packed, err)
		}
		got, err := stdTree(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if want, err := stdTree(string(pruned)); err == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %s\nwant %s", text, pruned)
		}
	})
}

// FuzzPacked reads what nobody packed: it may be an error, and no more.
func FuzzPacked(f *testing.F) {
	packed, err := json.Pack(nil, `{"a":[1,"two",{"b":null,"c":true}],"d":{}}`, json.NewPaths("a", "d"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(packed[len(json.Packed):]), uint8(0))
	f.Add("[\xff\xff\xff\xff", uint8(1))
	f.Add("{\x02\x00\x00\x00\xff\xff", uint8(2))
	f.Fuzz(func(t *testing.T, doc string, way uint8) {
		r := json.NewReader(json.Packed + doc)
		read(r, way)
		_ = r.End()
	})
}

// read walks a document in one of a few ways.
func read(r *json.Reader, way uint8) {
	switch {
	case way&1 != 0:
		r.Skip()
	case r.Kind() == json.Object:
		for range r.Fields {
			if way&2 != 0 {
				break
			}
			read(r, way)
		}
	case r.Kind() == json.Array:
		for range r.Items {
			read(r, way)
		}
	default:
		r.Raw()
	}
}

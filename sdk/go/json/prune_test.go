package json_test

import (
	stdjson "encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/sdk/go/json"
)

func TestPrune(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, doc, paths, want string }{
		{"fields", `{"a":1,"b":{"c":2,"d":3},"e":4}`, "a b.c", `{"a":1,"b":{"c":2}}`},
		{"arrays count for nothing", `{"p":[{"id":1,"x":2},{"x":3}],"q":[]}`, "p.id q", `{"p":[{"id":1},{}],"q":[]}`},
		{"arrays of arrays", `[[{"a":1,"b":2}],[]]`, "a", `[[{"a":1}],[]]`},
		{"all below a path", `{"a":{"b":[1,{"c":null}]},"d":1}`, "a", `{"a":{"b":[1,{"c":null}]}}`},
		{"null", `{"a":null,"b":[null,{"c":null}]}`, "a b.c", `{"b":[null,{}]}`},
		{"not an object where a path goes on", `{"a":"text","b":7,"c":true}`, "a.x b.x", `{"a":"text","b":7}`},
		{"a path within another", `{"a":{"b":1,"c":2}}`, "a a.b", `{"a":{"b":1,"c":2}}`},
		{"nothing kept", `{"a":1}`, "b", `{}`},
		{"a scalar document", ` 12 `, "a", `12`},
		{"names with escapes", `{"\u0061":1,"\"":2}`, `a "`, `{"a":1,"\"":2}`},
		{"text as it stands", `{"a":"\u003cp\/\u003e"}`, "a", `{"a":"\u003cp\/\u003e"}`},
		{"white space", "\ufeff{ \"a\" : [ 1 , 2 ] ,\n\"b\" : 3 }", "a", `{"a":[ 1 , 2 ]}`},
		{"a name twice", `{"a":1,"a":2}`, "a", `{"a":1,"a":2}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Prune([]byte("before"), tt.doc, json.NewPaths(strings.Fields(tt.paths)...))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != "before"+tt.want {
				t.Errorf("got %s, want before%s", got, tt.want)
			}
		})
	}
}

func TestPruneRefusesWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{``, `{`, `{"a":1`, `{"b":tru}`, `{"a":1} x`, `<html>`, strings.Repeat(`[`, 200)} {
		if got, err := json.Prune([]byte("before"), doc, json.NewPaths("a")); err == nil || string(got) != "before" {
			t.Errorf("%q: %q, %v", doc, got, err)
		}
	}
}

// prunedTree is what Prune does, on the values that encoding/json makes.
func prunedTree(v any, paths []string) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = prunedTree(item, paths)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			var below []string
			whole := false
			for _, path := range paths {
				name, rest, more := strings.Cut(path, ".")
				if name == key {
					whole = whole || !more
					below = append(below, rest)
				}
			}
			switch {
			case value == nil || below == nil:
			case whole:
				out[key] = value
			default:
				out[key] = prunedTree(value, below)
			}
		}
		return out
	}
	return v
}

func FuzzPrune(f *testing.F) {
	f.Add(`{"a":{"b":[{"c":1,"d":null}]},"e":"\u00e9"}`, "a.b.c e")
	f.Add(`[[{"a":1}],2]`, "a")
	f.Add(`{"":{"":1}}`, ". a..b")
	f.Fuzz(func(t *testing.T, doc, list string) {
		paths := strings.Fields(list)
		got, err := json.Prune(nil, doc, json.NewPaths(paths...))
		if err != nil {
			return
		}
		want, err := stdTree(strings.TrimPrefix(doc, "\ufeff"))
		if err != nil || !unique(strings.TrimPrefix(doc, "\ufeff")) {
			return // encoding/json keeps the last of two fields with one name
		}
		tree, err := stdTree(string(got))
		if err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		if want = prunedTree(want, paths); !reflect.DeepEqual(tree, want) {
			t.Fatalf("got  %#v\nwant %#v", tree, want)
		}
	})
}

// unique reports whether no object of a document names a field twice.
func unique(doc string) bool {
	var walk func(r *json.Reader) bool
	walk = func(r *json.Reader) bool {
		ok := true
		switch r.Kind() {
		case json.Object:
			seen := map[string]bool{}
			for key := range r.Fields {
				ok = ok && !seen[key]
				seen[key] = true
				ok = walk(r) && ok
			}
		case json.Array:
			for range r.Items {
				ok = walk(r) && ok
			}
		default:
			r.Skip()
		}
		return ok
	}
	return walk(json.NewReader(doc)) && stdjson.Valid([]byte(doc))
}

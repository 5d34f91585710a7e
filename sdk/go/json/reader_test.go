package json_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/sdk/go/json"
)

func TestReaderReadsScalars(t *testing.T) {
	t.Parallel()
	const doc = ` { "s" : "a\"b" , "n":-12, "big":9223372036854775807, "f":1.5e3,
		"yes":true,"no":false,"nothing":null,"price":19.90,"id":"12","raw":[1, {"x":2}] } `
	got := map[string]any{}
	r := json.NewReader(doc)
	for key := range r.Fields {
		switch key {
		case "s":
			got[key] = r.Str()
		case "n":
			got[key] = r.Int()
		case "big":
			got[key] = r.Int64()
		case "f":
			got[key] = r.Float64()
		case "yes", "no":
			got[key] = r.Bool()
		case "nothing":
			got[key] = r.Null()
		case "price", "id":
			got[key] = r.Text()
		case "raw":
			got[key] = r.Raw()
		}
	}
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"s": `a"b`, "n": -12, "big": int64(math.MaxInt64), "f": 1500.0, "yes": true, "no": false,
		"nothing": true, "price": "19.90", "id": "12", "raw": `[1, {"x":2}]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNullReadsAsZero(t *testing.T) {
	t.Parallel()
	r := json.NewReader(`[null,null,null,null,null,null,null,null,null]`)
	items := 0
	for i := range r.Items {
		items++
		zero := true
		switch i {
		case 0:
			zero = r.Str() == ""
		case 1:
			zero = r.Int() == 0
		case 2:
			zero = r.Float64() == 0
		case 3:
			zero = !r.Bool()
		case 4:
			for range r.Fields {
				zero = false
			}
		case 5:
			for range r.Items {
				zero = false
			}
		case 6:
			zero = r.Text() == ""
		case 7:
			zero = r.Number() == ""
		case 8:
			zero = r.Int64() == 0
		}
		if !zero {
			t.Errorf("item %d is not zero", i)
		}
	}
	if err := r.End(); err != nil || items != 9 {
		t.Errorf("items = %d, err = %v", items, err)
	}
}

func TestUnreadValuesAreSkipped(t *testing.T) {
	t.Parallel()
	r := json.NewReader(`{"skip":{"a":[1,2,{"b":"}"}]},"take":"x","half":[1,2,3],"rest":{"p":1,"q":{"r":[]}},"last":"y"}`)
	var got []string
	for key := range r.Fields {
		switch key {
		case "take", "last":
			got = append(got, r.Str())
		case "half": // a break leaves the rest of the array
			for i := range r.Items {
				if i == 1 {
					break
				}
				got = append(got, r.Number())
			}
		case "rest": // a break after reading leaves the rest of the object
			for range r.Fields {
				got = append(got, r.Number())
				break
			}
		}
	}
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"x", "1", "1", "y"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestStrDecodes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"plain", `"abc"`, "abc"},
		{"empty", `""`, ""},
		{"escapes", `"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{"unicode", `"\u30b7\u30E3ツ"`, "シャツ"},
		{"surrogate pair", `"\ud83d\ude00!"`, "😀!"},
		{"lone high", `"\ud83dx"`, "\ufffdx"},
		{"lone low", `"\ude00"`, "\ufffd"},
		{"two highs, one low", `"\ud83d\ud83d\ude00"`, "\ufffd😀"},
		{"invalid UTF-8", "\"a\xffb\xe3\x82\"", "a\ufffdb\ufffd\ufffd"},
		{"escape, then invalid", "\"\\n\xff\"", "\n\ufffd"},
		{"byte order mark", "\ufeff\"x\"", "x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := json.NewReader(tt.in)
			if got := r.Str(); got != tt.want {
				t.Errorf("Str() = %q, want %q", got, tt.want)
			}
			if err := r.End(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	str := func(r *json.Reader) { r.Str() }
	skip := func(r *json.Reader) { r.Skip() }
	for _, tt := range []struct {
		name, in string
		read     func(r *json.Reader)
		want     string
	}{
		{"kind", ` 12`, str, "json: offset 1: want a string, found a number"},
		{"end of a value", `[1,`, skip, "json: offset 3: want a value, found the end"},
		{"end", ``, str, "json: offset 0: want a string, found the end"},
		{"garbage", `x`, skip, "json: offset 0: want a value"},
		{"trailing", `1 2`, skip, "json: offset 2: want the end of the document, found more after it"},
		{"unfinished string", `"abc`, str, "json: offset 4: string without an end"},
		{"control character", "\"a\nb\"", str, "json: offset 2: control character in a string"},
		{"bad escape", `"a\x"`, skip, "json: offset 2: bad escape in a string"},
		{"short escape", `"\u12"`, str, "json: offset 1: bad escape in a string"},
		{"brackets", `{"a":[1}`, skip, "json: offset 7: want a comma or a closing bracket after a value"},
		{"comma at end", `[1,]`, skip, "json: offset 3: want a value"},
		{"key", `{a:1}`, skip, "json: offset 1: want the name of a field in quotes"},
		{"colon", `{"a" 1}`, skip, "json: offset 5: want a colon after the name of a field"},
		{"leading zero", `[01]`, skip, "json: offset 2: want a comma or a closing bracket after a value"},
		{"fraction", `1.`, skip, "json: offset 0: want a digit after the decimal point"},
		{"exponent", `1e+`, skip, "json: offset 0: want a digit in the exponent"},
		{"literal", `nul`, skip, "json: offset 0: want null"},
		{"not whole", `1.5`, func(r *json.Reader) { r.Int() }, "json: offset 0: want a whole number of 64 bits, found 1.5"},
		{"too large", `[9223372036854775808]`, func(r *json.Reader) {
			for range r.Items {
				r.Int64()
			}
		}, "json: offset 1: want a whole number of 64 bits, found 9223372036854775808"},
		{"float too large", `1e999`, func(r *json.Reader) { r.Float64() }, "json: offset 0: the number is too large"},
		{"depth", strings.Repeat("[", json.MaxDepth+1), skip, "json: offset 128: nested too deep"},
		{"caller's", `"x"`, func(r *json.Reader) { r.Str(); r.Fail("no such colour") }, "json: offset 3: no such colour"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := json.NewReader(tt.in)
			tt.read(r)
			if err := r.End(); err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestEverythingIsZeroAfterAnError(t *testing.T) {
	t.Parallel()
	r := json.NewReader(`[1,2,3,{"a":4}]`)
	items := 0
	for range r.Items {
		items++
		r.Str() // the first item fails
		if r.Kind() != json.Invalid || r.Int() != 0 || r.Str() != "" || r.Bool() || r.Raw() != "" {
			t.Fatal("a value was read after an error")
		}
	}
	if items != 1 {
		t.Errorf("the loop ran %d times, want 1", items)
	}
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "offset 1:") {
		t.Errorf("err = %v, want the first error", err)
	}
}

func TestDeepestDocumentIsRead(t *testing.T) {
	t.Parallel()
	r := json.NewReader(strings.Repeat(`{"a":`, json.MaxDepth) + "1" + strings.Repeat("}", json.MaxDepth))
	r.Skip()
	if err := r.End(); err != nil {
		t.Error(err)
	}
}

func TestPlainStringsShareTheDocument(t *testing.T) { // not parallel: it counts allocations
	doc := `{"title":"` + strings.Repeat("x", 1000) + `"}`
	allocs := testing.AllocsPerRun(100, func() {
		r := json.NewReader(doc)
		for range r.Fields {
			if len(r.Str()) != 1000 {
				t.Error("wrong length")
			}
		}
	})
	if allocs > 1 { // the Reader itself
		t.Errorf("%v allocations", allocs)
	}
}

func TestBoolsInText(t *testing.T) {
	t.Parallel()
	r := json.NewReader(`[true,false,"a",7]`)
	var got []string
	for range r.Items {
		got = append(got, r.Text())
	}
	if diff := cmp.Diff([]string{"true", "false", "a", "7"}, got); diff != "" || r.End() != nil {
		t.Error(diff, r.Err())
	}
}

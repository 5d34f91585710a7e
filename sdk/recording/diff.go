package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// Diff tells how an answer differs from another one, a line for each place:
//
//   - products[3].price: "1980"
//   - products[3].price: "1990"
//
// What is absent, null, false or empty is the same, and so is the order of
// names. The number 0 is not: a stock of 0 is another thing than one that
// nobody counts. No lines mean that both say the same.
func Diff(want, got []byte) []string {
	a, err := normal(want)
	if err != nil {
		return []string{"- the recorded answer is no JSON: " + err.Error()}
	}
	b, err := normal(got)
	if err != nil {
		return []string{"+ the answer is no JSON: " + err.Error()}
	}
	return differences(nil, "", a, b)
}

// normal reads JSON and leaves out members that are zero.
func normal(text []byte) (any, error) {
	if len(text) == 0 {
		text = []byte("{}")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return dropped(v), nil
}

func dropped(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, sub := range v {
			if sub = dropped(sub); zero(sub) && !(name == "ok" && len(v) == 1) {
				delete(v, name)
			} else {
				v[name] = sub
			}
		}
	case []any:
		for i := range v {
			v[i] = dropped(v[i])
		}
	}
	return v
}

func zero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// maxLines of a difference; whoever changed everything needs no more.
const maxLines = 200

func differences(lines []string, path string, a, b any) []string {
	if reflect.DeepEqual(a, b) || len(lines) > maxLines {
		return lines
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			names := maps.Clone(x)
			maps.Copy(names, y)
			for _, name := range slices.Sorted(maps.Keys(names)) {
				lines = differences(lines, member(path, name), x[name], y[name])
			}
			return lines
		}
	case []any:
		if y, ok := b.([]any); ok {
			for i := range max(len(x), len(y)) {
				lines = differences(lines, path+"["+strconv.Itoa(i)+"]", item(x, i), item(y, i))
			}
			return lines
		}
	}
	if a != nil {
		lines = append(lines, "- "+path+": "+shown(a))
	}
	if b != nil {
		lines = append(lines, "+ "+path+": "+shown(b))
	}
	return lines
}

func member(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func item(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// shown is a value on one line.
func shown(v any) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	text := bytes.TrimSpace(out.Bytes())
	if len(text) > 400 {
		return string(bytes.ToValidUTF8(text[:400], nil)) + "…"
	}
	return string(text)
}

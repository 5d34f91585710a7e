package api_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/getkin/kin-openapi/openapi3"
)

var placeholders = regexp.MustCompile(`\{\w+\}`)

// breakParameter breaks one of path, query and headers.
func (g *breaker) breakParameter(o *described, m *malformed) bool {
	if len(o.parameters) == 0 {
		return false
	}
	p := o.parameters[g.r.IntN(len(o.parameters))].Value
	if o.RequestBody != nil { // as it should be, so that the parameter alone is wrong
		media := o.RequestBody.Value.Content.Get("application/json")
		if media == nil {
			return false
		}
		m.body, _ = json.Marshal(g.sample(media.Schema.Value, 0))
		m.header.Set("Content-Type", "application/json")
	}
	m.what = "the " + p.In + " parameter " + p.Name
	switch p.In {
	case openapi3.ParameterInPath:
		bad := []string{"%ff", "a%00b", "%E0%A4%A", "%zz", strings.Repeat("x", 600)}
		filled := false
		m.path = placeholders.ReplaceAllStringFunc(o.path, func(string) string {
			if filled {
				return "nobody"
			}
			filled = true
			return bad[g.r.IntN(len(bad))]
		})
		return o.path != "/{file}"
	case openapi3.ParameterInHeader:
		bad := map[string][]string{"X-Workspace-Id": {strings.Repeat("w", 129), "a\u200bb", "a\xffb"}}[p.Name]
		if len(bad) == 0 {
			return false
		}
		m.header.Set(p.Name, bad[g.r.IntN(len(bad))])
		return true
	}
	if p.Name == "limit" && p.Schema.Value.Min == nil {
		return false // any will do
	}
	bad := map[string][]string{
		"limit": {"0", "-1", "x", "1001", "1.5", "99999999999999999999", "%00"}, "cursor": {"garbage", "%ff", strings.Repeat("A", 3000)},
		"language": {"French", "j", "%00"}, "q": {"", strings.Repeat("x", 501), "%ff"},
	}[p.Name]
	if len(bad) == 0 {
		return false
	}
	m.path += "?" + p.Name + "=" + bad[g.r.IntN(len(bad))]
	if p.Name == "cursor" {
		m.path += "&limit=5"
	}
	return true
}

// breakJSON makes a body that fits the document and then breaks it.
func (g *breaker) breakJSON(o *described, m *malformed) bool {
	media := o.RequestBody.Value.Content.Get("application/json")
	value := g.sample(media.Schema.Value, 0)
	m.header.Set("Content-Type", "application/json")
	m.body, _ = json.Marshal(value)
	ways := []func(*malformed) bool{cutShort, g.garbled, deep, g.huge, foreignCharset, g.foreignType, compressed, empty}
	if g.r.IntN(3) > 0 {
		return g.breakValue(media.Schema.Value, value, m)
	}
	way := ways[g.r.IntN(len(ways))]
	return way(m) && !fits(o.Operation, string(m.body)) || m.header.Get("Content-Type") != "application/json" || m.header.Get("Content-Encoding") != ""
}

// breakValue gives a value within the body a wrong type or size, or takes away
// what must be there.
func (g *breaker) breakValue(schema *openapi3.Schema, value any, m *malformed) bool {
	object, ok := value.(map[string]any)
	if !ok || len(object) == 0 {
		return false
	}
	keys := slices.Sorted(maps.Keys(object))
	key := keys[g.r.IntN(len(keys))]
	if g.r.IntN(5) == 0 {
		m.what = "a field is missing"
		delete(object, key)
	} else {
		m.what = "a field of the wrong type or size"
		wrong := []any{
			json.RawMessage(`1e400`), json.RawMessage(`-1`), 0.5, json.RawMessage(`99999999999999999999999`), "x", "", true,
			[]any{},
			[]any{nil},
			map[string]any{},
			nil,
			strings.Repeat("長", 2000), slices.Repeat([]any{"x"}, 12_000), "a\x00b",
			[]any{map[string]any{"a": []any{}}},
			"javascript:alert(1)",
		}
		if inner, ok := object[key].(map[string]any); ok && len(inner) > 0 && g.r.IntN(2) == 0 {
			object = inner
			keys = slices.Sorted(maps.Keys(inner))
			key = keys[g.r.IntN(len(keys))]
		}
		object[key] = wrong[g.r.IntN(len(wrong))]
	}
	m.body, _ = json.Marshal(value)
	var again any
	d := json.NewDecoder(bytes.NewReader(m.body))
	d.UseNumber()
	return d.Decode(&again) == nil && schema.VisitJSON(again) != nil
}

func cutShort(m *malformed) bool {
	m.what = "cut short"
	m.body = m.body[:len(m.body)/2]
	return true
}

func (g *breaker) garbled(m *malformed) bool {
	m.what = "garbled"
	if len(m.body) == 0 {
		return false
	}
	m.body[g.r.IntN(len(m.body))] = byte(g.r.IntN(256))
	return !json.Valid(m.body) || !bytes.HasPrefix(m.body, []byte("{"))
}

func deep(m *malformed) bool {
	m.what = "nested too deep"
	m.body = []byte(strings.Repeat(`{"a":`, 5_000) + "1" + strings.Repeat("}", 5_000))
	return true
}

// huge is over the limit of most routes; those that take more get as much once
// in a while.
func (g *breaker) huge(m *malformed) bool {
	m.what = "larger than any body may be"
	size := 1 << 20
	if strings.Contains(m.path, "/bulk") || strings.Contains(m.path, "/import") {
		size = 32 << 20
		if g.r.IntN(10) > 0 {
			return false
		}
	}
	m.body = []byte(`{"x":"` + strings.Repeat("x", size) + `"}`)
	return true
}

func foreignCharset(m *malformed) bool {
	m.what = "in another charset"
	var b []byte
	for _, u := range utf16.Encode([]rune(string(m.body))) {
		b = append(b, byte(u), byte(u>>8))
	}
	m.body = b
	m.header.Set("Content-Type", "application/json; charset=utf-16le")
	return true
}

func (g *breaker) foreignType(m *malformed) bool {
	m.what = "of another type"
	types := []string{"text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=shift_jis", ";;", "application/json; charset"}
	m.header.Set("Content-Type", types[g.r.IntN(len(types))])
	return len(m.body) > 0
}

func compressed(m *malformed) bool {
	m.what = "compressed"
	m.header.Set("Content-Encoding", "gzip")
	return true
}

func empty(m *malformed) bool {
	m.what = "without a body"
	m.body = nil
	return true
}

// breakMultipart makes a form that is none, or lacks its file.
func (g *breaker) breakMultipart(m *malformed) bool {
	const head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n"
	forms := []string{
		"", "--b", "--b--\r\n", head, head + "name\r\nA", head + "name\r\nA\r\n--c--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"other\"; filename=\"a.csv\"\r\n\r\nname\r\nA\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"clearExisting\"\r\n\r\ntrue\r\n--b--\r\n",
		"--b\r\n: : :\r\n\r\nx\r\n--b--\r\n", "--b\r\n" + strings.Repeat("X: y\r\n", 20_000) + "\r\nx\r\n--b--\r\n",
		strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n", 5_000) + "--b--\r\n",
	}
	types := []string{"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=b", "multipart/mixed; boundary=b", "multipart/form-data; boundary=\"b"}
	m.what = "a broken form"
	m.body = []byte(forms[g.r.IntN(len(forms))])
	m.header.Set("Content-Type", types[g.r.IntN(len(types))])
	return true
}

// sample is a value that a schema allows, with most of what it may have.
func (g *breaker) sample(s *openapi3.Schema, depth int) any {
	switch {
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AllOf) > 0:
		all := map[string]any{}
		for _, part := range s.AllOf {
			if object, ok := g.sample(part.Value, depth).(map[string]any); ok {
				maps.Copy(all, object)
			}
		}
		return all
	case len(s.OneOf) > 0:
		return g.sample(s.OneOf[0].Value, depth)
	case len(s.AnyOf) > 0:
		return g.sample(s.AnyOf[0].Value, depth)
	case s.Type.Includes("object") || len(s.Properties) > 0:
		object := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if depth < 4 {
				object[name] = g.sample(s.Properties[name].Value, depth+1)
			}
		}
		return object
	case s.Type.Includes("array"):
		if s.Items == nil || depth > 4 {
			return []any{}
		}
		return []any{g.sample(s.Items.Value, depth+1)}
	case s.Type.Includes("boolean"):
		return true
	case s.Type.Includes("integer"), s.Type.Includes("number"):
		if s.Min != nil {
			return *s.Min
		}
		return 1
	case s.Format == "uri":
		return "https://shop.invalid/"
	}
	return "text"
}

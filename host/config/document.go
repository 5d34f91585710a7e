package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// document reads one YAML text into the reader's Config. It walks the syntax
// tree itself, because a decoder stops at the first mistake and forgets where
// the good values stood.
type document struct {
	*reader
	name string // of the file or variable
	flat bool   // the text has no lines worth naming
}

// maxDepth is deeper than any setting; it bounds the walk of free values.
const maxDepth = 32

// parse is the root of the text's one document, or nil when it is empty or
// can't be read, which is then noted.
func (d *document) parse(text []byte, key string) ast.Node {
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.unreadable(err, key)
		return nil
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc == nil || doc.Body == nil:
		case body != nil:
			d.mistake(d.place(doc.Body), key, "keep one document", "there is more than one YAML document")
			return body
		default:
			body = doc.Body
		}
	}
	return body
}

func (d *document) unreadable(err error, key string) {
	from, problem := Origin{Name: d.name}, err.Error()
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		problem = syntax.GetMessage()
		from = d.tokenPlace(syntax.GetToken())
	}
	d.mistake(from, key, "look at the indentation and quotes there", "this is not YAML: %s", problem)
}

func (d *document) place(n ast.Node) Origin { return d.tokenPlace(firstToken(n)) }

// firstToken is where a value begins to a reader: for a mapping that is its
// first key, not the colon.
func firstToken(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return firstToken(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return firstToken(n.Key)
	}
	return n.GetToken()
}

func (d *document) tokenPlace(t *token.Token) Origin {
	if d.flat || t == nil || t.Position == nil {
		return Origin{Name: d.name}
	}
	return Origin{Name: d.name, Line: t.Position.Line, Column: t.Position.Column}
}

// value sets v to what n says. A null leaves v as it is, so that a section
// whose keys are all commented out is no mistake.
func (d *document) value(v reflect.Value, key string, n ast.Node) {
	if n.Type() == ast.NullType {
		return
	}
	t := v.Type()
	switch {
	case structOf(t) != nil:
		d.section(settle(v), key, n)
	case isText(t):
		if text, ok := scalar(n); ok {
			d.word(v, key, d.place(n), text)
		} else {
			d.mistake(d.place(n), key, "write one value", "%s stands where one value belongs", kindName(n))
		}
	case t.Kind() == reflect.Slice:
		d.list(v, key, n)
	case t == reflect.TypeFor[map[string]any]():
		if free, ok := d.free(key, n, 0).(map[string]any); ok {
			v.Set(reflect.ValueOf(free))
			d.origins[key] = d.place(n)
		} else {
			d.mistake(d.place(n), key, "write keys and values", "%s stands where settings belong", kindName(n))
		}
	default:
		d.entries(v, key, n)
	}
}

// section fills a struct from a mapping.
func (d *document) section(v reflect.Value, key string, n ast.Node) {
	for _, e := range d.pairs(key, n) {
		i, ok := fieldNamed(v.Type(), e.name)
		if !ok {
			d.mistake(d.place(e.Key), join(key, e.name), d.meant(v.Type(), key, e.name), "there is no such key")
			continue
		}
		d.value(v.Field(i), join(key, e.name), e.Value)
	}
}

// meant guesses what an unknown key was to be: a sibling of almost the same
// name, or the key of that name in another section.
func (d *document) meant(t reflect.Type, key, name string) string {
	if near := nearest(name, fieldNames(t)); near != "" {
		return "did you mean " + join(key, near) + "?"
	}
	for _, f := range leaves(reflect.TypeFor[Config](), "", nil) {
		if strings.HasSuffix(f.key, "."+name) {
			return "did you mean " + f.key + "?"
		}
	}
	return "the keys here are " + strings.Join(fieldNames(t), ", ")
}

// list replaces a slice; lists of files, variables and flags do not add up.
func (d *document) list(v reflect.Value, key string, n ast.Node) {
	items, ok := n.(*ast.SequenceNode)
	if !ok {
		d.mistake(d.place(n), key, `write a list, such as ["a", "b"]`, "%s stands where a list belongs", kindName(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(items.Values), len(items.Values))
	for i, item := range items.Values {
		at := fmt.Sprintf("%s[%d]", key, i)
		if item.Type() == ast.NullType {
			d.mistake(d.place(item), at, "write a value or remove the dash", "there is nothing here")
			continue
		}
		d.value(list.Index(i), at, item)
		d.origins[at] = d.place(item)
	}
	v.Set(list)
	d.origins[key] = d.place(n)
}

// entries fills a map of structs; entries that are there already are kept and
// filled further.
func (d *document) entries(v reflect.Value, key string, n ast.Node) {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, e := range d.pairs(key, n) {
		item := reflect.New(v.Type().Elem()).Elem()
		if old := v.MapIndex(reflect.ValueOf(e.name)); old.IsValid() {
			item.Set(old)
		}
		d.value(item, join(key, e.name), e.Value)
		v.SetMapIndex(reflect.ValueOf(e.name), item)
		d.origins[join(key, e.name)] = d.place(e.Key)
	}
}

// entry is a key with its value.
type entry struct {
	name string
	*ast.MappingValueNode
}

// pairs are the entries of a mapping as they were written. It notes what is no
// mapping and keys that stand twice, of which the first counts.
func (d *document) pairs(key string, n ast.Node) []entry {
	written := mapping(n)
	if written == nil {
		d.mistake(d.place(n), key, "write keys and values", "%s stands where settings belong", kindName(n))
	}
	var all []entry
	for _, pair := range written {
		name, ok := scalar(pair.Key)
		if !ok {
			d.mistake(d.place(pair), key, "write keys as plain words", "%s is used as a key", kindName(pair.Key))
			continue
		}
		if i := slices.IndexFunc(all, func(e entry) bool { return e.name == name }); i >= 0 {
			d.mistake(d.place(pair), join(key, name), "keep one of the two",
				"this key stands in line %d already", firstToken(all[i]).Position.Line)
			continue
		}
		all = append(all, entry{name, pair})
	}
	return all
}

// free is a value whose shape is not ours: a plugin's own settings.
func (d *document) free(key string, n ast.Node, depth int) any {
	if depth > maxDepth {
		d.mistake(d.place(n), key, "", "this is nested more than %d levels deep", maxDepth)
		return nil
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return n.Value
	case *ast.IntegerNode:
		return n.Value
	case *ast.FloatNode:
		return n.Value
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, item := range n.Values {
			at := fmt.Sprintf("%s[%d]", key, i)
			list[i] = d.free(at, item, depth+1)
			d.origins[at] = d.place(item)
		}
		return list
	case *ast.MappingNode, *ast.MappingValueNode:
		all := map[string]any{}
		for _, e := range d.pairs(key, n) {
			all[e.name] = d.free(join(key, e.name), e.Value, depth+1)
			d.origins[join(key, e.name)] = d.place(e.Key)
		}
		return all
	}
	text, ok := scalar(n)
	if !ok {
		d.mistake(d.place(n), key, "write the value out", "%s has no place in settings", kindName(n))
	}
	return text
}

// mapping is the entries of a mapping node, or nil when n is none.
func mapping(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		if n.Values == nil { // {}
			return []*ast.MappingValueNode{}
		}
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// scalar is the text of a single value as it was written, without quotes.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func kindName(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "an anchor or alias"
	case *ast.TagNode:
		return "a tag"
	case *ast.InfinityNode, *ast.NanNode:
		return "no finite number"
	}
	return "a single value"
}

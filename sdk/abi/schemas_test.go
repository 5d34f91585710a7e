package abi_test

import (
	"bytes"
	stdjson "encoding/json"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// wireTypes returns a new value of each type that has a schema.
func wireTypes() []wire.Value {
	return []wire.Value{
		&wire.Error{}, &wire.Product{}, &wire.Option{}, &wire.Variant{}, &wire.Ref{}, &wire.Shop{},
		&wire.Source{}, &wire.State{}, &wire.Place{}, &wire.Reading{}, &wire.List{}, &wire.Link{},
		&wire.DetectRequest{}, &wire.DetectReply{}, &wire.ScrapeRequest{}, &wire.ScrapeReply{},
		&wire.ExtractRequest{}, &wire.ExtractReply{}, &wire.CheckoutRequest{}, &wire.CheckoutLine{},
		&wire.CheckoutReply{}, &wire.Header{}, &wire.FetchRequest{}, &wire.FetchReply{},
		&wire.BodyRequest{}, &wire.HTMLRequest{}, &wire.HTMLQuery{}, &wire.HTMLReply{},
		&wire.HTMLNodes{}, &wire.HTMLNode{}, &wire.LogRequest{}, &wire.ClockReply{},
		&wire.KVRequest{}, &wire.KVReply{}, &wire.CryptoRequest{}, &wire.CryptoReply{},
		&wire.SecretRequest{}, &wire.SecretReply{},
		&wire.GenerateRequest{}, &wire.Persona{}, &wire.PersonaStep{}, &wire.StoreInfo{},
		&wire.PromptProduct{}, &wire.GenerateReply{},
		&wire.ToolListRequest{}, &wire.ToolListReply{}, &wire.Tool{}, &wire.ToolCallRequest{}, &wire.ToolCallReply{},
		&wire.CatalogRequest{}, &wire.CatalogReply{}, &wire.CatalogProduct{}, &wire.CatalogVariant{}, &wire.CartRequest{},
		&wire.CartReply{}, &wire.CartLine{}, &wire.Refusal{}, &wire.OrderRequest{}, &wire.OrderReply{},
		&wire.KnowledgeRequest{}, &wire.KnowledgeReply{}, &wire.FAQ{}, &wire.StoreReply{},
	}
}

// schemaName is the file of a type's schema: HTMLQuery is html-query.json.
func schemaName(v any) string {
	name := strings.NewReplacer("HTML", "Html", "KV", "Kv", "FAQ", "Faq").Replace(reflect.TypeOf(v).Elem().Name())
	var b strings.Builder
	for i, c := range name {
		if unicode.IsUpper(c) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String() + ".json"
}

// schema is as much of a JSON Schema as the tests compare with Go types.
type schema struct {
	ID         string `json:"$id"`
	Title      string
	Type       string
	Ref        string `json:"$ref"`
	Required   []string
	Properties map[string]*schema
	Items      *schema
	Enum       []string
	About      string `json:"description"`
}

func readSchema(t *testing.T, name string) *schema {
	t.Helper()
	text, err := fs.ReadFile(abi.Schemas(), name)
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := stdjson.Unmarshal(text, &s); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return &s
}

func TestSchemasAgreeWithTheTypes(t *testing.T) {
	t.Parallel()
	files := []string{"empty.json", "manifest.json", "reply.json"}
	for _, v := range wireTypes() {
		name := schemaName(v)
		files = append(files, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := readSchema(t, name)
			typ := reflect.TypeOf(v).Elem()
			if s.Title != typ.Name() || !strings.HasSuffix(s.ID, "/sdk/abi/schemas/"+name) {
				t.Errorf("title %q and $id %q are not of %s", s.Title, s.ID, typ)
			}
			agree(t, s, typ)
		})
	}
	names, err := fs.Glob(abi.Schemas(), "*")
	slices.Sort(files)
	if diff := cmp.Diff(files, names); diff != "" || err != nil {
		t.Errorf("schemas for the types (-) and those there (+): %v\n%s", err, diff)
	}
}

// agree compares an object's schema with a struct, field by field.
func agree(t *testing.T, s *schema, typ reflect.Type) {
	t.Helper()
	var required, fields []string
	for i := range typ.NumField() {
		f := typ.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields = append(fields, key)
		if options == "" {
			required = append(required, key)
		}
		p := s.Properties[key]
		if p == nil {
			t.Errorf("the schema has no %s", key)
			continue
		}
		if p.About == "" {
			t.Errorf("%s has no description", key)
		}
		if got, want := jsonType(p), goType(f.Type); got != want {
			t.Errorf("%s is %s in the schema, %s in Go", key, got, want)
		}
	}
	if diff := cmp.Diff(required, s.Required); diff != "" {
		t.Errorf("required in Go (-) and in the schema (+):\n%s", diff)
	}
	slices.Sort(fields)
	if diff := cmp.Diff(fields, slices.Sorted(maps.Keys(s.Properties))); diff != "" {
		t.Errorf("fields in Go (-) and in the schema (+):\n%s", diff)
	}
}

func jsonType(s *schema) string {
	switch {
	case s.Ref != "":
		return s.Ref
	case s.Type == "array":
		return "array of " + jsonType(s.Items)
	}
	return s.Type
}

func goType(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.Pointer:
		return goType(typ.Elem())
	case reflect.Slice:
		return "array of " + goType(typ.Elem())
	case reflect.Struct:
		return schemaName(reflect.New(typ).Interface())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "integer"
	}
	return typ.String()
}

func TestManifestSchemaAgreesWithTheTypes(t *testing.T) {
	t.Parallel()
	text, err := fs.ReadFile(abi.Schemas(), "manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		schema
		Defs map[string]*schema `json:"$defs"`
	}
	if err := stdjson.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	names := func(typ reflect.Type) (keys []string) {
		for i := range typ.NumField() {
			key, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			keys = append(keys, key)
		}
		slices.Sort(keys)
		return keys
	}
	need := map[string]bool{}
	for _, def := range file.Defs {
		for key := range def.Properties {
			need[key] = true
		}
	}
	for _, tt := range []struct {
		what      string
		want, got []string
	}{
		{"fields", names(reflect.TypeFor[abi.Manifest]()), slices.Sorted(maps.Keys(file.Properties))},
		{"fields of a need", names(reflect.TypeFor[abi.Need]()), slices.Sorted(maps.Keys(need))},
		{"limits", names(reflect.TypeFor[abi.Limits]()), slices.Sorted(maps.Keys(file.Properties["limits"].Properties))},
		{"capabilities", abi.Capabilities(), slices.Sorted(maps.Keys(file.Properties["needs"].Properties))},
		{"kinds", abi.Kinds(), file.Properties["provides"].Items.Enum},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s in Go (-) and in the schema (+):\n%s", tt.what, diff)
		}
	}
}

func TestErrorCodesAgree(t *testing.T) {
	t.Parallel()
	got := readSchema(t, "error.json").Properties["code"].Enum
	want := slices.Sorted(maps.Keys(constants(t, "Code")))
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes in Go (-) and in the schema (+):\n%s", diff)
	}
}

// compiled returns a compiled schema.
func compiled(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	names, err := fs.Glob(abi.Schemas(), "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(abi.Schemas(), name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.AddResource(readSchema(t, name).ID, doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	s, err := c.Compile(readSchema(t, name).ID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

func TestVectorsAreValidBySchema(t *testing.T) {
	t.Parallel()
	reply := compiled(t, "reply.json")
	for _, v := range vectors(t) {
		t.Run(v.fromFile+"/"+v.Name, func(t *testing.T) {
			t.Parallel()
			if v.Refused || v.Lenient || v.Hex != "" || v.Text == "" {
				return // the schema speaks of good documents only
			}
			text := []byte(v.Text)
			if v.Part == "reply" {
				if err := valid(t, reply, text); err != nil {
					t.Fatal(err)
				}
				var envelope struct{ OK stdjson.RawMessage }
				if err := stdjson.Unmarshal(text, &envelope); err != nil {
					t.Fatal(err)
				}
				text = envelope.OK
			}
			if text == nil || v.Schema == "raw" {
				return // an error, or a configuration
			}
			if err := valid(t, compiled(t, v.Schema), text); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestManifestSchemaRefusesTheSameMistakes(t *testing.T) {
	t.Parallel()
	s := compiled(t, "manifest.json")
	if err := valid(t, s, []byte("{"+minimal+"}")); err != nil {
		t.Errorf("a good manifest is refused: %v", err)
	}
	for _, m := range mistakes {
		if err := valid(t, s, []byte(m.doc)); err == nil && !m.beyondSchema {
			t.Errorf("%s: the schema takes %s", m.name, m.doc)
		}
	}
}

package config_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	reflector "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/omakase-ai/omakase/host/config"
)

var update = flag.Bool("update", false, "write the schema instead of comparing it")

const (
	configs    = "../../configs"
	schemaFile = configs + "/omakase.schema.json"
)

// TestSchemaIsCurrent holds the schema that editors use to the structs that
// the host reads.
func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	want := schemaText(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s is out of date; run make generate\n%s", schemaFile, cmp.Diff(string(got), string(want)))
	}
}

func schemaText(t *testing.T) []byte {
	t.Helper()
	r := reflector.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Mapper:                     words,
	}
	if err := r.AddGoComments("github.com/omakase-ai/omakase/host/config", ".", reflector.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	for name, comment := range r.CommentMap {
		r.CommentMap[name] = strings.Join(strings.Fields(comment), " ")
	}
	s := r.Reflect(config.Config{})
	s.Title = "omakase configuration"
	s.Description = "Every key can also be set by an environment variable: its path in upper case behind OMAKASE_, with underscores."
	withDefaults(t, s)
	withPlugins(t, s)
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// words are the schemas of types that are written as one word.
func words(t reflect.Type) *reflector.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &reflector.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^0$`, Examples: []any{"500ms", "90s", "6h"}}
	case reflect.TypeFor[config.Bytes]():
		return &reflector.Schema{
			OneOf: []*reflector.Schema{{Type: "integer", Minimum: "0"}, {Type: "string", Pattern: `^[0-9]+ *([KMG]i?B|B)?$`}},
		}
	case reflect.TypeFor[config.Secret]():
		return &reflector.Schema{Type: "string"}
	}
	return nil
}

// withDefaults shows the default of each key to editors.
func withDefaults(t *testing.T, s *reflector.Schema) {
	t.Helper()
	root := reflect.ValueOf(config.Default())
	for i := range root.NumField() {
		name, _, _ := strings.Cut(root.Type().Field(i).Tag.Get("yaml"), ",")
		setDefaults(t, s, s, name, root.Field(i))
	}
}

func setDefaults(t *testing.T, root, s *reflector.Schema, name string, v reflect.Value) {
	t.Helper()
	property, ok := s.Properties.Get(name)
	if !ok {
		t.Fatalf("the schema lacks %s", name)
	}
	if v.Kind() == reflect.Struct {
		section := root.Definitions[v.Type().Name()]
		for i := range v.NumField() {
			key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			setDefaults(t, root, section, key, v.Field(i))
		}
		return
	}
	if !v.IsZero() {
		property.Default = v.Interface()
		if text, ok := v.Interface().(interface{ String() string }); ok {
			property.Default = text.String()
		}
	}
}

// TestShippedFilesAreValid holds every file in configs to the schema and to
// what the host itself says about it.
func TestShippedFilesAreValid(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(configs + "/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			var values any
			decodeFile(t, file, &values)
			if err := schema.Validate(values); err != nil {
				t.Error(err)
			}
			if _, err := config.Load(config.Source{File: file}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReferenceFileShowsEveryDefault: configs/omakase.yaml changes nothing and
// leaves out nothing.
func TestReferenceFileShowsEveryDefault(t *testing.T) {
	t.Parallel()
	const file = configs + "/omakase.yaml"
	l, err := config.Load(config.Source{File: file})
	if err != nil {
		t.Fatal(err)
	}
	equal := cmp.Comparer(func(a, b []string) bool { return len(a) == 0 && len(b) == 0 || cmp.Equal(a, b) })
	got := l.Config
	got.Server.APIKeys, got.Observe.OTLPHeaders, got.Schedules, got.Plugins.Settings = nil, nil, nil, nil
	got.Voice.Prices = nil
	if diff := cmp.Diff(config.Default(), got, equal); diff != "" {
		t.Error(diff)
	}
	var shown map[string]any
	decodeFile(t, file, &shown)
	everyKey(t, "", reflect.TypeFor[config.Config](), shown)
}

func everyKey(t *testing.T, path string, typ reflect.Type, shown map[string]any) {
	t.Helper()
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
		value, ok := shown[name]
		if !ok {
			t.Errorf("%s%s is not shown", path, name)
		}
		if section, ok := value.(map[string]any); ok && typ.Field(i).Type.Kind() == reflect.Struct {
			everyKey(t, path+name+".", typ.Field(i).Type, section)
		}
	}
}

// decodeFile reads YAML into what encoding/json would make of it, which is
// what the validator takes.
func decodeFile(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(asJSON, into); err != nil {
		t.Fatal(err)
	}
}

package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	reflector "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/omakase-ai/omakase/sdk/abi"
)

// configured are the built-in plugins that have something to configure.
func configured(t *testing.T) []*abi.Manifest {
	t.Helper()
	files, err := filepath.Glob("../../plugins/*/plugin.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no manifests: %v", err)
	}
	var all []*abi.Manifest
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := abi.ParseManifest(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if len(m.ConfigSchema) > 0 {
			all = append(all, m)
		}
	}
	return all
}

func pluginSchemaFile(id string) string { return "plugins/" + id + ".schema.json" }

// withPlugins lets editors complete what built-in plugins have to configure.
func withPlugins(t *testing.T, s *reflector.Schema) {
	t.Helper()
	settings, ok := s.Definitions["Plugins"].Properties.Get("settings")
	if !ok {
		t.Fatal("there are no plugins.settings")
	}
	settings.Properties = reflector.NewProperties()
	for _, m := range configured(t) {
		config := reflector.NewProperties()
		config.Set("config", &reflector.Schema{Ref: pluginSchemaFile(m.ID)})
		settings.Properties.Set(m.ID, &reflector.Schema{AllOf: []*reflector.Schema{{Ref: "#/$defs/Plugin"}, {Properties: config}}})
	}
}

// TestPluginSchemasAreCurrent holds the schemas of the built-in plugins'
// settings to their manifests.
func TestPluginSchemasAreCurrent(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, m := range configured(t) {
		schema := map[string]any{
			"$schema": "https://json-schema.org/draft/2020-12/schema",
			"title":   m.ID, "description": "What plugins.settings." + m.ID + ".config may hold: " + m.Description,
		}
		if err := json.Unmarshal(m.ConfigSchema, &schema); err != nil {
			t.Fatal(err)
		}
		want, err := json.MarshalIndent(schema, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		file := filepath.Join(configs, pluginSchemaFile(m.ID))
		known[filepath.Base(file)] = true
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got) {
			t.Errorf("%s is out of date; run make generate\n%s", file, cmp.Diff(string(got), string(want)))
		}
	}
	files, err := filepath.Glob(filepath.Join(configs, "plugins", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !known[filepath.Base(file)] {
			t.Errorf("%s is of a plugin that has nothing to configure", file)
		}
	}
}

// TestSchemaKnowsPlugins: the published schema refuses what a plugin's manifest
// refuses.
func TestSchemaKnowsPlugins(t *testing.T) {
	t.Parallel()
	compiled, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	for text, fine := range map[string]bool{
		`{"plugins":{"settings":{"scraper.shopify":{"enabled":true,"config":{}}}}}`:          true,
		`{"plugins":{"settings":{"scraper.shopify":{"config":{"nothing_of_that_name":1}}}}}`: false,
		`{"plugins":{"settings":{"scraper.other":{"config":{"whatever":1}}}}}`:               true,
		`{"plugins":{"settings":{"scraper.shopify":{"enable":true}}}}`:                       false,
	} {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); (err == nil) != fine {
			t.Errorf("%s: %v", text, err)
		}
	}
}

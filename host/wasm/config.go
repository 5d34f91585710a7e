package wasm

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/omakase-ai/omakase/core/errs"
)

// ConfigError is a mistake in a plugin's config.
type ConfigError struct {
	Plugin  string
	Path    []string // keys and indices in the config; empty: all of it
	Problem string
}

// Error names plugin, key and problem.
func (e *ConfigError) Error() string {
	return strings.Join(append([]string{"config of " + e.Plugin}, append(slices.Clone(e.Path), e.Problem)...), ": ")
}

// CheckConfigs returns what is wrong with the configs in Settings, by the
// schemas in the plugins' manifests. It loads no plugin; configs that are left
// out are looked at when their plugin is loaded.
func (h *Host) CheckConfigs() []*ConfigError {
	var all []*ConfigError
	for _, p := range h.registry.Load().list() {
		if !p.usable() || len(p.settings.Config) == 0 {
			continue
		}
		wrong, err := configErrors(p.manifest.ConfigSchema, p.settings.Config)
		if err != nil {
			wrong = []*ConfigError{{Problem: err.Error()}}
		}
		wrong = append(wrong, secretErrors(p.manifest, p.settings)...)
		for _, e := range wrong {
			e.Plugin = p.id()
			all = append(all, e)
		}
	}
	return all
}

// checkConfig checks a plugin's config against its manifest's schema.
func checkConfig(id string, schema, config json.RawMessage) error {
	wrong, err := configErrors(schema, config)
	if err != nil || len(wrong) == 0 {
		return err
	}
	texts := make([]string, len(wrong))
	for i, e := range wrong {
		e.Plugin = id
		texts[i] = e.Error()
	}
	return errs.New(errs.Invalid, "%s", strings.Join(texts, "; ")).WithHint("correct the plugin's config; its manifest describes it")
}

// configErrors are the mistakes in a config, without the plugin's name; err is
// about the schema.
func configErrors(schema, config json.RawMessage) ([]*ConfigError, error) {
	if len(bytes.TrimSpace(config)) == 0 {
		config = json.RawMessage("{}")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return []*ConfigError{{Problem: err.Error()}}, nil //nolint:nilerr // that it can't be read is the finding
	}
	if len(schema) == 0 {
		if object, ok := value.(map[string]any); !ok || len(object) > 0 {
			return []*ConfigError{{Problem: "the plugin has nothing to configure"}}, nil
		}
		return nil, nil
	}
	compiled, err := compileSchema(schema)
	if err != nil {
		return nil, errs.New(errs.Invalid, "config_schema: %v", err)
	}
	var invalid *jsonschema.ValidationError
	if errors.As(compiled.Validate(value), &invalid) {
		all := mistakes(invalid, message.NewPrinter(language.English))
		hideSecrets(schema, all)
		slices.SortStableFunc(all, func(a, b *ConfigError) int { return slices.Compare(a.Path, b.Path) })
		return all, nil
	}
	return nil, nil
}

func compileSchema(schema json.RawMessage) (*jsonschema.Schema, error) {
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{}) // a plugin's schema reads no files
	const name = "omakase:config_schema"
	if err := c.AddResource(name, text); err != nil {
		return nil, err
	}
	return c.Compile(name)
}

// mistakes are the ends of a tree of validation errors: what stands above them
// only says that something below is wrong.
func mistakes(e *jsonschema.ValidationError, p *message.Printer) []*ConfigError {
	if extra, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		all := make([]*ConfigError, len(extra.Properties))
		for i, name := range extra.Properties {
			all[i] = &ConfigError{Path: append(slices.Clone(e.InstanceLocation), name), Problem: "there is no such key"}
		}
		return all
	}
	if len(e.Causes) == 0 {
		return []*ConfigError{{Path: e.InstanceLocation, Problem: e.ErrorKind.LocalizedString(p)}}
	}
	var all []*ConfigError
	for _, cause := range e.Causes {
		all = append(all, mistakes(cause, p)...)
	}
	return all
}

// hideSecrets keeps the values of secrets out of mistakes in them.
func hideSecrets(schema json.RawMessage, wrong []*ConfigError) {
	var s schemaNode
	if json.Unmarshal(schema, &s) != nil {
		return
	}
	for _, e := range wrong {
		if s.secret(e.Path) {
			e.Problem = "the value, which is secret, isn't as the manifest describes it"
		}
	}
}

// publicConfig is the config without what the schema marks as secret, which a
// guest never sees.
func publicConfig(schema, config json.RawMessage) string {
	if len(config) == 0 {
		return ""
	}
	var s schemaNode
	var v any
	d := json.NewDecoder(bytes.NewReader(config))
	d.UseNumber()
	if json.Unmarshal(schema, &s) != nil || d.Decode(&v) != nil {
		return ""
	}
	s.hide(v)
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// schemaNode is what hiding secrets needs of a JSON Schema.
type schemaNode struct {
	Secret     bool                   `json:"secret"`
	Properties map[string]*schemaNode `json:"properties"`
	Items      *schemaNode            `json:"items"`
}

// secret reports whether the value at a path is one, or inside of one.
func (s *schemaNode) secret(path []string) bool {
	for s != nil && !s.Secret {
		if len(path) == 0 {
			return false
		}
		if sub, ok := s.Properties[path[0]]; ok {
			s = sub
		} else {
			s = s.Items
		}
		path = path[1:]
	}
	return s != nil
}

func (s *schemaNode) hide(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, sub := range s.Properties {
			if sub == nil {
				continue
			}
			if sub.Secret {
				delete(v, name)
			} else {
				sub.hide(v[name])
			}
		}
	case []any:
		if s.Items != nil {
			for _, item := range v {
				s.Items.hide(item)
			}
		}
	}
}

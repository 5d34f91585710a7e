package wasm

import (
	"bytes"
	"encoding/json"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/omakase-ai/omakase/core/errs"
)

// checkConfig checks a plugin's config against its manifest's schema.
func checkConfig(schema, config json.RawMessage) error {
	if len(schema) == 0 {
		if len(bytes.TrimSpace(config)) > 0 && !bytes.Equal(bytes.TrimSpace(config), []byte("{}")) {
			return errs.New(errs.Invalid, "config: the plugin has nothing to configure").WithHint("remove its config")
		}
		return nil
	}
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return errs.New(errs.Invalid, "config_schema: %v", err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{}) // a plugin's schema reads no files
	const name = "omakase:config_schema"
	if err := c.AddResource(name, text); err != nil {
		return errs.New(errs.Invalid, "config_schema: %v", err)
	}
	compiled, err := c.Compile(name)
	if err != nil {
		return errs.New(errs.Invalid, "config_schema: %v", err)
	}
	if len(config) == 0 {
		config = json.RawMessage("{}")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return errs.New(errs.Invalid, "config: %v", err)
	}
	if err := compiled.Validate(value); err != nil {
		return errs.New(errs.Invalid, "config: %v", err).WithHint("correct the plugin's config; its manifest describes it")
	}
	return nil
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

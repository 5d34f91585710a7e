package wasm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// secretName is what a guest may call a secret by.
var secretName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// secretNames are the texts of a manifest's config_schema that are marked as
// secret, directly under its properties.
func secretNames(schema json.RawMessage) []string {
	var s struct {
		Properties map[string]*struct {
			Type   any  `json:"type"`
			Secret bool `json:"secret"`
		} `json:"properties"`
	}
	if len(schema) == 0 || json.Unmarshal(schema, &s) != nil {
		return nil
	}
	var names []string
	for name, p := range s.Properties {
		if p != nil && p.Secret && (p.Type == nil || p.Type == "string") && secretName.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// withSecrets puts the secrets of the settings into the plugin's config, where
// the manifest describes them.
func withSecrets(s Settings) json.RawMessage {
	if len(s.Secrets) == 0 {
		return s.Config
	}
	config := map[string]json.RawMessage{}
	if len(s.Config) > 0 && json.Unmarshal(s.Config, &config) != nil {
		return s.Config // checkConfig says what is wrong with it
	}
	for name, value := range s.Secrets {
		config[name], _ = json.Marshal(value) // text never fails
	}
	text, err := json.Marshal(config)
	if err != nil {
		return s.Config
	}
	return text
}

// secretsOf are the values of a plugin's secrets, "" for those not set.
func secretsOf(schema, config json.RawMessage) map[string]string {
	var object map[string]any
	if d := json.NewDecoder(bytes.NewReader(config)); len(config) > 0 && d.Decode(&object) != nil {
		object = nil
	}
	secrets := map[string]string{}
	for _, name := range secretNames(schema) {
		text, _ := object[name].(string)
		secrets[name] = text
	}
	return secrets
}

// secretErrors are the mistakes in a plugin's secrets that its schema can't
// tell.
func secretErrors(m *abi.Manifest, s Settings) []*ConfigError {
	var all []*ConfigError
	names := secretNames(m.ConfigSchema)
	for _, name := range slices.Sorted(maps.Keys(s.Secrets)) {
		if !slices.Contains(names, name) {
			all = append(all, &ConfigError{Path: []string{name}, Problem: "the plugin's manifest marks no text of that name as secret"})
		}
	}
	values := secretsOf(m.ConfigSchema, s.Config)
	for _, name := range names {
		if n := len(values[name]); n > 0 && n < capability.MinSecret {
			all = append(all, &ConfigError{Path: []string{name}, Problem: fmt.Sprintf("a secret has at least %d characters", capability.MinSecret)})
		}
	}
	return all
}

// secretGrant joins the manifest's hosts with the operator's. One of them has
// to name hosts: a secret that goes wherever a shop's address points is none.
func secretGrant(m *abi.Manifest, set *SecretGrant) (grant *capability.SecretGrant, refused string) {
	rules := []capability.HostRule{{Source: "the manifest", Patterns: m.Needs["secret"].Hosts}}
	if set != nil {
		rules = append(rules, capability.HostRule{Source: "the operator's settings", Patterns: set.Hosts})
	}
	for _, r := range rules {
		if !slices.ContainsFunc(r.Patterns, unnamed) {
			return &capability.SecretGrant{Hosts: rules}, ""
		}
	}
	return nil, "neither the manifest nor the operator's settings name the hosts that the secrets are for"
}

func unnamed(pattern string) bool {
	p, err := abi.ParseHostPattern(pattern)
	return err != nil || !p.Named()
}

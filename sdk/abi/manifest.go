package abi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Manifest is what a plugin says of itself. [ParseManifest] returns valid
// ones only.
type Manifest struct {
	// ID names the plugin for ever: kind and name, such as "scraper.shopify".
	ID string `json:"id"`
	// Version is the plugin's, as semver.org has it: "1.4.0".
	Version string `json:"version"`
	// Name is what people call the plugin. It may be empty.
	Name string `json:"name,omitempty"`
	// Description is a sentence for people. It may be empty.
	Description string `json:"description,omitempty"`
	// Provides lists what the plugin can do, such as "scraper/1".
	Provides []string `json:"provides"`
	// Marks are texts of which at least one stands in the address, the headers
	// or the page of every shop that the plugin recognises. A host asks it
	// about no others, and so need not load it for them. Without any it is
	// always asked.
	Marks []string `json:"marks,omitempty"`
	// Needs holds the capabilities that the plugin uses, by their name. Log,
	// config and clock need no mention.
	Needs map[string]Need `json:"needs,omitempty"`
	// Limits are what the plugin wishes for; the host may give less.
	Limits Limits `json:"limits,omitzero"`
	// ConfigSchema is a JSON Schema (2020-12) of the plugin's configuration,
	// which is an object. "secret": true marks properties that are never
	// shown; those of its strings are what the capability secret may use, by
	// the property's name. It may be empty: then there is nothing to configure.
	ConfigSchema json.RawMessage `json:"config_schema,omitempty"`
}

// Need is one capability that a plugin uses.
type Need struct {
	// Reason tells an operator why, in a sentence.
	Reason string `json:"reason"`
	// Hosts are patterns of the hosts that http may reach, or that secrets may
	// be sent to, as [ParseHostPattern] reads them: "shop.example",
	// "*.shop.example" for its subdomains, "{shop}" for the shop that the call
	// works for, "*" for all, each with a scheme and a port if need be.
	Hosts []string `json:"hosts,omitempty"`
	// Methods are the request methods that http may use; none means GET and
	// HEAD.
	Methods []string `json:"methods,omitempty"`
	// QuotaBytes is how much kv may hold, keys and values together, for each
	// workspace. 0 leaves it to the host.
	QuotaBytes int64 `json:"quota_bytes,omitempty"`
}

// Limits are what a plugin wishes for. 0 leaves it to the host.
type Limits struct {
	// MemoryMB is the linear memory of one instance.
	MemoryMB int `json:"memory_mb,omitempty"`
	// DeadlineMS is the longest time of one call, in milliseconds.
	DeadlineMS int `json:"deadline_ms,omitempty"`
	// HostCalls is the number of host calls in one call.
	HostCalls int `json:"host_calls,omitempty"`
	// Instances is how many may run at the same time.
	Instances int `json:"instances,omitempty"`
}

// ParseManifest reads and checks a manifest. Unlike requests and replies, a
// manifest is written by hand: unknown fields are mistakes. The error joins a
// *[FieldError] for each mistake.
func ParseManifest(text []byte) (*Manifest, error) {
	if len(text) > MaxManifest {
		return nil, fmt.Errorf("the manifest has %d bytes; %d are allowed", len(text), MaxManifest)
	}
	var m Manifest
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return nil, decodeError(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("manifest: more than one JSON value")
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	return &m, nil
}

// decodeError gives the errors of encoding/json the form of the other ones.
func decodeError(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
		return &FieldError{Field: e.Field, Problem: "is a JSON " + e.Value, Fix: "look up its type in the manifest's schema"}
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("manifest: byte %d: %w", e.Offset, err)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return &FieldError{Field: strings.Trim(name, `"`), Problem: "is no field of a manifest", Fix: "correct its spelling or remove it"}
	}
	return fmt.Errorf("manifest: %w", err)
}

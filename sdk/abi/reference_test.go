package abi_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/sdk/abi"
)

var update = flag.Bool("update", false, "write the reference instead of comparing it")

const referenceFile = "../../docs/plugin-reference.md"

// schemaText is what the reference takes from a JSON Schema.
type schemaText struct {
	Ref         string                 `json:"$ref"`
	Title       string                 `json:"title"`
	Description string                 `json:"description"`
	Type        any                    `json:"type"`
	Required    []string               `json:"required"`
	Properties  map[string]*schemaText `json:"properties"`
	Items       *schemaText            `json:"items"`
	Enum        []any                  `json:"enum"`
	Minimum     *float64               `json:"minimum"`
	Maximum     *float64               `json:"maximum"`
	Defs        map[string]*schemaText `json:"$defs"`
}

// TestReferenceIsCurrent holds the plugin author's reference to the schemas.
func TestReferenceIsCurrent(t *testing.T) {
	t.Parallel()
	want := reference(t)
	if *update {
		if err := os.WriteFile(referenceFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is out of date; run make generate\n%s", referenceFile, diff)
	}
}

func reference(t *testing.T) string {
	t.Helper()
	names, err := fs.Glob(abi.Schemas(), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Reference for plugins\n\nWhat plugin and host say to each other, field by field. This page is made from [the schemas](../sdk/abi/schemas) by `make generate`; [the specification](../sdk/abi/spec.md) says how it all hangs together, and [the guide](plugins.md) how to begin. Fields in bold are always there.\n")
	for _, name := range names {
		text, err := fs.ReadFile(abi.Schemas(), name)
		if err != nil {
			t.Fatal(err)
		}
		s := new(schemaText)
		if err := json.Unmarshal(text, s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		describe(&b, "## "+strings.TrimSuffix(name, ".json"), s)
		for _, def := range slices.Sorted(maps.Keys(s.Defs)) {
			describe(&b, "### "+strings.TrimSuffix(name, ".json")+": "+def, s.Defs[def])
		}
	}
	return b.String()
}

func describe(b *strings.Builder, head string, s *schemaText) {
	fmt.Fprintf(b, "\n%s\n", head)
	if s.Description != "" {
		fmt.Fprintf(b, "\n%s\n", s.Description)
	}
	if len(s.Properties) == 0 {
		return
	}
	b.WriteString("\n| field | type | |\n|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		shown := "`" + name + "`"
		if slices.Contains(s.Required, name) {
			shown = "**" + shown + "**"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", shown, kindOf(p), strings.ReplaceAll(p.Description+choices(p), "|", `\|`))
	}
}

// kindOf is the type of a field, with a link where it has a schema of its own.
func kindOf(s *schemaText) string {
	switch {
	case s == nil:
		return "any"
	case strings.HasPrefix(s.Ref, "#/$defs/"):
		return strings.TrimPrefix(s.Ref, "#/$defs/")
	case s.Ref != "":
		name := strings.TrimSuffix(s.Ref, ".json")
		return "[" + name + "](#" + name + ")"
	case s.Type == "array":
		return "list of " + kindOf(s.Items)
	case s.Type == nil:
		return "any"
	}
	return fmt.Sprint(s.Type)
}

func choices(s *schemaText) string {
	text := ""
	if len(s.Enum) > 0 {
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			words[i] = fmt.Sprintf("`%v`", v)
		}
		text += " One of " + strings.Join(words, ", ") + "."
	}
	if s.Minimum != nil && s.Maximum != nil {
		text += fmt.Sprintf(" From %v to %v.", *s.Minimum, *s.Maximum)
	}
	return text
}

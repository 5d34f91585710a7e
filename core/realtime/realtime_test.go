package realtime_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/realtime"
)

// What a prompt tells of tools and what the session offers are the same.
func TestToolsAreThoseOfPrompts(t *testing.T) {
	t.Parallel()
	var names []string
	for _, tool := range realtime.Tools() {
		names = append(names, tool.Name)
		if len(tool.Description) < 40 {
			t.Errorf("%s says too little: %s", tool.Name, tool.Description)
		}
		var schema struct {
			Type       string
			Properties map[string]any
			Required   []string
		}
		var document any
		if err := json.Unmarshal(tool.Parameters, &schema); err != nil || schema.Type != "object" || schema.Properties == nil {
			t.Errorf("%s: %v %s", tool.Name, err, tool.Parameters)
		}
		if err := json.Unmarshal(tool.Parameters, &document); err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("tool.json", document); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Compile("tool.json"); err != nil {
			t.Errorf("%s: %v", tool.Name, err)
		}
		for _, name := range schema.Required {
			if schema.Properties[name] == nil {
				t.Errorf("%s requires %s, which it does not have", tool.Name, name)
			}
		}
	}
	want := agent.StandardTools()
	slices.Sort(names)
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

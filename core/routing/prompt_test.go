package routing_test

import (
	"context"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/routing"
)

type generator string

func (g generator) ID() string { return string(g) }

func (g generator) Generate(context.Context, *agent.Generation) (agent.Generated, error) {
	return agent.Generated{Text: string(g)}, nil
}

type generators []string

func (g generators) Generators(context.Context) (all []agent.Generator) {
	for _, id := range g {
		all = append(all, generator(id))
	}
	return all
}

func TestRoutePrompt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		enabled       generators
		usual, agents string
		want, err     string
	}{
		"standard":             {generators{"prompt.a", "prompt.standard"}, "", "", "prompt.standard", ""},
		"standard is disabled": {generators{"prompt.a", "prompt.b"}, "", "", "prompt.a", ""},
		"the operator's":       {generators{"prompt.a", "prompt.standard"}, "prompt.a", "", "prompt.a", ""},
		"the agent's":          {generators{"prompt.a", "prompt.b", "prompt.standard"}, "prompt.a", "prompt.b", "prompt.b", ""},
		"none":                 {nil, "", "", "", "no prompt plugin is enabled"},
		"the operator's fails": {generators{"prompt.standard"}, "prompt.a", "", "", "agents.prompt_plugin names"},
		"the agent's fails":    {generators{"prompt.standard"}, "", "prompt.b", "", "agent florist names"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := routing.Prompts{Generators: tt.enabled, Usual: tt.usual}
			got, err := r.RoutePrompt(t.Context(), &agent.Agent{ID: "florist", Plugin: tt.agents})
			if tt.err != "" {
				if !errs.Is(err, errs.Unsupported) || !strings.Contains(err.Error(), tt.err) || errs.HintOf(err) == "" {
					t.Errorf("error is %v with hint %q", err, errs.HintOf(err))
				}
				return
			}
			if err != nil || got.ID() != tt.want {
				t.Errorf("got %v, %v, want %s", got, err, tt.want)
			}
		})
	}
}

package routing

import (
	"context"
	"strings"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/errs"
)

// StandardPrompts is the prompt plugin that serves agents for which nobody
// names another.
const StandardPrompts = "prompt.standard"

// Generators are the prompt plugins that are enabled now, by id.
type Generators interface {
	Generators(ctx context.Context) []agent.Generator
}

// Prompts chooses who writes an agent's prompts. It holds no state of its own.
type Prompts struct {
	Generators Generators
	// Usual is the id of the plugin for agents that name none; "":
	// StandardPrompts, and where that is disabled the first that is enabled.
	Usual string
}

// RoutePrompt implements agent.Router: the agent's own plugin, else the
// operator's, else the standard one.
func (p *Prompts) RoutePrompt(ctx context.Context, a *agent.Agent) (agent.Generator, error) {
	all := p.Generators.Generators(ctx)
	find := func(id string) agent.Generator {
		for _, g := range all {
			if g.ID() == id {
				return g
			}
		}
		return nil
	}
	id, whose := a.Plugin, "agent "+a.ID+" names"
	if id == "" {
		id, whose = p.Usual, "agents.prompt_plugin names"
	}
	if id != "" {
		if g := find(id); g != nil {
			return g, nil
		}
		return nil, errs.New(errs.Unsupported, "no prompt plugin %s is enabled, which %s", id, whose).WithHint("enabled are %s", promptNames(all))
	}
	if g := find(StandardPrompts); g != nil {
		return g, nil
	}
	if len(all) > 0 {
		return all[0], nil
	}
	return nil, errs.New(errs.Unsupported, "no prompt plugin is enabled").WithHint("enable %s in plugins.settings", StandardPrompts)
}

func promptNames(all []agent.Generator) string {
	if len(all) == 0 {
		return "none"
	}
	ids := make([]string, len(all))
	for i, g := range all {
		ids[i] = g.ID()
	}
	return strings.Join(ids, ", ")
}

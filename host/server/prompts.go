package server

import (
	"context"
	"os"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/routing"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/wasm"
)

// prompts joins the agents, what shops say, and the plugins that write.
func prompts(c *config.Agents, shop agent.Shop, plugins *wasm.Host) (*agent.Composer, error) {
	agents, err := loadAgents(c.Dir)
	if err != nil {
		return nil, err
	}
	router := &routing.Prompts{Generators: generators{plugins}, Usual: c.PromptPlugin}
	return agent.NewComposer(agents, shop, router, c.CatalogTokens), nil
}

// loadAgents reads the built-in agents and those of a folder, out of which no
// link leads.
func loadAgents(dir string) (*agent.Agents, error) {
	if dir == "" {
		return agent.Load(nil)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, (&errs.Error{Kind: errs.Invalid, Op: "opening agents.dir", Err: err}).
			WithHint("name a folder that is there, or leave it empty")
	}
	defer func() { _ = root.Close() }() // everything is read by then
	return agent.Load(root.FS())
}

// generators are the plugins as the router asks for them.
type generators struct{ host *wasm.Host }

// Generators implements routing.Generators.
func (g generators) Generators(context.Context) []agent.Generator { return g.host.Prompters() }

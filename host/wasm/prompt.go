package wasm

import (
	"context"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const promptKind = "prompt/1"

// Prompter is a plugin that provides prompt/1. It is safe for concurrent use.
type Prompter struct {
	host *Host
	id   string
}

var _ agent.Generator = (*Prompter)(nil)

// Prompters returns the enabled plugins that provide prompt/1, by id. It loads
// none of them.
func (h *Host) Prompters() []agent.Generator {
	var all []agent.Generator
	for _, id := range h.providers(promptKind) {
		all = append(all, &Prompter{h, id})
	}
	return all
}

// ID is the plugin's id.
func (p *Prompter) ID() string { return p.id }

// Generate lets the plugin write a prompt.
func (p *Prompter) Generate(ctx context.Context, g *agent.Generation) (agent.Generated, error) {
	session, err := p.host.Open(p.id, capability.SessionOptions{Workspace: g.Workspace})
	if err != nil {
		return agent.Generated{}, err
	}
	defer session.Close()
	var reply wire.GenerateReply
	if err := session.Call(ctx, wire.OpGenerate, Plain(generateRequest(g)), &reply); err != nil {
		return agent.Generated{}, err
	}
	return agent.Generated{
		Text:          reply.Prompt,
		Included:      min(max(reply.Included, 0), len(g.Offers)),
		CatalogTokens: max(reply.CatalogTokens, 0), Tokens: max(reply.Tokens, 0),
		Notes: reply.Notes,
	}, nil
}

func generateRequest(g *agent.Generation) *wire.GenerateRequest {
	q := &wire.GenerateRequest{
		Mode: string(g.Mode), Language: g.Language.Tag(), Agent: persona(g.AgentID, g.Persona),
		Name: g.Name, Personality: g.Personality, StartMessage: g.StartMessage, EndMessage: g.EndMessage,
		Rules: g.Rules, Features: g.Features, Tools: g.Tools,
		TotalProducts: g.Products, CatalogTokens: g.CatalogTokens, Store: storeInfo(g),
	}
	q.Products = make([]wire.PromptProduct, len(g.Offers))
	for i := range g.Offers {
		o := &g.Offers[i]
		q.Products[i] = wire.PromptProduct{
			ID: o.ID, Name: o.Name, Description: o.Description, Price: o.Price, CompareAt: o.CompareAt, Currency: o.Currency,
			Category: o.Category, Brand: o.Brand, Availability: string(o.Availability), Stock: o.Stock,
		}
	}
	return q
}

func persona(id string, p *agent.Persona) *wire.Persona {
	w := &wire.Persona{
		ID: id, Title: p.Role.Title, Purpose: p.Role.Purpose, Traits: p.Traits, Tone: p.Tone,
		SpeechPatterns: p.SpeechPatterns, Guidelines: p.Guidelines, Steps: make([]wire.PersonaStep, len(p.Steps)),
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		w.Steps[i] = wire.PersonaStep{
			Name: s.Name, Goal: s.Goal, Variations: s.Variations, Questions: s.Questions, Guidelines: s.Guidelines, Example: s.Example,
		}
	}
	return w
}

func storeInfo(g *agent.Generation) *wire.StoreInfo {
	if g.Store == nil {
		return nil
	}
	w := &wire.StoreInfo{
		Name: g.Store.Name, Description: g.Store.Description, URL: g.Store.URL, Categories: g.Store.Categories,
	}
	if v := g.Store.BrandVoice; v != nil {
		w.Tone, w.UseWords, w.AvoidWords = v.Tone, v.Keywords, v.AvoidWords
	}
	if p := g.Store.Policies; p != nil {
		w.Shipping, w.Returns, w.Payment, w.Support = p.Shipping, p.Returns, p.Payment, p.Support
	}
	return w
}

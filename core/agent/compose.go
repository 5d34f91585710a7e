package agent

import (
	"context"
	"slices"

	"github.com/maypok86/otter/v2"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/store"
)

// DefaultCatalogTokens is the part of a prompt that products may take where
// nobody says otherwise: enough for about sixty, and little enough to be sent
// with every turn of a conversation.
const DefaultCatalogTokens = 3_000

const (
	// leastTokens is what the shortest entry of a product takes. More offers
	// than the budget holds by that are not sent to a generator.
	leastTokens = 12
	// maxScanned is how many products are ranked, from the beginning of the
	// shop's own order. More would cost a session's start more than a better
	// pick is worth: the rest is found by search.
	maxScanned = 2_000
	// maxPicks is for how many workspaces the ranked offers are kept.
	maxPicks = 32
)

// Shop is what a composer reads of a workspace; store.Store has it.
type Shop interface {
	ListProducts(ctx context.Context, workspace string, q store.ListQuery) (store.Page, error)
	CountActive(ctx context.Context, workspace string) (int, error)
	StoreContext(ctx context.Context, workspace string) (*knowledge.Context, error)
	Revision(workspace string) uint64
}

// Composer makes prompts. It is safe for concurrent use.
type Composer struct {
	agents *Agents
	shop   Shop
	router Router
	budget int
	picks  *otter.Cache[string, *pick]
}

// pick is the offers of a workspace, ranked. It is read-only.
type pick struct {
	revision uint64
	offers   []Offer
	products int
}

// NewComposer returns a composer. Products take at most catalogTokens of a
// prompt; 0 or less lets none in.
func NewComposer(agents *Agents, shop Shop, router Router, catalogTokens int) *Composer {
	return &Composer{
		agents: agents, shop: shop, router: router, budget: max(catalogTokens, 0),
		picks: otter.Must(&otter.Options[string, *pick]{MaximumSize: maxPicks}),
	}
}

// Agents is the list that prompts are made of.
func (c *Composer) Agents() *Agents { return c.agents }

// Compose makes a prompt. The error is Invalid for a language that isn't
// known, Unsupported when no plugin writes this agent's prompts, and else that
// of the store or of the plugin.
func (c *Composer) Compose(ctx context.Context, workspace string, q Request) (Prompt, error) {
	if q.Mode == "" {
		q.Mode = Dynamic
	}
	if q.Language == "" {
		q.Language = Japanese
	}
	if !q.Language.Known() {
		return Prompt{}, errs.New(errs.Invalid, "language must be Japanese, English or Korean")
	}
	a := c.agents.For(q.AgentType)
	generator, err := c.router.RoutePrompt(ctx, a)
	if err != nil {
		return Prompt{}, err
	}
	g := generation(a, &q)
	g.Workspace = workspace
	if q.Mode == Dynamic {
		if err := c.furnish(ctx, g, a, &q); err != nil {
			return Prompt{}, err
		}
	}
	made, err := generator.Generate(ctx, g)
	if err != nil {
		return Prompt{}, err
	}
	return Prompt{
		Text: made.Text, Agent: a, Plugin: generator.ID(), Name: g.Name, Language: g.Language, Features: g.Features,
		HasStore: g.Store != nil, Products: g.Products, Included: made.Included, Notes: made.Notes,
		CatalogTokens: made.CatalogTokens, CatalogBudget: g.CatalogTokens, Tokens: made.Tokens,
	}, nil
}

// generation is what the request and the agent say.
func generation(a *Agent, q *Request) *Generation {
	p := a.Texts.In(q.Language)
	features := DefaultFeatures()
	if q.Features != nil {
		features = *q.Features
	}
	tools := q.Tools
	if tools == nil {
		tools = StandardTools()
	}
	if !a.Sells || q.Mode == Profile {
		tools = nil
	}
	return &Generation{
		Mode: q.Mode, Language: q.Language, AgentID: a.ID, Persona: p,
		Name: or(q.Name, p.AgentName), Personality: or(q.Personality, p.Personality),
		StartMessage: or(q.StartMessage, p.StartMessage), EndMessage: or(q.EndMessage, p.EndMessage),
		Rules: q.Rules, Features: features.Names(), Tools: tools,
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// furnish adds the shop and what it sells.
func (c *Composer) furnish(ctx context.Context, g *Generation, a *Agent, q *Request) error {
	g.Store = q.Store
	if g.Store == nil {
		known, err := c.shop.StoreContext(ctx, g.Workspace)
		if err != nil {
			return err
		}
		g.Store = known
	}
	p, err := c.pick(ctx, g.Workspace)
	if err != nil {
		return err
	}
	g.Products = p.products
	if a.Sells {
		g.Offers, g.CatalogTokens = p.offers, c.budget
	}
	return nil
}

// pick returns the best offers of a workspace, from memory as long as nothing
// in it has changed.
func (c *Composer) pick(ctx context.Context, workspace string) (*pick, error) {
	// Read before the store is asked: when a write comes in between, the pick
	// carries the older revision and is not used again.
	revision := c.shop.Revision(workspace)
	if p, ok := c.picks.GetIfPresent(workspace); ok && p.revision == revision {
		return p, nil
	}
	page, err := c.shop.ListProducts(ctx, workspace, store.ListQuery{Active: true, Limit: maxScanned})
	if err != nil {
		return nil, err
	}
	p := &pick{revision: revision, products: len(page.Docs)}
	if page.Next != "" {
		if p.products, err = c.shop.CountActive(ctx, workspace); err != nil {
			return nil, err
		}
	}
	offers := make([]Offer, len(page.Docs))
	for i, doc := range page.Docs {
		if offers[i], err = readOffer(doc); err != nil {
			return nil, err
		}
	}
	offers = rank(offers)
	p.offers = slices.Clone(offers[:min(len(offers), c.budget/leastTokens)])
	for i := range p.offers {
		p.offers[i].own()
	}
	c.picks.Set(workspace, p)
	return p, nil
}

package agent

import (
	"context"

	"github.com/omakase-ai/omakase/core/knowledge"
)

// Mode is the kind of a prompt.
type Mode string

// The modes; their text is that of the plugin ABI.
const (
	Dynamic Mode = "dynamic" // persona, shop, products and tools
	Static  Mode = "static"  // persona and tools, nothing of the shop
	Profile Mode = "persona" // the persona in full, for people to read
)

// Request asks for a prompt. What is zero is as the agent has it.
type Request struct {
	Mode         Mode     // "" is Dynamic
	AgentType    string   // an id, an alias, or anything else: the default agent
	Language     Language // "" is Japanese
	Name         string
	Personality  string
	StartMessage string
	EndMessage   string
	// Store is what the shop says about itself; nil: what the workspace has.
	Store *knowledge.Context
	Rules []string
	// Features are what is switched on; nil: DefaultFeatures.
	Features *Features
	// Tools are the names of the tools that the session offers; nil: all of
	// StandardTools.
	Tools []string
}

// Features are parts of a conversation that a client may switch.
type Features struct {
	ProductSearch, Recommendations, PriceComparison, InventoryCheck bool
}

// DefaultFeatures are on where a client says nothing.
func DefaultFeatures() Features { return Features{ProductSearch: true, Recommendations: true} }

// Names are the names of the features that are on, in the order of the REST
// contract. It is never nil.
func (f Features) Names() []string {
	names := []string{}
	for _, one := range []struct {
		on   bool
		name string
	}{
		{f.ProductSearch, "productSearch"},
		{f.Recommendations, "recommendations"},
		{f.PriceComparison, "priceComparison"},
		{f.InventoryCheck, "inventoryCheck"},
	} {
		if one.on {
			names = append(names, one.name)
		}
	}
	return names
}

// StandardTools are the names of the tools of a voice session.
func StandardTools() []string {
	return []string{
		"search_products", "get_product_details", "add_to_cart", "get_cart", "remove_from_cart", "update_cart_quantity", "clear_cart",
		"check_stock", "get_recommendations", "search_faq", "get_store_info", "place_order", "get_order_status",
	}
}

// Prompt is a prompt with what went into it.
type Prompt struct {
	Text     string
	Agent    *Agent
	Plugin   string // who wrote it
	Name     string // of the agent
	Language Language
	Features []string // never nil
	HasStore bool     // whether the shop said anything about itself
	Products int      // active ones of the workspace
	Included int      // of them in the prompt
	// CatalogTokens are what the products take, estimated, and CatalogBudget
	// what they may; Tokens is the whole prompt.
	CatalogTokens, CatalogBudget, Tokens int
	Notes                                []string // what was cut
}

// Generation is what a generator is told.
type Generation struct {
	Workspace    string
	Mode         Mode
	Language     Language
	AgentID      string
	Persona      *Persona
	Name         string
	Personality  string
	StartMessage string
	EndMessage   string
	Rules        []string
	Features     []string
	Tools        []string
	Store        *knowledge.Context // nil: nothing is known
	Offers       []Offer            // best first
	Products     int                // of the shop; Offers may be fewer
	// CatalogTokens is what the offers may take together.
	CatalogTokens int
}

// Generated is a generator's answer.
type Generated struct {
	Text                            string
	Included, CatalogTokens, Tokens int
	Notes                           []string
}

// Generator writes prompts. It is safe for concurrent use. Its errors are
// *errs.Error.
type Generator interface {
	ID() string
	Generate(ctx context.Context, g *Generation) (Generated, error)
}

// Router chooses who writes the prompts of an agent.
type Router interface {
	RoutePrompt(ctx context.Context, a *Agent) (Generator, error)
}

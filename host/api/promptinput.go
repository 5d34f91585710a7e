package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
)

// Bounds of what clients add to a prompt, in bytes where nothing else is said.
const (
	maxAgentType   = 128
	maxAgentName   = 400
	maxSaying      = 8_000 // personality and messages
	maxRules       = 100   // entries
	maxRule        = 8_000
	maxAnyRules    = 1_000      // entries of a list that is only filtered
	maxContextText = 8 * 10_000 // of any text of a store context; core bounds the characters
	languageNeeded = "language must be Japanese, English or Korean"
)

// promptInput is a request for a prompt as clients send it. nameField is what
// the agent's name is called there.
type promptInput struct {
	agentType string // as it was sent, or the default
	request   agent.Request
}

// readPrompt reads the fields that prompts and voice sessions have in common.
// What is null, empty or absent is as the agent has it.
func readPrompt(f *fields, nameField string) promptInput {
	var in promptInput
	if in.agentType, _ = f.text("agentType", maxAgentType); in.agentType == "" {
		in.agentType = agent.DefaultID
	}
	q := &in.request
	q.AgentType = in.agentType
	q.Name, _ = f.text(nameField, maxAgentName)
	q.Personality, _ = f.text("personality", maxSaying)
	q.StartMessage, _ = f.text("startMessage", maxSaying)
	q.EndMessage, _ = f.text("endMessage", maxSaying)
	language, _ := f.text("language", maxAgentType)
	if q.Language = agent.Language(language); language == "" {
		q.Language = agent.Japanese
	}
	if f.err == nil && !q.Language.Known() {
		f.err = errs.New(errs.Invalid, languageNeeded)
	}
	q.Rules, _ = f.texts("customRules", maxRules, maxRule)
	q.Features = readFeatures(f)
	if inner := f.inner("storeContext"); inner != nil {
		q.Store = readContext(inner)
		f.adopt(inner)
	}
	return in
}

// readFeatures returns nil where nothing is said of features.
func readFeatures(f *fields) *agent.Features {
	inner := f.inner("enabledFeatures")
	if inner == nil {
		return nil
	}
	var on agent.Features
	on.ProductSearch, _ = inner.flag("productSearch")
	on.Recommendations, _ = inner.flag("recommendations")
	on.PriceComparison, _ = inner.flag("priceComparison")
	on.InventoryCheck, _ = inner.flag("inventoryCheck")
	f.adopt(inner)
	return &on
}

// readContext reads what a shop says about itself; f.err says what is wrong
// with it.
func readContext(f *fields) *knowledge.Context {
	c := new(knowledge.Context)
	c.Name, _ = f.text("storeName", maxContextText)
	c.Description, _ = f.text("storeDescription", maxContextText)
	c.URL, _ = f.text("storeUrl", maxContextText)
	c.Categories, _ = f.texts("categories", knowledge.MaxContextList, maxContextText)
	if v := f.inner("brandVoice"); v != nil {
		c.BrandVoice = new(knowledge.BrandVoice)
		c.BrandVoice.Tone, _ = v.text("tone", maxContextText)
		c.BrandVoice.Keywords, _ = v.texts("keywords", knowledge.MaxContextList, maxContextText)
		c.BrandVoice.AvoidWords, _ = v.texts("avoidWords", knowledge.MaxContextList, maxContextText)
		f.adopt(v)
	}
	if p := f.inner("policies"); p != nil {
		c.Policies = new(knowledge.Policies)
		c.Policies.Shipping, _ = p.text("shipping", maxContextText)
		c.Policies.Returns, _ = p.text("returns", maxContextText)
		c.Policies.Payment, _ = p.text("payment", maxContextText)
		c.Policies.Support, _ = p.text("support", maxContextText)
		f.adopt(p)
	}
	c.Normalize()
	if f.err == nil {
		f.err = fieldError(f.at, c.Validate())
	}
	return c
}

// getStoreContext answers what the shop says about itself, null until it has
// said anything.
func (s *Server) getStoreContext(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	known, err := b.Store.StoreContext(ctx, workspace)
	if err != nil {
		return err
	}
	products, err := b.Store.CountProducts(ctx, workspace)
	if err != nil {
		return err
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success  bool               `json:"success"`
		Context  *knowledge.Context `json:"storeContext"`
		Products int                `json:"productCount"`
	}{true, known, products})
}

// putStoreContext replaces all that the shop says about itself.
func (s *Server) putStoreContext(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	said := readContext(f)
	if f.err != nil {
		return f.err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	if err := b.Store.SetStoreContext(ctx, workspace, said); err != nil {
		return err
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success bool               `json:"success"`
		Context *knowledge.Context `json:"storeContext"`
	}{true, said})
}

package api

import (
	"context"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/scrape"
)

// Prompts makes prompts; agent.Composer does.
type Prompts interface {
	Compose(ctx context.Context, workspace string, q agent.Request) (agent.Prompt, error)
	Agents() *agent.Agents
}

// included is what a prompt holds of the catalogue, and what it costs.
type included struct {
	Products int `json:"products"` // active ones of the workspace
	Included int `json:"included"`
	Omitted  int `json:"omitted"` // reached by the search tool
	Tokens   int `json:"tokens"`  // estimated
	Budget   int `json:"budget"`
}

func includedIn(p *agent.Prompt) included {
	return included{p.Products, p.Included, max(p.Products-p.Included, 0), p.CatalogTokens, p.CatalogBudget}
}

// promptStats are the contract's figures of a prompt, and ours.
type promptStats struct {
	Length   int      `json:"totalLength"` // of UTF-16, as browsers count
	Products int      `json:"productCount"`
	HasStore bool     `json:"hasStoreContext"`
	Features []string `json:"enabledFeatures"`
	Tokens   int      `json:"tokens"` // estimated
	Catalog  included `json:"catalog"`
	Plugin   string   `json:"plugin"`
	Notes    []string `json:"notes,omitempty"` // what was cut
}

func figuresOf(p *agent.Prompt) promptStats {
	return promptStats{utf16Length(p.Text), p.Products, p.HasStore, p.Features, p.Tokens, includedIn(p), p.Plugin, p.Notes}
}

func utf16Length(s string) (n int) {
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

func (s *Server) generatePrompt(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	in, p, err := compose(ctx, c, b, workspace)
	if err != nil {
		return nil, err
	}
	return encode(struct {
		Success bool     `json:"success"`
		Prompt  string   `json:"prompt"`
		Config  any      `json:"config"`
		Tokens  int      `json:"tokens"`
		Catalog any      `json:"catalog"`
		Plugin  string   `json:"plugin"`
		Notes   []string `json:"notes,omitempty"`
	}{true, p.Text, struct {
		AgentType string         `json:"agentType"`
		AgentName string         `json:"agentName"`
		Language  agent.Language `json:"language"`
		Products  int            `json:"productCount"`
	}{in.agentType, p.Name, p.Language, p.Products}, p.Tokens, includedIn(&p), p.Plugin, p.Notes})
}

func (s *Server) previewPrompt(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) ([]byte, error) {
	_, p, err := compose(ctx, c, b, workspace)
	if err != nil {
		return nil, err
	}
	return encode(struct {
		Success bool        `json:"success"`
		Prompt  string      `json:"prompt"`
		Stats   promptStats `json:"stats"`
	}{true, p.Text, figuresOf(&p)})
}

// compose makes the prompt that a body asks for; without one, the default
// agent's.
func compose(ctx context.Context, c *fiber.Ctx, b *Backend, workspace string) (promptInput, agent.Prompt, error) {
	f, err := optionalFields(c)
	if err != nil {
		return promptInput{}, agent.Prompt{}, err
	}
	in := readPrompt(f, "agentName")
	if f.err != nil {
		return in, agent.Prompt{}, f.err
	}
	p, err := b.Prompts.Compose(ctx, workspace, in.request)
	return in, p, err
}

const rulesNeeded = "rules must be an array of strings"

// filterRules returns those rules that say anything. Nothing is stored.
func (s *Server) filterRules(c *fiber.Ctx, _ *Backend) error {
	f, err := bodyFields(c)
	if err != nil {
		return err
	}
	list, p := f.list("rules")
	switch {
	case p != given || f.err != nil:
		return errs.New(errs.Invalid, rulesNeeded)
	case len(list) > maxAnyRules:
		return errs.New(errs.Invalid, "rules has more than %d entries", maxAnyRules)
	}
	rules := []string{}
	for _, raw := range list {
		if raw[0] != '"' {
			continue
		}
		if rule := unquote(raw); strings.TrimSpace(rule) != "" && utf8.ValidString(rule) {
			rules = append(rules, rule)
		}
	}
	return writeValue(c, fiber.StatusOK, struct {
		Success bool     `json:"success"`
		Rules   []string `json:"rules"`
		Count   int      `json:"count"`
	}{true, rules, len(rules)})
}

const (
	fromURLFailed = "Failed to generate context from URL"
	shownProducts = 10 // of an import, in its answer
)

// promptFromURL reads a page and puts what it holds in the place of the
// workspace's catalogue and store context. A page without products replaces
// none: a wrong address must not cost the catalogue.
func (s *Server) promptFromURL(c *fiber.Ctx, b *Backend) error {
	q, err := readPageRequest(c)
	if err != nil {
		return err
	}
	reading, err := s.readPage(b, q, fromURLFailed)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	said := knowledge.FromURL(q.url)
	if len(reading.Products) == 0 {
		err = b.Store.SetStoreContext(ctx, q.workspace, said)
	} else {
		err = b.Store.ReplaceCatalog(ctx, q.workspace, reading.Products, said)
	}
	if err != nil {
		return err
	}
	p, err := b.Prompts.Compose(ctx, q.workspace, agent.Request{})
	if err != nil {
		return err
	}
	body, err := appendURLImport([]byte(`{"success":true`), said, &reading, &p)
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, append(body, '}'))
}

// appendURLImport appends what an import from a URL found: the shop, the first
// of its products, and a prompt that tells of them.
func appendURLImport(b []byte, said *knowledge.Context, reading *scrape.Reading, p *agent.Prompt) ([]byte, error) {
	sample, err := encode(struct {
		Shop   *knowledge.Context `json:"storeContext"`
		Count  int                `json:"productsCount"`
		Sample any                `json:"samplePrompt"`
	}{said, len(reading.Products), struct {
		Prompt string      `json:"prompt"`
		Stats  promptStats `json:"stats"`
	}{p.Text, figuresOf(p)}})
	if err != nil {
		return nil, err
	}
	b = append(append(b, ','), sample[1:len(sample)-1]...)
	b = appendScraped(append(b, `,"products":`...), reading.Products[:min(len(reading.Products), shownProducts)])
	if reading.Plugin != "" {
		b = catalog.AppendString(append(b, `,"plugin":`...), reading.Plugin)
	}
	return b, nil
}

package api

import (
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/store"
)

// nameUnknown is the name of a shop that has said nothing of itself.
const nameUnknown = "Not configured"

// knowledgeSummary is what a workspace knows, in numbers.
type knowledgeSummary struct {
	Store struct {
		Name       string   `json:"name"`
		URL        string   `json:"url,omitempty"`
		Categories []string `json:"categories"`
	} `json:"store"`
	Products struct {
		Total      int         `json:"total"`
		Active     int         `json:"active"`
		WithImages int         `json:"withImages"`
		PriceStats *priceStats `json:"priceStats"`
	} `json:"products"`
	FAQs struct {
		Total      int            `json:"total"`
		Categories map[string]int `json:"categories"`
	} `json:"faqs"`
	RecentImports []recentImport `json:"recentImports"`
}

type priceStats struct {
	Min      json.Number `json:"min"`
	Max      json.Number `json:"max"`
	Avg      json.Number `json:"avg"`
	Currency string      `json:"currency,omitempty"`
}

func (s *Server) knowledgeSummary(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	var sum knowledgeSummary
	sum.Store.Name, sum.Store.Categories, sum.FAQs.Categories = nameUnknown, []string{}, map[string]int{}
	known, err := b.Store.StoreContext(ctx, workspace)
	if err != nil {
		return err
	}
	if known != nil {
		sum.Store.Name, sum.Store.URL = known.Name, known.URL
		sum.Store.Categories = append(sum.Store.Categories, known.Categories...)
	}
	figures, err := b.Store.Figures(ctx, workspace)
	if err != nil {
		return err
	}
	sum.Products.Total, sum.Products.Active, sum.Products.WithImages = figures.Products, figures.Active, figures.WithImages
	sum.Products.PriceStats = statsOf(figures.Prices)
	faqs, _, err := b.Store.ListFAQs(ctx, workspace, store.FAQQuery{})
	if err != nil {
		return err
	}
	sum.FAQs.Total = len(faqs)
	for i := range faqs {
		sum.FAQs.Categories[faqs[i].Category]++
	}
	imports, _, err := b.Store.ListImports(ctx, workspace, recentImports, "")
	if err != nil {
		return err
	}
	sum.RecentImports = recent(imports)
	return writeValue(c, fiber.StatusOK, struct {
		Success bool             `json:"success"`
		Summary knowledgeSummary `json:"summary"`
	}{true, sum})
}

func statsOf(p *store.PriceFigures) *priceStats {
	if p == nil {
		return nil
	}
	return &priceStats{
		Min: json.Number(p.Min.Number()), Max: json.Number(p.Max.Number()), Avg: json.Number(p.Average.Number()), Currency: p.Min.Currency,
	}
}

// clearKnowledge deletes what its flags name; each counts only as "true".
func (s *Server) clearKnowledge(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	args := c.Context().QueryArgs()
	flag := func(name string) bool { return string(args.Peek(name)) == "true" }
	ctx, cancel := s.storeContext()
	defer cancel()
	err = b.Store.ClearKnowledge(ctx, workspace, store.Knowledge{
		Products: flag("products"), FAQs: flag("faqs"), Context: flag("storeContext"),
	})
	if err != nil {
		return err
	}
	return writeMessage(c, "Data cleared")
}

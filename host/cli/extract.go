package cli

import (
	"context"
	"encoding/json"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	core "github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/server"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

type extractCommand struct {
	settings
	URL    string `required:"" placeholder:"URL" help:"Where the page came from."`
	Plugin string `placeholder:"ID" help:"Use this plugin instead of finding out."`
	File   string `arg:"" help:"The saved page or body, plain or as .gz; - reads stdin."`
}

// extracted is what extract prints.
type extracted struct {
	Plugin   string         `json:"plugin"`
	Products []wire.Product `json:"products"`
}

// Run prints what the page holds; no products is an answer, too.
func (c *extractCommand) Run(ctx context.Context, p *Process) error {
	if _, err := catalog.ShopKey(c.URL); err != nil {
		return errs.Wrap("--url", err)
	}
	body, err := readBody(c.File, p.Stdin)
	if err != nil {
		return err
	}
	tools, err := c.tools(p)
	if err != nil {
		return err
	}
	defer tools.Close()
	id, err := c.choose(ctx, tools, body)
	if err != nil {
		return err
	}
	scraper, err := tools.Plugins.Scraper(id)
	if err != nil {
		return err
	}
	reply, err := scraper.ExtractBody(ctx, c.URL, contentType(body), body)
	if err != nil {
		return err
	}
	result := extracted{Plugin: id, Products: reply.Products}
	if result.Products == nil {
		result.Products = []wire.Product{}
	}
	for i := range result.Products {
		if q := &result.Products[i]; q.Currency == "" && reply.Shop != nil {
			q.Currency = reply.Shop.Currency
		}
	}
	encoder := json.NewEncoder(p.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return errs.Wrap("writing the products", encoder.Encode(result))
}

// choose finds the plugin that the page belongs to, without fetching anything.
func (c *extractCommand) choose(ctx context.Context, tools *server.Tools, body []byte) (string, error) {
	if c.Plugin != "" {
		return c.Plugin, nil
	}
	router := *tools.Router
	router.Prober = saved{core.Probe{
		URL: c.URL, Status: 200, Body: body, Headers: [][2]string{{"Content-Type", contentType(body)}},
	}}
	scraper, _, err := router.Route(ctx, core.RouteQuery{URL: c.URL})
	if err != nil {
		return "", err
	}
	return scraper.ID(), nil
}

// saved is a page that is here already.
type saved struct{ page core.Probe }

// Probe implements routing.Prober.
func (s saved) Probe(context.Context, string) (core.Probe, error) { return s.page, nil }

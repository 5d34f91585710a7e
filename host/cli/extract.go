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
	result, err := c.extract(ctx, tools, body)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(p.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return errs.Wrap("writing the products", encoder.Encode(result))
}

// extract asks the plugins that may know the page, the likeliest first, until
// one finds products. Nothing is fetched.
func (c *extractCommand) extract(ctx context.Context, tools *server.Tools, body []byte) (extracted, error) {
	ids, err := c.choose(ctx, tools, body)
	if err != nil {
		return extracted{}, err
	}
	result := extracted{Plugin: ids[0], Products: []wire.Product{}}
	for _, id := range ids {
		scraper, err := tools.Plugins.Scraper(id)
		if err != nil {
			return extracted{}, err
		}
		reply, err := scraper.ExtractBody(ctx, c.URL, contentType(body), body)
		if err != nil {
			return extracted{}, err
		}
		if len(reply.Products) == 0 {
			continue
		}
		for i := range reply.Products {
			if q := &reply.Products[i]; q.Currency == "" && reply.Shop != nil {
				q.Currency = reply.Shop.Currency
			}
		}
		return extracted{Plugin: id, Products: reply.Products}, nil
	}
	return result, nil
}

// choose finds the plugins that may know the page.
func (c *extractCommand) choose(ctx context.Context, tools *server.Tools, body []byte) ([]string, error) {
	if c.Plugin != "" {
		return []string{c.Plugin}, nil
	}
	candidates, _, err := tools.Router.Candidates(ctx, core.Probe{
		URL: c.URL, Status: 200, Body: body, Headers: [][2]string{{"Content-Type", contentType(body)}},
	})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range candidates {
		ids = append(ids, s.ID())
	}
	return ids, nil
}

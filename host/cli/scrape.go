package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	core "github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/server"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

type scrapeCommand struct {
	settings
	URL    string `arg:"" help:"The shop's address."`
	Plugin string `placeholder:"ID" help:"Use this plugin instead of finding out."`
	Max    int    `placeholder:"N" help:"Stop after N products; 0 reads all of them."`
}

// Run reads the shop and prints each product as a line of JSON as soon as it
// is known.
func (c *scrapeCommand) Run(ctx context.Context, p *Process) error {
	shop, err := catalog.ShopKey(c.URL)
	if err != nil {
		return err
	}
	if c.Max < 0 {
		return errs.New(errs.Invalid, "--max %d is negative", c.Max)
	}
	l, err := c.load(p)
	if err != nil {
		return err
	}
	tools, err := openTools(p, l)
	if err != nil {
		return err
	}
	defer tools.Close()
	scraper, reason, err := tools.Router.Route(ctx, core.RouteQuery{URL: c.URL, Plugin: c.Plugin})
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { fmt.Fprintf(p.Stderr, format+"\n", args...) }
	say("%s reads %s (%s)", scraper.ID(), c.URL, reason)
	session, err := scraper.Open(ctx, core.SessionOptions{Workspace: "default", URL: c.URL})
	if err != nil {
		return errs.Wrap("opening "+scraper.ID(), err)
	}
	defer session.Close()
	out := bufio.NewWriter(p.Stdout)
	w := walker{session: session, shop: shop, plugin: scraper.ID(), max: c.Max, emit: lines(out), say: say, flush: out.Flush, bounds: server.Bounds(&l.Jobs)}
	n, err := w.walk(ctx)
	if err != nil {
		return errs.Wrap(fmt.Sprintf("after %d products", n), err)
	}
	say("%d products, %d rejected", n, w.rejected)
	if w.partial {
		return errs.New(errs.BadData, "part of the shop could not be read; the notes above say why")
	}
	return nil
}

// lines writes products as JSON Lines.
func lines(out *bufio.Writer) func(*catalog.Draft) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return func(d *catalog.Draft) error { return encoder.Encode(product(d)) }
}

// product is a draft with the names of the plugin interface, which extract
// prints, too.
func product(d *catalog.Draft) *wire.Product {
	p := &wire.Product{
		ID: d.PlatformID, Handle: d.Handle, Name: d.Name, Description: d.Description, URL: d.URL,
		Price: d.Price, PriceMax: highest(d), CompareAt: d.CompareAt, Currency: d.Currency, Availability: d.Availability,
		SKU: d.SKU, GTIN: d.GTIN, Brand: d.Brand, Category: d.Category, Tags: d.Tags, ImageURLs: d.Images,
		Stock: d.Stock, UpdatedAt: d.UpdatedAt,
	}
	for _, o := range d.Options {
		p.Options = append(p.Options, wire.Option(o))
	}
	for _, v := range d.Variants {
		p.Variants = append(p.Variants, wire.Variant{
			ID: v.ID, Title: v.Title, SKU: v.SKU, GTIN: v.GTIN, Price: v.Price, CompareAt: v.CompareAt,
			Availability: v.Availability, Options: v.Options, ImageURL: v.Image, Stock: v.Stock,
		})
	}
	return p
}

// highest is the price of the dearest variant, "" when it is no other than the
// product's.
func highest(d *catalog.Draft) string {
	most, err := catalog.ParseMoney(d.Price, d.Currency)
	if err != nil {
		return ""
	}
	text := ""
	for _, v := range d.Variants {
		if m, err := catalog.ParseMoney(v.Price, d.Currency); err == nil && m.Amount > most.Amount {
			most, text = m, v.Price
		}
	}
	return text
}

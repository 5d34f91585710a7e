package server

import (
	"context"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// openShop makes carts and orders by the operator's rules.
func openShop(c *config.Config, st store.Store, checkout *links) (*shop.Service, error) {
	rules, err := c.ShopRules()
	if err != nil {
		return nil, err
	}
	return shop.New(shop.Options{Store: st, Products: st, Rules: rules, Links: checkout, CartTTL: c.Shop.CartTTL}), nil
}

// links has the plugin that read a shop make links to its checkout. The plugins
// are set before the first request is served.
type links struct{ plugins *wasm.Host }

// Link implements shop.Links.
func (l *links) Link(ctx context.Context, b shop.Basket) (string, error) {
	s, err := l.plugins.Scraper(b.Plugin)
	if err != nil {
		return "", err
	}
	lines := make([]wire.CheckoutLine, len(b.Lines))
	for i, line := range b.Lines {
		lines[i] = wire.CheckoutLine{ProductID: line.ProductID, VariantID: line.VariantID, Quantity: int(line.Quantity)}
	}
	return s.Checkout(ctx, b.Workspace, b.URL, lines)
}

// services are what plugins may ask of the host.
func services(o *ToolOptions, client *fetch.Client, log hclog.Logger) capability.Services {
	s := capability.Services{Fetch: client, KV: o.KV, Shop: o.Shop, Logger: log}
	if o.Store != nil {
		s.Catalog, s.Knowledge = o.Store, o.Store
	}
	return s
}

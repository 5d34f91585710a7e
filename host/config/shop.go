package config

import (
	"fmt"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/shop"
)

// Shop is how carts and orders work.
type Shop struct {
	// The tax on sales, such as 10%. 0% for none.
	TaxRate string `yaml:"tax_rate"`
	// The tax on the products that reduced_tax_for names.
	ReducedTaxRate string `yaml:"reduced_tax_rate"`
	// Categories and tags, in any case, whose products have the reduced rate.
	ReducedTaxFor []string `yaml:"reduced_tax_for"`
	// What becomes of parts of the smallest coin. Tax is rounded once for each
	// rate of an order.
	TaxRounding string `yaml:"tax_rounding" jsonschema:"enum=floor,enum=round,enum=ceil"`
	// Prices contain the tax.
	TaxIncluded bool `yaml:"tax_included"`
	// What sending an order costs, tax included, in store.currency. Orders in
	// other currencies have no fee.
	ShippingFee string `yaml:"shipping_fee"`
	// The sum of prices from which on sending is free. 0: it never is.
	FreeShippingFrom string `yaml:"free_shipping_from"`
	// The most different products in a cart.
	MaxLines int `yaml:"max_lines" jsonschema:"minimum=1,maximum=500"`
	// The most pieces of one product in a cart.
	MaxQuantity int `yaml:"max_quantity" jsonschema:"minimum=1,maximum=100000"`
	// Orders are confirmed as they are placed. Otherwise they stay pending
	// until somebody confirms them.
	ConfirmOrders bool `yaml:"confirm_orders"`
	// How long a cart that nobody changes is kept. 0 keeps it for ever.
	CartTTL time.Duration `yaml:"cart_ttl"`
	// Browsers of customers may use carts and place orders without an API key.
	// Whoever knows a cart's id may use the cart.
	OpenCarts bool `yaml:"open_carts"`
	// How many carts one client address may make in a minute without a key. 0
	// is any number.
	CartsPerMinute int `yaml:"carts_per_minute" jsonschema:"minimum=0"`
}

func defaultShop() Shop {
	return Shop{
		TaxRate: "10%", ReducedTaxRate: "8%", ReducedTaxFor: []string{"food", "foods", "grocery", "食品", "食料品", "飲料", "식품"},
		TaxRounding: string(shop.Floor), ShippingFee: "0", FreeShippingFrom: "0",
		MaxLines: 100, MaxQuantity: 999, ConfirmOrders: true, CartTTL: 30 * 24 * time.Hour, CartsPerMinute: 60,
	}
}

// ShopRules are the settings of carts and orders as core takes them. What could
// not be read was found by Load.
func (c *Config) ShopRules() (shop.Rules, error) {
	s := &c.Shop
	r := shop.Rules{
		Tax:      shop.Tax{ReducedFor: s.ReducedTaxFor, Rounding: shop.Rounding(s.TaxRounding), Included: s.TaxIncluded},
		MaxLines: s.MaxLines, MaxQuantity: int64(s.MaxQuantity), Confirm: s.ConfirmOrders,
	}
	var err error
	if r.Tax.Standard, err = shop.ParseRate(s.TaxRate); err != nil {
		return r, err
	}
	if r.Tax.Reduced, err = shop.ParseRate(s.ReducedTaxRate); err != nil {
		return r, err
	}
	if r.Shipping.Fee, err = catalog.ParseMoney(s.ShippingFee, c.Store.Currency); err != nil {
		return r, err
	}
	free, err := catalog.ParseMoney(s.FreeShippingFrom, c.Store.Currency)
	r.Shipping.FreeFrom = free.Amount
	return r, err
}

func (r *reader) checkShop(c *Config) {
	s := &c.Shop
	for key, rate := range map[string]string{"shop.tax_rate": s.TaxRate, "shop.reduced_tax_rate": s.ReducedTaxRate} {
		if _, err := shop.ParseRate(rate); err != nil {
			r.wrong(key, "use a percentage such as 10% or 8.875%", "%q is not a rate of tax", rate)
		}
	}
	for key, amount := range map[string]string{"shop.shipping_fee": s.ShippingFee, "shop.free_shipping_from": s.FreeShippingFrom} {
		if _, err := catalog.ParseMoney(amount, c.Store.Currency); err != nil && currencyCode.MatchString(c.Store.Currency) {
			r.wrong(key, "use a plain decimal such as 500 or 4.99", "%q is no amount in %s", amount, c.Store.Currency)
		}
	}
	r.oneOf("shop.tax_rounding", s.TaxRounding, string(shop.Floor), string(shop.Round), string(shop.Ceil))
	r.between("shop.max_lines", s.MaxLines, 1, shop.MostLines)
	r.between("shop.max_quantity", s.MaxQuantity, 1, shop.MostQuantity)
	r.atLeast("shop.carts_per_minute", s.CartsPerMinute, 0)
	if s.CartTTL < 0 {
		r.wrong("shop.cart_ttl", "use a duration such as 720h, or 0", "%s is negative", s.CartTTL)
	}
}

func (r *reader) between(key string, n, least, most int) {
	if n < least || n > most {
		r.wrong(key, fmt.Sprintf("use a number from %d to %d", least, most), "%d is out of bounds", n)
	}
}

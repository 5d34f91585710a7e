package main

import (
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

func quoted(texts []string) string {
	return jsonList(len(texts), func(i int) string { return string(json.AppendString(nil, texts[i])) })
}

// refused is the result of a change that was not made.
func (c *session) refused(r *omakase.Refusal) string {
	o := newObject().flag("success", false).text("error", why(c.language, r)).text("code", r.Reason)
	if r.Limit > 0 || r.Reason == "insufficient_stock" {
		o.count("limit", r.Limit)
	}
	return o.end()
}

// done is the result of a change, with the cart after it.
func (c *session) done(reply *omakase.CartReply, message string) string {
	subtotal := reply.Subtotal
	if subtotal == "" {
		subtotal = "0"
	}
	summary := newObject().count("itemCount", reply.Count).amount("subtotal", subtotal).end()
	return newObject().flag("success", true).text("message", message).raw("cartSummary", summary).raw("cart", whole(reply)).end()
}

func addToCart(c *session) (string, error) {
	quantity := int64(1)
	if c.counted {
		quantity = c.quantity
	}
	id := c.arg("product_id")
	reply, err := c.Cart().Add(id, c.arg("variant_id"), quantity)
	if err != nil {
		return "", err
	}
	if reply.Refused != nil {
		return c.refused(reply.Refused), nil
	}
	name := id
	for i := range reply.Lines {
		if reply.Lines[i].ProductID == id {
			name = reply.Lines[i].Name
			if title := reply.Lines[i].VariantTitle; title != "" {
				name += " " + title
			}
		}
	}
	return c.done(&reply, say(c.language, "added", "name", name)), nil
}

func getCart(c *session) (string, error) {
	cart, err := c.Cart().Get()
	if err != nil {
		return "", err
	}
	return whole(&cart), nil
}

// whole is a cart with its lines.
func whole(cart *omakase.CartReply) string {
	subtotal, formatted := cart.Subtotal, cart.Formatted
	if len(cart.Lines) == 0 {
		subtotal, formatted = "0", "¥0"
	}
	items := jsonList(len(cart.Lines), func(i int) string {
		l := &cart.Lines[i]
		o := newObject().text("productId", l.ProductID).text("name", l.Name).amount("price", l.Price).count("quantity", l.Quantity).
			amount("total", l.Total).some("variantId", l.VariantID).some("variantTitle", l.VariantTitle).some("imageUrl", l.ImageURL)
		switch {
		case l.Gone:
			o.flag("gone", true)
		case l.Available != nil && *l.Available < l.Quantity:
			o.count("available", *l.Available)
		}
		return o.end()
	})
	return newObject().count("itemCount", cart.Count).amount("subtotal", subtotal).raw("items", items).
		text("formattedTotal", formatted).some("currency", cart.Currency).end()
}

func removeFromCart(c *session) (string, error) {
	reply, err := c.Cart().Remove(c.arg("product_id"), c.arg("variant_id"))
	if err != nil {
		return "", err
	}
	if reply.Refused != nil {
		return c.refused(reply.Refused), nil
	}
	return c.done(&reply, say(c.language, "removed")), nil
}

func updateCartQuantity(c *session) (string, error) {
	reply, err := c.Cart().Set(c.arg("product_id"), c.arg("variant_id"), c.quantity)
	if err != nil {
		return "", err
	}
	if reply.Refused != nil {
		return c.refused(reply.Refused), nil
	}
	if c.quantity == 0 {
		return newObject().flag("success", true).text("message", say(c.language, "zero")).end(), nil
	}
	return c.done(&reply, say(c.language, "changed", "n", number(c.quantity))), nil
}

func clearCart(c *session) (string, error) {
	reply, err := c.Cart().Clear()
	if err != nil {
		return "", err
	}
	if reply.Refused != nil {
		return c.refused(reply.Refused), nil
	}
	return newObject().flag("success", true).text("message", say(c.language, "cleared")).end(), nil
}

func placeOrder(c *session) (string, error) {
	o, err := c.Orders().Place(omakase.OrderRequest{
		Name: c.arg("customer_name"), Email: c.arg("customer_email"), Phone: c.arg("customer_phone"), Notes: c.arg("notes"),
	})
	if err != nil {
		return "", err
	}
	if r := o.Refused; r != nil {
		if r.Reason == "product_not_found" {
			gone := *r
			gone.Reason = "goods_gone"
			return c.refused(&gone), nil
		}
		return c.refused(r), nil
	}
	return newObject().flag("success", true).text("orderId", o.ID).text("orderNumber", o.Number).count("itemCount", int64(len(o.Lines))).
		amount("subtotal", o.Subtotal).amount("tax", o.Tax).amount("shipping", o.Shipping).amount("total", o.Total).
		some("currency", o.Currency).text("formattedTotal", o.FormattedTotal).text("message", c.told(&o)).text("status", o.State).end(), nil
}

// told is an order as it is read to the customer.
func (c *session) told(o *omakase.OrderReply) string {
	s := say(c.language, "thanks", "number", o.Number)
	for i := range o.Lines {
		l := &o.Lines[i]
		s += say(c.language, "line", "n", number(l.Quantity), "sum", l.Formatted, "name", l.Name)
	}
	s += say(c.language, "subtotal", "sum", o.FormattedSubtotal)
	if o.TaxIncluded {
		s += say(c.language, "tax in", "sum", o.FormattedTax)
	} else {
		s += say(c.language, "tax", "sum", o.FormattedTax)
	}
	if o.FormattedShipping != "" {
		s += say(c.language, "shipping", "sum", o.FormattedShipping)
	}
	s += say(c.language, "total", "sum", o.FormattedTotal)
	for i := range o.Lines {
		if l := &o.Lines[i]; l.Was != "" {
			s += say(c.language, "repriced", "was", l.WasFormatted, "sum", l.PriceFormatted, "name", l.Name)
		}
	}
	return s
}

func getOrderStatus(c *session) (string, error) {
	o, err := c.Orders().Get(c.arg("order_id"))
	if err != nil {
		return "", err
	}
	if o.Refused != nil {
		return newObject().text("error", why(c.language, o.Refused)).end(), nil
	}
	return newObject().text("orderId", o.ID).text("orderNumber", o.Number).text("status", o.State).
		text("statusMessage", say(c.language, o.State)).count("itemCount", int64(len(o.Lines))).amount("total", o.Total).
		text("formattedTotal", o.FormattedTotal).text("createdAt", o.CreatedAt).end(), nil
}

package main

import omakase "github.com/omakase-ai/omakase/sdk/go"

const (
	found     = 5   // products or questions that a model is told of
	described = 100 // UTF-16 units of a description
	suggested = 3
)

func searchProducts(c *session) (string, error) {
	reply, err := c.Catalog().Search(c.arg("query"), found)
	if err != nil {
		return "", err
	}
	return newObject().count("count", int64(reply.Count)).raw("products", briefs(reply.Products)).end(), nil
}

// briefs are products as a model is told of several.
func briefs(products []omakase.CatalogProduct) string {
	return jsonList(len(products), func(i int) string {
		p := &products[i]
		return newObject().text("id", p.ID).text("name", p.Name).amount("price", p.Price).some("formattedPrice", p.Formatted).
			text("description", beginning(p.Description, described)).flag("inStock", p.InStock && p.Active).end()
	})
}

// noProduct is the result for a product that isn't there, where err says so.
func (c *session) noProduct(err error) (string, error) {
	if omakase.CodeOf(err) != omakase.CodeNotFound {
		return "", err
	}
	return newObject().text("error", say(c.language, "product_not_found")).end(), nil
}

func getProductDetails(c *session) (string, error) {
	p, record, err := c.Catalog().Get(c.arg("product_id"))
	if err != nil {
		return c.noProduct(err)
	}
	if len(record) < 2 {
		return "", omakase.Fail(omakase.CodeBadData, "the host's record of the product is empty")
	}
	rest := newObject().flag("available", p.Active && p.InStock).some("formattedPrice", p.Formatted).end()
	return record[:len(record)-1] + "," + rest[1:], nil
}

func checkStock(c *session) (string, error) {
	p, _, err := c.Catalog().Get(c.arg("product_id"))
	if err != nil {
		return c.noProduct(err)
	}
	level, sentence := "available", "in stock"
	switch {
	case !p.InStock:
		level, sentence = "out_of_stock", "sold out"
	case p.Stock == nil:
	case p.Low:
		level, sentence = "low", "hardly any"
	default:
		sentence = "some left"
	}
	o := newObject().text("productId", p.ID).text("productName", p.Name).flag("inStock", p.InStock)
	left := int64(0)
	if p.Stock != nil {
		left = *p.Stock
		o.count("quantity", left)
	}
	o.flag("isLowStock", p.InStock && p.Low).text("stockLevel", level).text("message", say(c.language, sentence, "n", number(left)))
	if len(p.Variants) > 0 {
		o.raw("variants", jsonList(len(p.Variants), func(i int) string {
			v := &p.Variants[i]
			variant := newObject().text("id", v.ID).text("title", v.Title).flag("inStock", v.InStock)
			if v.Stock != nil {
				variant.count("quantity", *v.Stock)
			}
			return variant.end()
		}))
	}
	return o.end(), nil
}

// getRecommendations answers under both keys that clients know.
func getRecommendations(c *session) (string, error) {
	products, err := c.Catalog().Suggest(c.arg("product_id"), c.arg("category"), suggested)
	if err != nil {
		return "", err
	}
	all := briefs(products)
	return newObject().raw("recommendations", all).raw("products", all).end(), nil
}

func searchFAQ(c *session) (string, error) {
	faqs, err := c.Knowledge().Search(c.arg("query"), found)
	if err != nil {
		return "", err
	}
	return newObject().count("count", int64(len(faqs))).raw("results", jsonList(len(faqs), func(i int) string {
		f := &faqs[i]
		return newObject().text("question", f.Question).text("answer", f.Answer).text("category", f.Category).end()
	})).end(), nil
}

// getStoreInfo has the shape that clients know; what the shop did not say is
// not there.
func getStoreInfo(c *session) (string, error) {
	s, err := c.Knowledge().Store()
	if err != nil {
		return "", err
	}
	o := newObject().text("name", s.Name).some("description", s.Description).some("url", s.URL)
	if len(s.Categories) > 0 {
		o.raw("categories", quoted(s.Categories))
	}
	if s.Shipping != "" {
		o.raw("shipping", newObject().text("domestic", s.Shipping).end())
	}
	if s.Returns != "" {
		o.raw("returns", newObject().text("policy", s.Returns).end())
	}
	if s.Support != "" {
		o.raw("contact", newObject().text("support", s.Support).end())
	}
	if s.Payment != "" {
		o.raw("paymentMethods", quoted([]string{s.Payment}))
	}
	return o.end(), nil
}

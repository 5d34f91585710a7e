package api

import (
	"net/url"
	"strings"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// unnamed is what the contract calls a product that was created without a name.
const unnamed = "Unnamed Product"

// setting is a field of a request and whether it was there.
type setting[T any] struct {
	value T
	presence
}

// productInput is the part of a product that clients may write.
type productInput struct {
	name, description, productURL, imageURL setting[string]
	price, currency                         setting[string]
	active                                  setting[bool]
	stock, lowStock                         setting[int64]
}

// readProduct reads a product; f.err says what is wrong with it.
func readProduct(f *fields) productInput {
	var in productInput
	in.name.value, in.name.presence = f.text("name", jsonLimit)
	in.description.value, in.description.presence = f.text("description", jsonLimit)
	in.productURL.value, in.productURL.presence = f.link("productUrl")
	in.imageURL.value, in.imageURL.presence = f.link("imageUrl")
	in.price.value, in.price.presence = f.decimal("price")
	in.currency.value, in.currency.presence = f.text("currency", 3)
	in.active.value, in.active.presence = f.flag("isActive")
	in.stock.value, in.stock.presence = f.whole("stockQuantity", catalog.MaxQuantity)
	in.lowStock.value, in.lowStock.presence = f.whole("lowStockThreshold", catalog.MaxQuantity)
	return in
}

// link reads a URL or a path within the shop. Other schemes than http and
// https are refused, because pages put links where a script could run.
func (f *fields) link(name string) (string, presence) {
	s, p := f.text(name, catalog.MaxURL)
	if u, err := url.Parse(s); err != nil || strings.ContainsAny(s, "\t\r\n") {
		f.refuse(name, "is not a URL")
	} else if u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		f.refuse(name, "must be an http or https URL")
	}
	return s, p
}

// newProduct is the product with the contract's defaults for what is absent,
// null or empty.
func (in *productInput) newProduct(defaultCurrency string) (*catalog.Product, error) {
	p := &catalog.Product{Name: in.name.value, Active: true}
	if p.Name == "" {
		p.Name = unnamed
	}
	if in.active.presence == given {
		p.Active = in.active.value
	}
	p.Description, p.URL = in.description.value, in.productURL.value
	in.setOptional(p)
	if err := in.setPrice(p, defaultCurrency); err != nil {
		return nil, err
	}
	return p, p.Validate()
}

// update changes the fields that were given; null removes those that a
// product need not have.
func (in *productInput) update(p *catalog.Product, defaultCurrency string) error {
	if in.name.presence == given {
		p.Name = in.name.value
	}
	if in.description.presence == given {
		p.Description = in.description.value
	}
	if in.productURL.presence == given {
		p.URL = in.productURL.value
	}
	if in.active.presence == given {
		p.Active = in.active.value
	}
	in.setOptional(p)
	if err := in.setPrice(p, defaultCurrency); err != nil {
		return err
	}
	return p.Validate()
}

// refuseNulls refuses null where a product must have a value.
func (in *productInput) refuseNulls(f *fields) {
	for _, field := range []struct {
		name string
		presence
	}{
		{"name", in.name.presence},
		{"description", in.description.presence},
		{"productUrl", in.productURL.presence},
		{"price", in.price.presence},
		{"currency", in.currency.presence},
		{"isActive", in.active.presence},
	} {
		if field.presence == null {
			f.refuse(field.name, "must not be null")
		}
	}
}

func (in *productInput) setOptional(p *catalog.Product) {
	switch {
	case in.imageURL.presence == given && in.imageURL.value != "":
		rest := p.Images[min(1, len(p.Images)):]
		p.Images = append([]string{in.imageURL.value}, rest...)
	case in.imageURL.presence != absent:
		p.Images = nil
	}
	if in.stock.presence != absent {
		setQuantity(p, in.stock.optional())
	}
	if in.lowStock.presence != absent {
		p.LowStockThreshold = in.lowStock.optional()
	}
}

func (s *setting[T]) optional() *T {
	if s.presence != given {
		return nil
	}
	value := s.value
	return &value
}

// setPrice sets price and currency. A price without a currency is meant in the
// product's, or else in the default one; when it has decimals that this
// currency does not have, its currency is unknown rather than its value wrong.
func (in *productInput) setPrice(p *catalog.Product, defaultCurrency string) error {
	if in.price.presence != given && in.currency.presence != given {
		return nil
	}
	decimal := in.price.value
	if in.price.presence != given {
		decimal = p.Price.Number()
	}
	if in.currency.presence == given {
		price, err := catalog.ParseMoney(decimal, in.currency.value)
		p.Price = price
		return err
	}
	cur := p.Price.Currency
	if cur == "" {
		cur = defaultCurrency
	}
	price, err := catalog.ParseMoney(decimal, cur)
	if err != nil {
		price, err = catalog.ParseMoney(decimal, "")
	}
	p.Price = price
	return err
}

// fieldError puts the place of a product in a list before its error.
func fieldError(at string, err error) error {
	if at == "" || err == nil {
		return err
	}
	return errs.New(errs.KindOf(err), "%s%v", at, err).WithHint("%s", errs.HintOf(err))
}

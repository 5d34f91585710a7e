package catalog

import (
	"net/url"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/omakase-ai/omakase/core/errs"
)

// Draft is a product as an importer read it: text that has not been checked.
// Prices are decimal strings in the currency's unit; "" means none.
type Draft struct {
	PlatformID, Handle         string
	Name, Description, URL     string
	Price, CompareAt, Currency string
	Availability               string
	SKU, GTIN, Brand, Category string
	Tags, Images               []string
	Options                    []Option
	Variants                   []DraftVariant
	Stock                      *int64
	UpdatedAt                  string
	Origins                    []Origin // where the fields come from
}

// DraftVariant is a variant of a Draft.
type DraftVariant struct {
	ID, Title, SKU, GTIN string
	Price, CompareAt     string
	Availability         string
	Options              []string
	Image                string
	Stock                *int64
}

// NewProduct checks a draft and makes the product of it, without id and times,
// which the store gives. Its error is Invalid and says in words why the draft
// is no product.
//
// Stock follows the contract with existing clients: where the shop tells no
// number, a sold-out product has quantity 0 and any other none.
func NewProduct(d *Draft, shop, plugin string) (*Product, error) {
	if d.PlatformID == "" || len(d.PlatformID) > 512 {
		return nil, errs.New(errs.Invalid, "it has no id by which it could be found again")
	}
	cur, err := ParseCurrency(d.Currency)
	if err != nil {
		return nil, err
	}
	p := &Product{
		Name:         clip(strings.Join(strings.Fields(d.Name), " "), MaxName),
		Description:  clip(strings.TrimSpace(d.Description), MaxDescription),
		SKU:          d.SKU,
		GTIN:         d.GTIN,
		Brand:        d.Brand,
		Category:     d.Category,
		Tags:         d.Tags[:min(len(d.Tags), MaxTags)],
		Options:      d.Options,
		Availability: availability(d.Availability, InStock),
		Source: &Source{
			Shop: shop, PlatformID: d.PlatformID, Handle: d.Handle, Plugin: plugin, UpdatedAt: d.UpdatedAt,
			Origins: EncodeOrigins(d.Origins),
		},
	}
	if p.URL, err = webURL(d.URL); err != nil {
		return nil, err
	}
	for _, image := range d.Images {
		if u, err := webURL(image); err == nil && u != "" && len(p.Images) < MaxImages {
			p.Images = append(p.Images, u)
		}
	}
	if p.Price, p.CompareAt, err = draftPrices(d.Price, d.CompareAt, cur); err != nil {
		return nil, err
	}
	if err := p.addVariants(d.Variants, cur); err != nil {
		return nil, err
	}
	p.setStock(d.Stock)
	if err := p.Validate(); err != nil {
		return nil, err
	}
	p.Source.Hash = p.contentHash()
	return p, nil
}

func (p *Product) addVariants(drafts []DraftVariant, cur string) error {
	if len(drafts) > MaxVariants {
		drafts = drafts[:MaxVariants]
	}
	p.Variants = make([]Variant, 0, len(drafts))
	for i := range drafts {
		d := &drafts[i]
		price, compareAt, err := draftPrices(d.Price, d.CompareAt, cur)
		if err != nil {
			return errs.Wrap("variant "+d.Title, err)
		}
		p.Variants = append(p.Variants, Variant{
			ID: d.ID, Title: d.Title, SKU: d.SKU, GTIN: d.GTIN,
			Price: price, CompareAt: compareAt,
			Availability: availability(d.Availability, p.Availability),
			Options:      d.Options, Image: d.Image, Stock: d.Stock,
		})
	}
	return nil
}

func (p *Product) setStock(stock *int64) {
	p.Active = p.Availability != OutOfStock
	p.StockQuantity = stock
	if stock == nil && !p.Active {
		p.StockQuantity = new(int64)
	}
	if stock != nil && *stock < 0 { // oversold: the platform counts below zero
		p.StockQuantity = new(int64)
	}
}

// draftPrices drops a compare-at price that is no reduction.
func draftPrices(price, compareAt, cur string) (Money, Money, error) {
	if price == "" {
		return Money{}, Money{}, nil
	}
	m, err := ParseMoney(price, cur)
	if err != nil {
		return Money{}, Money{}, err
	}
	if compareAt == "" {
		return m, Money{}, nil
	}
	before, err := ParseMoney(compareAt, cur)
	if err != nil || before.Amount <= m.Amount {
		before = Money{}
	}
	return m, before, nil
}

func availability(text string, otherwise Availability) Availability {
	switch a := Availability(text); a {
	case InStock, OutOfStock, LimitedStock:
		return a
	}
	return otherwise
}

// contentHash is over all that the shop says, so that equal hashes mean that
// there is nothing to write. Where it says it is no part of that.
func (p *Product) contentHash() uint64 {
	b := hashed.Get().(*[]byte)
	defer hashed.Put(b)
	*b = appendProduct((*b)[:0], p)
	return xxhash.Sum64(*b)
}

// hashed are buffers for what is hashed: a page of products takes one.
var hashed = sync.Pool{New: func() any { return new([]byte) }}

// webURL lets through absolute http(s) URLs and "", as clients put them into
// links and images.
func webURL(raw string) (string, error) {
	if raw == "" || isPlainURL(raw) {
		return raw, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errs.New(errs.Invalid, "%.100q is not an absolute web address", raw)
	}
	return raw, nil
}

// isPlainURL reports whether an address is sound at a glance, as those of most
// images are: a scheme, a host, and nothing that stands for something else.
func isPlainURL(raw string) bool {
	rest, ok := strings.CutPrefix(raw, "https://")
	if !ok || rest == "" || !isPlainURLByte(rest[0]) {
		return false
	}
	for i := range len(rest) {
		if c := rest[i]; !isPlainURLByte(c) && c != '/' && c != '?' && c != '=' && c != '&' {
			return false
		}
	}
	return true
}

func isPlainURLByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_'
}

func clip(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n == limit {
			return s[:i]
		}
		n++
	}
	return s
}

package importer

import (
	"encoding/json"
	"strings"

	"golang.org/x/net/html"

	"github.com/omakase-ai/omakase/core/catalog"
)

// adminProduct is a product as the Admin interface has it.
type adminProduct struct {
	ID          json.Number `json:"id"`
	Title       string      `json:"title"`
	BodyHTML    string      `json:"body_html"`
	Handle      string      `json:"handle"`
	Status      string      `json:"status"`
	Vendor      string      `json:"vendor"`
	ProductType string      `json:"product_type"`
	Tags        string      `json:"tags"`
	UpdatedAt   string      `json:"updated_at"`
	Images      []struct {
		ID  json.Number `json:"id"`
		Src string      `json:"src"`
	} `json:"images"`
	Options []struct {
		Name   string   `json:"name"`
		Values []string `json:"values"`
	} `json:"options"`
	Variants []adminVariant `json:"variants"`
}

type adminVariant struct {
	ID        json.Number `json:"id"`
	Title     string      `json:"title"`
	Price     string      `json:"price"`
	CompareAt *string     `json:"compare_at_price"`
	SKU       string      `json:"sku"`
	Barcode   *string     `json:"barcode"`
	Quantity  *int64      `json:"inventory_quantity"`
	Managed   *string     `json:"inventory_management"`
	Policy    string      `json:"inventory_policy"`
	ImageID   json.Number `json:"image_id"`
	Option1   *string     `json:"option1"`
	Option2   *string     `json:"option2"`
	Option3   *string     `json:"option3"`
}

// stock is nil where Shopify does not count it. Oversold variants count below
// zero there.
func (v *adminVariant) stock() *int64 {
	if v.Quantity == nil || v.Managed != nil && *v.Managed == "" {
		return nil
	}
	n := min(max(*v.Quantity, 0), catalog.MaxQuantity)
	return &n
}

// soldOut: none is left, and it is not sold beyond that.
func (v *adminVariant) soldOut() bool {
	n := v.stock()
	return n != nil && *n == 0 && v.Policy != "continue"
}

// product makes a product of it. What is not active in the shop is not offered
// here either.
func (a *adminProduct) product(domain, currency string) (*catalog.Product, error) {
	d := catalog.Draft{
		PlatformID: a.ID.String(), Handle: a.Handle, Name: a.Title, Description: plainText(a.BodyHTML),
		Currency: currency, Brand: a.Vendor, Category: a.ProductType, UpdatedAt: a.UpdatedAt,
	}
	if a.Handle != "" {
		d.URL = "https://" + domain + "/products/" + a.Handle
	}
	for tag := range strings.SplitSeq(a.Tags, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			d.Tags = append(d.Tags, tag)
		}
	}
	images := map[json.Number]string{}
	for _, image := range a.Images {
		images[image.ID] = image.Src
		d.Images = append(d.Images, image.Src)
	}
	for _, o := range a.Options {
		d.Options = append(d.Options, catalog.Option{Name: o.Name, Values: o.Values})
	}
	a.addVariants(&d, images)
	p, err := newProduct(&d, domain)
	if err != nil {
		return nil, err
	}
	p.Active = a.Status == "" || a.Status == "active"
	return p, nil
}

// newProduct takes a price that the shop's currency can't hold for one of an
// unknown currency.
func newProduct(d *catalog.Draft, domain string) (*catalog.Product, error) {
	p, err := catalog.NewProduct(d, domain, shopifyPlugin)
	if err == nil || d.Currency == "" {
		return p, err
	}
	bare := *d
	bare.Currency = ""
	if p, again := catalog.NewProduct(&bare, domain, shopifyPlugin); again == nil {
		return p, nil
	}
	return nil, err
}

func (a *adminProduct) addVariants(d *catalog.Draft, images map[json.Number]string) {
	soldOut, managed, sum := len(a.Variants) > 0, len(a.Variants) > 0, int64(0)
	for i := range a.Variants {
		v := &a.Variants[i]
		draft := catalog.DraftVariant{
			ID: v.ID.String(), Title: v.Title, SKU: v.SKU, GTIN: deref(v.Barcode), Price: v.Price, CompareAt: deref(v.CompareAt),
			Image: images[v.ImageID], Stock: v.stock(), Availability: string(catalog.InStock),
		}
		if v.soldOut() {
			draft.Availability = string(catalog.OutOfStock)
		}
		for _, o := range []*string{v.Option1, v.Option2, v.Option3} {
			if o != nil {
				draft.Options = append(draft.Options, *o)
			}
		}
		soldOut = soldOut && v.soldOut()
		if n := v.stock(); n != nil {
			sum = min(sum+*n, catalog.MaxQuantity)
		} else {
			managed = false
		}
		d.Variants = append(d.Variants, draft)
	}
	d.Availability = string(catalog.InStock)
	if soldOut {
		d.Availability = string(catalog.OutOfStock)
	}
	if managed {
		d.Stock = &sum
	}
	if len(d.Variants) > 0 { // as existing clients know it: the first one's
		first := &d.Variants[0]
		d.Price, d.CompareAt, d.SKU, d.GTIN = first.Price, first.CompareAt, first.SKU, first.GTIN
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// plainText is what a reader would see of HTML, in one line.
func plainText(source string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	hidden := ""
	for {
		switch z.Next() {
		case html.ErrorToken: // the end: a reader of a string has no other error
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			if hidden == "" {
				b.Write(z.Text())
			}
		case html.StartTagToken:
			b.WriteByte(' ')
			if name, _ := z.TagName(); hidden == "" && (string(name) == "script" || string(name) == "style") {
				hidden = string(name)
			}
		case html.EndTagToken:
			b.WriteByte(' ')
			if name, _ := z.TagName(); string(name) == hidden {
				hidden = ""
			}
		default:
			b.WriteByte(' ')
		}
	}
}

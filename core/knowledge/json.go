package knowledge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// JSON reads a document with products, storeInfo and faqs, entry by entry and
// in the order in which they stand. It implements Items.
type JSON struct {
	in       *json.Decoder
	currency string
	list     string // the list that is being read, "" between lists
	index    int
	began    bool
	found    bool // one of the three keys
}

// NewJSON returns a reader of a document in UTF-8. A price without a currency
// is meant in currency.
func NewJSON(r io.Reader, currency string) *JSON {
	return &JSON{in: json.NewDecoder(r), currency: currency}
}

// Next implements Items. The error is Invalid for what is no such document.
func (j *JSON) Next() (Item, error) {
	if !j.began {
		j.began = true
		if t, err := j.token(); err != nil {
			return Item{}, err
		} else if t != json.Delim('{') {
			return Item{}, errs.New(errs.Invalid, "the document is not an object").WithHint("send an object with products, storeInfo or faqs")
		}
	}
	for {
		if j.list != "" {
			if j.in.More() {
				return j.entry()
			}
			if _, err := j.token(); err != nil { // the bracket, unless the document ends early
				return Item{}, err
			}
			j.list = ""
		}
		if !j.in.More() {
			return Item{}, j.end()
		}
		item, found, err := j.member()
		if err != nil || found {
			return item, err
		}
	}
}

// end is io.EOF when the document ends well.
func (j *JSON) end() error {
	if _, err := j.token(); err != nil {
		return err
	}
	if _, err := j.in.Token(); !errors.Is(err, io.EOF) {
		return errs.New(errs.Invalid, "something follows the document at byte %d", j.in.InputOffset())
	}
	if !j.found {
		return errs.New(errs.Invalid, "the document has none of products, storeInfo and faqs")
	}
	return io.EOF
}

func (j *JSON) token() (json.Token, error) {
	t, err := j.in.Token()
	return t, j.wrap(err)
}

// wrap says where a document is broken; errors of the reader stay as they are.
func (j *JSON) wrap(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errs.New(errs.Invalid, "the document ends too early")
	case errors.As(err, &syntax):
		return errs.New(errs.Invalid, "the document is not valid JSON: %v at byte %d", err, syntax.Offset)
	}
	return err
}

// member enters the next member of the document. found says that it is an
// entry itself.
func (j *JSON) member() (item Item, found bool, err error) {
	key, err := j.token()
	if err != nil {
		return item, false, err
	}
	switch key {
	case "products", "faqs":
		j.found = true
		t, err := j.token()
		switch {
		case err != nil:
			return item, false, err
		case t == nil:
			return item, false, nil
		case t != json.Delim('['):
			return item, false, errs.New(errs.Invalid, "%s is not an array", key)
		}
		j.list, j.index = key.(string), 0
		return item, false, nil
	case "storeInfo":
		j.found = true
		raw, err := j.value()
		if err != nil || string(raw) == "null" {
			return item, false, err
		}
		item = Item{At: "storeInfo"}
		item.Context, item.Err = readStoreInfo(raw)
		return item, true, nil
	}
	_, err = j.value()
	return item, false, err
}

func (j *JSON) value() (raw json.RawMessage, err error) {
	err = j.wrap(j.in.Decode(&raw))
	return raw, err
}

func (j *JSON) entry() (Item, error) {
	item := Item{At: fmt.Sprintf("%s[%d]", j.list, j.index)}
	j.index++
	raw, err := j.value()
	if err != nil {
		return Item{}, err
	}
	if j.list == "faqs" {
		item.FAQ, item.Err = readFAQ(raw)
	} else {
		item.Product, item.Err = readProduct(raw, j.currency)
	}
	return item, nil
}

// loose reads members of an object one by one and remembers the first that is
// wrong.
type loose struct {
	members map[string]json.RawMessage
	err     error
}

func looseObject(raw json.RawMessage) *loose {
	o := &loose{}
	if json.Unmarshal(raw, &o.members) != nil || o.members == nil {
		o.err = errs.New(errs.Invalid, "it is not an object")
	}
	return o
}

func (o *loose) refuse(name, format string, args ...any) {
	if o.err == nil {
		o.err = errs.New(errs.Invalid, name+" "+format, args...)
	}
}

// into decodes a member; absent and null leave to as it is.
func (o *loose) into(name, what string, to any) {
	if raw := o.members[name]; raw != nil && json.Unmarshal(raw, to) != nil {
		o.refuse(name, "must be %s", what)
	}
}

func (o *loose) text(name string) string {
	var s string
	o.into(name, "a string", &s)
	if strings.IndexByte(s, 0) >= 0 {
		o.refuse(name, "holds a NUL character")
	}
	return s
}

// code reads a string or a number: ids and article numbers come as either.
func (o *loose) code(name string) string {
	var n json.Number
	if raw := o.members[name]; len(raw) > 0 && raw[0] != '"' {
		o.into(name, "a string or a number", &n)
		return n.String()
	}
	return o.text(name)
}

// number reads a number, or a text that people would take for one.
func (o *loose) number(name string) string {
	raw := o.members[name]
	switch {
	case len(raw) == 0 || raw[0] == 'n':
		return ""
	case raw[0] == '"':
		return o.text(name)
	case raw[0] != '-' && (raw[0] < '0' || raw[0] > '9'):
		o.refuse(name, "must be a number")
		return ""
	case len(raw) > 40 || strings.ContainsAny(string(raw), "eE"):
		o.refuse(name, "has too many digits")
		return ""
	}
	return string(raw)
}

func (o *loose) price(name, cur, otherwise string) catalog.Money {
	m, err := readPrice(o.number(name), cur, otherwise)
	if err != nil {
		o.refuse(name, "is wrong: %v", err)
	}
	return m
}

func (o *loose) quantity(name string) *int64 {
	n, err := readStock(o.number(name))
	if err != nil {
		o.refuse(name, "is wrong: %v", err)
	}
	return n
}

func readFAQ(raw json.RawMessage) (*FAQ, error) {
	o := looseObject(raw)
	f := &FAQ{Question: o.text("question"), Answer: o.text("answer"), Category: o.text("category"), Active: true}
	o.into("keywords", "an array of strings", &f.Keywords)
	o.into("isActive", "true or false", &f.Active)
	if o.err != nil {
		return nil, o.err
	}
	if f.Normalize(); len(f.Keywords) == 0 {
		f.Keywords = DeriveKeywords(f.Question)
	}
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return f, nil
}

func readStoreInfo(raw json.RawMessage) (*Context, error) {
	o := looseObject(raw)
	c := &Context{Name: o.text("name"), Description: o.text("description"), URL: o.text("url")}
	o.into("categories", "an array of strings", &c.Categories)
	if o.err != nil {
		return nil, o.err
	}
	c.Normalize()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// readProduct reads a product as clients write it, and as this server's own
// lists have it.
func readProduct(raw json.RawMessage, otherwise string) (*catalog.Product, error) {
	o := looseObject(raw)
	cur, err := catalog.ParseCurrency(o.text("currency"))
	if err != nil {
		o.refuse("currency", "is wrong: %v", err)
	}
	p := &catalog.Product{
		ID: o.code("id"), Name: o.text("name"), Description: o.text("description"), URL: o.text("productUrl"),
		SKU: o.code("sku"), GTIN: o.code("gtin"), Brand: o.text("brand"), Category: o.text("category"), Active: true,
		Price: o.price("price", cur, otherwise), StockQuantity: o.quantity("stockQuantity"), LowStockThreshold: o.quantity("lowStockThreshold"),
	}
	p.CompareAt = o.price("compareAtPrice", p.Price.Currency, "")
	o.into("isActive", "true or false", &p.Active)
	o.into("imageUrls", "an array of strings", &p.Images)
	o.into("tags", "an array of strings", &p.Tags)
	o.into("options", "an array of objects", &p.Options)
	if image := o.text("imageUrl"); image != "" && len(p.Images) == 0 {
		p.Images = []string{image}
	}
	p.Availability = availability(o.text("availability"))
	var variants []json.RawMessage
	o.into("variants", "an array", &variants)
	for i, raw := range variants {
		v, err := readVariant(raw, p.Price.Currency, otherwise)
		if err != nil {
			o.refuse(fmt.Sprintf("variants[%d]", i), "is wrong: %v", err)
			break
		}
		p.Variants = append(p.Variants, v)
	}
	if len(p.ID) > maxProductID || strings.IndexFunc(p.ID, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 {
		o.refuse("id", "is longer than %d bytes, or can't be printed", maxProductID)
	}
	if o.err != nil {
		return nil, o.err
	}
	if err := checkProduct(p); err != nil {
		return nil, err
	}
	return p, nil
}

func availability(text string) catalog.Availability {
	switch a := catalog.Availability(text); a {
	case catalog.InStock, catalog.OutOfStock, catalog.LimitedStock:
		return a
	}
	return ""
}

func readVariant(raw json.RawMessage, cur, otherwise string) (catalog.Variant, error) {
	o := looseObject(raw)
	v := catalog.Variant{
		ID: o.code("id"), Title: o.text("title"), SKU: o.code("sku"), GTIN: o.code("gtin"), Image: o.text("imageUrl"),
		Price: o.price("price", cur, otherwise), Availability: availability(o.text("availability")), Stock: o.quantity("stockQuantity"),
	}
	v.CompareAt = o.price("compareAtPrice", v.Price.Currency, "")
	if v.Title == "" {
		v.Title = o.text("name")
	}
	o.into("options", "an array of strings", &v.Options)
	if o.err == nil {
		o.err = checkLink("imageUrl", v.Image)
	}
	return v, o.err
}

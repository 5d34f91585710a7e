package schema

import (
	"strings"

	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// maxThings bounds the things of one page.
const maxThings = 500

// maxLevels bounds how deep things are read in things.
const maxLevels = 12

// Read returns all things of a page's documents, in their order: JSON-LD, or
// the {"items":[…]} of microdata and RDFa. Documents that can't be read are
// left out.
func Read(documents ...string) []Thing {
	var all []Thing
	for _, d := range documents {
		if d == "" {
			continue
		}
		r := json.NewReader(d)
		things := readThings(r, Main, 0)
		if r.End() != nil {
			continue
		}
		all = flatten(all, things)
	}
	all = dropCopies(all)
	for i := range all {
		all[i].resolve(all)
	}
	return all
}

func flatten(all, things []Thing) []Thing {
	for i := range things {
		if len(all) >= maxThings {
			return all
		}
		within := things[i].within
		things[i].within = nil
		all = append(all, things[i])
		all = flatten(all, within)
	}
	return all
}

// dropCopies leaves out what is described twice word for word.
func dropCopies(all []Thing) []Thing {
	kept := all[:0]
next:
	for i := range all {
		t := &all[i]
		for k := range kept {
			if t.Name != "" && t.Name == kept[k].Name && t.URL == kept[k].URL && t.SKU == kept[k].SKU && len(t.Offers) == len(kept[k].Offers) &&
				len(t.Variants) == len(kept[k].Variants) && sameTypes(t, &kept[k]) && sameOffers(t, &kept[k]) {
				kept[k].Role = min(kept[k].Role, t.Role)
				continue next
			}
		}
		kept = append(kept, *t)
	}
	return kept
}

func sameTypes(a, b *Thing) bool { return strings.Join(a.Types, " ") == strings.Join(b.Types, " ") }

func sameOffers(a, b *Thing) bool {
	for i := range a.Offers {
		if a.Offers[i].Price != b.Offers[i].Price || a.Offers[i].Low != b.Offers[i].Low || a.Offers[i].SKU != b.Offers[i].SKU {
			return false
		}
	}
	return true
}

// resolve follows references between things: an offer, variant or brand that
// is only named by its @id elsewhere.
func (t *Thing) resolve(all []Thing) {
	for i := range t.Variants {
		v := &t.Variants[i]
		if v.ID == "" || v.Name != "" || len(v.Offers) > 0 {
			continue
		}
		if found := withID(all, v.ID, func(o *Thing) bool { return o != t && len(o.Variants) == 0 }); found != nil {
			*v = *found
			v.Variants = nil
		}
	}
	for i := range t.Offers {
		o := &t.Offers[i]
		if o.ID == "" || o.Price != "" || o.Low != "" {
			continue
		}
		if found := withID(all, o.ID, func(o *Thing) bool { return o.offer != nil }); found != nil {
			*o = found.asOffer()
		}
	}
	if t.Brand == "" && t.brand != "" {
		if found := withID(all, t.brand, func(o *Thing) bool { return o.Name != "" }); found != nil {
			t.Brand = found.Name
		}
	}
	if len(t.Offers) == 0 && t.offer != nil && t.IsProduct() {
		if o := t.asOffer(); o.Price != "" || o.Low != "" {
			t.Offers = []Offer{o}
		}
	}
}

// withID is the first thing with an @id that is as it should be, nil where
// there is none.
func withID(all []Thing, id string, is func(*Thing) bool) *Thing {
	for i := range all {
		if all[i].ID == id && is(&all[i]) {
			return &all[i]
		}
	}
	return nil
}

// asOffer is the offer that a thing is.
func (t *Thing) asOffer() Offer {
	o := *t.offer
	o.Aggregate = t.Is("aggregateoffer")
	o.ID, o.URL, o.Name, o.SKU, o.MPN, o.GTIN = t.ID, t.URL, t.Name, t.SKU, t.MPN, t.GTIN
	if t.IsProduct() {
		o.Name = ""
	}
	o.settle()
	return o
}

// readThings reads a thing, or a list of them.
func readThings(r *json.Reader, role Role, level int) []Thing {
	var things []Thing
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			things = append(things, readThings(r, role, level)...)
			if len(things) > maxThings {
				break
			}
		}
	case json.Object:
		if level > maxLevels {
			r.Skip()
			return nil
		}
		var t Thing
		t.Role = role
		t.read(r, level)
		things = append(things, t)
	default:
		r.Skip()
	}
	return things
}

// read reads the fields of a thing. Microdata has them one level deeper.
func (t *Thing) read(r *json.Reader, level int) {
	for key := range r.Fields {
		switch key = unprefixed(key); key {
		case "properties":
			if r.Kind() == json.Object {
				t.read(r, level)
			}
		case "@graph", "items", "mainEntity", "mainEntityOfPage":
			if r.Kind() == json.String {
				continue
			}
			t.within = append(t.within, readThings(r, t.Role, level+1)...)
		case "itemListElement", "item", "hasPart", "hasOfferCatalog":
			t.within = append(t.within, readThings(r, max(t.Role, Listed), level+1)...)
		case "isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor", "isConsumableFor", "itemReviewed", "about", "mentions", "subjectOf", "review", "owns", "makesOffer":
			t.within = append(t.within, readThings(r, Related, level+1)...)
		case "hasVariant", "model":
			t.Variants = append(t.Variants, t.readVariants(r, level)...)
		case "offers", "offer":
			t.Offers = append(t.Offers, readOffers(r, level+1)...)
		default:
			t.readField(r, key, level)
		}
	}
}

// unprefixed is a name without the prefix of the vocabulary.
func unprefixed(key string) string {
	if i := strings.LastIndexAny(key, ":/#"); i >= 0 {
		return key[i+1:]
	}
	return key
}

func (t *Thing) readVariants(r *json.Reader, level int) []Thing {
	var variants []Thing
	for _, v := range readThings(r, Main, level+1) {
		// A variant may hold the group again; what it holds is of no interest.
		v.within = nil
		if v.Name != "" || v.ID != "" || len(v.Offers) > 0 || v.SKU != "" {
			variants = append(variants, v)
		}
	}
	return variants
}

func (t *Thing) readField(r *json.Reader, key string, level int) {
	switch key {
	case "@type", "type":
		for _, s := range readTexts(r, "") {
			t.Types = append(t.Types, Term(s))
		}
	case "@id", "id":
		t.ID = scalar(r)
	case "url":
		t.URL = first(t.URL, first(readTexts(r, "@id")...))
	case "name", "title":
		if t.Name == "" || key == "name" {
			t.Name = first(clean(first(readTexts(r, "@value")...)), t.Name)
		}
	case "description":
		t.HTML = first(t.HTML, first(readTexts(r, "@value")...))
	case "category":
		t.Category = first(t.Category, clean(first(readTexts(r, "name")...)))
	case "brand", "manufacturer":
		t.readBrand(r, key)
	case "image":
		t.Images = append(t.Images, readImages(r)...)
	case "color", "size", "material":
		t.readTrait(r, key)
	case "aggregateRating":
		t.Rated = true
	case "price", "lowPrice", "highPrice", "priceCurrency", "availability", "itemCondition", "priceSpecification":
		if t.offer == nil {
			t.offer = &Offer{}
		}
		if key == "priceSpecification" {
			t.offer.specify(readSpecifications(r, level+1))
			return
		}
		t.offer.readField(r, key)
	default:
		t.readCode(r, key)
	}
}

func (t *Thing) readBrand(r *json.Reader, key string) {
	if key != "brand" && t.Brand != "" {
		r.Skip()
		return
	}
	if r.Kind() != json.Object {
		t.Brand = first(clean(first(readTexts(r, "name")...)), t.Brand)
		return
	}
	raw := r.Raw()
	if name := clean(first(readTexts(json.NewReader(raw), "name")...)); name != "" {
		t.Brand = name
	} else {
		t.brand = first(readTexts(json.NewReader(raw), "@id")...)
	}
}

func (t *Thing) readTrait(r *json.Reader, key string) {
	value := clean(first(readTexts(r, "name")...))
	switch key {
	case "color":
		t.Color = first(t.Color, value)
	case "size":
		t.Size = first(t.Size, value)
	default:
		t.Material = first(t.Material, value)
	}
}

func (t *Thing) readCode(r *json.Reader, key string) {
	switch strings.ToLower(key) {
	case "sku":
		t.SKU = first(t.SKU, code(r))
	case "mpn":
		t.MPN = first(t.MPN, code(r))
	case "productid", "identifier":
		t.readIdentifier(r)
	case "productgroupid", "inproductgroupwithid":
		t.Group = first(t.Group, code(r))
	case "gtin", "gtin8", "gtin12", "gtin13", "gtin14", "ean", "isbn":
		t.GTIN = first(t.GTIN, GTIN(code(r)))
	}
}

// readIdentifier reads a productID, which may name its kind: "sku:123",
// "mpn:925872", "isbn:123-456-789".
func (t *Thing) readIdentifier(r *json.Reader) {
	value := first(readTexts(r, "value")...)
	kind, id, ok := strings.Cut(value, ":")
	if !ok {
		t.ProductID = first(t.ProductID, clean(value))
		return
	}
	switch strings.ToLower(kind) {
	case "sku":
		t.SKU = first(t.SKU, clean(id))
	case "mpn":
		t.MPN = first(t.MPN, clean(id))
	case "isbn", "gtin", "gtin8", "gtin12", "gtin13", "gtin14", "upc", "ean":
		t.GTIN = first(t.GTIN, GTIN(id))
	default:
		t.ProductID = first(t.ProductID, clean(value))
	}
}

// readImages reads addresses of images, however deep they stand.
func readImages(r *json.Reader) []string {
	var all []string
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			all = append(all, readImages(r)...)
		}
	case json.Object:
		var url, content string
		for key := range r.Fields {
			switch key {
			case "properties":
				all = append(all, readImages(r)...)
			case "contentUrl", "contentURL":
				content = first(readTexts(r, "@id")...)
			case "url", "@id", "src":
				if s := first(readTexts(r, "@id")...); url == "" || key == "url" {
					url = s
				}
			}
		}
		if s := first(content, url); s != "" {
			all = append(all, s)
		}
	default:
		if s := strings.TrimSpace(plaintext.Unescape(scalar(r))); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// readTexts reads a text, an object's field of that name, or a list of either.
func readTexts(r *json.Reader, field string) []string {
	var all []string
	switch r.Kind() {
	case json.Array:
		for range r.Items {
			all = append(all, readTexts(r, field)...)
		}
	case json.Object:
		for key := range r.Fields {
			if field != "" && key == field || key == "properties" || key == "@value" {
				all = append(all, readTexts(r, field)...)
			}
		}
	default:
		if s := scalar(r); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// readTerms reads terms of the vocabulary: as texts, or as objects that name
// them by their @id.
func readTerms(r *json.Reader) []string {
	if r.Kind() != json.Object {
		return readTexts(r, "name")
	}
	raw := r.Raw()
	if all := readTexts(json.NewReader(raw), "@id"); len(all) > 0 {
		return all
	}
	return readTexts(json.NewReader(raw), "name")
}

// scalar reads a text or a number; anything else is "".
func scalar(r *json.Reader) string {
	switch r.Kind() {
	case json.String:
		return r.Str()
	case json.Number:
		return r.Number()
	}
	r.Skip()
	return ""
}

// code reads the text of a code, such as an SKU.
func code(r *json.Reader) string {
	s := clean(first(readTexts(r, "value")...))
	switch strings.ToLower(s) {
	case "null", "undefined", "n/a", "none", "-", "false", "0":
		return ""
	}
	return s
}

func clean(s string) string {
	s = plaintext.Unescape(s)
	if strings.Contains(s, "&") { // escaped twice
		s = plaintext.Unescape(s)
	}
	if strings.Contains(s, "<") {
		s = plaintext.Of(s)
	}
	return plaintext.Tidy(s)
}

// first is the first of the texts that is not empty.
func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// Term is the last segment of a term of the vocabulary, its letters in lower
// case: "https://schema.org/InStock", "InStock", "http://schema.org/ instock "
// and "schema:in_stock" are the same.
func Term(s string) string {
	s = s[strings.LastIndexAny(s, "/#:")+1:]
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i] | 0x20; c >= 'a' && c <= 'z' {
			b = append(b, c)
		} else if s[i] >= '0' && s[i] <= '9' {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// GTIN is a barcode if it has the form of a GTIN: merchants keep all sorts of
// things in that field.
func GTIN(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(s), "-", ""), " ", "")
	switch len(s) {
	case 8, 12, 13, 14:
		if _, whole := price.Decimal("1" + s); whole && strings.IndexByte(s, '.') < 0 {
			return s
		}
	}
	return ""
}

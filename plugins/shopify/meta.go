package main

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
	"github.com/omakase-ai/omakase/sdk/go/plaintext"
	"github.com/omakase-ai/omakase/sdk/go/price"
)

// meta is what a shop says of itself in /meta.json.
type meta struct {
	shop   omakase.Shop
	total  int    // products published; 0 when it does not say
	origin string // where the shop really is, after redirects; "" when it has no /meta.json
}

// readMeta reads /meta.json. A shop without it, or one that hides it, is no
// error.
func readMeta(ctx *omakase.Context, at place) (meta, error) {
	a, err := get(ctx, omakase.FetchRequest{URL: at.origin + "/meta.json"})
	switch omakase.CodeOf(err) {
	case "":
	case omakase.CodeBlocked, omakase.CodeRobots, omakase.CodeTooLarge, omakase.CodeBadData,
		omakase.CodeUnavailable, omakase.CodeTimeout:
		return meta{}, nil
	default:
		return meta{}, err
	}
	if a.refused() != "" {
		return meta{}, nil
	}
	m, ok := parseMeta(a.text)
	if !ok {
		return meta{}, nil
	}
	if origin, path := splitURL(a.url); path == "/meta.json" {
		m.origin = origin
	}
	return m, nil
}

func parseMeta(document string) (m meta, ok bool) {
	r := json.NewReader(document)
	if r.Kind() != json.Object {
		return m, false
	}
	for key := range r.Fields {
		switch key {
		case "name":
			m.shop.Name = plaintext.Tidy(scalar(r))
		case "country":
			m.shop.Country = scalar(r)
		case "currency":
			m.shop.Currency = price.Code(scalar(r))
		case "published_products_count":
			if r.Kind() == json.Number {
				m.total = smallNumber(r.Number())
			}
		}
	}
	return m, r.End() == nil
}

// smallNumber is a count of products, 0 when it is none that could be.
func smallNumber(s string) int {
	if len(s) > 8 || !isDigits(s) {
		return 0
	}
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// readShop learns of the shop from one of its web pages. A page that the shop
// does not show tells nothing; one that it may show later is an error, since
// prices in the wrong currency would be worse than none.
func readShop(ctx *omakase.Context, url string) (omakase.Shop, error) {
	if url == "" {
		return omakase.Shop{}, nil
	}
	a, err := get(ctx, omakase.FetchRequest{URL: url})
	if err != nil && (isRetryable(err) || omakase.CodeOf(err) == omakase.CodeCancelled) {
		return omakase.Shop{}, err
	}
	return shopOf(a.text), nil
}

// shopOf reads what the scripts and meta tags of a Shopify page say of the
// shop: the currency in which this visitor sees prices, the country and the
// language.
func shopOf(page string) omakase.Shop {
	var s omakase.Shop
	if at := after(page, "Shopify.currency = "); at != "" {
		r := json.NewReader(at)
		if r.Kind() == json.Object {
			for key := range r.Fields {
				if key == "active" {
					s.Currency = price.Code(scalar(r))
				}
			}
		}
	}
	if s.Currency == "" {
		s.Currency = price.Code(metaContent(page, "og:price:currency"))
	}
	s.Country = jsString(after(page, "Shopify.country = "))
	s.Locale = jsString(after(page, "Shopify.locale = "))
	s.Name = plaintext.Tidy(plaintext.Unescape(metaContent(page, "og:site_name")))
	return s
}

// after is what follows the first marker in s, or "".
func after(s, marker string) string {
	_, rest, _ := strings.Cut(s, marker)
	return rest
}

// jsString is the short quoted string that s begins with, or "".
func jsString(s string) string {
	if s == "" || s[0] != '"' {
		return ""
	}
	end := strings.IndexByte(s[1:min(len(s), 32)], '"')
	if end < 0 {
		return ""
	}
	return s[1 : 1+end]
}

// metaContent is the content of the meta tag with that property, as Shopify's
// themes write it: property first.
func metaContent(page, property string) string {
	rest := after(page, `property="`+property+`"`)
	rest = rest[:min(len(rest), 2048)]
	if end := strings.IndexByte(rest, '>'); end >= 0 {
		rest = rest[:end]
	}
	content := after(rest, `content="`)
	if end := strings.IndexByte(content, '"'); end >= 0 {
		return content[:end]
	}
	return ""
}

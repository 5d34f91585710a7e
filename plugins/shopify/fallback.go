package main

import (
	"errors"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// withoutListing begins a scrape whose products.json can't be read, for the
// reason why: by the sitemap, or not at all.
func (s *scraper) withoutListing(c cursor, a answer, why error) (omakase.ScrapeReply, error) {
	if a.status == 404 && c.shop.prefix != "" { // not the prefix of a language
		c.shop.prefix = ""
		return s.products(c)
	}
	reply, err := s.sitemap(cursor{phase: phaseSitemap, shop: c.shop, currency: c.currency, limit: c.limit, page: 1})
	switch {
	case err == nil && len(reply.Refs) > 0:
		reply.Notes = append([]string{messageOf(why) + "; its products are read one by one by way of the sitemap"}, reply.Notes...)
		return reply, nil
	case err != nil && isRetryable(err) && omakase.CodeOf(err) != omakase.CodeBadData:
		return omakase.ScrapeReply{}, err
	case err != nil && omakase.CodeOf(err) == omakase.CodeCancelled:
		return omakase.ScrapeReply{}, err
	}
	return omakase.ScrapeReply{}, s.diagnose(c, a, why)
}

// diagnose finds words for a site of which neither products.json nor a sitemap
// with products can be read.
func (s *scraper) diagnose(c cursor, a answer, why error) error {
	home, err := get(s.ctx, omakase.FetchRequest{URL: c.shop.String() + "/"})
	if err != nil {
		switch omakase.CodeOf(err) {
		case omakase.CodePassword, omakase.CodeClosed, omakase.CodeCancelled:
			return err
		}
		return why
	}
	lower := strings.ToLower(home.text)
	ours := a.shopify || home.shopify || markers(home.text) > 1
	switch {
	case isPasswordTheme(home.text):
		return errPassword()
	case strings.Contains(lower, "shop is currently unavailable") || strings.Contains(lower, "store is unavailable"):
		return omakase.Fail(omakase.CodeClosed, "the shop says that it is closed")
	case ours:
		return why
	case isRetryable(why) && (strings.Contains(lower, "maintenance") || strings.Contains(lower, "メンテナンス")):
		return why
	}
	return omakase.Fail(omakase.CodeNotAShop,
		hostOf(c.shop.origin)+" does not look like a Shopify shop: it shows neither a product list nor anything else of Shopify's")
}

// isPasswordTheme reports whether a page is that of a shop with a password.
func isPasswordTheme(page string) bool {
	return strings.Contains(page, "template-password") || strings.Contains(page, `action="/password"`)
}

// messageOf is the message of an error, without its code.
func messageOf(err error) string {
	if e, ok := errors.AsType[*omakase.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

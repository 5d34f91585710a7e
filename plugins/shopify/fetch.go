package main

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/json"
)

// answer is what a shop said to a request, read as far as the scrape needs.
type answer struct {
	url         string // after redirects
	handle      string // of the body in the host
	status      int
	text        string
	notModified bool
	shopify     bool // the headers are Shopify's
}

// get fetches a URL. What ends a scrape whatever the page was is an error:
// the shop's password, its being closed, and being told to slow down. Where
// the answer is JSON and paths are given, only these fields are read.
func get(ctx *omakase.Context, req omakase.FetchRequest, paths ...string) (answer, error) {
	resp, err := ctx.HTTP().Fetch(req)
	if err != nil {
		return answer{}, err
	}
	a := answer{
		url: resp.URL, handle: resp.Body, status: resp.Status, notModified: resp.NotModified,
		shopify: hasShopifyHeaders(resp.Headers),
	}
	if a.notModified {
		return a, nil
	}
	switch {
	case a.status == 402 || a.status == 423:
		return a, omakase.Fail(omakase.CodeClosed, "the shop is closed: it answers with status "+strconv.Itoa(a.status))
	case a.status == 429 || a.status == 430:
		return a, omakase.Retry(omakase.CodeRateLimited, "the shop asks to slow down")
	case a.status >= 500:
		return a, omakase.Retry(omakase.CodeUnavailable, "the shop answers with status "+strconv.Itoa(a.status))
	case isPasswordPage(a.url):
		return a, errPassword()
	}
	if a.status == 200 {
		a.text, err = resp.Document(paths...)
	} else {
		a.text, err = resp.Text()
	}
	return a, err
}

func errPassword() error {
	return omakase.Fail(omakase.CodePassword,
		"the shop is behind a password: it can be read once the password is removed in Shopify under Online Store, Preferences")
}

// isPasswordPage reports whether a URL is the page to which a shop with a
// password sends its visitors.
func isPasswordPage(url string) bool {
	_, path := splitURL(url)
	path = strings.TrimSuffix(path, "/")
	prefix, ok := strings.CutSuffix(path, "/password")
	return ok && (prefix == "" || isLocale(strings.TrimPrefix(prefix, "/")))
}

func hasShopifyHeaders(headers []omakase.Header) bool {
	for _, h := range headers {
		switch strings.ToLower(h.Name) {
		case "x-shopid", "x-sorting-hat-shopid", "x-shopify-stage":
			return true
		case "powered-by":
			if strings.EqualFold(h.Value, "Shopify") {
				return true
			}
		}
	}
	return false
}

// isJSON reports whether the text begins as a JSON object or array does; the
// content type is no help, shops send JSON as text/javascript and web pages
// with status 200.
func isJSON(text string) bool {
	if json.IsPacked(text) {
		return true
	}
	text = strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), " \t\r\n")
	return text != "" && (text[0] == '{' || text[0] == '[')
}

// refused says in words why an answer is not the JSON that was asked for, ""
// when it is.
func (a *answer) refused() string {
	switch {
	case a.status == 401 || a.status == 403:
		return "it is turned off (status " + strconv.Itoa(a.status) + ")"
	case a.status < 200 || a.status > 299:
		return "there is none (status " + strconv.Itoa(a.status) + ")"
	case !isJSON(a.text):
		return "a web page comes in its place"
	}
	return ""
}

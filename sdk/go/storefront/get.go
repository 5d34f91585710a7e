package storefront

import (
	"strconv"
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
)

// Answer is what a shop said to a request, read as far as it was asked for.
type Answer struct {
	omakase.FetchReply
	Text string
}

// Get fetches a URL. What ends an import whatever the page was is an error: a
// password, a closed shop, being told to slow down, a server that is down. With
// paths, only these fields of a JSON document are read; see [omakase.Body.JSON].
func Get(ctx *omakase.Context, req omakase.FetchRequest, paths ...string) (Answer, error) {
	resp, err := ctx.HTTP().Fetch(req)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{FetchReply: resp.FetchReply}
	if a.NotModified {
		return a, nil
	}
	if err := refuse(&a); err != nil {
		return a, err
	}
	if a.Status == 200 && len(paths) > 0 {
		a.Text, err = resp.JSON(paths...)
	} else {
		a.Text, err = resp.Text()
	}
	return a, err
}

// refuse is the error that a status or an address stands for.
func refuse(a *Answer) error {
	status := strconv.Itoa(a.Status)
	switch {
	case a.Status == 402 || a.Status == 423:
		return omakase.Fail(omakase.CodeClosed, "the shop is closed: it answers with status "+status)
	case a.Status == 429:
		return omakase.Retry(omakase.CodeRateLimited, "the shop asks to slow down")
	case a.Status == 401 && omakase.HeaderValue(a.Headers, "WWW-Authenticate") != "":
		return omakase.Fail(omakase.CodePassword, "the shop is behind a password: it can be read once the password is removed")
	case a.Status >= 500:
		return omakase.Retry(omakase.CodeUnavailable, "the shop answers with status "+status)
	}
	return nil
}

// IsJSON reports whether the text begins as a JSON object or array does. The
// content type is no help: shops send JSON as text and web pages as JSON.
func (a *Answer) IsJSON() bool { return IsJSON(a.Text) }

// IsJSON reports whether a text begins as a JSON object or array does.
func IsJSON(text string) bool {
	text = strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), " \t\r\n")
	return text != "" && (text[0] == '{' || text[0] == '[')
}

// NoJSON says in words why an answer is not the JSON that was asked for, "" when
// it is.
func (a *Answer) NoJSON() string {
	switch {
	case a.Status == 401 || a.Status == 403:
		return "it is turned off (status " + strconv.Itoa(a.Status) + ")"
	case a.Status < 200 || a.Status > 299:
		return "there is none (status " + strconv.Itoa(a.Status) + ")"
	case !a.IsJSON():
		return "a web page comes in its place"
	}
	return ""
}

// Origin is the shop's origin, from any address in it.
func Origin(url string) (crawl.Address, error) {
	a, ok := crawl.Parse(url)
	if !ok {
		return a, omakase.Fail(omakase.CodeInvalid, "the shop's address must begin with http:// or https:// and name a host")
	}
	return a, nil
}

// MessageOf is the message of an error without its code.
func MessageOf(err error) string {
	if e, ok := err.(*omakase.Error); ok {
		return e.Message
	}
	return err.Error()
}

// Retryable reports whether the same request may succeed later.
func Retryable(err error) bool {
	e, ok := err.(*omakase.Error)
	return ok && e.Retryable
}

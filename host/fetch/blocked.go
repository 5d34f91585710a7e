package fetch

import (
	"bytes"
	"mime"
	"net/http"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
)

// blockedHeaders mark the answers of bot walls, whatever their status.
var blockedHeaders = []struct{ name, value, wall string }{
	{"Cf-Mitigated", "challenge", "Cloudflare"},
	{"X-Vercel-Mitigated", "challenge", "Vercel"},
	{"X-Amzn-Waf-Action", "challenge", "AWS WAF"},
	{"X-Amzn-Waf-Action", "captcha", "AWS WAF"},
}

// blockedTitles are the titles of bot walls, in lower case, and a mark that the
// page must also have, since an ordinary page may have such a title.
var blockedTitles = []struct{ title, mark, wall string }{
	{"just a moment...", "", "Cloudflare"},
	{"attention required! | cloudflare", "", "Cloudflare"},
	{"しばらくお待ちください...", "challenge", "Cloudflare"},
	{"ddos-guard", "", "DDoS-Guard"},
	{"pardon our interruption", "", "Imperva"},
	{"access denied", "edgesuite.net", "Akamai"},
	{"access to this page has been denied", "px-captcha", "PerimeterX"},
	{"robot check", "captcha", "the shop"},
}

// blockedMarks are in the pages of bot walls whose title tells nothing. Imperva
// puts its mark into shops' pages too, which have a title.
var blockedMarks = []struct {
	mark, wall string
	untitled   bool
}{
	{"window._cf_chl_opt", "Cloudflare", false},
	{"_incapsula_resource", "Imperva", true},
}

const (
	wallHead  = 16 << 10 // where a title is looked for
	wallShort = 16 << 10 // no wall known by its mark is longer
)

// blocked returns an error of the kind errs.Blocked for the page of a bot wall,
// also for one with status 200: taken for a shop's page it would look like an
// empty shop.
func blocked(ans *answer) error {
	for _, b := range blockedHeaders {
		if strings.EqualFold(ans.header.Get(b.name), b.value) {
			return wallError(b.wall)
		}
	}
	if media, _, _ := mime.ParseMediaType(ans.header.Get("Content-Type")); media != "text/html" &&
		media != "" && ans.status == http.StatusOK {
		return nil
	}
	head := bytes.ToLower(ans.body[:min(len(ans.body), wallHead)])
	title := htmlTitle(head)
	for _, b := range blockedTitles {
		if title == b.title && bytes.Contains(head, []byte(b.mark)) {
			return wallError(b.wall)
		}
	}
	if len(ans.body) > wallShort {
		return nil
	}
	for _, b := range blockedMarks {
		if (title == "" || !b.untitled) && bytes.Contains(head, []byte(b.mark)) {
			return wallError(b.wall)
		}
	}
	return nil
}

func wallError(wall string) error {
	return errs.New(errs.Blocked, "a bot wall answers in place of the page (%s)", wall).
		WithHint("omakase does not disguise itself; ask the shop's owner to let %q through, or import a CSV", productToken)
}

// htmlTitle returns the text of the first title in lower-case HTML.
func htmlTitle(page []byte) string {
	_, rest, ok := bytes.Cut(page, []byte("<title"))
	if !ok {
		return ""
	}
	_, rest, _ = bytes.Cut(rest, []byte(">"))
	text, _, ok := bytes.Cut(rest, []byte("</title"))
	if !ok {
		return ""
	}
	return string(bytes.TrimSpace(text))
}

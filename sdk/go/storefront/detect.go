package storefront

import (
	"strings"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/crawl"
)

// detectBytes is how much of a page is looked at.
const detectBytes = 512 << 10

// Marks are what pages of a platform have and others don't.
type Marks struct {
	Platform string   // its name, for reasons
	Hosts    []string // ends of the hosts of its shops: ".shop.example"
	Texts    []string // in its pages
	Certain  []string // in its pages, and nowhere else whatever happens
}

// Detect scores a page by the marks: the host is certain, two texts nearly so.
func (m *Marks) Detect(ctx *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
	if a, ok := crawl.Parse(req.URL); ok {
		for _, host := range m.Hosts {
			if strings.HasSuffix("."+a.Host, host) {
				return omakase.DetectReply{Score: 98, Reason: "the host is one of " + m.Platform + "'s"}, nil
			}
		}
	}
	text, err := ctx.Body(req.Body).Range(0, detectBytes)
	if err != nil || IsJSON(string(text)) {
		return omakase.DetectReply{}, err
	}
	page := string(text)
	for _, mark := range m.Certain {
		if strings.Contains(page, mark) {
			return omakase.DetectReply{Score: 96, Reason: "the page is built by " + m.Platform}, nil
		}
	}
	n := 0
	for _, mark := range m.Texts {
		if strings.Contains(page, mark) {
			n++
		}
	}
	switch {
	case n > 1:
		return omakase.DetectReply{Score: 96, Reason: "the page is built by " + m.Platform}, nil
	case n == 1:
		return omakase.DetectReply{Score: 60, Reason: "the page has a mark of " + m.Platform + "'s"}, nil
	}
	return omakase.DetectReply{}, nil
}

// Extract reads the products of one saved page of a product.
func (s *Site) Extract(ctx *omakase.Context, req omakase.ExtractRequest) (omakase.ExtractReply, error) {
	p, err := NewPage(ctx, req.URL, req.Body)
	if err != nil {
		return omakase.ExtractReply{}, err
	}
	products, reason, err := s.Read(p)
	if reason != "" {
		ctx.Log().Info("left out " + req.URL + ": " + reason)
	}
	return omakase.ExtractReply{Products: products}, err
}

// BeforeLast is a text without what stands behind the last separator: titles of
// pages have the shop's name there.
func BeforeLast(s, separator string) string {
	if i := strings.LastIndex(s, separator); i > 0 {
		return strings.TrimSpace(s[:i])
	}
	return s
}

// FirstOf is the first text that is more than white space.
func FirstOf(texts ...string) string {
	for _, s := range texts {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}

// IsNumber reports whether a text is nothing but digits.
func IsNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// MetaImages are the images that the meta tags of a page name.
func (a *Answers) MetaImages() []string {
	var urls []string
	for _, h := range a.OG {
		if h.Name == "og:image" {
			urls = append(urls, h.Value)
		}
	}
	return urls
}

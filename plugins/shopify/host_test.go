package main

import (
	"html"
	"regexp"

	"github.com/google/go-cmp/cmp"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

var (
	ldScript  = regexp.MustCompile(`(?is)<script[^>]*application/ld\+json[^>]*>(.*?)</script>`)
	metaTag   = regexp.MustCompile(`(?is)<meta\s+(?:property|name)="([^"]*)"\s+content="([^"]*)"`)
	canonical = regexp.MustCompile(`(?is)<link\s+rel="canonical"\s+href="([^"]*)"`)
)

// newHost returns a fake host whose html capability finds, by regular
// expressions, the few things that the plugin asks of it.
func newHost() *fakehost.Host {
	h := fakehost.New()
	h.HTML = func(page string, req wire.HTMLRequest) (wire.HTMLReply, error) {
		var reply wire.HTMLReply
		for _, m := range ldScript.FindAllStringSubmatch(page, -1) {
			if req.JSONLD {
				reply.JSONLD = append(reply.JSONLD, m[1])
			}
		}
		for _, m := range metaTag.FindAllStringSubmatch(page, -1) {
			if req.OG {
				reply.OG = append(reply.OG, wire.Header{Name: m[1], Value: html.UnescapeString(m[2])})
			}
		}
		if m := canonical.FindStringSubmatch(page); m != nil {
			reply.Canonical = html.UnescapeString(m[1])
		}
		return reply, nil
	}
	return h
}

// diffOf compares products, all of whose fields are Shopify's own.
func diffOf(want, got omakase.Product) string {
	want.Sources = fromShopify
	return cmp.Diff(want, got)
}

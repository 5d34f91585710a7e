// Command guest is the plugin that bench measures the runtime with: it echoes,
// spins, and reads a page.
package main

import (
	"strconv"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

func main() {}

func init() {
	omakase.Serve(omakase.Plugin{Scraper: omakase.Scraper{Detect: detect, Scrape: scrape}})
}

// detect answers with a part of what it was asked, or never.
func detect(_ *omakase.Context, req omakase.DetectRequest) (omakase.DetectReply, error) {
	for spun := 0; req.Status == 999; spun++ {
		if spun < 0 {
			break // in three centuries
		}
	}
	return omakase.DetectReply{Score: 50, Reason: req.URL[len(req.URL)/2:]}, nil
}

// scrape reads the products of one page, in one batch.
func scrape(ctx *omakase.Context, req omakase.ScrapeRequest) (omakase.ScrapeReply, error) {
	page, err := ctx.HTTP().Fetch(omakase.FetchRequest{URL: req.URL})
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	found, err := ctx.HTML().Query(omakase.HTMLRequest{
		Body: page.Body, URL: page.URL, JSONLD: true, OG: true,
		Select: []omakase.HTMLQuery{{CSS: "li.product", Each: []omakase.HTMLQuery{
			{CSS: "h2", Attrs: []string{"text"}}, {CSS: ".price", Attrs: []string{"text"}}, {CSS: "a", Attrs: []string{"href"}},
		}}},
	})
	if err != nil {
		return omakase.ScrapeReply{}, err
	}
	reply := omakase.ScrapeReply{Source: page.URL, Shop: &omakase.Shop{Currency: "JPY"}}
	for i, node := range found.Select[0].Nodes {
		reply.Products = append(reply.Products, omakase.Product{
			ID: strconv.Itoa(i + 1), Name: node.Each[0].Nodes[0].Values[0], Price: node.Each[1].Nodes[0].Values[0],
			URL: node.Each[2].Nodes[0].Values[0],
		})
	}
	return reply, nil
}

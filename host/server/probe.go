package server

import (
	"context"
	"slices"

	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/fetch"
)

// prober shows a shop's first page to the router.
type prober struct{ client *fetch.Client }

// Probe implements routing.Prober.
func (p prober) Probe(ctx context.Context, url string) (scrape.Probe, error) {
	res, err := p.client.Fetch(ctx, &fetch.Request{URL: url})
	if err != nil {
		return scrape.Probe{}, err
	}
	probe := scrape.Probe{URL: res.URL, Status: res.Status, Body: res.Body}
	for name, values := range res.Header {
		for _, v := range values {
			probe.Headers = append(probe.Headers, [2]string{name, v})
		}
	}
	slices.SortFunc(probe.Headers, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return probe, nil
}

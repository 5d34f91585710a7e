package server

import (
	"context"
	"net/http"

	"github.com/omakase-ai/omakase/core/knowledge/importer"
	"github.com/omakase-ai/omakase/host/fetch"
)

// shops asks the interfaces of shops with keys that they gave.
type shops struct{ client *fetch.Client }

// Get implements importer.Fetcher.
func (s shops) Get(ctx context.Context, url string, header http.Header) (importer.Answer, error) {
	res, err := s.client.Fetch(ctx, &fetch.Request{URL: url, Header: header, SameOrigin: true, Keyed: true})
	if err != nil {
		return importer.Answer{}, err
	}
	return importer.Answer{Status: res.Status, Header: res.Header, Body: res.Body}, nil
}

package main

import (
	"os"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/plugintest"
)

// TestRecordings replays what a real shop said. The recordings are in this
// folder, or beside it where plugins in several languages share them.
func TestRecordings(t *testing.T) {
	dir := "recordings"
	if _, err := os.Stat(dir); err != nil {
		dir = "../recordings"
	}
	plugintest.Recordings(t, &plugin, dir)
}

// TestErrors is about what no shop in the recordings does.
func TestErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		page fakehost.Response
		code string
	}{
		"no such shop": {fakehost.Response{Status: 404}, omakase.CodeNotAShop},
		"a bad day":    {fakehost.Response{Status: 503}, omakase.CodeUnavailable},
		"half a list":  {fakehost.Response{Body: `{"items":[{"code":`}, omakase.CodeBadData},
	} {
		t.Run(name, func(t *testing.T) {
			host := fakehost.New()
			host.Page("https://shop.example/hinoki/items?page=2", tt.page)
			_, err := scrape(host.Context(), omakase.ScrapeRequest{URL: "https://shop.example/", Cursor: "2"})
			if omakase.CodeOf(err) != tt.code {
				t.Errorf("error is %v, want the code %s", err, tt.code)
			}
		})
	}
}

func TestUnchanged(t *testing.T) {
	host := fakehost.New()
	host.Page("https://shop.example/hinoki/items?page=1", fakehost.Response{NotModified: true})
	reply, err := scrape(host.Context(), omakase.ScrapeRequest{URL: "https://shop.example"})
	if err != nil || !reply.Unchanged || len(reply.Products) > 0 {
		t.Errorf("reply is %+v, %v", reply, err)
	}
}

package api_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/api"
)

// reader stands for core/scrape's: what it answers depends on the path.
type reader struct {
	mu    sync.Mutex
	asked []int // for how many products
}

func (r *reader) Read(_ context.Context, workspace, address string, limit int) (scrape.Reading, error) {
	r.mu.Lock()
	r.asked = append(r.asked, limit)
	r.mu.Unlock()
	name := address[strings.LastIndex(address, "/")+1:]
	fault := map[string]error{
		"down":   errs.New(errs.Unavailable, "the page answers with status 503"),
		"gone":   errs.New(errs.NotFound, "the page answers with status 404"),
		"inside": errs.New(errs.Denied, "the address is private"),
		"robots": errs.New(errs.Robots, "robots.txt forbids it"),
		"busy":   errs.New(errs.Busy, "too many pages are being read"),
		"slow":   context.DeadlineExceeded,
		"broken": errs.New(errs.Internal, "a secret of ours"),
	}[name]
	if fault != nil {
		return scrape.Reading{}, fault
	}
	reading := scrape.Reading{URL: address}
	if name == "empty" {
		return reading, nil
	}
	reading.Plugin = "scraper.test"
	for _, d := range []catalog.Draft{
		{PlatformID: "1", Name: "Shirt of " + workspace, Price: "3980", Currency: "JPY", URL: address, Brand: "Linen & Co", SKU: "L-1"},
		{PlatformID: "2", Name: "Scarf"},
	} {
		p, err := catalog.NewProduct(&d, "shop.example", "scraper.test")
		if err != nil {
			return reading, err
		}
		reading.Products = append(reading.Products, p)
	}
	return reading, nil
}

func TestScrapePage(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	const path = "/api/scrape"
	h.run(
		scenario{
			name: "products", method: post, path: path, body: `{"url":"https://shop.example/list","maxProducts":20}`, status: 200,
			want: `{"success":true,"url":"https://shop.example/list","productsCount":2,"plugin":"scraper.test","products":[
				{"name":"Shirt of default","description":"","price":3980,"productUrl":"https://shop.example/list","isActive":true,"metadata":{"brand":"Linen & Co","sku":"L-1"}},
				{"name":"Scarf","price":0}]}`,
		},
		scenario{
			name: "of the workspace", method: post, path: path, header: map[string]string{"X-Workspace-Id": "tenant"},
			body: `{"url":"https://shop.example/list"}`, status: 200, want: `{"products":[{"name":"Shirt of tenant"},{"name":"Scarf"}]}`,
		},
		scenario{
			name: "nothing found", method: post, path: path, body: `{"url":"https://shop.example/empty","maxProducts":0}`, status: 200,
			want: `{"success":true,"productsCount":0,"products":[]}`, lacks: []string{"plugin"},
		},
		scenario{name: "nothing is stored", path: "/api/products", status: 200, want: `{"count":0}`},
		scenario{name: "no url", method: post, path: path, body: `{}`, status: 400, want: `{"error":"URL is required","code":"invalid_request"}`},
		scenario{name: "null", method: post, path: path, body: `{"url":null}`, status: 400, want: `{"error":"URL is required"}`},
		scenario{name: "no body", method: post, path: path, status: 400},
		scenario{name: "a number", method: post, path: path, body: `{"url":5}`, status: 400, want: `{"error":"url must be a string"}`},
		scenario{name: "too long", method: post, path: path, body: `{"url":"https://x.example/` + strings.Repeat("x", 5000) + `"}`, status: 400},
		scenario{name: "too many", method: post, path: path, body: `{"url":"https://x.example","maxProducts":1001}`, status: 400},
		scenario{name: "a negative number", method: post, path: path, body: `{"url":"https://x.example","maxProducts":-1}`, status: 400},
		scenario{name: "another scheme", method: post, path: path, body: `{"url":"file:///etc/passwd"}`, status: 400},
		scenario{
			name: "no address", method: post, path: path, body: `{"url":"nope"}`, status: 500,
			want: `{"error":"Failed to scrape products","message":"Invalid URL","code":"invalid_request"}`,
		},
		scenario{name: "no address either", method: post, path: path, body: `{"url":"::::"}`, status: 500, want: `{"message":"Invalid URL"}`},
		scenario{
			name: "a page that is down", method: post, path: path, body: `{"url":"https://shop.example/down"}`, status: 500,
			want: `{"error":"Failed to scrape products","message":"the page answers with status 503","code":"unavailable"}`,
		},
		scenario{name: "a page that is gone", method: post, path: path, body: `{"url":"https://shop.example/gone"}`, status: 500, want: `{"code":"not_found"}`},
		scenario{name: "robots.txt", method: post, path: path, body: `{"url":"https://shop.example/robots"}`, status: 500, want: `{"code":"robots_disallowed"}`},
		scenario{name: "too slow", method: post, path: path, body: `{"url":"https://shop.example/slow"}`, status: 500, want: `{"code":"timeout"}`},
		scenario{name: "a private address", method: post, path: path, body: `{"url":"http://10.0.0.1/inside"}`, status: 403, want: `{"error":"Failed to scrape products","code":"denied"}`},
		scenario{name: "all hands full", method: post, path: path, body: `{"url":"https://shop.example/busy"}`, status: 503, want: `{"code":"busy"}`, headers: map[string]string{"Retry-After": "1"}},
		scenario{name: "a fault of ours", method: post, path: path, body: `{"url":"https://shop.example/broken"}`, status: 500, want: `{"message":"internal error","code":"internal"}`},
	)
	if asked := h.pages.asked; len(asked) == 0 || asked[0] != 20 || asked[1] != 50 || asked[2] != 50 {
		t.Errorf("asked for %v products", asked)
	}
}

func TestScrapeStatus(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	if err := h.store.CreateJob(t.Context(), nil, &store.Job{ID: "scrape_1_a", Workspace: "default", URL: "https://shop.example", Shop: "shop.example", State: store.JobPending}); err != nil {
		t.Fatal(err)
	}
	const stub = `{"jobId":"ID","status":"completed","message":"Status tracking not yet implemented"}`
	h.run(
		scenario{path: "/api/scrape/status/any-id", status: 200, want: strings.Replace(stub, "ID", "any-id", 1)},
		scenario{path: "/api/scrape/status/scrape_1_a", status: 200, want: `{"jobId":"scrape_1_a","status":"pending"}`},
		scenario{
			name: "another workspace", path: "/api/scrape/status/scrape_1_a", header: map[string]string{"X-Workspace-Id": "other"},
			status: 200, want: strings.Replace(stub, "ID", "scrape_1_a", 1),
		},
		scenario{method: http.MethodPost, path: "/api/scrape/status/x", status: 404},
	)
}

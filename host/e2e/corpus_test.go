package e2e_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/text/unicode/norm"

	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/fetch"
	host "github.com/omakase-ai/omakase/host/server"
	"github.com/omakase-ai/omakase/plugins"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// platforms are the plugins for those kinds of the corpus whose platform is
// known.
var platforms = map[string]string{
	"shopify-products-json": "scraper.shopify", "shopify-product-html": "scraper.shopify",
	"woocommerce-store-api": "scraper.woocommerce", "magento-graphql": "scraper.magento",
	"base-item-html": "scraper.base", "base-list-html": "scraper.base", "base-non-product-html": "scraper.base",
	"colorme-item-html": "scraper.colorme", "makeshop-item-html": "scraper.makeshop", "stores-item-html": "scraper.stores", "eccube-item-html": "scraper.eccube",
}

type corpusEntry struct {
	File, URL, Kind, Charset string
	Expected                 json.RawMessage
}

// tools are the built-in plugins in the sandbox, with the compiled ones of the
// other tests.
func tools(t *testing.T) *host.Tools {
	t.Helper()
	c := config.Default()
	c.DataDir = t.TempDir()
	c.Plugins.CacheDir = cacheDir(t)
	tools, err := host.OpenTools(host.ToolOptions{
		Config: &config.Loaded{Config: c}, Builtins: plugins.Builtin(), Version: "test", Log: hclog.NewNullLogger(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tools.Close)
	return tools
}

// TestRouteCorpus holds that every item of the corpus whose platform is known
// goes to its plugin, and no other item to any of them.
func TestRouteCorpus(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles every plugin")
	}
	entries := corpus(t)
	tools := tools(t)
	enabled := map[string]bool{}
	for _, s := range tools.Plugins.Scrapers() {
		enabled[s.ID()] = true
	}
	known := map[string]bool{}
	for _, id := range platforms {
		known[id] = true
	}
	checked := 0
	for _, e := range entries {
		body := e.body(t)
		url := e.URL
		if url == "" {
			url = "https://shop.example/"
		}
		candidates, certain, err := tools.Router.Candidates(t.Context(), scrape.Probe{URL: url, Status: 200, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		got := candidates[0].ID()
		want := platforms[e.Kind]
		switch {
		case e.Kind == "base-official-api-json": // its items are BASE's, its categories nobody's
			if items := strings.Contains(string(body), `"item_id"`); certain && items != (got == "scraper.base") {
				t.Errorf("%s goes to %s", e.File, got)
			}
		case want == "" && certain && known[got]:
			t.Errorf("%s (%s) goes to %s", e.File, e.Kind, got)
		case want != "" && enabled[want] && (got != want || !certain):
			t.Errorf("%s (%s) goes to %s, want %s", e.File, e.Kind, got, want)
		case want != "" && enabled[want]:
			checked++
			e.extract(t, tools, want, url, body)
		}
	}
	t.Logf("%d items went to their platform's plugin", checked)
	if checked < 15 {
		t.Errorf("only %d items", checked)
	}
}

func corpus(t *testing.T) (all []corpusEntry) {
	t.Helper()
	index, err := os.Open(shared(t, "corpus", "INDEX.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = index.Close() }()
	lines := bufio.NewScanner(index)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e corpusEntry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(shared(t, "corpus", e.File)); err != nil || info.IsDir() || strings.HasPrefix(e.Kind, "price") {
			continue
		}
		all = append(all, e)
	}
	return all
}

// body is the item as the host hands it to plugins.
func (e *corpusEntry) body(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(shared(t, "corpus", e.File))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(e.File, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return fetch.UTF8(data, "text/html")
}

// extract compares what the plugin finds in the item with what it should.
func (e *corpusEntry) extract(t *testing.T, tools *host.Tools, plugin, url string, body []byte) {
	t.Helper()
	s, err := tools.Plugins.Scraper(plugin)
	if err != nil {
		t.Fatal(err)
	}
	media := "text/html"
	if strings.HasSuffix(e.File, ".json") {
		media = "application/json"
	}
	reply, err := s.ExtractBody(t.Context(), url, media, body)
	if err != nil {
		t.Errorf("%s: %v", e.File, err)
		return
	}
	var want struct {
		Count            *int
		Product          *struct{}
		Page             string
		Title, Price     *string
		PriceMax         string `json:"price_max"`
		CompareAt        string `json:"compare_at"`
		Currency, SKU    string
		Availability     string
		AnyOf            []string `json:"availability_any_of"`
		Variants, Images *int
		ItemID           string `json:"item_id"`
	}
	if strings.Contains(e.Kind, "json") || strings.Contains(e.Kind, "api") || e.Kind == "magento-graphql" {
		return // lists of products, which the plugins' own tests compare
	}
	if err := json.Unmarshal(e.Expected, &want); err != nil {
		t.Fatalf("%s: %v", e.File, err)
	}
	if want.Title == nil {
		n := 0
		if want.Count != nil {
			n = *want.Count
		}
		if len(reply.Products) != n {
			t.Errorf("%s: %d products, want %d", e.File, len(reply.Products), n)
		}
		return
	}
	if len(reply.Products) != 1 {
		t.Errorf("%s: %d products, want 1", e.File, len(reply.Products))
		return
	}
	p := &reply.Products[0]
	currency := p.Currency
	if currency == "" && reply.Shop != nil {
		currency = reply.Shop.Currency
	}
	available := want.Availability == "" || p.Availability == want.Availability
	for _, a := range want.AnyOf {
		available = available || p.Availability == a
	}
	if normal(p.Name) != normal(*want.Title) || want.Price != nil && !sameNumber(p.Price, *want.Price) || currency != want.Currency || !available ||
		want.ItemID != "" && p.ID != want.ItemID || want.SKU != "" && p.SKU != want.SKU ||
		want.PriceMax != "" && !sameNumber(p.PriceMax, want.PriceMax) || want.CompareAt != "" && !sameNumber(p.CompareAt, want.CompareAt) ||
		want.Variants != nil && variants(p) != *want.Variants || want.Images != nil && len(p.ImageURLs) != *want.Images {
		t.Errorf("%s:\n got %+v\nwant %s", e.File, p, e.Expected)
	}
}

// normal is a text without the differences that readers do not see.
func normal(s string) string { return strings.Join(strings.Fields(norm.NFKC.String(s)), " ") }

// variants counts the forms in which a product can be bought.
func variants(p *wire.Product) int { return max(len(p.Variants), 1) }

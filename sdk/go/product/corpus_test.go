package product_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/page"
	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/product"
)

// corpus is where real pages lie, beside the repository.
const corpus = "../../../../shared/corpus"

type entry struct {
	File, URL, Kind string
	Expected        map[string]json.RawMessage
}

func entries(t testing.TB) []entry {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus, "INDEX.jsonl"))
	if os.IsNotExist(err) {
		t.Skip("the corpus of pages is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []entry
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func body(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus, file))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return fetch.UTF8(data, "text/html")
}

// read reads a page as a plugin in the host does, without the sandbox between.
func read(t testing.TB, url string, html []byte) (*product.Page, omakase.Product, bool) {
	t.Helper()
	parsed, err := page.Parse(t.Context(), html)
	if err != nil {
		return nil, omakase.Product{}, false
	}
	q := product.Query("", url)
	reply, err := parsed.Query(t.Context(), &q, page.Limits{Nodes: 20_000, Bytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	p := product.NewPage(url, reply)
	found, ok := p.Product()
	return p, found, ok
}

// TestNoFalseProducts: what sells nothing gives nothing.
func TestNoFalseProducts(t *testing.T) {
	t.Parallel()
	for _, e := range entries(t) {
		if v, ok := e.Expected["product"]; !ok || string(v) != "null" {
			continue
		}
		for _, url := range []string{e.URL, "https://shop.example/items/1234567"} {
			if _, p, ok := read(t, url, body(t, e.File)); ok {
				t.Errorf("%s at %s: a product %q for %s %s: %v", e.File, url, p.Name, p.Price, p.Currency, p.Sources)
			}
		}
	}
}

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

// corpus is the folder of saved shops that lies beside the repository on
// machines that develop it.
func corpus(t testing.TB) string {
	t.Helper()
	shared := os.Getenv("OMAKASE_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	dir := filepath.Join(shared, "corpus")
	if _, err := os.Stat(filepath.Join(dir, "INDEX.jsonl")); err != nil {
		t.Skip("no corpus beside the repository; OMAKASE_SHARED names its parent folder")
	}
	return dir
}

type corpusItem struct {
	File     string
	URL      string
	Kind     string
	Expected struct {
		Products     []corpusProduct
		Title        string
		Price        string
		PriceMax     string `json:"price_max"`
		Currency     *string
		Availability string
		Variants     *int
		Brand        string
	}
}

type corpusProduct struct {
	ID                int64
	Handle, Title     string
	PriceMin          string       `json:"price_min"`
	PriceMax          string       `json:"price_max"`
	CompareAt         *json.Number `json:"compare_at_max"`
	Available         bool
	VariantsAvailable int `json:"variants_available"`
	Variants, Images  int
	Options           []string
	Vendor            string
	UpdatedAt         string `json:"updated_at"`
}

func readCorpus(t testing.TB, dir string) []corpusItem {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(dir, "INDEX.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var items []corpusItem
	lines := bufio.NewScanner(bytes.NewReader(index))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var kind struct{ Kind, File, URL string }
		if err := json.Unmarshal(lines.Bytes(), &kind); err != nil {
			t.Fatal(err)
		}
		item := corpusItem{File: kind.File, URL: kind.URL, Kind: kind.Kind}
		if strings.HasPrefix(kind.Kind, "shopify") {
			if err := json.Unmarshal(lines.Bytes(), &item); err != nil {
				t.Fatal(err)
			}
		}
		items = append(items, item)
	}
	return items
}

func readCorpusFile(t testing.TB, dir, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return string(data)
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	seen := 0
	for _, item := range readCorpus(t, dir) {
		if !strings.HasPrefix(item.Kind, "shopify") {
			continue
		}
		seen++
		t.Run(item.File, func(t *testing.T) {
			t.Parallel()
			host := newHost()
			body := host.Body(readCorpusFile(t, dir, item.File))
			reply, err := extract(host.Context(), omakase.ExtractRequest{URL: item.URL, Body: body})
			if err != nil {
				t.Fatal(err)
			}
			if item.Expected.Products == nil {
				comparePage(t, item, reply.Products)
				return
			}
			if len(reply.Products) != len(item.Expected.Products) {
				t.Fatalf("%d products, want %d", len(reply.Products), len(item.Expected.Products))
			}
			for i, want := range item.Expected.Products {
				compareProduct(t, want, reply.Products[i])
			}
		})
	}
	if seen == 0 {
		t.Fatal("the corpus has no Shopify items")
	}
}

func compareProduct(t *testing.T, want corpusProduct, got omakase.Product) {
	t.Helper()
	check := func(field, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s is %q, want %q", want, field, got, want)
		}
	}
	available := 0
	for _, v := range got.Variants {
		if v.Availability == omakase.InStock {
			available++
		}
	}
	var options []string
	for _, o := range got.Options {
		options = append(options, o.Name)
	}
	check("id", got.ID, strconv.FormatInt(want.ID, 10))
	check("handle", got.Handle, want.Handle)
	check("title", got.Name, want.Title)
	check("price", got.Price, want.PriceMin)
	check("price_max", got.PriceMax, want.PriceMax)
	check("currency", got.Currency, "")
	check("brand", got.Brand, want.Vendor)
	check("updated_at", got.UpdatedAt, want.UpdatedAt)
	check("variants", strconv.Itoa(len(got.Variants)), strconv.Itoa(want.Variants))
	check("variants in stock", strconv.Itoa(available), strconv.Itoa(want.VariantsAvailable))
	check("images", strconv.Itoa(len(got.ImageURLs)), strconv.Itoa(want.Images))
	check("options", strings.Join(options, "|"), strings.Join(want.Options, "|"))
	if (got.Availability == omakase.InStock) != want.Available {
		t.Errorf("%s: availability is %s", want.Title, got.Availability)
	}
	switch {
	case want.CompareAt == nil:
		check("compare_at", got.CompareAt, "")
	case !sameAmount(t, got.CompareAt, want.CompareAt.String()):
		t.Errorf("%s: compare_at is %q, want %s", want.Title, got.CompareAt, *want.CompareAt)
	}
	if strings.ContainsAny(got.Description, "<>\n") || strings.Contains(got.Description, "&lt;") {
		t.Errorf("%s: markup is left in the description: %s", want.Title, got.Description)
	}
}

func sameAmount(t *testing.T, a, b string) bool {
	t.Helper()
	x, err := strconv.ParseFloat(a, 64)
	if err != nil {
		return false
	}
	y, err := strconv.ParseFloat(b, 64)
	return err == nil && x == y
}

func comparePage(t *testing.T, item corpusItem, products []omakase.Product) {
	t.Helper()
	want := item.Expected
	if len(products) != 1 {
		t.Fatalf("%d products, want one", len(products))
	}
	got := products[0]
	for _, f := range []struct{ name, got, want string }{
		{"title", got.Name, want.Title},
		{"price", got.Price, want.Price},
		{"price_max", got.PriceMax, firstText(want.PriceMax, got.PriceMax)},
		{"availability", got.Availability, want.Availability},
		{"brand", got.Brand, want.Brand},
	} {
		if f.got != f.want {
			t.Errorf("%s is %q, want %q", f.name, f.got, f.want)
		}
	}
	if want.Currency != nil && got.Currency != *want.Currency {
		t.Errorf("currency is %q, want %q", got.Currency, *want.Currency)
	}
	if want.Variants != nil && len(got.Variants) != *want.Variants {
		t.Errorf("%d variants, want %d", len(got.Variants), *want.Variants)
	}
}

// TestCorpusDetect holds that Shopify's pages are known, and that those of
// other platforms are not taken for them.
func TestCorpusDetect(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	for _, item := range readCorpus(t, dir) {
		if item.URL == "" || item.Kind == "price" {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, item.File)); err != nil || info.IsDir() {
			continue
		}
		host := newHost()
		body := host.Body(readCorpusFile(t, dir, item.File))
		reply, err := detect(host.Context(), omakase.DetectRequest{URL: item.URL, Status: 200, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		if shopify := strings.HasPrefix(item.Kind, "shopify"); shopify != (reply.Score >= 50) {
			t.Errorf("%s (%s): score %d, %s", item.File, item.Kind, reply.Score, reply.Reason)
		}
	}
}

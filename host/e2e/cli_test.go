package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// run runs the binary to its end.
func run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := command(t, []string{"OMAKASE_PLUGINS_CACHE_DIR=" + cacheDir(t)}, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestScrapeCommand(t *testing.T) {
	t.Parallel()
	shop := newShop(t, 600)
	stdout, stderr, code := run(t, "scrape", shop.URL)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	ids := map[string]bool{}
	lines := bufio.NewScanner(strings.NewReader(stdout))
	for lines.Scan() {
		var p struct{ ID, Name, Price, Currency, Availability, URL string }
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		if p.Name == "" || p.Price == "" || p.Currency != "JPY" || p.Availability == "" || !strings.HasPrefix(p.URL, "http") {
			t.Fatalf("%s", lines.Text())
		}
		ids[p.ID] = true
	}
	if len(ids) != 600 || !strings.Contains(stderr, "600") {
		t.Errorf("%d products; progress says %s", len(ids), stderr)
	}
	stdout, _, code = run(t, "scrape", shop.URL, "--max", "10", "--plugin", "scraper.shopify")
	if n := strings.Count(stdout, "\n"); code != 0 || n != 10 {
		t.Errorf("--max 10: %d lines, exit %d", n, code)
	}
}

// Wrong use ends with a code that scripts can tell apart, words on stderr and
// nothing on stdout.
func TestWrongUse(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken.wasm")
	if err := os.WriteFile(broken, []byte("\x00asm\x01\x00\x00\x00nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(config, []byte("server:\n  adr: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"no command":       {nil, "commands are serve"},
		"unknown command":  {[]string{"scrap"}, "scrap"},
		"not a URL":        {[]string{"scrape", "nope"}, "nope"},
		"unknown plugin":   {[]string{"scrape", "http://127.0.0.1:9/", "--plugin", "scraper.nope"}, "scraper.nope"},
		"nothing listens":  {[]string{"scrape", "http://127.0.0.1:9/"}, "refused"},
		"no such file":     {[]string{"extract", "--url", "https://shop.example/", "nothing.html"}, "nothing.html"},
		"extract, no URL":  {[]string{"extract", "x.html"}, "--url"},
		"broken plugin":    {[]string{"plugin", "check", broken}, "broken.wasm"},
		"unknown key":      {[]string{"config", "check", config}, "adr"},
		"serve, bad key":   {[]string{"serve", "--config", config}, "bad.yaml:2"},
		"open to all":      {[]string{"serve", "--addr", "0.0.0.0:0"}, "OMAKASE_API_KEYS"},
		"inspect, unknown": {[]string{"plugin", "inspect", "scraper.nope"}, "scraper.nope"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := run(t, tt.args...)
			if code == 0 || !strings.Contains(stderr+stdout, tt.says) {
				t.Errorf("exit %d, stderr %q, stdout %q; want words on %q", code, stderr, stdout, tt.says)
			}
			if strings.Contains(stderr, "goroutine ") {
				t.Errorf("a stack trace: %s", stderr)
			}
		})
	}
}

func TestPluginCommands(t *testing.T) {
	t.Parallel()
	stdout, _, code := run(t, "plugin", "list")
	if code != 0 || !strings.Contains(stdout, "scraper.shopify") {
		t.Errorf("list: exit %d, %s", code, stdout)
	}
	stdout, _, code = run(t, "plugin", "inspect", "scraper.shopify")
	if code != 0 || !strings.Contains(stdout, "http") || !strings.Contains(stdout, "scraper/1") {
		t.Errorf("inspect: exit %d, %s", code, stdout)
	}
	if stdout, _, code = run(t, "version"); code != 0 || stdout == "" {
		t.Errorf("version: exit %d, %q", code, stdout)
	}
}

// extracted is what `omakase extract` prints.
type extracted struct {
	Plugin   string
	Products []struct {
		ID, Handle, Name, Price, Currency, Availability, Brand string
		PriceMax                                               string   `json:"price_max"`
		CompareAt                                              string   `json:"compare_at"`
		UpdatedAt                                              string   `json:"updated_at"`
		ImageURLs                                              []string `json:"image_urls"`
		Options                                                []struct{ Name string }
		Variants                                               []struct{ Availability string }
	}
}

// The values of every Shopify page and body of the corpus are reproduced.
func TestExtractCorpus(t *testing.T) {
	t.Parallel()
	index, err := os.Open(shared(t, "corpus", "INDEX.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = index.Close() }()
	lines := bufio.NewScanner(index)
	lines.Buffer(nil, 1<<24)
	checked := 0
	for lines.Scan() {
		var entry struct {
			File, URL, Kind string
			Expected        json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(entry.Kind, "shopify-") {
			continue
		}
		checked++
		stdout, stderr, code := run(t, "extract", "--url", entry.URL, shared(t, "corpus", entry.File))
		var got extracted
		if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil || got.Plugin != "scraper.shopify" {
			t.Errorf("%s: exit %d, %v, %s%.300s", entry.File, code, err, stderr, stdout)
			continue
		}
		if entry.Kind == "shopify-products-json" {
			compareList(t, entry.File, entry.Expected, got)
		} else {
			comparePage(t, entry.File, entry.Expected, got)
		}
	}
	if checked < 5 {
		t.Errorf("only %d items checked", checked)
	}
}

func compareList(t *testing.T, file string, raw json.RawMessage, got extracted) {
	var want struct {
		Products []struct {
			ID                json.Number
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
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	if len(got.Products) != len(want.Products) {
		t.Errorf("%s: %d products, want %d", file, len(got.Products), len(want.Products))
		return
	}
	for i, w := range want.Products {
		g := got.Products[i]
		available := 0
		for _, v := range g.Variants {
			if v.Availability == "InStock" {
				available++
			}
		}
		stock := map[bool]string{true: "InStock", false: "OutOfStock"}[w.Available]
		compareAt := ""
		if w.CompareAt != nil {
			compareAt = w.CompareAt.String()
		}
		options := []string{}
		for _, o := range g.Options {
			options = append(options, o.Name)
		}
		if g.ID != w.ID.String() || g.Handle != w.Handle || g.Name != w.Title || !sameNumber(g.Price, w.PriceMin) ||
			w.PriceMax != w.PriceMin && !sameNumber(g.PriceMax, w.PriceMax) || !sameNumber(g.CompareAt, compareAt) ||
			g.Availability != stock || len(g.Variants) != w.Variants || available != w.VariantsAvailable ||
			len(g.ImageURLs) != w.Images || fmt.Sprint(options) != fmt.Sprint(w.Options) || g.Brand != w.Vendor || g.UpdatedAt != w.UpdatedAt {
			t.Errorf("%s #%d:\n got %+v\nwant %+v", file, i, g, w)
		}
	}
}

func comparePage(t *testing.T, file string, raw json.RawMessage, got extracted) {
	var want struct {
		Title, Price, Currency, Availability, Brand string
		PriceMax                                    string `json:"price_max"`
		Variants                                    int
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	if len(got.Products) != 1 {
		t.Errorf("%s: %d products, want 1", file, len(got.Products))
		return
	}
	g := got.Products[0]
	if g.Name != want.Title || !sameNumber(g.Price, want.Price) || g.Currency != want.Currency || g.Availability != want.Availability ||
		g.Brand != want.Brand || want.Variants > 0 && len(g.Variants) != want.Variants || want.PriceMax != "" && !sameNumber(g.PriceMax, want.PriceMax) {
		t.Errorf("%s:\n got %+v\nwant %+v", file, g, want)
	}
}

func sameNumber(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && x == y
}

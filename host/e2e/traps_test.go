package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// trap is a shop of BASE's form whose list never ends: every page leads to the
// next one, and shows the same few items in another order, under addresses with
// sessions and campaigns in them.
type trap struct {
	*httptest.Server
	hits atomic.Int64
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	s := &trap{}
	const head = `<meta name="copyright" content="BASE" /><meta name="BASE-Theme-Name" content="x">`
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		item, isItem := strings.CutPrefix(r.URL.Path, "/items/")
		switch {
		case isItem:
			s.hits.Add(1)
			fmt.Fprintf(w, `%s<meta property="og:title" content="壺 %s | 窯 powered by BASE"><meta property="product:price:amount" content="100"><meta property="product:price:currency" content="JPY">`, head, item)
		case r.URL.Path == "/":
			s.hits.Add(1)
			n, _ := strconv.Atoi(r.URL.Query().Get("page"))
			fmt.Fprintf(w, `<html><head>%s<link rel="next" href="/?page=%d&PHPSESSID=%d"></head><body>`, head, n+1, n)
			for i := range 3 {
				fmt.Fprintf(w, `<a href="/items/%d?utm_source=%d#%d">壺</a>`, 1+(i+n)%3, n, n)
			}
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// TestEndlessShop holds that a walk ends where the shop does not, with every
// product once: the plugin leaves a list that shows nothing new.
func TestEndlessShop(t *testing.T) {
	t.Parallel()
	shop := newTrap(t)
	config := filepath.Join(t.TempDir(), "bounds.yaml")
	if err := os.WriteFile(config, []byte("jobs:\n  max_idle_pages: 8\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := run(t, "scrape", shop.URL, "--config", config)
	if n := strings.Count(stdout, "\n"); n != 3 || code != 0 {
		t.Errorf("exit %d, %d products: %s\n%s", code, n, stdout, stderr)
	}
	if !strings.Contains(stderr, "scraper.base") {
		t.Errorf("it says %s", stderr)
	}
	if hits := shop.hits.Load(); hits > 20 {
		t.Errorf("%d requests", hits)
	}
}

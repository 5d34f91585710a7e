package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const catalogue = 10_000

func startShop(n int) (*process, error) {
	shop, err := start(-1, []string{"PRODUCTS=" + strconv.Itoa(n)}, "node", "bench/shop/server.mjs")
	if err != nil {
		return nil, err
	}
	return shop, shop.ready("/meta.json", 10*time.Millisecond)
}

// benchImport imports a shop in turn with a plain sequential download of the
// same pages. BENCH_SHOP names another shop of as many products.
func benchImport() (rows []row, err error) {
	shop := &process{base: os.Getenv("BENCH_SHOP")}
	if shop.base == "" {
		if shop, err = startShop(catalogue); err != nil {
			return nil, err
		}
		defer shop.stop()
	}
	var ours, theirs []time.Duration
	var peak float64
	for i := range rounds + 1 {
		err := temp(func(dir string) error {
			if i == 0 { // warms Node and the compilation cache
				_, err := download(shop)
				return err
			}
			plain, err := download(shop)
			if err != nil {
				return err
			}
			took, mb, err := timeImport(dir, shop)
			if err != nil {
				return err
			}
			ours, theirs, peak = append(ours, took), append(theirs, plain), max(peak, mb)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	a, b := median(ours), median(theirs)
	r := float64(a) / float64(b)
	return []row{
		{"import 10,000 products", millis(a), millis(b) + " plain download", times(r), "≤ 2.00", r <= 2},
		{"peak RSS of that import", megas(peak), "", "", "≤ 150 MB", peak <= 150},
	}, nil
}

// download fetches the pages one after another as a simple client would.
func download(shop *process) (time.Duration, error) {
	began := time.Now()
	for page := 1; ; page++ {
		res, err := http.Get(fmt.Sprintf("%s/products.json?limit=250&page=%d", shop.base, page))
		if err != nil {
			return 0, err
		}
		n, err := io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if err != nil {
			return 0, err
		}
		if n < 100 {
			return time.Since(began), nil
		}
	}
}

// timeImport warms the plugin on a shop of one page, so that no compilation is
// measured, then imports the catalogue.
func timeImport(dir string, shop *process) (time.Duration, float64, error) {
	p, err := serve(-1, dir)
	if err != nil {
		return 0, 0, err
	}
	defer p.stop()
	if err := p.ready("/api/ready", time.Millisecond); err != nil {
		return 0, 0, err
	}
	small, err := startShop(10)
	if err != nil {
		return 0, 0, err
	}
	err = importShop(p, fmt.Sprintf(`{"url":%q,"storeType":"shopify"}`, small.base))
	small.stop()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := importShop(p, fmt.Sprintf(`{"url":%q,"storeType":"shopify"}`, shop.base)); err != nil {
		return 0, 0, err
	}
	took := time.Since(began)
	mb, err := p.memory("VmHWM")
	return took, mb, err
}

// importShop runs an import to its end and checks that it succeeded.
func importShop(p *process, job string) error {
	var got struct {
		Success bool
		Errors  []string
	}
	if err := p.post("/api/scraper/import", job, &got); err != nil {
		return err
	}
	if !got.Success {
		return fmt.Errorf("import of %s: %s", job, strings.Join(got.Errors, "; "))
	}
	return nil
}

func renamed(manifest []byte, id string) []byte {
	var doc map[string]any
	if err := json.Unmarshal(manifest, &doc); err != nil {
		panic(err) // it has just been read from a module that was built here
	}
	doc["id"] = id
	out, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return out
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
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

// kitShop is the fake shop of the test kit that may lie beside the project: it
// works about twice as long for a page as ours, as it makes larger ones.
const kitShop = "../shared/tools/shopserver.mjs"

// benchImport imports shops in turn with a plain sequential download of the
// same pages.
func benchImport() (rows []row, err error) {
	ours, err := startShop(catalogue)
	if err != nil {
		return nil, err
	}
	rows, err = importRows("import 10,000 products", ours)
	ours.stop()
	if _, missing := os.Stat(kitShop); err != nil || missing != nil {
		return rows, err
	}
	err = temp(func(dir string) error {
		kit, err := startKit(dir)
		if err != nil {
			return err
		}
		defer kit.stop()
		more, err := importRows("same, test kit's shop", kit)
		rows = append(rows, more...)
		return err
	})
	return rows, err
}

// startKit runs the kit's shop, which chooses its port and prints it.
func startKit(dir string) (*process, error) {
	config := filepath.Join(dir, "shops.json")
	text := fmt.Sprintf(`[{"name":"big","type":"shopify","n":%d,"seed":2}]`, catalogue)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p, err := start(-1, nil, "node", kitShop, "--config", config)
	if err != nil {
		return nil, err
	}
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		var told struct{ Shops map[string]string }
		if json.Unmarshal([]byte(p.log.String()), &told) == nil {
			p.base = told.Shops["big"]
			return p, nil
		}
	}
	p.stop()
	return nil, fmt.Errorf("the kit's shop did not start: %s", p.log)
}

func importRows(what string, shop *process) (rows []row, err error) {
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
		{what, millis(a), millis(b) + " plain download", times(r), "≤ 2.00", r <= 2},
		{"peak RSS of it", megas(peak), "", "", "≤ 150 MB", peak <= 150},
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

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/omakase-ai/omakase/sdk/abi"
)

const bareNode = `require('http').createServer((q,s)=>{s.setHeader('content-type','application/json');s.end('{"status":"ok"}')}).listen(process.env.PORT,'127.0.0.1')`

// benchStart measures from exec to the first 200, in turn with a Node server
// that does nothing else.
func benchStart() (rows []row, err error) {
	err = temp(func(dir string) error {
		var ours, theirs []time.Duration
		for i := range 21 {
			d, err := startTime(func() (*process, error) { return serve(-1, dir) })
			if err != nil {
				return err
			}
			n, err := startTime(func() (*process, error) { return start(-1, nil, "node", "-e", bareNode) })
			if err != nil {
				return err
			}
			if i > 0 { // the first start makes the database
				ours, theirs = append(ours, d), append(theirs, n)
			}
		}
		a, b := median(ours), median(theirs)
		r := float64(a) / float64(b)
		rows = []row{{"start to first 200 on /api/health", millis(a), millis(b) + " bare Node", times(r), "≤ 0.30", r <= 0.3}}
		return nil
	})
	return rows, err
}

func startTime(run func() (*process, error)) (time.Duration, error) {
	began := time.Now()
	p, err := run()
	if err != nil {
		return 0, err
	}
	defer p.stop()
	if err := p.ready("/api/health", 200*time.Microsecond); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}

// benchMemory measures resident memory idle, and with three Go plugins warm.
func benchMemory() (rows []row, err error) {
	err = temp(func(dir string) error {
		config := filepath.Join(dir, "omakase.yaml")
		if err := copyPlugins(dir, config, 3); err != nil {
			return err
		}
		p, err := serve(-1, dir, "OMAKASE_CONFIG="+config)
		if err != nil {
			return err
		}
		defer func() { p.stop() }()
		if err := p.ready("/api/ready", time.Millisecond); err != nil {
			return err
		}
		time.Sleep(3 * time.Second)
		idle, err := p.memory("VmRSS")
		if err != nil {
			return err
		}
		shop, err := startShop(10)
		if err != nil {
			return err
		}
		defer shop.stop()
		warm := func() error {
			for i := range 3 {
				job := fmt.Sprintf(`{"url":%q,"plugin":"scraper.copy%d"}`, shop.base, i)
				if err := importShop(p, job); err != nil {
					return err
				}
			}
			return nil
		}
		if err := warm(); err != nil { // fills the compilation cache
			return err
		}
		p.stop()
		if p, err = serve(-1, dir, "OMAKASE_CONFIG="+config); err != nil {
			return err
		}
		if err := p.ready("/api/ready", time.Millisecond); err != nil {
			return err
		}
		if err := warm(); err != nil {
			return err
		}
		time.Sleep(2 * time.Second)
		three, err := p.memory("VmRSS")
		if err != nil {
			return err
		}
		rows = []row{
			{"RSS idle, no plugin used yet", megas(idle), "", "", "≤ 25 MB", idle <= 25},
			{"RSS with three Go plugins warm", megas(three), "", "", "≤ 84 MB", three <= 84},
		}
		return nil
	})
	return rows, err
}

// copyPlugins makes n plugins of the Shopify one, each with an id of its own,
// so that they share nothing, and a configuration that grants what they need.
func copyPlugins(dir, config string, n int) error {
	wasm, err := os.ReadFile("plugins/dist/scraper.shopify.wasm")
	if err != nil {
		return fmt.Errorf("%w (run make build first)", err)
	}
	doc, err := abi.ReadManifest(wasm)
	if err != nil {
		return err
	}
	text := "plugins:\n  dir: " + dir + "\n  settings:\n"
	for i := range n {
		id := fmt.Sprintf("scraper.copy%d", i)
		text += "    " + id + ": {grants: {http: {hosts: ['{shop}'], methods: [GET]}, html: true}}\n"
		own, err := abi.SetManifest(wasm, renamed(doc, id))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, id+".wasm"), own, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(config, []byte(text), 0o600)
}

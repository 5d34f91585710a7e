// Command accuracy measures how well the plugins read pages: it takes every
// page of a corpus the way that omakase extract goes, plugins in their sandbox,
// compares what comes back with what is known of the page, and prints a table
// by kind and field.
//
//	go run ./bench/accuracy [--corpus DIR] [--predictions FILE] [--misses] [--speed=false]
//
// A corpus is a folder with INDEX.jsonl: a line for each page with its file,
// URL, kind and expected values. The predictions are in the form in which the
// scorer of the product-extraction benchmark reads them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/server"
	"github.com/omakase-ai/omakase/plugins"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func main() {
	corpus := flag.String("corpus", "../shared/corpus", "folder with INDEX.jsonl")
	predictions := flag.String("predictions", "", "file to write predictions for the benchmark's scorer into")
	misses := flag.Bool("misses", false, "say which pages are wrong, and how")
	speed := flag.Bool("speed", true, "measure how fast pages are read, too")
	flag.Parse()
	if err := run(*corpus, *predictions, *misses, *speed); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

func run(corpus, predictions string, misses, speed bool) error {
	pages, err := readIndex(corpus)
	if errors.Is(err, os.ErrNotExist) {
		fmt.Fprintf(os.Stderr, "accuracy: there is no corpus at %s; name one with --corpus\n", corpus)
		return nil
	}
	if err != nil {
		return err
	}
	tools, err := server.OpenTools(server.ToolOptions{
		Config: &config.Loaded{Config: config.Default()}, Builtins: plugins.Builtin(), Log: hclog.NewNullLogger(),
	})
	if err != nil {
		return err
	}
	defer tools.Close()
	t := &table{misses: misses}
	predicted := map[string]map[string]string{}
	for i := range pages {
		p := &pages[i]
		body, err := p.body(corpus)
		if err != nil {
			return err
		}
		got, plugin, err := extract(tools, p, body)
		if err != nil {
			fmt.Fprintf(os.Stderr, "accuracy: %s: %v\n", p.File, err)
		}
		t.score(p, got, plugin)
		if id, ok := p.benchmark(); ok && len(got) > 0 {
			predicted[id] = prediction(&got[0])
		}
	}
	t.print(os.Stdout)
	if speed {
		if err := measure(os.Stdout, tools, corpus, pages); err != nil {
			return err
		}
	}
	if predictions == "" {
		return nil
	}
	text, err := json.MarshalIndent(predicted, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(predictions), append(text, '\n'), 0o600)
}

// extract goes the way of omakase extract: the plugins that may know the page,
// the likeliest first, until one finds products.
func extract(tools *server.Tools, p *page, body []byte) ([]wire.Product, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	url := p.address()
	media := contentType(body)
	all, _, err := tools.Router.Candidates(ctx, scrape.Probe{URL: url, Status: 200, Body: body, Headers: [][2]string{{"Content-Type", media}}})
	if err != nil {
		return nil, "", err
	}
	for _, s := range all {
		scraper, err := tools.Plugins.Scraper(s.ID())
		if err != nil {
			return nil, "", err
		}
		reply, err := scraper.ExtractBody(ctx, url, media, body)
		if err != nil {
			return nil, s.ID(), err
		}
		if len(reply.Products) > 0 {
			for i := range reply.Products {
				if q := &reply.Products[i]; q.Currency == "" && reply.Shop != nil {
					q.Currency = reply.Shop.Currency
				}
			}
			return reply.Products, s.ID(), nil
		}
	}
	return nil, "", nil
}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func prediction(p *wire.Product) map[string]string {
	out := map[string]string{}
	for key, value := range map[string]string{"price": p.Price, "sku": p.SKU, "availability": p.Availability} {
		if value == wire.LimitedStock {
			value = wire.InStock
		}
		if value != "" {
			out[key] = value
		}
	}
	return out
}

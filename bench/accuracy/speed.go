package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/omakase-ai/omakase/core/scrape"
	parsed "github.com/omakase-ai/omakase/host/page"
	"github.com/omakase-ai/omakase/host/server"
	"github.com/omakase-ai/omakase/sdk/go/product"
)

const (
	rounds = 5
	// A page of 300 KB is one between these.
	fewBytes, manyBytes = 200 << 10, 400 << 10
)

// loaded is a page that is in memory, as UTF-8.
type loaded struct {
	*page
	body []byte
}

// way is one way to read a page.
type way struct {
	name string
	read func(loaded) error
}

// measure prints how fast the web pages of a corpus are read, each way, in
// processor time: other processes of the machine hardly count in it. Ways take
// turns, and the middle round counts. Files are read and plugins loaded before.
func measure(w io.Writer, tools *server.Tools, corpus string, pages []page) error {
	var all []loaded
	size := 0
	for i := range pages {
		body, err := pages[i].body(corpus)
		if err != nil {
			return err
		}
		if contentType(body) == "text/html" {
			all = append(all, loaded{&pages[i], body})
			size += len(body)
		}
	}
	if len(all) == 0 {
		return nil
	}
	_, _ = fmt.Fprintf(w, "\n%d web pages of %d KB on average:\n\n| way | pages for each second of processor time | a page of 300 KB, ms |\n|---|--:|--:|\n", len(all), size/len(all)>>10)
	ways := waysOf(tools)
	rates := make([][]float64, len(ways))
	times := make([][]float64, len(ways))
	for range rounds {
		for i, way := range ways {
			used := time.Duration(0)
			for _, p := range all {
				began := processorTime()
				if err := way.read(p); err != nil {
					return fmt.Errorf("%s, %s: %w", p.File, way.name, err)
				}
				took := processorTime() - began
				used += took
				if len(p.body) >= fewBytes && len(p.body) <= manyBytes {
					times[i] = append(times[i], took.Seconds()*1000*(300<<10)/float64(len(p.body)))
				}
			}
			rates[i] = append(rates[i], float64(len(all))/used.Seconds())
		}
	}
	for i, way := range ways {
		_, _ = fmt.Fprintf(w, "| %s | %.0f | %.1f |\n", way.name, middle(rates[i]), middle(times[i]))
	}
	return nil
}

func middle(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func waysOf(tools *server.Tools) []way {
	ctx := context.Background()
	return []way{
		{"bare parse of golang.org/x/net/html", func(p loaded) error {
			_, err := html.Parse(bytes.NewReader(p.body))
			return err
		}},
		{"parse, queries and judgement, natively", func(p loaded) error {
			doc, err := parsed.Parse(ctx, p.body)
			if err != nil {
				return err
			}
			q := product.Query("", p.address())
			reply, err := doc.Query(ctx, &q, parsed.Limits{Nodes: 20_000, Bytes: 8 << 20})
			if err == nil {
				product.NewPage(p.address(), reply).Product()
			}
			return err
		}},
		{"scraper.generic in its sandbox", func(p loaded) error {
			scraper, err := tools.Plugins.Scraper("scraper.generic")
			if err != nil {
				return err
			}
			_, err = scraper.ExtractBody(ctx, p.address(), "text/html", p.body)
			return err
		}},
		{"the same for the workspace of a job, which keeps its instance", func(p loaded) error {
			scraper, err := tools.Plugins.Scraper("scraper.generic")
			if err != nil {
				return err
			}
			_, err = scraper.Extract(ctx, scrape.Probe{Workspace: "accuracy", URL: p.address(), Body: p.body})
			return err
		}},
		{"as omakase extract: the plugin is chosen first", func(p loaded) error {
			_, _, err := extract(tools, p.page, p.body)
			return err
		}},
	}
}

// address is where a page came from; some have forgotten.
func (p *page) address() string {
	if p.URL != "" {
		return p.URL
	}
	return "https://shop.example/" + strings.TrimSuffix(p.File[strings.LastIndexByte(p.File, '/')+1:], ".gz")
}

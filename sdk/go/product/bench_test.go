package product_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"bytes"

	"github.com/omakase-ai/omakase/host/page"
	"github.com/omakase-ai/omakase/sdk/go/product"
)

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkCorpus(b *testing.B) {
	type pg struct {
		url  string
		html []byte
	}
	var pages []pg
	total := 0
	for _, e := range entries(b) {
		if strings.Contains(e.Kind, "html") || strings.Contains(e.Kind, "microdata") {
			p := pg{e.URL, body(b, e.File)}
			total += len(p.html)
			pages = append(pages, p)
		}
	}
	b.Logf("%d pages, %d bytes on average", len(pages), total/len(pages))
	run := func(name string, f func(p *pg)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(total))
			b.ReportAllocs()
			began := processorTime()
			for b.Loop() {
				for i := range pages {
					f(&pages[i])
				}
			}
			b.ReportMetric(float64(b.N*len(pages))/(processorTime()-began).Seconds(), "pages/cpu-s")
		})
	}
	run("bare", func(p *pg) { goquery.NewDocumentFromReader(bytes.NewReader(p.html)) })
	run("parse", func(p *pg) { page.Parse(b.Context(), p.html) })
	run("whole", func(p *pg) { read(b, p.url, p.html) })
	run("parse+query", func(p *pg) {
		d, _ := page.Parse(b.Context(), p.html)
		q := product.Query("", p.url)
		d.Query(b.Context(), &q, page.Limits{Nodes: 20_000, Bytes: 8 << 20})
	})
}

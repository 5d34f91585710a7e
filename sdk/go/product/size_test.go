package product_test

import (
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/host/page"
	"github.com/omakase-ai/omakase/sdk/go/product"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func TestSizes(t *testing.T) {
	tot := map[string]int{}
	n := 0
	for _, e := range entries(t) {
		if !strings.Contains(e.Kind, "html") && !strings.Contains(e.Kind, "microdata") {
			continue
		}
		n++
		d, err := page.Parse(t.Context(), body(t, e.File))
		if err != nil {
			t.Fatal(err)
		}
		q := product.Query("", e.URL)
		r, _ := d.Query(t.Context(), &q, page.Limits{Nodes: 20_000, Bytes: 8 << 20})
		tot["all"] += len(wire.AppendOK(nil, r))
		for _, s := range r.JSONLD {
			tot["jsonld"] += len(s)
		}
		tot["micro"] += len(r.Micro)
		tot["rdfa"] += len(r.RDFa)
		for _, h := range r.OG {
			tot["og"] += len(h.Name) + len(h.Value)
		}
		for _, s := range r.State {
			tot["state"] += len(s.JSON)
		}
		for _, p := range r.Outline {
			tot["outline"] += len(p.Text) + len(p.Before) + len(p.After) + len(p.Path) + len(p.Link)
			tot["path"] += len(p.Path)
			tot["link"] += len(p.Link)
			tot["n:"+p.Kind]++
			tot["b:"+p.Kind] += len(p.Text) + len(p.Before) + len(p.After) + len(p.Path) + len(p.Link)
		}
	}
	for k, v := range tot {
		t.Logf("%s: %d", k, v/n)
	}
}

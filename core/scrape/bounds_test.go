package scrape_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
)

func TestMeter(t *testing.T) {
	t.Parallel()
	page := func(n int64, products, refs []string) *scrape.PageReply {
		r := &scrape.PageReply{Bytes: n}
		for _, id := range products {
			r.Drafts = append(r.Drafts, catalog.Draft{PlatformID: id})
		}
		for _, key := range refs {
			r.Refs = append(r.Refs, store.Ref{Key: key})
		}
		return r
	}
	some := []string{"a", "b"}
	for name, tt := range map[string]struct {
		bounds scrape.Bounds
		began  time.Time
		pages  []*scrape.PageReply
		stop   string // at the last of the pages
	}{
		"none":            {scrape.Bounds{}, time.Now(), []*scrape.PageReply{page(5, some, nil), page(5, some, nil)}, ""},
		"pages":           {scrape.Bounds{Pages: 2}, time.Now(), []*scrape.PageReply{page(5, some, nil), page(5, []string{"c"}, nil)}, "max_pages"},
		"nothing new":     {scrape.Bounds{Idle: 2}, time.Now(), []*scrape.PageReply{page(5, some, nil), page(5, some, nil), page(5, some, nil)}, "max_idle_pages"},
		"empty":           {scrape.Bounds{Idle: 2}, time.Now(), []*scrape.PageReply{page(5, nil, nil), page(5, nil, nil)}, "max_idle_pages"},
		"new in between":  {scrape.Bounds{Idle: 2}, time.Now(), []*scrape.PageReply{page(5, some, nil), page(5, some, nil), page(5, nil, some), page(5, nil, some)}, ""},
		"unchanged pages": {scrape.Bounds{Idle: 1}, time.Now(), []*scrape.PageReply{{Unchanged: true}, {Unchanged: true}}, ""},
		"bytes":           {scrape.Bounds{Bytes: 9}, time.Now(), []*scrape.PageReply{page(5, some, nil), page(5, []string{"c"}, nil)}, "max_bytes"},
		"time":            {scrape.Bounds{Time: time.Hour}, time.Now().Add(-2 * time.Hour), []*scrape.PageReply{page(5, some, nil)}, "max_time"},
	} {
		m := scrape.NewMeter(tt.bounds, tt.began)
		for i, p := range tt.pages {
			stop := m.Page(p, i+1)
			last := i == len(tt.pages)-1
			if !last && stop != "" || last && (!strings.Contains(stop, tt.stop) || (stop == "") != (tt.stop == "")) {
				t.Errorf("%s: page %d: %q", name, i+1, stop)
			}
		}
	}
}

// TestEndlessWalk holds that a shop which makes up pages without end does not
// keep a job for ever, and that what was found stays.
func TestEndlessWalk(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bounds scrape.Bounds
		page   func(n int) scrape.PageReply
		note   string
		pages  int // at most
		found  int
	}{
		"the same products for ever": {
			scrape.Bounds{Idle: 10},
			func(int) scrape.PageReply { return scrape.PageReply{Drafts: drafts(0, 5)} }, "nothing new", 12, 5,
		},
		"references to the same": {
			scrape.Bounds{Idle: 10},
			func(n int) scrape.PageReply {
				r := scrape.PageReply{Refs: []store.Ref{{Key: "r", URL: shopURL + "/r"}}}
				if n == 1 {
					r.Drafts = drafts(0, 5)
				}
				return r
			}, "nothing new", 14, 6,
		},
		"new ones for ever": {
			scrape.Bounds{Pages: 7},
			func(n int) scrape.PageReply { return scrape.PageReply{Drafts: drafts(5*n, 5*n+5)} }, "7 pages", 7, 35,
		},
		"more bytes than an import may take": {
			scrape.Bounds{Bytes: 3_000},
			func(n int) scrape.PageReply { return scrape.PageReply{Drafts: drafts(5*n, 5*n+5), Bytes: 1_000} }, "max_bytes", 3, 15,
		},
		"no time left": {
			scrape.Bounds{Time: time.Nanosecond},
			func(n int) scrape.PageReply { return scrape.PageReply{Drafts: drafts(5*n, 5*n+5)} }, "max_time", 1, 5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(o *scrape.Options) { o.Bounds = tt.bounds })
			n := 0
			b.shop.answer(func(_ context.Context, r scrape.PageRequest) (scrape.PageReply, error) {
				if len(r.Refs) > 0 {
					return scrape.PageReply{Drafts: drafts(1_000, 1_001)}, nil
				}
				n++
				reply := tt.page(n)
				reply.Next = fmt.Sprint("page ", n+1)
				return reply, nil
			})
			j, err := b.Create(t.Context(), workspace, scrape.NewJob{URL: shopURL})
			if err != nil {
				t.Fatal(err)
			}
			if j, err = b.Execute(t.Context(), workspace, j.ID); err != nil {
				t.Fatal(err)
			}
			if j.State != store.JobCompleted || !j.Partial || j.Counts.Extracted != tt.found || j.Pages > tt.pages || !strings.Contains(strings.Join(j.Notes, "\n"), tt.note) {
				t.Errorf("%s, partial %v, %d products in %d pages, notes %q", j.State, j.Partial, j.Counts.Extracted, j.Pages, j.Notes)
			}
		})
	}
}

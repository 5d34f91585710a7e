package cli

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
)

// pages is a shop whose pages are known beforehand, by cursor; refs are
// answered with a product each.
type pages map[string]scrape.PageReply

func (p pages) Page(_ context.Context, q scrape.PageRequest) (scrape.PageReply, error) {
	if q.Refs != nil {
		var reply scrape.PageReply
		for _, ref := range q.Refs {
			reply.Drafts = append(reply.Drafts, draft(ref.Key))
		}
		return reply, nil
	}
	reply, ok := p[q.Cursor]
	if !ok {
		return reply, errs.New(errs.Password, "the shop asks for a password")
	}
	return reply, nil
}

func (pages) Close() {}

func draft(id string) catalog.Draft {
	return catalog.Draft{PlatformID: id, Handle: "h" + id, Name: "Product " + id, Price: "100", Currency: "JPY"}
}

func drafts(ids ...string) []catalog.Draft {
	all := make([]catalog.Draft, len(ids))
	for i, id := range ids {
		all[i] = draft(id)
	}
	return all
}

func TestWalk(t *testing.T) {
	t.Parallel()
	nameless := draft("9")
	nameless.Name = ""
	tests := []struct {
		name    string
		shop    pages
		max     int
		want    []string
		wantErr errs.Kind
		says    string
	}{
		{
			name: "to the end, each product once",
			shop: pages{
				"":   {Drafts: drafts("1", "2"), Next: "p2", Total: 3},
				"p2": {Drafts: drafts("2", "3")},
			},
			want: []string{"1", "2", "3"}, says: "page 1: 2 of 3 products",
		},
		{
			name: "refs that no page showed, each once, also by handle",
			shop: pages{"": {Drafts: drafts("1"), Refs: []store.Ref{{Key: "1"}, {Key: "h1"}, {Key: "4"}, {Key: "4"}}}},
			want: []string{"1", "4"},
		},
		{
			name: "no more than asked for",
			shop: pages{"": {Drafts: drafts("1", "2", "3"), Next: "p2"}},
			max:  2, want: []string{"1", "2"},
		},
		{
			name: "what is no product is named and left out",
			shop: pages{"": {Drafts: []catalog.Draft{nameless, draft("1")}}},
			want: []string{"1"}, says: "rejected 9",
		},
		{
			name: "an error ends it",
			shop: pages{"": {Drafts: drafts("1"), Next: "gone"}},
			want: []string{"1"}, wantErr: errs.Password,
		},
		{
			name:    "a cursor that goes nowhere",
			shop:    pages{"": {Next: "p2"}, "p2": {Next: "p2"}},
			wantErr: errs.BadData,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			var said strings.Builder
			w := walker{
				session: tt.shop, shop: "shop.example", plugin: "scraper.test", max: tt.max,
				emit:  func(d *catalog.Draft) error { got = append(got, d.PlatformID); return nil },
				flush: func() error { return nil },
				say:   func(format string, args ...any) { fmt.Fprintf(&said, format+"\n", args...) },
			}
			n, err := w.walk(t.Context())
			if diff := cmp.Diff(tt.want, got); diff != "" || n != len(got) {
				t.Errorf("%d products: %s", n, diff)
			}
			if (err != nil || tt.wantErr != "") && errs.KindOf(err) != tt.wantErr {
				t.Errorf("error %v, want kind %q", err, tt.wantErr)
			}
			if !strings.Contains(said.String(), tt.says) {
				t.Errorf("it said %q, not %q", said.String(), tt.says)
			}
		})
	}
}

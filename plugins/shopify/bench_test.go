package main

import (
	"fmt"
	"strings"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// fullPage is a page of 250 products of some 700 KB, with the proportions and
// the escapes of real ones.
func fullPage() string {
	var b strings.Builder
	b.WriteString(`{"products":[`)
	for i := range 250 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"title":"Linen Shirt No. %d – 藍染め","handle":"linen-shirt-%d","body_html":"`, 7_000_000_000_000+i, i, i)
		for range 6 {
			b.WriteString(`\u003cp data-mce-fragment=\"1\"\u003eWoven of washed linen \u0026amp; cotton, 日本製 — soft from the first day.\u003c\/p\u003e\n\u003cul\u003e\n\u003cli\u003eMachine wash\u003c\/li\u003e\u003c\/ul\u003e`)
		}
		b.WriteString(`","published_at":"2026-01-01T00:00:00+09:00","created_at":"2026-01-01T00:00:00+09:00","updated_at":"2026-01-01T00:00:00+09:00","vendor":"Aoumi","product_type":"Shirts","tags":["linen","new","summer","unisex"],"variants":[`)
		for v := range 3 {
			if v > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id":%d,"title":"Size %d","option1":"Size %d","option2":null,"option3":null,"sku":"LS-%d-%d","requires_shipping":true,"taxable":true,"featured_image":null,"available":true,"price":"12900","grams":300,"compare_at_price":"15900","position":%d,"product_id":%d,"created_at":"2026-01-01T00:00:00+09:00","updated_at":"2026-01-01T00:00:00+09:00"}`, 9_000_000_000_000+i*10+v, v, v, i, v, v+1, 7_000_000_000_000+i)
		}
		b.WriteString(`],"images":[`)
		for m := range 3 {
			if m > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id":%d,"created_at":"2026-01-01T00:00:00+09:00","position":%d,"updated_at":"2026-01-01T00:00:00+09:00","product_id":%d,"variant_ids":[],"src":"https:\/\/cdn.shopify.com\/s\/files\/1\/0044\/1208\/files\/LS%d_%d.jpg?v=1773990085","width":1500,"height":1500}`, 3_000_000_000_000+i*10+m, m+1, 7_000_000_000_000+i, i, m)
		}
		b.WriteString(`],"options":[{"name":"Size","position":1,"values":["Size 0","Size 1","Size 2"]}]}`)
	}
	b.WriteString(`]}`)
	return b.String()
}

// BenchmarkPage reads a page and writes the reply, as one call of scrape does.
func BenchmarkPage(b *testing.B) {
	page := fullPage()
	at := place{origin: "https://shop.example"}
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		l, _, err := readDocument(page, at, "JPY")
		if err != nil || len(l.products) != 250 {
			b.Fatal(err, len(l.products))
		}
		out = wire.AppendOK(out[:0], &omakase.ScrapeReply{Products: l.products})
	}
	b.ReportMetric(float64(len(out)), "reply-bytes")
}

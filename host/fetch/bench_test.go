package fetch

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A page of 250 products, fetched with all that this package does, beside the
// same page read by a bare client.
func BenchmarkFetch(b *testing.B) {
	page := []byte(`{"products":[` + strings.Repeat(`{"title":"静岡の新茶 100g","body_html":"\u003cp\u003e深蒸し茶です\u003c\/p\u003e","price":"1620"},`, 4000) + `{}]}`)
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	zw.Write(page)
	zw.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(packed.Bytes())
	}))
	b.Cleanup(s.Close)
	b.Run("fetch", func(b *testing.B) {
		c, err := New(Options{Allow: []string{s.Listener.Addr().String()}})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(c.Close)
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		for b.Loop() {
			if resp, err := c.Fetch(b.Context(), &Request{URL: s.URL + "/products.json"}); err != nil || len(resp.Body) != len(page) {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		client := &http.Client{Transport: &http.Transport{}}
		for b.Loop() {
			resp, err := client.Get(s.URL + "/products.json")
			if err != nil {
				b.Fatal(err)
			}
			if body, err := io.ReadAll(resp.Body); err != nil || len(body) != len(page) {
				b.Fatal(err)
			}
			resp.Body.Close()
		}
	})
}

package json_test

import (
	stdjson "encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/sdk/go/json"
)

// listing is what a shop answers to products.json?limit=250: 0.7 MB, most of
// which a scraper does not want.
func listing() string {
	type object = map[string]any
	var products []object
	for p := range 250 {
		var variants, images []object
		for v := range 3 {
			variants = append(variants, object{
				"id": 44000000000000 + p*10 + v, "title": "M / Black", "option1": "M", "option2": "Black", "option3": nil,
				"sku": "ABC-123-M", "requires_shipping": true, "taxable": true, "featured_image": nil, "available": v > 0,
				"price": "19.99", "grams": 200, "compare_at_price": nil, "position": v, "product_id": 7000000000000 + p,
				"created_at": "2025-01-01T10:00:00+09:00", "updated_at": "2025-02-01T10:00:00+09:00",
			})
			images = append(images, object{
				"id": 30000000 + v, "position": v, "width": 1000, "height": 1000, "variant_ids": []int{},
				"src": "https://cdn.shop.example/s/files/1/0000/0001/products/image.jpg?v=1600000000", "created_at": "2025-01-01T10:00:00+09:00",
			})
		}
		products = append(products, object{
			"id": 7000000000000 + p, "title": "Soft cotton shirt シャツ", "handle": fmt.Sprintf("soft-cotton-shirt-%d", p),
			"body_html":  strings.Repeat("<p>A soft shirt with \"care\" &amp; love.</p>\n", 12),
			"created_at": "2025-01-01T10:00:00+09:00", "updated_at": "2025-02-01T10:00:00+09:00", "vendor": "Shirts Co",
			"product_type": "Shirt", "tags": []string{"cotton", "soft", "summer"}, "variants": variants, "images": images,
		})
	}
	text, err := stdjson.Marshal(object{"products": products})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func BenchmarkSkip(b *testing.B) {
	doc := listing()
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		r := json.NewReader(doc)
		r.Skip()
		if err := r.End(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	doc := listing()
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		r := json.NewReader(doc)
		for range r.Fields {
			for range r.Items {
				readListed(r)
			}
		}
		if err := r.End(); err != nil {
			b.Fatal(err)
		}
	}
}

// readListed reads a third of a product's fields.
func readListed(r *json.Reader) (length int) {
	for key := range r.Fields {
		switch key {
		case "id":
			length += len(r.Number())
		case "title", "handle", "body_html", "vendor", "updated_at":
			length += len(r.Str())
		case "images":
			for range r.Items {
				for key := range r.Fields {
					if key == "src" {
						length += len(r.Str())
					}
				}
			}
		case "variants":
			for range r.Items {
				for key := range r.Fields {
					switch key {
					case "id":
						length += len(r.Number())
					case "title", "sku", "price", "compare_at_price":
						length += len(r.Text())
					case "available":
						r.Bool()
					}
				}
			}
		}
	}
	return length
}

func BenchmarkEncodingJSON(b *testing.B) {
	doc := []byte(listing())
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	type variant struct {
		ID             int64
		Title, SKU     string
		Price          string
		CompareAtPrice string `json:"compare_at_price"`
		Available      bool
	}
	for b.Loop() {
		var v struct {
			Products []struct {
				ID            int64
				Title, Handle string
				BodyHTML      string `json:"body_html"`
				Vendor        string
				UpdatedAt     string `json:"updated_at"`
				Images        []struct{ Src string }
				Variants      []variant
			}
		}
		if err := stdjson.Unmarshal(doc, &v); err != nil {
			b.Fatal(err)
		}
	}
}

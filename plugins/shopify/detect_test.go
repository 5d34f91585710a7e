package main

import (
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		req      omakase.DetectRequest
		body     string
		from, to int
	}{
		"myshopify":       {omakase.DetectRequest{URL: "https://My-Shop.myshopify.com/x"}, "", 100, 100},
		"lookalike host":  {omakase.DetectRequest{URL: "https://myshopify.com.evil.example/"}, "", 0, 0},
		"powered by":      {omakase.DetectRequest{URL: "https://a.example", Headers: []omakase.Header{{Name: "Powered-By", Value: "shopify"}}}, "", 90, 100},
		"shop id":         {omakase.DetectRequest{URL: "https://a.example", Headers: []omakase.Header{{Name: "x-shopid", Value: "1"}}}, "", 90, 100},
		"powered by PHP":  {omakase.DetectRequest{URL: "https://a.example", Headers: []omakase.Header{{Name: "X-Powered-By", Value: "PHP"}}}, "", 0, 0},
		"page":            {omakase.DetectRequest{URL: "https://a.example", Status: 200}, `<script>Shopify.theme = {}</script><img src="/cdn/shop/x.jpg">`, 80, 100},
		"one mark":        {omakase.DetectRequest{URL: "https://a.example", Status: 200}, `<img src="/cdn/shop/x.jpg">`, 50, 70},
		"buy button":      {omakase.DetectRequest{URL: "https://a.example", Status: 200}, `<script src="https://cdn.shopify.com/buy-button.js">`, 1, 40},
		"other page":      {omakase.DetectRequest{URL: "https://a.example", Status: 200}, `<html>We moved from Shopify to something else</html>`, 0, 0},
		"listing":         {omakase.DetectRequest{URL: "https://a.example/products.json", Status: 200}, `{"products":[{"id":1,"body_html":"","product_type":"","variants":[]}]}`, 90, 100},
		"product.js":      {omakase.DetectRequest{URL: "https://a.example/x", Status: 200}, `{"id":1,"price_varies":false,"compare_at_price_min":0,"variants":[]}`, 90, 100},
		"other JSON":      {omakase.DetectRequest{URL: "https://a.example/products.json", Status: 200}, `{"products":[{"sku":"x"}]}`, 0, 0},
		"address alone":   {omakase.DetectRequest{URL: "https://a.example/products.json?page=2"}, "", 40, 60},
		"nothing at all":  {omakase.DetectRequest{URL: "https://a.example/"}, "", 0, 0},
		"not even an URL": {omakase.DetectRequest{URL: "x"}, "", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := newHost()
			if test.body != "" {
				test.req.Body = host.Body(test.body)
			}
			got, err := detect(host.Context(), test.req)
			if err != nil || got.Score < test.from || got.Score > test.to || (got.Score > 0) != (got.Reason != "") {
				t.Errorf("%+v, %v; want a score from %d to %d", got, err, test.from, test.to)
			}
		})
	}
}

package catalog_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

func draft() catalog.Draft {
	return catalog.Draft{
		PlatformID: "1001", Handle: "cup", Name: " Tea \n cup ", Description: "Holds tea.",
		URL: "https://shop.example/products/cup", Price: "1200", CompareAt: "1500", Currency: "JPY",
		Availability: "InStock", Brand: "Kiln", Images: []string{"https://shop.example/1.jpg", "javascript:alert(1)"},
		Options:  []catalog.Option{{Name: "Size", Values: []string{"S", "L"}}},
		Variants: []catalog.DraftVariant{{ID: "1", Title: "S", Price: "1200", Availability: "InStock"}, {ID: "2", Title: "L", Price: "2200", Availability: "OutOfStock"}},
	}
}

func TestNewProduct(t *testing.T) {
	t.Parallel()
	d := draft()
	p, err := catalog.NewProduct(&d, "shop.example", "scraper.x")
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "Tea cup" || p.Price != (catalog.Money{Amount: 1200, Currency: "JPY"}) || p.CompareAt.Amount != 1500 ||
		!p.Active || p.StockQuantity != nil || len(p.Images) != 1 || p.Variants[1].Availability != catalog.OutOfStock {
		t.Errorf("%+v", p)
	}
}

func TestNewProductRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(*catalog.Draft)
		says  string
	}{
		"no id":            {func(d *catalog.Draft) { d.PlatformID = "" }, "no id"},
		"no name":          {func(d *catalog.Draft) { d.Name = " \n" }, "name is empty"},
		"not a price":      {func(d *catalog.Draft) { d.Price = "abc" }, "is not a price"},
		"fraction of yen":  {func(d *catalog.Draft) { d.Price = "12.50" }, "decimals of JPY"},
		"unknown currency": {func(d *catalog.Draft) { d.Currency = "YENS" }, "is not a currency"},
		"script as link":   {func(d *catalog.Draft) { d.URL = "javascript:alert(1)" }, "web address"},
		"bad variant":      {func(d *catalog.Draft) { d.Variants[1].Price = "-5" }, "variant L"},
	} {
		d := draft()
		tt.spoil(&d)
		_, err := catalog.NewProduct(&d, "shop.example", "scraper.x")
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want one that says %q", name, err, tt.says)
		}
	}
}

func TestSoldOutDraftHasNoStock(t *testing.T) {
	t.Parallel()
	d := draft()
	d.Availability = "OutOfStock"
	p, err := catalog.NewProduct(&d, "s", "p")
	if err != nil || p.Active || p.StockQuantity == nil || *p.StockQuantity != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestHashFollowsContent(t *testing.T) {
	t.Parallel()
	hash := func(change func(*catalog.Draft)) uint64 {
		d := draft()
		change(&d)
		p, err := catalog.NewProduct(&d, "s", "p")
		if err != nil {
			t.Fatal(err)
		}
		return p.Source.Hash
	}
	same := hash(func(*catalog.Draft) {})
	if again := hash(func(*catalog.Draft) {}); again != same {
		t.Error("the hash is not repeatable")
	}
	for name, change := range map[string]func(*catalog.Draft){
		"price":          func(d *catalog.Draft) { d.Price = "1201" },
		"variant stock":  func(d *catalog.Draft) { d.Variants[0].Availability = "OutOfStock" },
		"description":    func(d *catalog.Draft) { d.Description += "!" },
		"platform time":  func(d *catalog.Draft) { d.UpdatedAt = "2026-01-01" },
		"second picture": func(d *catalog.Draft) { d.Images = append(d.Images, "https://shop.example/2.jpg") },
	} {
		if hash(change) == same {
			t.Errorf("%s does not show in the hash", name)
		}
	}
	if hash(func(d *catalog.Draft) { d.Origins = []catalog.Origin{{Field: "*", Layer: "api"}} }) != same {
		t.Error("where it was read is content")
	}
}

func TestEncodeIsJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		stock := rapid.Int64Range(0, 9).Draw(t, "stock")
		p := &catalog.Product{
			ID: "1", Name: text.Draw(t, "name"), Description: text.Draw(t, "description"), URL: text.Draw(t, "url"),
			Price: catalog.Money{Amount: rapid.Int64Range(0, 1e9).Draw(t, "amount"), Currency: "USD"},
			Tags:  rapid.SliceOf(text).Draw(t, "tags"), StockQuantity: &stock, CreatedAt: time.Unix(1, 0),
			Options:  []catalog.Option{{Name: text.Draw(t, "option"), Values: []string{"a"}}},
			Variants: []catalog.Variant{{ID: "v", Title: text.Draw(t, "title"), Stock: &stock}},
			Source:   &catalog.Source{Shop: "s", PlatformID: text.Draw(t, "id")},
		}
		var back struct {
			Name, Description, ProductURL string
			Tags                          []string
			StockQuantity                 int64
			Variants                      []struct{ Title string }
		}
		if err := json.Unmarshal(catalog.Encode(p), &back); err != nil {
			t.Fatalf("%v: %s", err, catalog.Encode(p))
		}
		tags := p.Tags
		if len(tags) == 0 {
			tags = nil
		}
		if back.Name != p.Name || back.Description != p.Description || back.ProductURL != p.URL ||
			back.StockQuantity != stock || back.Variants[0].Title != p.Variants[0].Title || !cmp.Equal(back.Tags, tags) {
			t.Fatalf("%+v became %+v", p, back)
		}
	})
}

func TestAppendStringRepairs(t *testing.T) {
	t.Parallel()
	var back string
	if err := json.Unmarshal(catalog.AppendString(nil, "a\xffb\x00\u2028<"), &back); err != nil || back != "a\ufffdb\x00\u2028<" {
		t.Errorf("%q, %v", back, err)
	}
}

func TestAppendStringIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOfN(rapid.SampledFrom([]byte("ab\"\\\n\x01\x7f\xe8\x8c\xb6\xff")), 0, 24).Draw(t, "s"))
		var want, back string
		for _, r := range s { // which yields U+FFFD for each byte that is not UTF-8
			want += string(r)
		}
		if err := json.Unmarshal(catalog.AppendString(nil, s), &back); err != nil || back != want {
			t.Fatalf("%q became %q, %v", s, back, err)
		}
	})
}

// An address that looks sound at a glance is one that is sound.
func TestWebAddresses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SampledFrom([]string{"https://", "https:/", "HTTPS://", "http://", "ftp://"}).Draw(t, "scheme") +
			rapid.StringOfN(rapid.RuneFrom([]rune("aZ0-._/?=&:%#[]@ ~")), 0, 8, -1).Draw(t, "rest")
		u, err := url.Parse(raw)
		sound := err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
		d := draft()
		d.URL = raw
		if _, err := catalog.NewProduct(&d, "shop.example", "scraper.x"); (err == nil) != sound {
			t.Fatalf("%q is sound: %v; NewProduct: %v", raw, sound, err)
		}
	})
}

func TestStock(t *testing.T) {
	t.Parallel()
	n := func(v int64) *int64 { return &v }
	for _, tt := range []struct {
		quantity, threshold *int64
		in, low             bool
		message             string
	}{
		{nil, nil, true, false, "在庫あり"},
		{n(0), nil, false, false, "在庫切れ"},
		{n(2), nil, true, true, "残りわずか（2点）"},
		{n(5), nil, true, true, "残りわずか（5点）"},
		{n(6), nil, true, false, "在庫あり（6点）"},
		{n(6), n(9), true, true, "残りわずか（6点）"},
	} {
		p := catalog.Product{StockQuantity: tt.quantity, LowStockThreshold: tt.threshold}
		if s := p.Stock(); s.InStock != tt.in || s.Low != tt.low || s.Message != tt.message {
			t.Errorf("%v of %v: %+v", tt.quantity, tt.threshold, s)
		}
	}
}

func TestShopKey(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://www.Shop.Example/en/collections/all?x=1": "shop.example",
		"http://shop.example:80/":                         "shop.example",
		"http://127.0.0.1:9000":                           "127.0.0.1:9000",
		"https://日本.example/":                             "xn--wgv71a.example",
		"http://[::1]:3000/":                              "[::1]:3000",
	} {
		if got, err := catalog.ShopKey(raw); err != nil || got != want {
			t.Errorf("ShopKey(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{"", "nope", "::::", "ftp://shop.example/", "https:///x", "file:///etc/passwd"} {
		if got, err := catalog.ShopKey(raw); !errs.Is(err, errs.Invalid) {
			t.Errorf("ShopKey(%q) = %q, %v; want an error", raw, got, err)
		}
	}
}

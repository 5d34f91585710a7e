package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCursor(t *testing.T) {
	t.Parallel()
	at := place{origin: "https://shop.example:8443", prefix: "/en"}
	for _, c := range []cursor{
		{phase: phaseProducts, shop: at, currency: "JPY", limit: 250, size: 25, page: 7, list: 1},
		{phase: phaseProducts, shop: place{origin: "http://[::1]:3001"}, limit: 1, page: 1},
		{phase: phaseCollections, shop: at, limit: 250, size: 250, page: 3, list: 2, taken: 40, spent: 99, queue: []string{"a", "%e8%97%8d", "藍"}},
		{phase: phaseSitemap, shop: at, limit: 250, page: 2, taken: 5000},
	} {
		got, err := parseCursor(c.String())
		if err != nil {
			t.Errorf("%s: %v", c.String(), err)
			continue
		}
		if diff := cmp.Diff(c, got, cmp.AllowUnexported(cursor{}, place{})); diff != "" {
			t.Errorf("%s comes back different:\n%s", c.String(), diff)
		}
	}
}

func TestCursorIsStrict(t *testing.T) {
	t.Parallel()
	good := (&cursor{phase: phaseProducts, shop: place{origin: "https://shop.example"}, currency: "JPY", limit: 250, size: 250, page: 3}).String()
	if _, err := parseCursor(good); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"s1;", "s2;"},
		{";p;", ";x;"},
		{";3;", ";03;"},
		{";3;", ";-3;"},
		{";3;", ";0;"},
		{";3;", ";99999999999;"},
		{";250;", ";251;"},
		{"JPY", "jpy"},
		{"https", "ftp"},
		{"shop.example;", "shop.example/x;"},
		{"shop.example;", "shop.example;a/b"},
		{"shop.example;", "shop.example;,"},
		{"shop.example;", "shop.example;" + strings.Repeat("a", 5000)},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if _, err := parseCursor(bad); err == nil || bad == good {
			t.Errorf("%s is taken", bad)
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("s1;p;2;250;250;1;0;0;JPY;https://shop.example/en;")
	f.Add("s1;c;2;250;250;1;20;5;;http://127.0.0.1:3001;a,b")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseCursor(s)
		if err == nil && c.String() != s {
			t.Fatalf("%q is taken for %q", s, c.String())
		}
	})
}

package main

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	omakase "github.com/omakase-ai/omakase/sdk/go"
	"github.com/omakase-ai/omakase/sdk/go/fakehost"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

func TestScrapeFindsAll(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sim      simulator
		requests int    // at most
		note     string // part of one, when one is due
		extra    int    // products beyond the catalogue
		partial  bool
	}{
		"one page":                {sim: simulator{n: 37}, requests: 2},
		"pages":                   {sim: simulator{n: 1203}, requests: 6},
		"full last page":          {sim: simulator{n: 500}, requests: 4},
		"capped pages":            {sim: simulator{n: 60, pageCap: 25}, requests: 4},
		"capped, no meta":         {sim: simulator{n: 60, pageCap: 25, noMeta: true}, requests: 6},
		"no meta":                 {sim: simulator{n: 600, noMeta: true}, requests: 6},
		"shifting":                {sim: simulator{n: 1000, pagination: "shift"}, requests: 7},
		"shifting, capped":        {sim: simulator{n: 300, pagination: "shift", pageCap: 25}, requests: 20},
		"duplicates":              {sim: simulator{n: 1000, pagination: "dup"}, requests: 7},
		"duplicates, capped":      {sim: simulator{n: 300, pagination: "dup", pageCap: 25}, requests: 20},
		"same page for ever":      {sim: simulator{n: 700, pagination: "same", collections: 7}, requests: 15, note: "repeat"},
		"fresh pages for ever":    {sim: simulator{n: 1000, pagination: "fresh"}, requests: 12, note: "without end", extra: 1250, partial: true},
		"ceiling":                 {sim: simulator{n: 3000, ceiling: 1000, collections: 40}, requests: 60, note: "collections"},
		"ceiling, loose products": {sim: simulator{n: 2000, ceiling: 1000, collections: 4, loose: 30}, requests: 70, note: "sitemap"},
		"ceiling, no meta":        {sim: simulator{n: 1500, ceiling: 1000, collections: 35, noMeta: true}, requests: 300, note: "collections"},
		"listing 404":             {sim: simulator{n: 50, listing: "404"}, requests: 65, note: "one by one"},
		"listing 403":             {sim: simulator{n: 50, listing: "403"}, requests: 65, note: "one by one"},
		"listing is a page":       {sim: simulator{n: 50, listing: "html"}, requests: 65, note: "one by one"},
		"listing behind password": {sim: simulator{n: 50, listing: "password"}, requests: 65, note: "one by one"},
		"listing empty":           {sim: simulator{n: 50, listing: "empty"}, requests: 65, note: "sitemap"},
		"only .json":              {sim: simulator{n: 5, listing: "404", only: "json"}, requests: 20, note: "one by one"},
		"only web pages":          {sim: simulator{n: 5, listing: "404", only: "html"}, requests: 25, note: "one by one"},
		"listing closed, no meta": {sim: simulator{n: 25, listing: "404", noMeta: true}, requests: 60, note: "one by one"},
		"maintenance once":        {sim: simulator{n: 300, faults: map[string]int{"/products.json": 1}}, requests: 4},
		"meta replaced by a page": {sim: simulator{n: 300, faults: map[string]int{"/meta.json": 1}}, requests: 6},
		"unreadable products":     {sim: simulator{n: 30, listing: "notes"}, requests: 4, note: "left out product broken: it has no id"},
		"meta may not be read":    {sim: simulator{n: 30, fail: map[string]error{"/meta.json": omakase.Fail(omakase.CodeRobots, "no")}}, requests: 5},
		"more counted than shown": {sim: simulator{n: 30, hidden: 4}, requests: 6, note: "34 products and has listed 30"},
		"nor by a sitemap":        {sim: simulator{n: 30, hidden: 4, noSitemap: true}, requests: 6, note: "there is none (status 404)", partial: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := test.sim.n
			got := walk(t, &test.sim, omakase.ScrapeRequest{URL: "https://sim.example/"})
			if got.err != nil {
				t.Fatal(got.err)
			}
			if missing := got.missing(n); missing > 0 {
				t.Errorf("%d of %d products are missing; notes: %q", missing, n, got.notes)
			}
			if extra := len(got.products) - n; extra > test.extra {
				t.Errorf("%d products too many", extra)
			}
			if got.requests > test.requests {
				t.Errorf("%d requests, want at most %d", got.requests, test.requests)
			}
			notes := strings.Join(got.notes, "\n")
			if !strings.Contains(notes, test.note) || test.note == "" && notes != "" {
				t.Errorf("notes are %q, want %q", notes, test.note)
			}
			if got.partial != test.partial {
				t.Errorf("partial is %v", got.partial)
			}
			for id, p := range got.products {
				i, _ := strconv.Atoi(strings.TrimPrefix(p.Name, "Product "))
				if p.Currency != "JPY" || p.Price != strconv.Itoa(100+i) {
					t.Fatalf("%s (%s) costs %q %q", id, p.Name, p.Price, p.Currency)
				}
			}
		})
	}
}

func TestScrapeNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	slow := omakase.Retry(omakase.CodeRateLimited, "slow down")
	for name, test := range map[string]struct {
		sim       simulator
		code      string
		retryable bool
		says      string
	}{
		"password":        {simulator{n: 9, password: true}, omakase.CodePassword, false, "password"},
		"theme password":  {simulator{listing: "404", noMeta: true, noSitemap: true, home: `<body class="template-password">`}, omakase.CodePassword, false, "password"},
		"frozen":          {simulator{closed: 402}, omakase.CodeClosed, false, "closed"},
		"closed":          {simulator{closed: 404, home: "Sorry, this shop is currently unavailable."}, omakase.CodeClosed, false, "closed"},
		"closed home":     {simulator{listing: "404", noMeta: true, noSitemap: true, home: "Sorry, this shop is currently unavailable."}, omakase.CodeClosed, false, "closed"},
		"other site":      {simulator{closed: 404, plain: true}, omakase.CodeNotAShop, false, "sim.example does not look like"},
		"hidden":          {simulator{listing: "403", noSitemap: true, noMeta: true}, omakase.CodeBlocked, false, "turned off"},
		"all maintenance": {simulator{listing: "html", noMeta: true, noSitemap: true}, omakase.CodeBadData, true, "maintenance"},
		"slow down":       {simulator{fail: map[string]error{"/products.json": slow}}, omakase.CodeRateLimited, true, "slow"},
		"slow down first": {simulator{fail: map[string]error{"/meta.json": slow}}, omakase.CodeRateLimited, true, "slow"},
		"down": {
			simulator{fail: map[string]error{"/products.json": omakase.Retry(omakase.CodeUnavailable, "503")}},
			omakase.CodeUnavailable, true, "503",
		},
		"sitemap down": {
			simulator{listing: "404", fail: map[string]error{"/sitemap.xml": omakase.Retry(omakase.CodeUnavailable, "503")}},
			omakase.CodeUnavailable, true, "503",
		},
		"robots": {
			simulator{noSitemap: true, fail: map[string]error{"/products.json": omakase.Fail(omakase.CodeRobots, "robots.txt forbids it")}},
			omakase.CodeRobots, false, "forbids",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := walk(t, &test.sim, omakase.ScrapeRequest{URL: "https://sim.example"})
			var e *wire.Error
			if !errors.As(got.err, &e) {
				t.Fatalf("error is %v", got.err)
			}
			if e.Code != test.code || e.Retryable != test.retryable || !strings.Contains(e.Message, test.says) {
				t.Errorf("error is %+v", e)
			}
		})
	}
}

func TestScrapeMidway(t *testing.T) {
	t.Parallel()
	c := cursor{phase: phaseProducts, shop: place{origin: "https://sim.example"}, currency: "JPY", limit: 250, size: 250, page: 3, list: 1}
	for name, test := range map[string]struct {
		sim  simulator
		code string
	}{
		"becomes a page":  {simulator{n: 900, listing: "html"}, omakase.CodeBadData},
		"becomes blocked": {simulator{n: 900, listing: "403"}, omakase.CodeBlocked},
		"gets a password": {simulator{n: 900, password: true}, omakase.CodePassword},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := newHost()
			host.Fetch = test.sim.fetch
			_, err := scrape(host.Context(), omakase.ScrapeRequest{URL: "https://sim.example", Cursor: c.String(), Seen: 500, Total: 900})
			if omakase.CodeOf(err) != test.code {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestScrapeUnchanged(t *testing.T) {
	t.Parallel()
	host := newHost()
	host.Fetch = (&simulator{n: 300, known: true}).fetch
	reply, err := scrape(host.Context(), omakase.ScrapeRequest{URL: "https://sim.example"})
	if err != nil {
		t.Fatal(err)
	}
	if !reply.Unchanged || reply.Source != "https://sim.example/products.json?limit=250&page=1" || reply.Total != 300 {
		t.Errorf("reply is %+v", reply)
	}
}

// TestScrapeCursorsAreStable holds that a cursor does not change while the
// page that it asks for does not: the host finds earlier pages by it.
func TestScrapeCursorsAreStable(t *testing.T) {
	t.Parallel()
	first := func(n int) string {
		host := newHost()
		host.Fetch = (&simulator{n: n}).fetch
		reply, err := scrape(host.Context(), omakase.ScrapeRequest{URL: "https://sim.example"})
		if err != nil {
			t.Fatal(err)
		}
		return reply.Next
	}
	if a, b := first(900), first(901); a != b {
		t.Errorf("cursors of page 2 are %q and %q", a, b)
	}
}

func TestScrapeAsksForNoMoreThanWanted(t *testing.T) {
	t.Parallel()
	host := newHost()
	host.Fetch = (&simulator{n: 900}).fetch
	reply, err := scrape(host.Context(), omakase.ScrapeRequest{URL: "https://sim.example", Max: 7})
	if err != nil {
		t.Fatal(err)
	}
	if len(reply.Products) != 7 || len(host.Fetched()[1].Prefetch) != 0 {
		t.Errorf("%d products, then %q", len(reply.Products), host.Fetched()[1].Prefetch)
	}
}

func TestScrapeLocale(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ url, config, page, product string }{
		"address":  {"https://Sim.example/en/collections/all?x=1", "", "https://sim.example/en/products.json?limit=250&page=1", "https://sim.example/en/products/p-1"},
		"none":     {"https://sim.example/collections/all", "", "https://sim.example/products.json?limit=250&page=1", "https://sim.example/products/p-1"},
		"settings": {"https://sim.example", `{"locale":"en","page_size":50}`, "https://sim.example/en/products.json?limit=50&page=1", "https://sim.example/en/products/p-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := newHost()
			host.Config = test.config
			host.Fetch = (&simulator{n: 3}).fetch
			got := walkHost(t, host, omakase.ScrapeRequest{URL: test.url})
			if got.err != nil {
				t.Fatal(got.err)
			}
			if p := got.products["7000001"]; p.URL != test.product {
				t.Errorf("product is at %s", p.URL)
			}
			if page := host.Fetched()[1].URL; page != test.page {
				t.Errorf("read %s", page)
			}
		})
	}
}

// TestScrapePrefixThatIsNoLocale holds that a first path segment of two
// letters may be something else.
func TestScrapePrefixThatIsNoLocale(t *testing.T) {
	t.Parallel()
	sim := &simulator{n: 3}
	host := newHost()
	host.Fetch = func(req wire.FetchRequest) (fakehost.Response, error) {
		if strings.Contains(req.URL, "/xy/") {
			return fakehost.Response{Status: 404}, nil
		}
		return sim.fetch(req)
	}
	got := walkHost(t, host, omakase.ScrapeRequest{URL: "https://sim.example/xy/"})
	if got.err != nil || got.missing(3) > 0 || got.products["7000001"].URL != "https://sim.example/products/p-1" {
		t.Errorf("outcome is %+v", got)
	}
}

// TestScrapeFollowsTheShop holds that a shop that moved to another origin is
// read there.
func TestScrapeFollowsTheShop(t *testing.T) {
	t.Parallel()
	sim := &simulator{n: 3}
	host := newHost()
	host.Fetch = func(req wire.FetchRequest) (fakehost.Response, error) {
		r, err := sim.fetch(req)
		r.URL = strings.Replace(req.URL, "http://sim.example", "https://www.sim.example", 1)
		return r, err
	}
	got := walkHost(t, host, omakase.ScrapeRequest{URL: "http://sim.example"})
	if got.err != nil || got.products["7000001"].URL != "https://www.sim.example/products/p-1" {
		t.Errorf("outcome is %+v", got)
	}
}

func TestScrapeWithoutCurrency(t *testing.T) {
	t.Parallel()
	got := walk(t, &simulator{n: 3, noMeta: true, mute: true}, omakase.ScrapeRequest{URL: "https://sim.example"})
	if got.err != nil || got.products["7000001"].Currency != "" || !strings.Contains(strings.Join(got.notes, ""), "currency") {
		t.Errorf("outcome is %+v", got)
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	refs := func(numbers ...int) (list []omakase.Ref) {
		for _, i := range numbers {
			h := "p-" + strconv.Itoa(i)
			list = append(list, omakase.Ref{Key: h, URL: "https://sim.example/products/" + h, UpdatedAt: "2026-03-03"})
		}
		return list
	}
	down := omakase.Retry(omakase.CodeUnavailable, "503")
	for name, test := range map[string]struct {
		sim     simulator
		refs    []omakase.Ref
		found   int
		partial bool
		code    string
	}{
		"all":            {sim: simulator{n: 5}, refs: refs(1, 2, 3), found: 3},
		"gone":           {sim: simulator{n: 5}, refs: refs(1, 99, 3), found: 2},
		"all gone":       {sim: simulator{n: 5}, refs: refs(98, 99), found: 0},
		"no product":     {sim: simulator{n: 5}, refs: append(refs(1), omakase.Ref{Key: "x", URL: "https://sim.example/pages/x"}), found: 1},
		"one fails":      {sim: simulator{n: 5, fail: map[string]error{"/products/p-2.js": down}}, refs: refs(1, 2, 3), found: 2, partial: true},
		"only one, down": {sim: simulator{n: 5, fail: map[string]error{"/products/p-2.js": down}}, refs: refs(2), code: omakase.CodeUnavailable},
		"three fail": {
			sim:  simulator{n: 5, fail: map[string]error{"/products/p-2.js": down, "/products/p-3.js": down, "/products/p-4.js": down}},
			refs: refs(1, 2, 3, 4, 5), code: omakase.CodeUnavailable,
		},
		"slow down": {
			sim:  simulator{n: 5, fail: map[string]error{"/products/p-2.js": omakase.Retry(omakase.CodeRateLimited, "")}},
			refs: refs(1, 2, 3), code: omakase.CodeRateLimited,
		},
		"robots leave the page": {
			sim: simulator{n: 5, fail: map[string]error{
				"/products/p-2.js": omakase.Fail(omakase.CodeRobots, ""), "/products/p-2.json": omakase.Fail(omakase.CodeRobots, ""),
			}},
			refs: refs(1, 2), found: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := newHost()
			host.Fetch = test.sim.fetch
			reply, err := scrape(host.Context(), omakase.ScrapeRequest{URL: "https://sim.example", Refs: test.refs})
			if omakase.CodeOf(err) != test.code {
				t.Fatalf("error is %v", err)
			}
			if err != nil {
				return
			}
			if len(reply.Products) != test.found || reply.Partial != test.partial {
				t.Errorf("%d products, partial %v, notes %q", len(reply.Products), reply.Partial, reply.Notes)
			}
			for _, p := range reply.Products {
				if p.Currency != "JPY" || strings.Contains(p.Price, ".") || p.UpdatedAt != "2026-03-03" {
					t.Errorf("product is %+v", p)
				}
			}
		})
	}
}

func TestScrapeRefusesForeignCursors(t *testing.T) {
	t.Parallel()
	for _, c := range []string{"x", "2", "s1;p;1;250;250;1;0;0;JPY;https://sim.example", "s2;p;1;250;250;1;0;0;JPY;https://sim.example;"} {
		_, err := scrape(newHost().Context(), omakase.ScrapeRequest{URL: "https://sim.example", Cursor: c})
		if omakase.CodeOf(err) != omakase.CodeInvalid {
			t.Errorf("%q: error is %v", c, err)
		}
	}
	for _, url := range []string{"", "sim.example", "ftp://sim.example", "https://", "https://u@sim.example/", "file:///etc"} {
		_, err := scrape(newHost().Context(), omakase.ScrapeRequest{URL: url})
		if omakase.CodeOf(err) != omakase.CodeInvalid {
			t.Errorf("%q: error is %v", url, err)
		}
	}
}

package e2e_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeShops runs the fake shop server that lives beside the project.
type fakeShops struct {
	Admin string
	Shops map[string]string
}

func startFakeShops(t *testing.T, config []map[string]any) fakeShops {
	t.Helper()
	needNode(t)
	script := shared(t, "tools", "shopserver.mjs")
	file := filepath.Join(t.TempDir(), "shops.json")
	raw, _ := json.Marshal(config)
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", script, "--config", file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var f fakeShops
	if err := json.Unmarshal([]byte(line), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

type truth struct {
	ID, Title, Currency string
	PriceMin            float64 `json:"price_min"`
	Available           bool
	Variants, Images    int
}

// compare holds the stored products of a shop against its truth.
func (f fakeShops) compare(t *testing.T, name string, stored []product) (d difference) {
	t.Helper()
	res, err := http.Get(f.Admin + "/truth?shop=" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var all []truth
	if err := json.NewDecoder(res.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	byID := map[string]product{}
	for _, p := range stored {
		if p.VanishedAt != "" || p.Source == nil {
			continue
		}
		if _, ok := byID[p.Source.PlatformID]; ok {
			d.doubled++
		}
		byID[p.Source.PlatformID] = p
	}
	for _, want := range all {
		p, ok := byID[want.ID]
		switch {
		case !ok:
			d.missing++
		case p.Name != want.Title || p.Price != want.PriceMin || p.IsActive != want.Available || len(p.Variants) != want.Variants:
			d.stale++
		}
		delete(byID, want.ID)
	}
	d.phantom = len(byID)
	return d
}

func (f fakeShops) stats(t *testing.T, name string) (s struct {
	PeakConcurrency int  `json:"peak_concurrency"`
	RobotsFirst     bool `json:"robots_first"`
	Requests        int
},
) {
	t.Helper()
	res, err := http.Get(f.Admin + "/stats?shop=" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func fault(match, kind string, more map[string]any) map[string]any {
	f := map[string]any{"type": kind}
	times := any(2)
	for k, v := range more {
		if k == "times" {
			times = v
			continue
		}
		f[k] = v
	}
	return map[string]any{"match": match, "after": 1, "times": times, "fault": f}
}

// Faults that pass: the catalogue is complete in the end.
func TestShopsThatRecover(t *testing.T) {
	t.Parallel()
	pages := `products\.json`
	cases := map[string]map[string]any{
		"reset":        {"faults": []any{fault(pages, "reset", nil)}},
		"status-500":   {"faults": []any{fault(pages, "status", map[string]any{"code": 500})}},
		"status-503":   {"faults": []any{fault(pages, "status", map[string]any{"code": 503, "retryAfter": 1})}},
		"retry-date":   {"faults": []any{fault(pages, "status", map[string]any{"code": 429, "retryAfter": "date"})}},
		"status-430":   {"faults": []any{fault(pages, "status", map[string]any{"code": 430})}},
		"truncate":     {"faults": []any{fault(pages, "truncate", nil)}},
		"wronglength":  {"faults": []any{fault(pages, "wronglength", nil)}},
		"nolength":     {"faults": []any{fault(pages, "nolength", nil)}},
		"badgzip":      {"faults": []any{fault(pages, "badgzip", nil)}},
		"badjson":      {"faults": []any{fault(pages, "badjson", nil)}},
		"html200":      {"faults": []any{fault(pages, "html200", nil)}},
		"latency":      {"faults": []any{fault(pages, "latency", map[string]any{"ms": 300})}},
		"charset":      {"faults": []any{fault(pages, "charset", map[string]any{"value": "shift_jis"})}},
		"contenttype":  {"faults": []any{fault(pages, "contenttype", map[string]any{"value": "text/plain"})}},
		"bom":          {"faults": []any{fault(pages, "bom", nil)}},
		"cookiewall":   {"faults": []any{fault(pages, "cookiewall", map[string]any{"times": 1})}},
		"slow":         {"faults": []any{fault(pages, "slow", map[string]any{"chunk": 40_000, "ms": 200, "times": 1})}, "gzip": false},
		"slowheaders":  {"faults": []any{fault(pages, "slowheaders", map[string]any{"ms": 60_000, "times": 1})}},
		"crawl-delay":  {"crawlDelay": 1},
		"password-off": {"productsJson": "password", "n": 60},
		"hang":         {"faults": []any{fault(pages, "hang", map[string]any{"times": 1})}},
		"rps":          {"rps": 3},
		"shift":        {"pagination": "shift"},
		"dup":          {"pagination": "dup"},
		"no-meta":      {"metaJson": false, "currency": "JPY"},
		"json-404":     {"productsJson": "404", "n": 60},
		"json-403":     {"productsJson": "403", "n": 60},
		"json-html":    {"productsJson": "html", "n": 60},
		"robots-404":   {"robots": "404"},
		"robots-html":  {"robots": "html"},
		"robots-huge":  {"robots": "huge"},
		"no-etag":      {"etag": false},
		"no-gzip":      {"gzip": false},
		"dollars":      {"currency": "USD", "decimals": 2},
		"one-variant":  {"maxVariants": 1},
		"endless-same": {"pagination": "endless-same", "n": 250},
	}
	var config []map[string]any
	for name, options := range cases {
		shop := map[string]any{"name": name, "type": "shopify", "n": 1000, "seed": 5}
		for k, v := range options {
			shop[k] = v
		}
		config = append(config, shop)
	}
	fakes := startFakeShops(t, config)
	s := serve(t, t.TempDir())
	for name := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := s.create(fakes.Shops[name], nil)
			s.call("POST", "/api/scraper/jobs/"+id+"/start", nil, nil)
			j := s.wait(id, 5*time.Minute)
			var mine []product
			for _, p := range s.products("") {
				if p.Source != nil && "http://"+p.Source.Shop == fakes.Shops[name] {
					mine = append(mine, p)
				}
			}
			d := fakes.compare(t, name, mine)
			if name == "shift" { // the shop itself adds a product between pages
				d.phantom = 0
			}
			if j.Status != "completed" || d != (difference{}) {
				t.Errorf("%s: %+v, %+v", j.Status, d, j)
			}
			// The slow shop holds a response open after its last byte was sent.
			if st := fakes.stats(t, name); st.PeakConcurrency > 1 && name != "slow" || !st.RobotsFirst {
				t.Errorf("impolite: %+v", st)
			}
		})
	}
}

// Faults that stay: the job fails with the true reason and never hangs.
func TestShopsThatDoNotRecover(t *testing.T) {
	t.Parallel()
	always := func(kind string, more map[string]any) map[string]any {
		f := map[string]any{"type": kind}
		for k, v := range more {
			f[k] = v
		}
		return map[string]any{"faults": []any{map[string]any{"match": "json|^/$|xml", "fault": f}}}
	}
	cases := map[string]struct {
		options map[string]any
		says    string
	}{
		"password":      {map[string]any{"password": true}, "password"},
		"robots":        {map[string]any{"robots": "disallow"}, "robots.txt"},
		"robots-others": {map[string]any{"robots": "disallow-others"}, "robots.txt"},
		"robots-late":   {map[string]any{"robots": "timeout"}, "robots.txt"},
		"to-ftp":        {always("redirect", map[string]any{"to": "ftp"}), "ftp"},
		"to-data":       {always("redirect", map[string]any{"to": "data"}), "data"},
		"to-loopback":   {always("redirect", map[string]any{"to": "loopback"}), ""},
		"to-ipv6":       {always("redirect", map[string]any{"to": "ipv6"}), "[::1]"},
		"to-other":      {always("redirect", map[string]any{"to": "otherhost"}), "other-shop.example"},
		"robots-500":    {map[string]any{"robots": "500"}, "robots.txt"},
		"challenge":     {always("challenge", nil), "bot"},
		"reset":         {always("reset", nil), ""},
		"status-500":    {always("status", map[string]any{"code": 500}), "500"},
		"status-429":    {always("status", map[string]any{"code": 429}), "slow"},
		"huge":          {always("huge", map[string]any{"mb": 200}), "large"},
		"gzipbomb":      {always("gzipbomb", map[string]any{"mb": 200}), "large"},
		"loop":          {always("loop", nil), "redirect"},
		"to-metadata":   {always("redirect", map[string]any{"to": "metadata"}), "169.254.169.254"},
		"to-file":       {always("redirect", map[string]any{"to": "file"}), "file"},
		"to-private":    {always("redirect", map[string]any{"to": "private"}), "10.0.0.1"},
		"to-decimal":    {always("redirect", map[string]any{"to": "decimal"}), "2130706433"},
		"to-gopher":     {always("redirect", map[string]any{"to": "gopher"}), "gopher"},
		"to-userinfo":   {always("redirect", map[string]any{"to": "userinfo"}), ""},
		"endless-fresh": {map[string]any{"pagination": "endless-fresh", "n": 100}, ""},
	}
	var config []map[string]any
	for name, c := range cases {
		shop := map[string]any{"name": name, "type": "shopify", "n": 1000, "seed": 5}
		for k, v := range c.options {
			shop[k] = v
		}
		config = append(config, shop)
	}
	fakes := startFakeShops(t, config)
	s := serve(t, t.TempDir())
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := s.create(fakes.Shops[name], nil)
			s.call("POST", "/api/scraper/jobs/"+id+"/start", nil, nil)
			j := s.wait(id, 8*time.Minute)
			reason := strings.Join(append(j.Result.Notes, j.Result.Errors...), " ")
			if j.Status == "completed" && !j.Result.Partial {
				t.Errorf("completed without a word: %+v", j.Result)
			}
			if reason == "" || !strings.Contains(strings.ToLower(reason), c.says) {
				t.Errorf("the reason %q does not speak of %q", reason, c.says)
			}
			t.Logf("%s: %s", j.Status, reason)
		})
	}
}

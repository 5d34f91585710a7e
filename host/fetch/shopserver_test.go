package fetch

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

// shared returns a file of the project's shared folder, which is not part of
// the repository.
func shared(t *testing.T, elem ...string) string {
	t.Helper()
	root := os.Getenv("OMAKASE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	path, err := filepath.EvalSymlinks(path) // scripts compare their own path
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not here: set OMAKASE_SHARED to the folder that has it", filepath.Join(elem...))
	}
	return path
}

// fakeShop is a shop of the fault server's configuration.
type fakeShop map[string]any

// startShops runs the fault server and returns its admin URL and the shops'.
func startShops(t *testing.T, shops ...fakeShop) (admin string, urls map[string]string) {
	t.Helper()
	script := shared(t, "tools", "shopserver.mjs")
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	config, err := json.Marshal(shops)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "shops.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, script, "--config", file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	var at struct {
		Admin string
		Shops map[string]string
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	if err != nil {
		t.Fatalf("the fault server said %q: %v", line, err)
	}
	return at.Admin, at.Shops
}

func TestFaultServer(t *testing.T) {
	t.Parallel()
	const all, twice = 1 << 20, 2
	fault := func(times int, f fakeShop) []fakeShop {
		return []fakeShop{{"match": "products.json", "times": times, "fault": f}}
	}
	type shop struct {
		name string
		with fakeShop
		kind errs.Kind // "" where the page comes in the end
		says string
	}
	shops := []shop{
		{"plain", fakeShop{}, "", ""},
		{"latency", fakeShop{"faults": fault(all, fakeShop{"type": "latency", "ms": 50, "jitter": 50})}, "", ""},
		{"reset", fakeShop{"faults": fault(twice, fakeShop{"type": "reset"})}, "", ""},
		{"hang", fakeShop{"faults": fault(twice, fakeShop{"type": "hang"})}, "", ""},
		{"slow", fakeShop{"faults": fault(twice, fakeShop{"type": "slow"})}, "", ""},
		{"slowheaders", fakeShop{"faults": fault(twice, fakeShop{"type": "slowheaders"})}, "", ""},
		{"truncate", fakeShop{"faults": fault(twice, fakeShop{"type": "truncate"})}, "", ""},
		{"wronglength", fakeShop{"faults": fault(twice, fakeShop{"type": "wronglength"})}, "", ""},
		{"nolength", fakeShop{"faults": fault(all, fakeShop{"type": "nolength"})}, "", ""},
		{"badgzip", fakeShop{"faults": fault(twice, fakeShop{"type": "badgzip"})}, "", ""},
		{"bom", fakeShop{"faults": fault(all, fakeShop{"type": "bom"})}, "", ""},
		{"charset", fakeShop{"faults": fault(all, fakeShop{"type": "charset", "value": "Shift_JIS"})}, "", ""},
		{"contenttype", fakeShop{"faults": fault(all, fakeShop{"type": "contenttype", "value": "text/html"})}, "", ""},
		{"cookiewall", fakeShop{"faults": fault(all, fakeShop{"type": "cookiewall"})}, "", ""},
		{"500", fakeShop{"faults": fault(twice, fakeShop{"type": "status", "code": 500})}, "", ""},
		{"429", fakeShop{"faults": fault(twice, fakeShop{"type": "status", "code": 429, "retryAfter": 0})}, "", ""},
		{"429date", fakeShop{"faults": fault(1, fakeShop{"type": "status", "code": 429, "retryAfter": "date"})}, "", ""},
		{"430", fakeShop{"faults": fault(twice, fakeShop{"type": "status", "code": 430})}, "", ""},
		{"robots404", fakeShop{"robots": "404"}, "", ""},
		{"robotshtml", fakeShop{"robots": "html"}, "", ""},
		{"robotshuge", fakeShop{"robots": "huge"}, "", ""},

		{"down", fakeShop{"faults": fault(all, fakeShop{"type": "status", "code": 500})}, errs.Unavailable, "status 500"},
		{"cut", fakeShop{"faults": fault(all, fakeShop{"type": "truncate"})}, errs.Unavailable, "ends too early"},
		{"huge", fakeShop{"faults": fault(all, fakeShop{"type": "huge", "mb": 64})}, errs.TooLarge, ""},
		{"gzipbomb", fakeShop{"faults": fault(all, fakeShop{"type": "gzipbomb", "mb": 24})}, errs.TooLarge, ""},
		{"challenge", fakeShop{"faults": fault(all, fakeShop{"type": "challenge"})}, errs.Blocked, "Cloudflare"},
		{"challenge200", fakeShop{"faults": fault(all, fakeShop{"type": "challenge", "code": 200})}, errs.Blocked, "Cloudflare"},
		{"loop", fakeShop{"faults": fault(all, fakeShop{"type": "loop"})}, errs.BadData, "more than 5 redirects"},
		{"longwait", fakeShop{"faults": fault(all, fakeShop{"type": "status", "code": 429, "retryAfter": 3600})}, errs.RateLimited, "come back"},
		{"disallow", fakeShop{"robots": "disallow"}, errs.Robots, `"Disallow: /"`},
		{"others", fakeShop{"robots": "disallow-others"}, errs.Robots, `"Disallow: /"`},
		{"robots500", fakeShop{"robots": "500"}, errs.Unavailable, "reading robots.txt"},
		{"robotstimeout", fakeShop{"robots": "timeout"}, errs.Unavailable, "reading robots.txt"},
	}
	for _, to := range []string{"metadata", "file", "loopback", "private", "ipv6", "decimal", "gopher", "ftp", "data", "userinfo"} {
		shops = append(shops, shop{"to-" + to, fakeShop{"faults": fault(all, fakeShop{"type": "redirect", "to": to})}, errs.Denied, "redirected to"})
	}
	config := []fakeShop{{"name": "canary", "type": "shopify", "n": 1}}
	for _, s := range shops {
		s.with["name"], s.with["type"], s.with["n"] = s.name, "shopify", 30
		config = append(config, s.with)
	}
	_, urls := startShops(t, config...)
	var allow []string
	for name, u := range urls {
		if name != "canary" {
			allow = append(allow, strings.TrimPrefix(u, "http://"))
		}
	}
	patient := newClient(t, Options{Allow: allow})
	// Time runs out only where the shop lets it, on however busy a machine.
	impatient := newClient(t, Options{Allow: allow, Timeout: 2 * time.Second})
	hasty := newClient(t, Options{Allow: allow})
	hasty.robotsTimeout = time.Second
	clients := map[string]*Client{"hang": impatient, "slow": impatient, "slowheaders": impatient, "robotstimeout": hasty}
	for _, s := range shops {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			c := clients[s.name]
			if c == nil {
				c = patient
			}
			resp, err := c.Fetch(t.Context(), &Request{URL: urls[s.name] + "/products.json?limit=30"})
			if s.kind != "" {
				if !errs.Is(err, s.kind) || !strings.Contains(err.Error(), s.says) {
					t.Errorf("%v; want %s that says %q", err, s.kind, s.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var body struct{ Products []struct{ Title string } }
			if err := json.Unmarshal(resp.Body, &body); err != nil || len(body.Products) != 30 || resp.Charset != "utf-8" {
				t.Errorf("%d products in %s: %v", len(body.Products), resp.Charset, err)
			}
		})
	}
	t.Run("allowed hosts only", func(t *testing.T) {
		t.Parallel()
		u, err := url.Parse(urls["canary"])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := patient.Fetch(t.Context(), &Request{URL: u.JoinPath("__canary").String()}); !errs.Is(err, errs.Denied) {
			t.Errorf("got %v; want it denied", err)
		}
	})
}

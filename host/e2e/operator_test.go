package e2e_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/sdk/abi"
)

// outsidePlugin writes the Shopify guest under another id into a folder, as an
// integrator would hand one over.
func outsidePlugin(t *testing.T, id string) (dir string) {
	t.Helper()
	wasm, err := os.ReadFile("../../plugins/dist/scraper.shopify.wasm")
	if err != nil {
		t.Fatalf("%v (make plugins builds it)", err)
	}
	doc, err := abi.ReadManifest(wasm)
	if err != nil {
		t.Fatal(err)
	}
	wasm, err = abi.SetManifest(wasm, bytes.Replace(doc, []byte("scraper.shopify"), []byte(id), 1))
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, id+".wasm"), wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A plugin from a folder is there at once, but gets no more than the operator
// grants; what config disables is gone.
func TestPluginFromFolder(t *testing.T) {
	t.Parallel()
	shop := newShop(t, 30)
	dir := outsidePlugin(t, "scraper.mine")
	try := func(settings string) (string, int) {
		t.Helper()
		config := filepath.Join(t.TempDir(), "omakase.yaml")
		text := fmt.Sprintf("plugins:\n  dir: %s\n  settings:\n    scraper.mine: %s\n", dir, settings)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := command(t, []string{"OMAKASE_CONFIG=" + config, "OMAKASE_PLUGINS_CACHE_DIR=" + cacheDir(t)}, "scrape", shop.URL, "--plugin", "scraper.mine")
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := try("{}"); code == 0 || !strings.Contains(out, "not granted") {
		t.Errorf("without a grant: exit %d, %s", code, out)
	}
	if out, code := try("{grants: {http: {hosts: ['{shop}']}, html: true}}"); code != 0 || strings.Count(out, `"handle":`) != 30 {
		t.Errorf("with a grant: exit %d, %.500s", code, out)
	}
	if out, code := try("{enabled: false}"); code == 0 || !strings.Contains(out, "scraper.mine") {
		t.Errorf("disabled: exit %d, %s", code, out)
	}
}

// SIGHUP reads the configuration again; requests go on meanwhile.
func TestHangUp(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "omakase.yaml")
	write := func(enabled bool) {
		t.Helper()
		text := fmt.Sprintf("plugins:\n  settings:\n    scraper.shopify: {enabled: %v}\n", enabled)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(true)
	s := serve(t, t.TempDir(), "OMAKASE_CONFIG="+config)
	eventually := func(state string) {
		t.Helper()
		var list struct{ Plugins []struct{ ID, State string } }
		for limit := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			s.call("GET", "/api/admin/plugins", nil, &list)
			for _, p := range list.Plugins {
				if p.ID == "scraper.shopify" && p.State == state {
					return
				}
			}
			if time.Now().After(limit) {
				t.Fatalf("plugins: %+v, want %s\n%s", list.Plugins, state, s.log)
			}
		}
	}
	hangUp := func() {
		t.Helper()
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	eventually("discovered")
	write(false)
	hangUp()
	eventually("disabled")
	write(true)
	hangUp()
	eventually("serving")

	// The command line sees what the server does.
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"plugin", "list", "--server", s.base}, []string{"GENERATION", "scraper.shopify", "serving", "closed"}},
		{[]string{"plugin", "inspect", "scraper.shopify", "--server", s.base}, []string{"sha256", "Limits:", "Generation 3, added at", "p99", "It asks for:"}},
		{[]string{"plugin", "reload", "--server", s.base}, []string{"scraper.shopify: unchanged, generation 3"}},
	} {
		stdout, stderr, code := run(t, tt.args...)
		for _, want := range tt.want {
			if code != 0 || !strings.Contains(stdout, want) {
				t.Errorf("%v: exit %d, no %q in\n%s%s", tt.args, code, want, stdout, stderr)
			}
		}
	}
	if _, stderr, code := run(t, "plugin", "reload", "--server", "http://127.0.0.1:1"); code != 4 || !strings.Contains(stderr, "is it running there?") {
		t.Errorf("without a server: exit %d, %s", code, stderr)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "OMAKASE_API_KEYS=correct-horse-battery")
	for _, tt := range []struct {
		method, path, key string
		status            int
	}{
		{"GET", "/api/health", "", 200},
		{"GET", "/api/products", "", 200},
		{"POST", "/api/products", "", 401},
		{"POST", "/api/products", "wrong", 401},
		{"POST", "/api/products", "correct-horse-battery", 201},
		{"GET", "/api/admin/plugins", "", 401},
		{"GET", "/api/admin/plugins", "correct-horse-battery", 200},
	} {
		req, _ := http.NewRequest(tt.method, s.base+tt.path, strings.NewReader(`{"name":"a"}`))
		req.Header.Set("Content-Type", "application/json")
		if tt.key != "" {
			req.Header.Set("Authorization", "Bearer "+tt.key)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != tt.status {
			t.Errorf("%s %s with key %q: %d, want %d", tt.method, tt.path, tt.key, res.StatusCode, tt.status)
		}
	}
}

// A scheduled shop is imported, its progress can be followed, and the metrics
// count it.
func TestScheduleEventsAndMetrics(t *testing.T) {
	t.Parallel()
	shop := newShop(t, 900)
	shop.delay = 50 * time.Millisecond
	config := filepath.Join(t.TempDir(), "omakase.yaml")
	if err := os.WriteFile(config, []byte("schedules:\n  - {url: '"+shop.URL+"', every: 6h}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, t.TempDir(), "OMAKASE_CONFIG="+config)
	var list struct{ Jobs []job }
	for began := time.Now(); len(list.Jobs) == 0; time.Sleep(10 * time.Millisecond) {
		s.call("GET", "/api/scraper/jobs", nil, &list)
		if time.Since(began) > 30*time.Second {
			t.Fatal("the schedule started nothing")
		}
	}
	res, err := http.Get(s.base + "/api/scraper/jobs/" + list.Jobs[0].ID + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var events []string
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			events = append(events, name)
		}
	}
	if len(events) < 2 || events[0] != "progress" || events[len(events)-1] != "end" {
		t.Errorf("events: %v", events)
	}
	if d := shop.compare(s.products("")); d != (difference{}) {
		t.Errorf("%+v", d)
	}
	res, err = http.Get(s.base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var metrics bytes.Buffer
	if _, err := metrics.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	for _, series := range []string{
		`jobs_finished_total{plugin="scraper.shopify",state="completed"} 1`,
		`job_products_total{plugin="scraper.shopify",result="imported"} 900`,
		`plugin_calls_total{operation="scrape",plugin="scraper.shopify",result="ok"}`,
	} {
		if !strings.Contains(metrics.String(), series) {
			t.Errorf("no series %s", series)
		}
	}
}

package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

// output is what a command wrote so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// TestDev edits a plugin while dev looks, with a host that is told to reload.
func TestDev(t *testing.T) {
	t.Parallel()
	dir := hinoki(t)
	plugins := t.TempDir()
	var authorized output
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = authorized.Write([]byte(r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization") + "\n"))
		module, _ := os.ReadFile(filepath.Join(plugins, "scraper.hinoki.wasm"))
		_, _ = fmt.Fprintf(w, `{"plugins":[{"id":"scraper.hinoki","outcome":"replaced","ok":true,"digest":"%x"}]}`, sha256.Sum256(module))
	}))
	t.Cleanup(host.Close)

	ctx, stop := context.WithCancel(t.Context())
	out, ended := new(output), make(chan int, 1)
	go func() {
		ended <- Main(ctx, Process{
			Args:  []string{"plugin", "dev", dir, "--server", host.URL, "--key", "k1,k2"},
			Stdin: strings.NewReader(""), Stdout: out, Stderr: out, Builtins: fstest.MapFS{},
			Environ: []string{"OMAKASE_DATA_DIR=" + t.TempDir(), "OMAKASE_PLUGINS_CACHE_DIR=" + t.TempDir(), "OMAKASE_PLUGINS_DIR=" + plugins},
		})
	}()
	awaitText := func(want string, times int) {
		t.Helper()
		for end := time.Now().Add(2 * time.Minute); strings.Count(out.String(), want) < times; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("it doesn't say %q %d times:\n%s", want, times, out)
			}
		}
	}
	awaitText("edit to result", 1)
	awaitText("hk-003", 1)
	awaitText("replaced", 1)
	edit(t, filepath.Join(dir, "plugin.c"), "score = 90", "score = 80")
	awaitText("- ok.score: 90", 1)
	awaitText("edit to result", 2)
	edit(t, filepath.Join(dir, "plugin.c"), "score = 80", "score = 90")
	awaitText("replaced", 2)
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(filepath.Join(plugins, "scraper.hinoki.wasm")); err != nil {
		t.Error(err)
	}
	if !strings.Contains(authorized.String(), "POST /api/admin/plugins/reload Bearer k1\n") {
		t.Errorf("the host saw %q", authorized.String())
	}
	expect(t, exitOK, []string{"edit to result", "7 recordings"}, "plugin", "dev", "--once", dir)
	expect(t, exitOK, []string{"clang", "plugins.dir is not set", "scraper.hinoki 0.1.0", "7 recordings can be read"}, "plugin", "doctor", dir)
	expect(t, exitUsage, []string{"plugins.dir"}, "plugin", "dev", "--server", host.URL, dir)
}

package e2e_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstallFromTheWeb downloads a plugin over https and installs it, and
// nothing that is another one.
func TestInstallFromTheWeb(t *testing.T) {
	t.Parallel()
	module, err := os.ReadFile("../../plugins/dist/scraper.stores.wasm")
	if err != nil {
		t.Skip("the built-in plugins are not built: make plugins")
	}
	web := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/stores.wasm" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/wasm")
		_, _ = w.Write(module)
	}))
	t.Cleanup(web.Close)
	trusted := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	if err := os.WriteFile(trusted, block, 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(module)
	digest := hex.EncodeToString(sum[:])
	for _, tt := range []struct {
		what, path, sum string
		ok              bool
		says            string
	}{
		{"the right one", "/stores.wasm", digest, true, "installed scraper.stores"},
		{"another one", "/stores.wasm", strings.Repeat("0", 64), false, "not the one that was asked for"},
		{"none", "/none.wasm", digest, false, "status 404"},
	} {
		dir := t.TempDir()
		cmd := command(t, []string{"SSL_CERT_FILE=" + trusted, "OMAKASE_PLUGINS_DIR=" + dir, "OMAKASE_PLUGINS_CACHE_DIR=" + cacheDir(t)},
			"plugin", "install", "--sha256", tt.sum, web.URL+tt.path)
		out, err := cmd.CombinedOutput()
		if (err == nil) != tt.ok || !strings.Contains(string(out), tt.says) {
			t.Errorf("%s: %v\n%s", tt.what, err, out)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || (len(files) == 1) != tt.ok {
			t.Errorf("%s: %v in the folder, %v", tt.what, files, err)
		}
	}
}

package wasm_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/omakase-ai/omakase/sdk/abi"
)

// goGuest builds testdata/guest with the ordinary toolchain, once for all
// tests, and embeds a manifest.
func goGuest(t testing.TB) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("building a Go guest takes seconds")
	}
	wasm, err := buildGoGuest()
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

var buildGoGuest = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "omakase-guest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, ".")
	cmd.Dir = filepath.Join("testdata", "guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	return abi.SetManifest(wasm, []byte(manifest("scraper.guest")))
})

// manifest of a scraper that wants all there is.
func manifest(id string) string {
	return `{"id": "` + id + `", "version": "1.2.3", "provides": ["scraper/1"], "needs": {
		"http": {"reason": "reads the shop", "hosts": ["{shop}"]},
		"html": {"reason": "reads pages"},
		"kv": {"reason": "remembers", "quota_bytes": 1000},
		"crypto": {"reason": "signs"}}}`
}

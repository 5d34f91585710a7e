package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What the plugin author's guide tells to type works, in the guide's order, in
// a fresh folder, with nothing but the command and Go.
func TestPluginGuide(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds a plugin")
	}
	guide, err := os.ReadFile("../../docs/plugins.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -eu\ntrap 'kill $(jobs -p)' EXIT\n")
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	for _, block := range blocks {
		script.WriteString(block[1])
	}
	if len(blocks) < 9 {
		t.Errorf("the guide has %d blocks of commands", len(blocks))
	}
	home := t.TempDir()
	path := filepath.Join(home, "bin")
	binary := command(t, nil, "version").Path
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(binary, filepath.Join(path, "omakase")); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(script.String(), "127.0.0.1:4040", "127.0.0.1:"+freePort(t))
	cmd := exec.Command("bash", "-c", text)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "PATH="+path+string(os.PathListSeparator)+os.Getenv("PATH"),
		"OMAKASE_PLUGINS_CACHE_DIR="+cacheDir(t), "GOFLAGS=", "GOPROXY=off", "GOCACHE="+goCache(t), "GOPATH="+filepath.Join(home, "go"))
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("the guide takes %v", time.Since(begun).Round(time.Second))
	for _, want := range []string{"ok    practice", "8 recordings", "keeps all", "signed  ed25519:", "installed scraper.my-shop", "is fine", `"name":"ひのきのまな板"`, "Agreed: scraper.my-shop"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("nothing says %q", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

// goCache is the go command's cache, which a new home would hide.
func goCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

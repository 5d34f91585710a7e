package omakase_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/sdk/abi"
)

// Packages that a guest must not link, with what each costs.
var heavy = map[string]string{
	"fmt":           "0.5 MB and reflection",
	"encoding/json": "1.4 MB and reflection; use sdk/go/json",
	"reflect":       "the compiler keeps every exported method for it",
	"net/http":      "3 MB; use the http capability",
	"net/url":       "it brings fmt",
	"regexp":        "0.4 MB; use the html capability or strings",
	"os":            "a guest has no files",
}

func goTool(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

var wasip1 = []string{"GOOS=wasip1", "GOARCH=wasm"}

func TestGuestLinksTheStandardLibraryOnly(t *testing.T) {
	t.Parallel()
	const module = "github.com/omakase-ai/omakase/"
	deps := strings.Fields(goTool(t, wasip1, "list", "-deps", "."))
	for _, dep := range deps {
		if why, ok := heavy[dep]; ok {
			t.Errorf("sdk/go imports %s: %s", dep, why)
		}
		if strings.Contains(strings.Split(dep, "/")[0], ".") && !strings.HasPrefix(dep, module+"sdk/go") {
			t.Errorf("sdk/go imports %s: authors get the standard library only", dep)
		}
	}
	if !slices.Contains(deps, module+"sdk/go/wire") {
		t.Error("the list of dependencies is not one")
	}
}

// maxModule is what a plugin without code of its own may weigh. A host
// compiles it in half a second, and holds about twice its size.
const maxModule = 3_200_000

func TestModuleOfAMinimalPlugin(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a WASM module")
	}
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	// An overlay puts the package into this module without writing there.
	here, err := filepath.Abs("internal/readme")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(here, "main.go"): write("main.go", snippet(t, "go")),
	}})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "plugin.wasm")
	goTool(t, wasip1, "build", "-overlay", write("overlay.json", string(overlay)), "-buildmode=c-shared", "-o", out, "./internal/readme")

	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("a minimal plugin has %d bytes", len(wasm))
	if len(wasm) > maxModule {
		t.Errorf("a minimal plugin has %d bytes, want at most %d", len(wasm), maxModule)
	}
	for _, name := range []string{"omakase_abi", "omakase_alloc", "omakase_call", "_initialize", "host_call", "host_read"} {
		if !bytes.Contains(wasm, []byte(name)) {
			t.Errorf("the module does not name %s", name)
		}
	}

	manifest := write("plugin.json", snippet(t, "json"))
	goTool(t, nil, "run", "./cmd/embed-manifest", out, manifest)
	if wasm, err = os.ReadFile(out); err != nil {
		t.Fatal(err)
	}
	text, err := abi.ReadManifest(wasm)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := abi.ParseManifest(text); err != nil {
		t.Error(err)
	}
}

// snippet is the first block of a language in the README, so that what
// authors copy is what is tested.
func snippet(t *testing.T, language string) string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "```"+language+"\n")
	if !ok {
		t.Fatalf("README.md has no %s block", language)
	}
	code, _, _ := strings.Cut(rest, "```")
	return code
}

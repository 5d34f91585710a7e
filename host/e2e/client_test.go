package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGeneratedClient generates a client from the project's own description,
// compiles it, and lets it shop.
func TestGeneratedClient(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	s := serve(t, t.TempDir())
	dir := filepath.Join(t.TempDir(), "client")
	if err := os.CopyFS(dir, os.DirFS("client")); err != nil {
		t.Fatal(err)
	}
	document, err := filepath.Abs("../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := tool(dir, "npm", "ci", "--silent"); err != nil {
		if os.Getenv("OMAKASE_REQUIRE_LANGUAGES") != "" {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
		t.Skipf("npm ci can't get the generator: %v", err)
	}
	for _, step := range [][]string{
		{"npx", "openapi-typescript", document, "-o", "schema.ts"},
		{"npx", "tsc", "-p", "."},
		{"node", "out/client.js", s.base},
	} {
		out, err := tool(dir, step[0], step[1:]...)
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(step, " "), err, out)
		}
	}
}

func tool(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

package e2e_test

import (
	"debug/elf"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// The program is one file that needs nothing beside it, so that an image which
// holds only that starts: no library, no interpreter, no file of the project.
func TestNeedsNothingBesideIt(t *testing.T) {
	t.Parallel()
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("builds the binary, and reads it as Linux does")
	}
	path := filepath.Join(t.TempDir(), "omakase")
	build := exec.Command("go", "build", "-o", path, "../..")
	build.Env = append(build.Environ(), "CGO_ENABLED=0") // as make build does
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("it needs %v: %v", libraries, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it needs a loader")
		}
	}
	// With nothing in reach but a folder for its data it serves and sells.
	s := serve(t, t.TempDir(), "PATH=", "HOME=")
	var made struct{ Product struct{ ID string } }
	if status := s.call("POST", "/api/products", map[string]any{"name": "cup", "price": 100}, &made); status != 201 {
		t.Errorf("creating a product: %d", status)
	}
}

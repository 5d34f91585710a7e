package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReplace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "a.wasm")
	for _, step := range []struct {
		data    string
		changed bool
	}{{"one", true}, {"one", false}, {"two", true}} {
		changed, err := replace(name, dir, []byte(step.data))
		if err != nil || changed != step.changed {
			t.Errorf("writing %s: changed %v, %v", step.data, changed, err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != step.data {
			t.Errorf("the file holds %q, %v", got, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if diff := cmp.Diff([]string{name}, left); err != nil || diff != "" {
		t.Errorf("files differ: %v\n%s", err, diff)
	}
}

func TestRemoveOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"kept.wasm", "gone.wasm", ".keep"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := removeOthers(dir, map[string]bool{"kept.wasm": true}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{".keep", "kept.wasm"}, names); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}
}

// TestBuildNamesManifestMistakes holds that nothing is compiled for a manifest
// that the host would refuse.
func TestBuildNamesManifestMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	manifest := filepath.Join(dir, "plugin.json")
	if err := os.WriteFile(manifest, []byte(`{"id":"scraper.x","version":"one","provides":["scraper/1"]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := build(t.Context(), dir, manifest); err == nil || !strings.Contains(err.Error(), "version") {
		t.Errorf("error is %v", err)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/sdk/abi"
)

const (
	module   = "\x00asm\x01\x00\x00\x00"
	manifest = `{"id":"scraper.x","version":"1.0.0","provides":["scraper/1"]}`
)

func TestEmbed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, module, manifest, want string }{
		{"good", module, manifest, ""},
		{"bad manifest", module, `{"id":"x"}`, `plugin.json: manifest: id is "x"`},
		{"bad module", "ELF", manifest, "plugin.wasm: not a WASM module"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			wasm, doc, out := filepath.Join(dir, "plugin.wasm"), filepath.Join(dir, "plugin.json"), filepath.Join(dir, "out.wasm")
			for name, text := range map[string]string{wasm: tt.module, doc: tt.manifest} {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := embed(wasm, doc, out)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("err = %v, want %q", err, tt.want)
				}
				if _, err := os.Stat(out); err == nil {
					t.Error("a module was written")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := abi.ReadManifest(data); err != nil || string(got) != manifest {
				t.Errorf("manifest = %s, %v", got, err)
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) != 3 {
				t.Errorf("%d files are left, want 3: %v", len(left), err)
			}
		})
	}
}

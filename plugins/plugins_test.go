package plugins_test

import (
	"io/fs"
	"testing"

	"github.com/omakase-ai/omakase/plugins"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// TestBuiltin holds that each embedded module is named after its manifest.
func TestBuiltin(t *testing.T) {
	t.Parallel()
	modules, err := fs.Glob(plugins.Builtin(), "*.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if len(modules) == 0 {
		t.Skip("no plugins are built: run go generate ./plugins")
	}
	for _, name := range modules {
		wasm, err := fs.ReadFile(plugins.Builtin(), name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := abi.ReadManifest(wasm)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m, err := abi.ParseManifest(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.ID+".wasm" != name {
			t.Errorf("%s holds %s", name, m.ID)
		}
	}
}

package wasm_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/trust"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// version is a guest that asks for some needs, and scores by its version.
func version(t *testing.T, number, needs, score string) []byte {
	t.Helper()
	text := `{"id":"scraper.x","version":"` + number + `","provides":["scraper/1"],"needs":{` + needs + `}}`
	module, err := abi.SetManifest(newTiny(`{"ok":{"score":`+score+`}}`).wasm(t, "scraper.x"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// TestUpgradeThatAsksForMoreWaits: the version before serves on, over reloads
// and restarts, until the operator agrees.
func TestUpgradeThatAsksForMoreWaits(t *testing.T) {
	t.Parallel()
	dir, book := t.TempDir(), trust.OpenBook(filepath.Join(t.TempDir(), "agreed"))
	file := filepath.Join(dir, "x.wasm")
	put := func(module []byte) {
		t.Helper()
		if err := os.WriteFile(file, module, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start := func() *wasm.Host {
		t.Helper()
		h, err := wasm.New(wasm.Options{Dir: dir, Choose: func(m *abi.Manifest, path string) (string, error) {
			run, _, err := book.Choose(m, path)
			return run, err
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(h.Close)
		return h
	}
	serves := func(h *wasm.Host, want string) {
		t.Helper()
		info, err := h.Plugin("scraper.x")
		if err == nil {
			err = detect(t, h, "scraper.x")
		}
		if err != nil || info.Version != want {
			t.Errorf("it serves %s, want %s: %v", info.Version, want, err)
		}
	}
	put(version(t, "1.0.0", "", "1"))
	h := start()
	serves(h, "1.0.0")
	put(version(t, "2.0.0", `"kv":{"reason":"counts"}`, "2"))
	done, err := h.Reload(t.Context(), nil)
	if err != nil || len(done) != 1 || done[0].Reason != "version 2.0.0 asks for more and waits for omakase plugin agree scraper.x" {
		t.Fatalf("%+v, %v", done, err)
	}
	serves(h, "1.0.0")
	serves(start(), "1.0.0")
	if err := book.Agree("scraper.x", file); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Reload(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	serves(h, "2.0.0")
	put(version(t, "2.0.1", "", "3"))
	if _, err := h.Reload(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	serves(h, "2.0.1")
}

// TestExamine: what the host's policy refuses is named, and never compiled.
func TestExamine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.wasm"), version(t, "1.0.0", "", "1"), 0o600); err != nil {
		t.Fatal(err)
	}
	var pinned string
	h, err := wasm.New(wasm.Options{
		Dir: dir, Settings: map[string]wasm.Settings{"scraper.x": {Digest: "abc"}},
		Examine: func(id, digest string, _ []byte) error {
			pinned = id + " " + digest
			return errs.New(errs.Denied, "nobody signed it").WithHint("sign it")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	err = h.Check(t.Context(), "scraper.x")
	var f *wasm.Fault
	if !errors.As(err, &f) || f.Reason != wasm.Refused || !strings.Contains(err.Error(), "nobody signed it") || errs.HintOf(err) != "sign it" {
		t.Errorf("error is %v, hint %q", err, errs.HintOf(err))
	}
	if pinned != "scraper.x abc" {
		t.Errorf("it was asked about %q", pinned)
	}
}

package trust_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/host/trust"
	"github.com/omakase-ai/omakase/sdk/abi"
)

func module(t *testing.T, manifest string) []byte {
	t.Helper()
	m, err := abi.SetManifest([]byte("\x00asm\x01\x00\x00\x00"), []byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestExamine(t *testing.T) {
	t.Parallel()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	known := abi.PublicKey(key.Public().(ed25519.PublicKey))
	bare := module(t, `{}`)
	signed, err := abi.Sign(bare, key)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(signed, []byte("{}"), []byte("[]"), 1)
	sum := sha256.Sum256(bare)
	for _, tt := range []struct {
		name, policy string
		keys         []abi.PublicKey
		pinned       string
		module       []byte
		want, warned string
	}{
		{"nobody looks", trust.Off, nil, "", bare, "", ""},
		{"signed by a known key", trust.Require, []abi.PublicKey{known}, "", signed, "", ""},
		{"not signed", trust.Require, []abi.PublicKey{known}, "", bare, "it is not signed", ""},
		{"signed by a stranger", trust.Require, nil, "", signed, "plugins.keys doesn't list", ""},
		{"changed afterwards", trust.Require, []abi.PublicKey{known}, "", changed, "changed after it was signed", ""},
		{"not signed, and that is said", trust.Warn, []abi.PublicKey{known}, "", bare, "", "it is not signed"},
		{"pinned", trust.Require, nil, hex.EncodeToString(sum[:]), bare, "", ""},
		{"another one is pinned", trust.Off, nil, strings.Repeat("0", 64), bare, "is pinned", ""},
	} {
		warned := ""
		p := trust.Policy{Signatures: tt.policy, Keys: tt.keys, Warn: func(_, what string) { warned = what }}
		err := p.Examine("scraper.x", tt.pinned, tt.module)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || !strings.Contains(warned, tt.warned) {
			t.Errorf("%s: %v, warned of %q", tt.name, err, warned)
		}
	}
}

func TestBookKeepsTheVersionBefore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "x.wasm")
	book := trust.OpenBook(filepath.Join(dir, "agreed"))
	put := func(version, needs string) *abi.Manifest {
		text := `{"id":"scraper.x","version":"` + version + `","provides":["scraper/1"],"needs":{` + needs + `}}`
		if err := os.WriteFile(file, module(t, text), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := abi.ParseManifest([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	choose := func(m *abi.Manifest) (string, []string) {
		run, more, err := book.Choose(m, file)
		if err != nil {
			t.Fatal(err)
		}
		return run, more
	}
	const http = `"http":{"reason":"reads","hosts":["{shop}"]}`
	if run, more := choose(put("1.0.0", http)); run != file || more != nil {
		t.Errorf("the first version: %s, %q", run, more)
	}
	if run, more := choose(put("1.0.1", "")); run != file || more != nil {
		t.Errorf("one that asks for less: %s, %q", run, more)
	}
	if run, _ := choose(put("1.0.2", http)); run == file {
		t.Error("what was given back counts as agreed to")
	}
	if err := book.Agree("scraper.x", file); err != nil {
		t.Fatal(err)
	}
	next := put("2.0.0", `"http":{"reason":"reads","hosts":["{shop}","*.tracker.example"],"methods":["GET","POST"]},"kv":{"reason":"counts"}`)
	run, more := choose(next)
	want := []string{`http to *.tracker.example ("reads")`, `http with POST ("reads")`, `remember things between calls ("counts")`}
	if diff := cmp.Diff(want, more); diff != "" || run == file {
		t.Errorf("it runs %s: %s", run, diff)
	}
	kept, err := os.ReadFile(run)
	if err != nil || !bytes.Contains(kept, []byte("1.0.2")) {
		t.Errorf("the version before is not there: %v", err)
	}
	if err := book.Agree("scraper.x", file); err != nil {
		t.Fatal(err)
	}
	if run, more := choose(next); run != file || more != nil {
		t.Errorf("after the operator's yes: %s, %q", run, more)
	}
}

package wasm_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// shared holds what is made once for all tests: the Go guest and its
// compilation.
var shared string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "omakase-wasm-")
	if err != nil {
		panic(err)
	}
	shared = dir
	m.Run()
	_ = os.RemoveAll(dir)
}

// goGuest builds testdata/guest with the ordinary toolchain, once, and embeds a
// manifest.
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
	out := filepath.Join(shared, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, ".")
	cmd.Dir = filepath.Join("testdata", "guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	text, err = abi.SetManifest(text, []byte(manifest("scraper.guest")))
	if err != nil {
		return nil, err
	}
	// Compile it once, for the tests that run at the same time.
	h, err := wasm.New(wasm.Options{Builtin: fstest.MapFS{"guest.wasm": {Data: text}}, CacheDir: filepath.Join(shared, "cache")})
	if err != nil {
		return nil, err
	}
	defer h.Close()
	return text, h.Check(context.Background(), "scraper.guest")
})

// manifest of a scraper that wants all there is.
func manifest(id string) string {
	return `{"id": "` + id + `", "version": "1.2.3", "provides": ["scraper/1"], "needs": {
		"http": {"reason": "reads the shop", "hosts": ["{shop}"]},
		"html": {"reason": "reads pages"},
		"kv": {"reason": "remembers", "quota_bytes": 1000},
		"crypto": {"reason": "signs"}}}`
}

// tiny is a guest in a few bytes: it answers each call with reply. edit may
// change it before its exports are fixed.
type tiny struct {
	asm.Module
	call, read uint32 // the host's functions
	abi        []byte // code of the exports, without end
	alloc      []byte
	answer     []byte
	locals     asm.Types // of answer, after op and len
	skip       string    // an export to leave out
}

const (
	requestAt = 1 << 10
	replyAt   = 4 << 10
)

func newTiny(reply string) *tiny {
	g := &tiny{
		abi:    asm.I32Const(1 << 16),
		alloc:  asm.I32Const(requestAt),
		answer: asm.Pair(asm.I32Const(replyAt), asm.I32Const(int32(len(reply)))),
	}
	g.call = g.Import("omakase", "host_call", asm.Types{asm.I32, asm.I32, asm.I32}, asm.Types{asm.I32})
	g.read = g.Import("omakase", "host_read", asm.Types{asm.I32}, nil)
	g.Memory(2, 0)
	if reply != "" {
		g.Data(replyAt, []byte(reply))
	}
	return g
}

// wasm is the module with its manifest.
func (g *tiny) wasm(t testing.TB, id string) []byte {
	t.Helper()
	export := func(name string, params, results, locals asm.Types, code []byte) {
		if f := g.Func(params, results, locals, code); name != g.skip {
			g.Export(name, f)
		}
	}
	export("omakase_abi", nil, asm.Types{asm.I32}, nil, g.abi)
	export("omakase_alloc", asm.Types{asm.I32}, asm.Types{asm.I32}, nil, g.alloc)
	export("omakase_call", asm.Types{asm.I32, asm.I32}, asm.Types{asm.I64}, g.locals, g.answer)
	return withManifest(t, g.Bytes(), id)
}

func withManifest(t testing.TB, wasm []byte, id string) []byte {
	t.Helper()
	wasm, err := abi.SetManifest(wasm, []byte(manifest(id)))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// onScrape makes the code of omakase_call do something bad unless it is asked
// for the selftest, and then what it did before.
func (g *tiny) onScrape(code ...[]byte) *tiny {
	g.answer = asm.Cat(
		asm.LocalGet(0), asm.I32Const(wire.OpSelftest), []byte{0x47}, // i32.ne
		asm.If(code...),
		g.answer)
	return g
}

// newHost runs plugins from files by name.
func newHost(t testing.TB, files map[string][]byte, o wasm.Options) *wasm.Host {
	t.Helper()
	dir := fstest.MapFS{}
	for name, b := range files {
		dir[name] = &fstest.MapFile{Data: b}
	}
	o.Builtin = dir
	h, err := wasm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

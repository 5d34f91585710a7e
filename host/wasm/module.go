package wasm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/omakase-ai/omakase/host/wasm/meter"
)

// module is a compiled plugin in an engine of its own: nothing that happens to
// it, and nothing that closes it, touches another.
type module struct {
	limits   Limits
	digest   string
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	cache    wazero.CompilationCache // nil: none
	shelved  bool                    // its machine code is in a file
	stats    meter.Stats
	state    *state // what its instances go back to; nil: they can't
	pool     *pool
	stop     context.Context // ends what still runs of it
	kill     context.CancelFunc

	refs    int  // who uses it; guarded by the plugin
	retired bool // closed once nobody uses it; guarded by the plugin
}

const pagesPerMB = 16

// maxTable is the elements of a module's tables: a large Go guest has some
// 20,000. The engine moves a table that grows, so that growing makes garbage of
// many times its size.
const maxTable = 1 << 17

// load verifies and compiles a module. wasm isn't kept.
func load(ctx context.Context, wasm []byte, l Limits, cacheDir string, log hclog.Logger) (*module, *Fault) {
	digest := sha256.Sum256(wasm)
	metered, stats, err := meter.Rewrite(wasm, meter.Options{Module: meterModule, MaxTable: maxTable, State: stateExports})
	if err != nil {
		return nil, notMetered(err)
	}
	metered = joinSegments(metered)
	m := &module{limits: l, stats: stats, digest: hex.EncodeToString(digest[:])}
	// The limits of a call also hold for its compilation, as far as the engine
	// looks at the context.
	ctx = experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0))
	before := allocated()
	f := m.compile(ctx, metered, cacheDir)
	if f != nil && cacheDir != "" && ctx.Err() == nil {
		// The cache may be damaged; without it the module decides.
		m.close()
		if again := m.compile(ctx, metered, ""); again == nil {
			log.Warn("compilation cache is of no use", "dir", cacheDir, "error", f.Text)
			f = nil
		}
	}
	if f != nil {
		m.close()
		return nil, f
	}
	if cacheDir != "" {
		if err := shelveCode(m.compiled, cacheDir); err != nil {
			log.Debug("machine code stays in memory", "error", err)
		} else {
			m.shelved = true
		}
	}
	if allocated()-before > compiling {
		debug.FreeOSMemory()
	}
	m.stop, m.kill = context.WithCancel(context.Background())
	m.pool = newPool(m)
	return m, nil
}

// compiling is more than what a module allocates that comes from the cache, and
// less than what the compiler does. What that leaves goes back to the system
// before the plugin works, or a large job would come on top of it.
const compiling = 32 << 20

// allocated is how many bytes were ever allocated.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// compile makes an engine and compiles the metered module in it.
func (m *module) compile(ctx context.Context, metered []byte, cacheDir string) *Fault {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2).
		WithMemoryLimitPages(uint32(m.limits.MemoryMB) * pagesPerMB).
		WithDebugInfoEnabled(false)
	m.cache = nil
	if cacheDir != "" {
		cache, err := openCache(cacheDir)
		if err != nil {
			return &Fault{Reason: Refused, Text: "compilation cache: " + err.Error(), err: err}
		}
		m.cache = cache
		config = config.WithCompilationCache(cache)
	}
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	var err error
	if m.compiled, err = m.runtime.CompileModule(ctx, metered); err != nil {
		if ctx.Err() != nil {
			return ended(ctx)
		}
		return refused("the module is invalid: %v", err)
	}
	if f := m.verify(); f != nil {
		return f
	}
	if err := link(ctx, m.runtime); err != nil {
		return refused("linking: %v", err)
	}
	return nil
}

// openCache opens the cache on disk. It holds machine code that we will run, so
// nobody else may write there.
func openCache(dir string) (wazero.CompilationCache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
		return nil, fmt.Errorf("others may write to %s; use chmod go-w", dir)
	}
	return wazero.NewCompilationCacheWithDir(dir)
}

// signature of an import or export.
type signature struct{ params, results string }

// exports that a plugin must have.
var exports = map[string]signature{
	"omakase_abi":   {"", "i32"},
	"omakase_alloc": {"i32", "i32"},
	"omakase_call":  {"i32 i32", "i64"},
}

// verify checks imports and exports, so that a mistake is named before the
// engine meets it.
func (m *module) verify() *Fault {
	for _, f := range m.compiled.ImportedFunctions() {
		module, name, _ := f.Import()
		want, ok := importable(module, name)
		if !ok {
			f := refused("it imports %s.%s; a plugin may import omakase.host_call, omakase.host_read and %s", module, name, wasiModule)
			f.advice = "find out what in the plugin wants it and leave that out; omakase plugin build makes modules that import nothing else"
			return f
		}
		if got := signatureOf(f); got != want {
			return refused("it imports %s.%s as %v and the host has %v", module, name, got, want)
		}
	}
	if len(m.compiled.ImportedMemories()) > 0 {
		return refused("it imports its memory; a plugin exports its own")
	}
	if m.compiled.ExportedMemories()["memory"] == nil {
		return refused("it exports no memory")
	}
	have := m.compiled.ExportedFunctions()
	if f, ok := have["_initialize"]; ok && signatureOf(f) != (signature{}) {
		return refused("it exports _initialize as %v; it must take and return nothing", signatureOf(f))
	}
	for _, name := range slices.Sorted(maps.Keys(exports)) {
		f, ok := have[name]
		if !ok {
			return refused("it doesn't export %s %v: is it built with an omakase SDK?", name, exports[name])
		}
		if got := signatureOf(f); got != exports[name] {
			return refused("it exports %s as %v; it must be %v", name, got, exports[name])
		}
	}
	return nil
}

// importable is the signature of what guests may import.
func importable(module, name string) (signature, bool) {
	switch module {
	case hostModule:
		switch name {
		case "host_call":
			return signature{"i32 i32 i32", "i32"}, true
		case "host_read":
			return signature{"i32", ""}, true
		}
	case meterModule: // the rewriter's: it refuses a guest's
		return signature{"i32", "i32"}, true
	case wasiModule:
		if name == "proc_exit" {
			return signature{"i32", ""}, true
		}
		if f, ok := wasiFuncs[name]; ok {
			letters := strings.NewReplacer("i", "i32 ", "l", "i64 ").Replace(f.params)
			return signature{strings.TrimSpace(letters), "i32"}, true
		}
	}
	return signature{}, false
}

func signatureOf(f api.FunctionDefinition) signature {
	names := func(types []api.ValueType) string {
		var all []string
		for _, t := range types {
			all = append(all, api.ValueTypeName(t))
		}
		return strings.Join(all, " ")
	}
	return signature{names(f.ParamTypes()), names(f.ResultTypes())}
}

// String is "(i32 i32) -> (i64)".
func (s signature) String() string { return "(" + s.params + ") -> (" + s.results + ")" }

// close frees the module; no instance may be in use. The order matters to the
// engine: instances, code, runtime, cache.
func (m *module) close() {
	ctx := context.Background()
	if m.pool != nil {
		m.kill()
		m.pool.trim(0, 0)
	}
	if m.compiled != nil {
		_ = m.compiled.Close(ctx)
	}
	if m.runtime != nil {
		_ = m.runtime.Close(ctx)
	}
	if m.cache != nil {
		_ = m.cache.Close(ctx)
	}
	if m.state != nil {
		m.state.memory.close()
	}
	m.compiled, m.runtime, m.cache, m.state = nil, nil, nil, nil
}

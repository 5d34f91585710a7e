package meter_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/host/wasm/meter"
)

const quantum = 1 << 16

var errSpent = errors.New("budget is used up")

// meterHost is the host's part: it grants quanta until budget is used up.
type meterHost struct {
	budget, used int64
	granted      int32
	calls        int
}

func (h *meterHost) check(_ context.Context, remaining int32) int32 {
	h.calls++
	h.used += int64(h.granted) - int64(remaining)
	if h.used > h.budget {
		panic(errSpent)
	}
	h.granted = quantum
	return quantum
}

// run instantiates a module (metered where h is given) and calls its export
// "run". It returns its results, or the error.
func run(t testing.TB, wasm []byte, h *meterHost, args ...uint64) ([]uint64, error) {
	t.Helper()
	ctx := t.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(64))
	defer r.Close(ctx)
	if h != nil {
		if _, err := r.NewHostModuleBuilder("meter").NewFunctionBuilder().WithFunc(h.check).Export("check").Instantiate(ctx); err != nil {
			t.Fatal(err)
		}
	}
	double := func(v int32) int32 { return 2 * v }
	if _, err := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(double).Export("double").Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	mod, err := r.Instantiate(ctx, wasm)
	if err != nil {
		return nil, err
	}
	return mod.ExportedFunction("run").Call(ctx, args...)
}

// sum adds up 1..n in a loop.
func sum() *asm.Module {
	m := new(asm.Module)
	m.Export("run", m.Func(asm.Types{asm.I32}, asm.Types{asm.I32}, asm.Types{asm.I32},
		asm.Loop(
			asm.LocalGet(1), asm.LocalGet(0), asm.I32Add, asm.LocalSet(1),
			asm.LocalGet(0), asm.I32Const(1), asm.I32Sub, asm.LocalTee(0), asm.BrIf(0),
		),
		asm.LocalGet(1)))
	return m
}

// everything uses each thing that renumbering touches: an import, a start
// function, element segments of all forms, function references, data, names.
func everything() []byte {
	m := new(asm.Module)
	double := m.Import("env", "double", asm.Types{asm.I32}, asm.Types{asm.I32})
	m.Table(16)
	m.Memory(1, 2)
	g := m.Global(asm.I32, asm.I32Const(7))
	start := m.Func(nil, nil, nil, asm.GlobalGet(g), asm.Call(double), asm.GlobalSet(g))
	m.Start(start)
	unary := m.Type(asm.Types{asm.I32}, asm.Types{asm.I32})
	inc := m.Func(asm.Types{asm.I32}, asm.Types{asm.I32}, nil, asm.LocalGet(0), asm.I32Const(1), asm.I32Add)
	triple := m.Func(asm.Types{asm.I32}, asm.Types{asm.I32}, nil, asm.LocalGet(0), asm.I32Const(3), asm.I32Mul)
	ref := func(f uint32) []byte { return asm.Cat(asm.RefFunc(f), asm.End) }
	at := func(i int32) []byte { return asm.Cat(asm.I32Const(i), asm.End) }
	kind, typ := []byte{0}, []byte{byte(asm.FuncRef)}
	m.Element(asm.U32(0), at(0), asm.Vector(asm.U32(inc), asm.U32(double)))
	m.Element(asm.U32(1), kind, asm.Vector(asm.U32(inc)))
	m.Element(asm.U32(2), asm.U32(0), at(2), kind, asm.Vector(asm.U32(triple)))
	m.Element(asm.U32(3), kind, asm.Vector(asm.U32(triple)))
	m.Element(asm.U32(4), at(3), asm.Vector(ref(inc)))
	m.Element(asm.U32(5), typ, asm.Vector(ref(triple)))
	m.Element(asm.U32(6), asm.U32(0), at(4), typ, asm.Vector(ref(triple), asm.Cat([]byte{0xd0}, typ, asm.End)))
	m.Element(asm.U32(7), typ, asm.Vector(ref(inc)))
	m.Passive([]byte("abcd"))
	call := func(i int32) []byte { return asm.Cat(asm.I32Const(i), asm.CallIndirect(unary)) }
	tableInit := []byte{0xfc, 12, 5, 0}
	m.Export("run", m.Func(asm.Types{asm.I32}, asm.Types{asm.I32}, nil,
		asm.I32Const(8), asm.I32Const(0), asm.I32Const(1), tableInit, // table[8] = triple
		asm.I32Const(64), asm.I32Const(0), asm.I32Const(4), []byte{0xfc, 8, 0, 0}, // memory.init
		asm.I32Const(68), asm.I32Const(64), asm.I32Const(4), asm.MemoryCopy,
		asm.LocalGet(0), call(0), call(1), call(2), call(3), call(8),
		asm.GlobalGet(g), asm.I32Add,
		asm.I32Const(0), asm.I32Load(68), asm.I32Add))
	m.Custom("name", asm.Section(1, asm.Vector(asm.Cat(asm.U32(inc), asm.Name("inc")))))
	m.Custom("omakase.manifest", []byte(`{"id":"x"}`))
	m.Custom(".debug_info", []byte("offsets"))
	return m.Bytes()
}

func rewrite(t testing.TB, wasm []byte) []byte {
	t.Helper()
	out, _, err := meter.Rewrite(wasm, meter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSameResults(t *testing.T) {
	t.Parallel()
	for name, wasm := range map[string][]byte{"loop": sum().Bytes(), "everything": everything()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, arg := range []uint64{1, 5, 100_000} {
				want, err := run(t, wasm, nil, arg)
				if err != nil {
					t.Fatal(err)
				}
				got, err := run(t, rewrite(t, wasm), &meterHost{budget: 1 << 40}, arg)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("run(%d): %v\n%s", arg, err, diff)
				}
			}
		})
	}
}

func TestCustomSections(t *testing.T) {
	t.Parallel()
	out := rewrite(t, everything())
	if !bytes.Contains(out, asm.Cat(asm.Name("omakase.manifest"), []byte(`{"id":"x"}`))) {
		t.Error("the manifest is lost")
	}
	if bytes.Contains(out, []byte(".debug_info")) {
		t.Error("code offsets are kept although the code has moved")
	}
	compiled, err := wazero.NewRuntime(t.Context()).CompileModule(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	// Import, check, start, then inc: its name has moved with it.
	if !bytes.Contains(out, asm.Cat([]byte{3}, asm.Name("inc"))) {
		t.Error("inc isn't named at its new index")
	}
	if n := len(compiled.ExportedFunctions()); n != 1 {
		t.Errorf("%d functions are exported, want run only", n)
	}
}

func TestUsed(t *testing.T) {
	t.Parallel()
	h := &meterHost{budget: 1 << 40}
	if _, err := run(t, rewrite(t, sum().Bytes()), h, 10*quantum); err != nil {
		t.Fatal(err)
	}
	// The loop's passes, less the last quantum, which is still in the counter.
	if h.used < 9*quantum || h.used > 11*quantum {
		t.Errorf("%d used by %d passes", h.used, 10*quantum)
	}
	if h.calls > 13 {
		t.Errorf("%d checks for %d passes", h.calls, 10*quantum)
	}
}

// TestStops runs guests that never end.
func TestStops(t *testing.T) {
	t.Parallel()
	tests := map[string]func(m *asm.Module) uint32{
		"empty loop": func(m *asm.Module) uint32 {
			return m.Func(nil, nil, nil, asm.Loop(asm.Br(0)))
		},
		"loop left and entered": func(m *asm.Module) uint32 {
			return m.Func(nil, nil, nil, asm.Loop(asm.Loop(asm.Br(1))))
		},
		"loop behind a branch table": func(m *asm.Module) uint32 {
			return m.Func(nil, nil, nil, asm.Loop(asm.Block(asm.I32Const(0), []byte{0x0e, 1, 1, 1})))
		},
		"calls without a loop": func(m *asm.Module) uint32 {
			f := m.Func(nil, nil, nil, asm.Nop)
			for range 40 { // 2^40 calls
				f = m.Func(nil, nil, nil, asm.Call(f), asm.Call(f))
			}
			return f
		},
		"fills": func(m *asm.Module) uint32 {
			m.Memory(32, 32)
			return m.Func(nil, nil, nil, asm.Loop(asm.I32Const(0), asm.I32Const(1), asm.I32Const(32<<16), asm.MemoryFill, asm.Br(0)))
		},
		"start": func(m *asm.Module) uint32 {
			f := m.Func(nil, nil, nil, asm.Loop(asm.Br(0)))
			m.Start(f)
			return f
		},
	}
	for name, build := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := new(asm.Module)
			m.Export("run", build(m))
			h := &meterHost{budget: 4 * quantum}
			_, err := run(t, rewrite(t, m.Bytes()), h)
			if !errors.Is(err, errSpent) {
				t.Fatalf("error is %v", err)
			}
		})
	}
}

// TestLongCodeCosts holds that code without loops isn't free.
func TestLongCodeCosts(t *testing.T) {
	t.Parallel()
	m := new(asm.Module)
	long := m.Func(nil, nil, nil, bytes.Repeat(asm.Nop, 128<<10))
	m.Export("run", m.Func(nil, nil, asm.Types{asm.I32}, asm.Loop(
		asm.Call(long),
		asm.LocalGet(0), asm.I32Const(1), asm.I32Add, asm.LocalTee(0), asm.I32Const(256), asm.I32LtS, asm.BrIf(0))))
	h := &meterHost{budget: 1 << 40}
	if _, err := run(t, rewrite(t, m.Bytes()), h); err != nil {
		t.Fatal(err)
	}
	if h.used < 3*quantum {
		t.Errorf("256 passes of 128 KiB of code used %d", h.used)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	fn := func(code ...[]byte) []byte {
		m := new(asm.Module)
		m.Export("run", m.Func(nil, nil, nil, code...))
		return m.Bytes()
	}
	with := func(edit func(m *asm.Module)) []byte {
		m := new(asm.Module)
		m.Func(nil, nil, nil, asm.Nop)
		edit(m)
		return m.Bytes()
	}
	tests := map[string]struct {
		wasm []byte
		want string
	}{
		"empty":           {nil, "unexpected end"},
		"not wasm":        {[]byte("GIF89a..."), "not a WebAssembly 1 module"},
		"component":       {[]byte("\x00asm\x0d\x00\x01\x00"), "not a WebAssembly 1 module"},
		"truncated":       {sum().Bytes()[:40], "unexpected end"},
		"unknown section": {asm.Cat(asm.Header, []byte{13, 0}), "section 13"},
		"twice":           {asm.Cat(asm.Header, asm.Section(1, []byte{0}), asm.Section(1, []byte{0})), "out of order or there twice"},
		"out of order":    {asm.Cat(asm.Header, asm.Section(3, []byte{0}), asm.Section(1, []byte{0})), "out of order"},
		"odd name":        {asm.Cat(asm.Header, asm.Section(0, []byte("\x08.debug_\xff"))), "not UTF-8"},
		"trailing bytes":  {asm.Cat(asm.Header, asm.Section(3, []byte{0, 0})), "1 bytes too many"},
		"huge count":      {asm.Cat(asm.Header, asm.Section(1, asm.U32(1<<31))), "can't fit"},
		"long integer":    {asm.Cat(asm.Header, asm.Section(1, []byte{0x80, 0x80, 0x80, 0x80, 0x10})), "longer than 32 bits"},
		"no code":         {asm.Cat(asm.Header, asm.Section(1, asm.Vector([]byte{0x60, 0, 0})), asm.Section(3, []byte{1, 0})), "1 functions are declared, 0 have code"},

		"sets the counter":        {fn(asm.I32Const(1<<30), asm.GlobalSet(0)), "global 0 is not defined"},
		"reads the counter":       {fn(asm.GlobalGet(0), asm.Drop), "global 0 is not defined"},
		"exports the counter":     {with(func(m *asm.Module) { m.ExportKind("fuel", 3, 0) }), "global 0 is not defined"},
		"starts from the counter": {with(func(m *asm.Module) { m.Global(asm.I32, asm.GlobalGet(0)) }), "imported global 0 is not defined"},
		"uses the scratch":        {fn(asm.I32Const(0), asm.LocalSet(0)), "local 0 is not defined"},
		"calls past the end":      {fn(asm.Call(1)), "function 1 is not defined"},
		"exports past the end":    {with(func(m *asm.Module) { m.Export("f", 1) }), "function 1 is not defined"},
		"starts past the end":     {with(func(m *asm.Module) { m.Start(1) }), "function 1 is not defined"},
		"refers past the end":     {with(func(m *asm.Module) { m.Table(1); m.Element([]byte{3, 0}, asm.Vector(asm.U32(1))) }), "function 1 is not defined"},
		"uses the check's type":   {fn(asm.I32Const(0), []byte{0x03, 1}, asm.End, asm.Drop), "block type 1"},
		"calls by its type":       {fn(asm.CallIndirect(1)), "type 1 is not defined"},
		"imports by its type": {
			asm.Cat(asm.Header, asm.Section(2, asm.Vector(asm.Cat(asm.Name("a"), asm.Name("b"), []byte{0, 0})))),
			"type 0 is not defined",
		},
		"imports the check":     {built(func(m *asm.Module) { m.Import("meter", "check", asm.Types{asm.I32}, asm.Types{asm.I32}) }), "reserved for metering"},
		"imports its neighbour": {built(func(m *asm.Module) { m.Import("meter", "other", nil, nil) }), "reserved for metering"},

		"tail call":         {fn([]byte{0x12, 0}), "opcode 0x12"},
		"atomics":           {fn([]byte{0xfe, 3, 0}), "opcode 0xfe"},
		"exceptions":        {fn([]byte{0x1f, 0x40, 0}, asm.End), "opcode 0x1f"},
		"relaxed SIMD":      {fn([]byte{0xfd, 0x80, 2}), "vector instruction 256"},
		"SIMD hole":         {fn([]byte{0xfd, 0x9a, 1}), "vector instruction 154"},
		"unknown 0xfc":      {fn([]byte{0xfc, 18}), "instruction 0xfc 18"},
		"second memory":     {fn([]byte{0x3f, 1}, asm.Drop), "memory 1"},
		"memory argument":   {fn(asm.I32Const(0), []byte{0x28, 0x42, 1, 0}, asm.Drop), "alignment 66"},
		"shared memory":     {asm.Cat(asm.Header, asm.Section(5, []byte{1, 3, 1, 2})), "limits 0x3"},
		"extended constant": {with(func(m *asm.Module) { m.Global(asm.I32, asm.Cat(asm.I32Const(1), asm.I32Const(2), asm.I32Add)) }), "goes on with opcode 0x41"},
		"big table":         {with(func(m *asm.Module) { m.Table(1<<20 + 1) }), "tables begin with more than 1048576"},
		"two big tables":    {with(func(m *asm.Module) { m.Table(1 << 19); m.Table(1<<19 + 1) }), "tables begin with more than 1048576"},
		"many tables":       {asm.Cat(asm.Header, asm.Section(4, asm.Cat(asm.U32(1001), make([]byte, 3003)))), "1001 tables"},
		"else alone":        {fn(asm.Block(asm.Else)), "else without if"},
		"code after end":    {fn(asm.End, asm.Nop), "2 bytes too many"},
		"too many locals":   {with(func(m *asm.Module) { m.RawFunc(0, asm.Cat([]byte{1}, asm.U32(50_001), []byte{0x7f}, asm.End)) }), "more than 50000 locals"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := meter.Rewrite(tt.wasm, meter.Options{})
			var e *meter.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
}

func built(edit func(m *asm.Module)) []byte {
	m := new(asm.Module)
	edit(m)
	return m.Bytes()
}

// TestOverlongIntegers holds that an index isn't made valid by being written
// anew: engines refuse what is longer than it may be, and so does Rewrite.
func TestOverlongIntegers(t *testing.T) {
	t.Parallel()
	for _, index := range [][]byte{
		{0x80, 0x80, 0x80, 0x80, 0x80, 0x00},
		{0x80, 0x80, 0x80, 0x80, 0x70},
	} {
		m := new(asm.Module)
		m.Func(nil, nil, nil, asm.Cat([]byte{0x10}, index))
		if _, _, err := meter.Rewrite(m.Bytes(), meter.Options{}); err == nil {
			t.Errorf("% x is accepted as a function index", index)
		}
	}
}

// TestCutCounts holds that a number which the end of its section cuts off
// stands for nothing: it once made room for 2^28 functions, in a module of 20
// bytes. It doesn't run beside other tests, whose memory would count.
func TestCutCounts(t *testing.T) { //nolint:paralleltest // it measures the process
	wasm := asm.Cat(asm.Header, asm.Section(asm.SecType, asm.Vector([]byte{0x60, 0, 0})), asm.Section(asm.SecFunction, []byte{0xff, 0xff, 0xff, 0xff}))
	allocs := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, _, err := meter.Rewrite(wasm, meter.Options{}); err == nil {
				b.Fatal("it is accepted")
			}
		}
	})
	if n := allocs.AllocedBytesPerOp(); n > 1<<20 {
		t.Errorf("%d bytes are allocated for a module of %d", n, len(wasm))
	}
}

func TestTableMaximum(t *testing.T) {
	t.Parallel()
	m := new(asm.Module)
	m.Table(1)
	grow := asm.Cat([]byte{0xd0, byte(asm.FuncRef)}, asm.I32Const(1<<21), []byte{0xfc, 15, 0})
	m.Export("run", m.Func(nil, asm.Types{asm.I32}, nil, grow))
	got, err := run(t, rewrite(t, m.Bytes()), &meterHost{budget: 1 << 40})
	if err != nil || int32(got[0]) != -1 {
		t.Errorf("growing to 2^21+1 elements is %v, %v, want -1", got, err)
	}
}

// TestState holds which globals are exported, and what is said to be elsewhere.
func TestState(t *testing.T) {
	t.Parallel()
	global := func(typ, mutable byte, init ...byte) []byte {
		return append([]byte{typ, mutable}, append(init, 0x0b)...)
	}
	module := func(code []byte, globals ...[]byte) []byte {
		m := []byte("\x00asm\x01\x00\x00\x00")
		m = append(m, asm.Section(asm.SecType, asm.Vector([]byte{0x60, 0, 0}))...)
		m = append(m, asm.Section(asm.SecFunction, asm.Vector([]byte{0}))...)
		m = append(m, asm.Section(asm.SecTable, asm.Vector([]byte{0x70, 0, 1}))...)
		m = append(m, asm.Section(asm.SecGlobal, asm.Vector(globals...))...)
		m = append(m, asm.Section(asm.SecExport, asm.Vector(asm.Cat(asm.Name("run"), []byte{0, 0})))...)
		return append(m, asm.Section(asm.SecCode, asm.Vector(asm.Cat(asm.U32(uint32(len(code)+2)), []byte{0}, code, asm.End)))...)
	}
	i32, fixed, ref := global(0x7f, 1, 0x41, 7), global(0x7e, 0, 0x42, 8), global(0x70, 1, 0xd0, 0x70)
	null := []byte{0xd0, 0x70}
	for name, tt := range map[string]struct {
		module    []byte
		globals   int
		elsewhere bool
	}{
		"mutable ones":         {module(nil, i32, fixed, i32), 2, false},
		"none":                 {module(nil, fixed), 0, false},
		"one with a reference": {module(nil, ref), 0, true},
		"table.get":            {module(asm.Cat(asm.I32Const(0), []byte{0x25, 0}, asm.Drop)), 0, false},
		"table.set":            {module(asm.Cat(asm.I32Const(0), null, []byte{0x26, 0})), 0, true},
		"table.grow":           {module(asm.Cat(null, asm.I32Const(1), []byte{0xfc, 15, 0}, asm.Drop)), 0, true},
	} {
		metered, stats, err := meter.Rewrite(tt.module, meter.Options{State: "state."})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if stats.Globals != tt.globals || stats.Elsewhere != tt.elsewhere {
			t.Errorf("%s: %d globals, elsewhere %t; want %d, %t", name, stats.Globals, stats.Elsewhere, tt.globals, tt.elsewhere)
		}
		r := wazero.NewRuntime(t.Context())
		t.Cleanup(func() { _ = r.Close(context.Background()) })
		if _, err := r.NewHostModuleBuilder("meter").NewFunctionBuilder().WithFunc(func(int32) int32 { return 1 << 20 }).Export("check").Instantiate(t.Context()); err != nil {
			t.Fatal(err)
		}
		mod, err := r.Instantiate(t.Context(), metered)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range tt.globals {
			if g, ok := mod.ExportedGlobal("state." + strconv.Itoa(i)).(api.MutableGlobal); !ok || g.Get() != 7 {
				t.Errorf("%s: global %d is not what it should be", name, i)
			}
		}
	}
	forged := new(asm.Module)
	forged.Export("state.0", forged.Func(nil, nil, nil))
	if _, _, err := meter.Rewrite(forged.Bytes(), meter.Options{State: "state."}); err == nil || !strings.Contains(err.Error(), "reserved") {
		t.Errorf("an export with a reserved name: %v", err)
	}
}

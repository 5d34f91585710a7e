package meter_test

import (
	"context"
	"errors"
	"hash/crc32"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/host/wasm/meter"
)

// FuzzRewrite holds, for every module that is accepted: the result is valid
// exactly where the original is, and computes the same.
func FuzzRewrite(f *testing.F) {
	f.Add(sum().Bytes())
	f.Add(everything())
	m := new(asm.Module)
	m.Export("run", m.Func(nil, nil, nil, asm.I32Const(1<<30), asm.GlobalSet(0)))
	f.Add(m.Bytes())
	m = new(asm.Module)
	vector := asm.Cat([]byte{0xfd, 12}, make([]byte, 16), []byte{0xfd, 27, 2}) // v128.const, i32x4.extract_lane
	m.Export("run", m.Func(nil, asm.Types{asm.I32, asm.F64}, nil, vector, []byte{0x44}, make([]byte, 8)))
	f.Add(m.Bytes())
	m = new(asm.Module)
	m.Memory(1, 0)
	m.Export("run", m.Func(nil, asm.Types{asm.I32}, nil,
		asm.If(asm.Br(0), asm.Else, asm.Unreachable), asm.I32Const(1), asm.MemoryGrow))
	f.Add(m.Bytes())
	f.Add(dispatcherModule([][]byte{jump(1, 2), asm.If(jump(0, 2)), nil}))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		metered, _, err := meter.Rewrite(wasm, meter.Options{State: "state."})
		if err != nil || len(wasm) > 1<<16 {
			return
		}
		want, wantErr, ended := observe(t, wasm, nil, 300*time.Millisecond)
		if !ended {
			return
		}
		// A machine that is busy must not be taken for a module that doesn't end.
		got, gotErr, ended := observe(t, metered, &meterHost{budget: 1 << 30}, time.Minute)
		if !ended {
			t.Fatal("the metered module doesn't end")
		}
		if wantErr != gotErr {
			t.Fatalf("unmetered: %s\nmetered: %s", wantErr, gotErr)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// observe compiles a module and calls each export that takes no parameters.
// It reports what they returned and what memory holds after each, and how the
// first failure is called; ended is false when time ran out, so that nothing
// can be said.
func observe(t *testing.T, wasm []byte, h *meterHost, most time.Duration) (results [][]uint64, failure string, ended bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().
		WithMemoryLimitPages(16).WithCloseOnContextDone(true))
	defer r.Close(t.Context())
	compiled, err := r.CompileModule(ctx, wasm)
	if errors.Is(err, io.EOF) {
		return nil, "", false // the engine takes an empty custom section at the end for a mistake
	}
	if err != nil {
		return nil, "invalid", true
	}
	env := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(func(v int32) int32 { return 2 * v }).Export("double")
	if _, err := env.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	if h != nil {
		if _, err := r.NewHostModuleBuilder("meter").NewFunctionBuilder().WithFunc(h.check).Export("check").Instantiate(ctx); err != nil {
			t.Fatal(err)
		}
	}
	mod, err := r.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithStartFunctions())
	if err != nil {
		return nil, cause(err), ctx.Err() == nil
	}
	definitions := compiled.ExportedFunctions()
	for _, name := range sortedKeys(definitions) {
		if len(definitions[name].ParamTypes()) > 0 {
			continue
		}
		values, err := mod.ExportedFunction(name).Call(ctx)
		if ctx.Err() != nil {
			return nil, "", false
		}
		results = append(results, memory(mod))
		if err != nil {
			return results, cause(err), true
		}
		results = append(results, normal(values, definitions[name].ResultTypes()))
	}
	return results, "", true
}

// memory is the size of a module's memory and a checksum of it. NaNs in it are
// those of one engine on both sides.
func memory(mod api.Module) []uint64 {
	m := mod.Memory()
	if reflect.ValueOf(m).IsNil() { // the engine wraps one that isn't there
		return nil
	}
	b, _ := m.Read(0, m.Size())
	return []uint64{uint64(m.Size()), uint64(crc32.ChecksumIEEE(b))}
}

// cause is the first line of a trap; instantiation errors name functions by
// number, which have moved.
func cause(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	if strings.Contains(line, "wasm error: ") {
		return line[strings.Index(line, "wasm error: "):]
	}
	return "not instantiated"
}

// normal leaves out references, which are addresses, and makes all NaNs
// equal, whose bits are up to the engine.
func normal(values []uint64, types []api.ValueType) []uint64 {
	for i, typ := range types {
		if i >= len(values) {
			break
		}
		switch {
		case typ == api.ValueTypeExternref || typ == api.ValueType(asm.FuncRef):
			values[i] = 0
		case typ == api.ValueTypeF32 && math.IsNaN(float64(api.DecodeF32(values[i]))):
			values[i] = uint64(math.Float32bits(float32(math.NaN())))
		case typ == api.ValueTypeF64 && math.IsNaN(api.DecodeF64(values[i])):
			values[i] = math.Float64bits(math.NaN())
		}
	}
	return values
}

func sortedKeys(m map[string]api.FunctionDefinition) []string {
	return slices.Sorted(maps.Keys(m))
}

package wasm

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tetratelabs/wazero"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/host/wasm/meter"
)

// at is an active segment.
func at(offset int32, init string) []byte {
	return segmentOf([]byte{0}, asm.I32Const(offset), asm.End, init)
}

func segmentOf(flag, offset, end []byte, init string) []byte {
	return asm.Cat(flag, offset, end, asm.Name(init))
}

// memoryOf is the section of one memory.
func memoryOf(limits ...byte) []byte { return asm.Section(asm.SecMemory, asm.Vector(limits)) }

func dataOf(segments ...[]byte) []byte { return asm.Section(asm.SecData, asm.Vector(segments...)) }

// with is a module with a memory of one page and these segments.
func with(segments ...[]byte) []byte {
	return asm.Cat(asm.Header, memoryOf(0, 1), dataOf(segments...))
}

func TestJoinSegments(t *testing.T) {
	t.Parallel()
	zeros := string(make([]byte, maxGap))
	custom := asm.Section(asm.SecCustom, asm.Cat(asm.Name("x"), []byte("kept")))
	tests := []struct {
		name       string
		wasm, want []byte
	}{
		{"neighbours", with(at(8, "ab"), at(10, "c"), at(11, "d")), with(at(8, "abcd"))},
		{"a gap", with(at(8, "ab"), at(13, "c")), with(at(8, "ab\x00\x00\x00c"))},
		{"the largest gap", with(at(8, "a"), at(9+maxGap, "b")), with(at(8, "a"+zeros+"b"))},
		{
			"too large a gap between pairs",
			with(at(8, "a"), at(9, "b"), at(11+maxGap, "c"), at(12+maxGap, "d")),
			with(at(8, "ab"), at(11+maxGap, "cd")),
		},
		{"any order", with(at(12, "c"), at(8, "a"), at(10, "b")), with(at(8, "a\x00b\x00c"))},
		{"empty ones", with(at(9, ""), at(8, "ab"), at(0, ""), at(1<<16, "")), with(at(8, "ab"))},
		{"only empty ones", with(at(9, ""), at(9, "")), with()},
		{
			"offsets whose sign bit would be set", with(at(64, "a"), at(65, "b"), at(8192, "c"), at(8193, "d")),
			with(at(64, "ab"), at(8192, "cd")),
		},
		{"up to the end of memory", with(at(65534, "a"), at(65535, "b")), with(at(65534, "ab"))},
		{
			"padded integers",
			with(at(1, "a"), segmentOf([]byte{0x80, 0}, []byte{0x41, 0x82, 0x80, 0x80, 0x80, 0}, asm.End, "b")),
			with(at(1, "ab")),
		},
		{
			"a memory with a maximum",
			asm.Cat(asm.Header, memoryOf(1, 1, 2), dataOf(at(1, "a"), at(2, "b"))),
			asm.Cat(asm.Header, memoryOf(1, 1, 2), dataOf(at(1, "ab"))),
		},
		{
			"other sections",
			asm.Cat(asm.Header, custom, memoryOf(0, 1), custom, dataOf(at(1, "a"), at(2, "b")), custom, custom),
			asm.Cat(asm.Header, custom, memoryOf(0, 1), custom, dataOf(at(1, "ab")), custom, custom),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			given := bytes.Clone(tt.wasm)
			if diff := cmp.Diff(tt.want, joinSegments(tt.wasm)); diff != "" {
				t.Error(diff)
			}
			if !bytes.Equal(given, tt.wasm) {
				t.Error("the module it was given has changed")
			}
			sameMemory(t, tt.wasm, tt.want)
		})
	}
}

// TestJoinSegmentsRefuses holds that modules stay as they are wherever joining
// could be told, wouldn't help, or isn't ours to judge.
func TestJoinSegmentsRefuses(t *testing.T) {
	t.Parallel()
	for name, wasm := range untouched() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(wasm, joinSegments(wasm)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// untouched are modules that joinSegments must return as they are. Each has
// two segments that it would join otherwise.
func untouched() map[string][]byte {
	a, b := at(1, "a"), at(2, "b")
	data, memory := dataOf(a, b), memoryOf(0, 1)
	offset := func(code ...byte) []byte { return with(a, segmentOf([]byte{0}, code, asm.End, "b")) }
	module := func(sections ...[]byte) []byte { return asm.Cat(asm.Header, asm.Cat(sections...)) }
	body := func(parts ...[]byte) []byte { return module(memory, asm.Section(asm.SecData, asm.Cat(parts...))) }
	imported := asm.Section(asm.SecImport, asm.Vector(asm.Cat(asm.Name("m"), asm.Name("m"), []byte{2, 0, 1})))
	return map[string][]byte{
		"nothing":                    nil,
		"no header":                  asm.Cat(memory, data),
		"another version":            asm.Cat([]byte("\x00asm\x02\x00\x00\x00"), memory, data),
		"no data section":            module(memory),
		"two data sections":          module(memory, data, data),
		"a data count":               module(memory, asm.Section(asm.SecDataCount, asm.U32(2)), data),
		"a data count at the end":    module(memory, data, asm.Section(asm.SecDataCount, asm.U32(2))),
		"no memory":                  module(data),
		"an imported memory":         module(imported, data),
		"no memory in its section":   module(asm.Section(asm.SecMemory, asm.Vector()), data),
		"two memories":               module(asm.Section(asm.SecMemory, asm.Vector([]byte{0, 1}, []byte{0, 1})), data),
		"two memory sections":        module(memory, memory, data),
		"a shared memory":            module(memoryOf(3, 1, 1), data),
		"a memory of 64 bits":        module(memoryOf(4, 1), data),
		"a memory cut short":         module(memoryOf(1, 1), data),
		"a memory with more":         module(memoryOf(0, 1, 1), data),
		"one segment":                with(a),
		"too large a gap":            with(a, at(3+maxGap, "b")),
		"overlapping":                with(at(1, "abc"), at(3, "d")),
		"overlapping in any order":   with(at(3, "d"), at(1, "abc")),
		"the same twice":             with(a, a),
		"past the end of memory":     with(at(65534, "a"), at(65535, "bc")),
		"empty past the end":         with(a, b, at(65537, "")),
		"a memory without pages":     module(memoryOf(0, 0), data),
		"a passive segment":          with(a, asm.Cat([]byte{1}, asm.Name("b"))),
		"a segment with its memory":  with(a, segmentOf([]byte{2, 0}, asm.I32Const(2), asm.End, "b")),
		"an unknown flag":            with(a, segmentOf([]byte{3}, asm.I32Const(2), asm.End, "b")),
		"a global as offset":         offset(0x23, 0),
		"a sum as offset":            offset(0x41, 1, 0x41, 1, 0x6a),
		"64 bits as offset":          offset(0x42, 2),
		"a negative offset":          offset(0x41, 0x7f),
		"the least offset":           offset(0x41, 0x80, 0x80, 0x80, 0x80, 0x78),
		"an offset of 33 bits":       offset(0x41, 0x82, 0x80, 0x80, 0x80, 0x10),
		"an offset of 6 bytes":       offset(0x41, 0x82, 0x80, 0x80, 0x80, 0x80, 0),
		"an offset without an end":   with(a, segmentOf([]byte{0}, asm.I32Const(2), asm.Nop, "b")),
		"a count that is too large":  body(asm.U32(3), a, b),
		"a count beyond all":         body(asm.U32(1<<32-1), a, b),
		"a count that is too small":  body(asm.U32(1), a, b),
		"a count of 33 bits":         body([]byte{0x82, 0x80, 0x80, 0x80, 0x10}, a, b),
		"a count of 6 bytes":         body([]byte{0x82, 0x80, 0x80, 0x80, 0x80, 0}, a, b),
		"a segment cut short":        body(asm.U32(2), a, b[:len(b)-1]),
		"more after the segments":    body(asm.U32(2), a, b, []byte{0}),
		"no count":                   body(),
		"the module cut short":       with(a, b)[:len(with(a, b))-1],
		"a section without its size": module(memory, data, []byte{0}),
	}
}

// TestJoinedSegmentsFillMemoryAlike compares, for any segments, what a guest
// finds in memory.
func TestJoinedSegmentsFillMemoryAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all [][]byte
		next := 0
		for range rapid.IntRange(0, 40).Draw(t, "segments") {
			// Seldom negative: most lists overlap nowhere.
			next = max(0, next+rapid.OneOf(rapid.IntRange(-1, maxGap+4), rapid.IntRange(0, 4000)).Draw(t, "gap"))
			init := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "init")
			all = append(all, at(int32(next), string(init)))
			next += len(init)
		}
		wasm := with(rapid.Permutation(all).Draw(t, "order")...)
		sameMemory(t, wasm, joinSegments(wasm))
	})
}

// FuzzJoinSegments holds, for any bytes: a module stays as valid as it was, and
// finds the same in memory.
func FuzzJoinSegments(f *testing.F) {
	f.Add(with(at(8, "ab"), at(13, "c"), at(70, ""), at(2000, "d")))
	for _, wasm := range untouched() {
		f.Add(wasm)
	}
	imported := asm.Section(asm.SecImport, asm.Vector(asm.Cat(asm.Name("m"), asm.Name("m"), []byte{2, 0, 1})))
	f.Add(asm.Cat(asm.Header, imported, memoryOf(0, 1), dataOf(at(1, "a"), at(2, "b"))))
	var m asm.Module
	m.Memory(1, 0)
	m.Start(m.Func(nil, nil, nil, asm.I32Const(0), asm.I32Const(0), asm.I32Load(1), asm.I32Store(9)))
	m.Data(1, []byte("a"))
	m.Data(3, []byte("b"))
	f.Add(m.Bytes())
	f.Fuzz(func(t *testing.T, wasm []byte) {
		joined := joinSegments(wasm)
		if bytes.Equal(joined, wasm) || len(wasm) > 1<<16 {
			return
		}
		sameMemory(t, wasm, joined)
	})
}

// TestJoinSegmentsOfGoGuest counts what the Go linker makes of a real plugin.
func TestJoinSegmentsOfGoGuest(t *testing.T) {
	t.Parallel()
	wasm, err := os.ReadFile(filepath.Join("..", "..", "plugins", "dist", "scraper.shopify.wasm"))
	if err != nil {
		t.Skip("make plugins builds it: ", err)
	}
	metered, _, err := meter.Rewrite(wasm, meter.Options{Module: meterModule})
	if err != nil {
		t.Fatal(err)
	}
	joined := joinSegments(metered)
	count := func(wasm []byte) uint32 {
		_, memory, data := segmentSections(wasm)
		size, _ := memorySize(memory)
		_, n, ok := readSegments(data, size)
		if !ok {
			t.Fatal("the segments can't be read")
		}
		return n
	}
	before, after := count(metered), count(joined)
	t.Logf("%d segments in %d bytes become %d in %d bytes", before, len(metered), after, len(joined))
	if after*100 > before {
		t.Errorf("%d segments become %d", before, after)
	}
	sameMemory(t, metered, joined)
	if again := joinSegments(joined); !bytes.Equal(again, joined) {
		t.Error("joining again changes something")
	}
}

// failer is what rapid's and other tests have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// sameMemory fails unless both modules start and have the same in memory, or
// neither does. What doesn't end isn't compared.
func sameMemory(t failer, a, b []byte) {
	t.Helper()
	before, beforeErr := firstMemory(a)
	after, afterErr := firstMemory(b)
	if errors.Is(beforeErr, context.DeadlineExceeded) || errors.Is(afterErr, context.DeadlineExceeded) {
		return
	}
	if (beforeErr == nil) != (afterErr == nil) {
		t.Fatalf("before: %v\nafter: %v", beforeErr, afterErr)
	}
	if !bytes.Equal(before, after) {
		t.Fatalf("memory differs:\n%x\n%x", bytes.Trim(before, "\x00"), bytes.Trim(after, "\x00"))
	}
}

// firstMemory is what a module has in memory once it is instantiated; nil when
// it has none.
func firstMemory(wasm []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().
		WithMemoryLimitPages(64).WithCloseOnContextDone(true))
	defer r.Close(context.WithoutCancel(ctx))
	if err := link(ctx, r); err != nil {
		return nil, err
	}
	m, err := r.InstantiateWithConfig(ctx, wasm, wazero.NewModuleConfig().WithStartFunctions())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || m.Memory() == nil {
		return nil, err
	}
	content, _ := m.Memory().Read(0, m.Memory().Size())
	return bytes.Clone(content), nil
}

package meter_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/host/wasm/meter"
)

// A dispatcher's locals: the number of the next block, a countdown that ends
// cycles, and a trace of the blocks that ran.
const (
	next = iota
	left
	trace
)

// dispatch builds what Go's compiler makes of a function with branches: blocks
// by number, each of which notes that it ran, and then runs its code.
func dispatch(blocks [][]byte) []byte {
	labels := make([]byte, 0, len(blocks)+2)
	for i := range blocks {
		labels = append(labels, byte(i))
	}
	table := asm.Cat([]byte{0x0e}, asm.U32(uint32(len(blocks)-1)), labels)
	code := asm.Cat(asm.LocalGet(next), table)
	for i, block := range blocks {
		note := asm.Cat(asm.LocalGet(trace), asm.I32Const(31), asm.I32Mul, asm.I32Const(int32(i+1)), asm.I32Add, asm.LocalSet(trace))
		code = asm.Cat([]byte{0x02, 0x40}, code, asm.End, note, block)
	}
	return asm.Loop(code)
}

// jump sets the number and goes to the head of the loop, depth labels out, as
// long as the countdown has not ended.
func jump(number int32, depth int) []byte {
	return asm.Cat(
		asm.LocalGet(left), asm.I32Const(1), asm.I32Sub, asm.LocalTee(left), asm.I32Eqz, asm.If(asm.LocalGet(trace), asm.Return),
		asm.I32Const(number), asm.LocalSet(next), asm.Br(uint32(depth)))
}

func dispatcherModule(blocks [][]byte) []byte {
	m := new(asm.Module)
	m.Export("run", m.Func(asm.Types{asm.I32, asm.I32}, asm.Types{asm.I32}, asm.Types{asm.I32},
		dispatch(blocks), asm.LocalGet(trace)))
	return m.Bytes()
}

func TestBranchesForwardAreDirect(t *testing.T) {
	t.Parallel()
	// In block i of n, n-1-i blocks lie around the code, and then the loop.
	here := func(block, blocks int) int { return blocks - 1 - block }
	tests := []struct {
		name   string
		blocks func() [][]byte
		direct int
	}{
		{"forward", func() [][]byte { return [][]byte{jump(2, here(0, 3)), nil, nil} }, 1},
		{"to the next", func() [][]byte { return [][]byte{jump(1, here(0, 2)), nil} }, 1},
		{"forward out of an if", func() [][]byte {
			return [][]byte{asm.Cat(asm.LocalGet(left), asm.If(jump(2, here(0, 3)+1))), nil, nil}
		}, 1},
		{"beyond the table: the last", func() [][]byte { return [][]byte{jump(77, here(0, 3)), nil, nil} }, 1},
		{"negative: the last", func() [][]byte { return [][]byte{jump(-1, here(0, 3)), nil, nil} }, 1},
		{"backward", func() [][]byte { return [][]byte{nil, jump(0, here(1, 3)), nil} }, 0},
		{"to itself", func() [][]byte { return [][]byte{nil, jump(1, here(1, 3)), nil} }, 0},
		{"by a number that is not constant", func() [][]byte {
			return [][]byte{asm.Cat(asm.LocalGet(left), asm.LocalSet(next), asm.Br(uint32(here(0, 3)))), nil, nil}
		}, 0},
		{"by another local", func() [][]byte {
			return [][]byte{asm.Cat(asm.I32Const(2), asm.LocalSet(left), asm.I32Const(1), asm.LocalSet(next), asm.Nop, asm.Br(uint32(here(0, 3)))), nil, nil}
		}, 0},
		{"from a block in the place of a target", func() [][]byte {
			return [][]byte{nil, asm.Block(jump(0, here(1, 3)+1)), nil}
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wasm := dispatcherModule(tt.blocks())
			_, stats, err := meter.Rewrite(wasm, meter.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if stats.Direct != tt.direct {
				t.Errorf("%d branches are direct, want %d", stats.Direct, tt.direct)
			}
			sameTrace(t, wasm)
		})
	}
}

// sameTrace runs the module from every number, unmetered and metered.
func sameTrace(t *testing.T, wasm []byte) {
	t.Helper()
	for from := range uint64(5) {
		want, err := run(t, wasm, nil, from, 9)
		if err != nil {
			t.Fatal(err)
		}
		got, err := run(t, rewrite(t, wasm), &meterHost{budget: 1 << 20}, from, 9)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("from block %d: %v, unmetered %v", from, got, want)
		}
	}
}

// TestLooksLikeADispatcher holds that nothing is taken for one that only
// resembles it.
func TestLooksLikeADispatcher(t *testing.T) {
	t.Parallel()
	for name, code := range map[string][]byte{
		"work before the table": asm.Loop([]byte{0x02, 0x40}, asm.Nop, asm.LocalGet(next), []byte{0x0e, 1, 0, 0}, asm.End,
			asm.I32Const(0), asm.LocalSet(next), asm.LocalGet(left), asm.BrIf(0)),
		"the table reads a global": asm.Loop([]byte{0x02, 0x40}, asm.I32Const(0), []byte{0x0e, 1, 0, 0}, asm.End),
		"no loop":                  asm.Block([]byte{0x02, 0x40}, asm.LocalGet(next), []byte{0x0e, 1, 0, 0}, asm.End, asm.I32Const(0), asm.LocalSet(next), asm.Br(0)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := new(asm.Module)
			m.Export("run", m.Func(asm.Types{asm.I32, asm.I32}, asm.Types{asm.I32}, asm.Types{asm.I32}, code, asm.LocalGet(trace)))
			_, stats, err := meter.Rewrite(m.Bytes(), meter.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if stats.Direct != 0 {
				t.Errorf("%d branches are direct", stats.Direct)
			}
		})
	}
}

// TestManyTables holds that looking for dispatchers doesn't take quadratic
// time: within deep blocks, each of many tables would search all of them. It
// is some 10^11 steps then, and doesn't end within a test's time.
func TestManyTables(t *testing.T) {
	t.Parallel()
	const n = 1_000_000
	m := new(asm.Module)
	table := asm.Cat(asm.LocalGet(0), []byte{0x0e, 0, 0})
	m.Func(asm.Types{asm.I32}, nil, nil, asm.Loop(bytes.Repeat([]byte{0x02, 0x40}, n), bytes.Repeat(table, n), bytes.Repeat(asm.End, n)))
	if _, _, err := meter.Rewrite(m.Bytes(), meter.Options{}); err != nil {
		t.Fatal(err)
	}
}

func TestDispatchersRunTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(r, "blocks")
		blocks := make([][]byte, n)
		for i := range blocks {
			here := n - 1 - i
			for range rapid.IntRange(0, 2).Draw(r, "jumps") {
				to := int32(rapid.IntRange(-1, n+1).Draw(r, "to"))
				in := rapid.IntRange(0, 2).Draw(r, "in")
				code := jump(to, here+in)
				for range in {
					code = asm.Block(code)
				}
				if rapid.Bool().Draw(r, "if") {
					code = asm.Cat(asm.LocalGet(left), asm.I32Const(3), []byte{0x71}, // i32.and
						asm.If(jumpDeeper(to, here, in)))
				}
				blocks[i] = asm.Cat(blocks[i], code)
			}
		}
		wasm := dispatcherModule(blocks)
		for from := range uint64(n + 1) {
			want, err := run(t, wasm, nil, from, 40)
			if err != nil {
				r.Fatal(err)
			}
			got, err := run(t, rewrite(t, wasm), &meterHost{budget: 1 << 20}, from, 40)
			if err != nil {
				r.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				r.Fatal(diff)
			}
		}
	})
}

func jumpDeeper(to int32, here, in int) []byte {
	code := jump(to, here+in+1)
	for range in {
		code = asm.Block(code)
	}
	return code
}

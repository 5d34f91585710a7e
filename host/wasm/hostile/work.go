package hostile

import (
	"bytes"

	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
)

const (
	deadline = "deadline"
	memory   = "memory"
	trap     = "trap"
	badReply = "bad reply"
	refused  = "refused"

	stopped = "stopped after 200ms"
)

var spin = asm.Loop(asm.Br(0))

func loops() []kind {
	return []kind{
		{"empty loop", "never ends", func(g *builder) { g.onDetect(spin) }, deadline, stopped},
		{"nested loops", "goes on at the head of the outer loop", func(g *builder) { g.onDetect(asm.Loop(asm.Loop(asm.Br(1)))) }, deadline, stopped},
		{"loop behind br_if", "the branch back is conditional, and always taken", func(g *builder) {
			g.onDetect(asm.Loop(asm.I32Const(1), asm.BrIf(0)))
		}, deadline, stopped},
		{"loop behind br_table", "all entries of the table lead back", func(g *builder) {
			g.onDetect(asm.Loop(asm.Block(asm.I32Const(0), []byte{0x0e, 1, 1, 1})))
		}, deadline, stopped},
		{"dispatch loop", "a loop as Go's compiler makes it, which a rewriter may shorten, with two blocks that go to each other", func(g *builder) {
			jump := func(to int32, depth uint32) []byte {
				return asm.Cat(asm.I32Const(to), asm.LocalSet(own), asm.Br(depth))
			}
			g.onDetect(asm.Loop([]byte{0x02, 0x40}, []byte{0x02, 0x40}, asm.LocalGet(own), []byte{0x0e, 1, 0, 1},
				asm.End, jump(1, 1), asm.End, jump(0, 0)))
		}, deadline, stopped},
		{"mutual recursion without end of calls", "2^50 calls and no loop", func(g *builder) {
			f := g.Func(nil, nil, nil, asm.Nop)
			for range 50 {
				f = g.Func(nil, nil, nil, asm.Call(f), asm.Call(f))
			}
			g.onDetect(asm.Call(f))
		}, deadline, stopped},
		{"calls through a table", "2^50 calls through call_indirect and no loop", func(g *builder) {
			typ := g.Type(nil, nil)
			g.Table(51)
			first := g.Func(nil, nil, nil, asm.Nop)
			all := [][]byte{asm.U32(first)}
			for i := range int32(50) {
				again := asm.Cat(asm.I32Const(i), asm.CallIndirect(typ))
				all = append(all, asm.U32(g.Func(nil, nil, nil, again, again)))
			}
			g.Element(asm.U32(0), asm.I32Const(0), asm.End, asm.Vector(all...))
			g.onDetect(asm.I32Const(50), asm.CallIndirect(typ))
		}, deadline, stopped},
		{"long code in a loop", "few passes, of 5,000 divisions each", func(g *builder) {
			div := asm.Cat(asm.I32Const(7), asm.LocalGet(0), []byte{0x6d}, asm.Drop)
			g.onDetect(asm.Loop(bytes.Repeat(div, 5_000), asm.Br(0)))
		}, deadline, stopped},
		{"loop in the start function", "never ends before the host has an instance", func(g *builder) { g.Start(g.Func(nil, nil, nil, spin)) }, deadline, stopped},
		{"loop in _initialize", "never ends while it is made ready", func(g *builder) { g.Export("_initialize", g.Func(nil, nil, nil, spin)) }, deadline, stopped},
		{"loop in omakase_abi", "never says its version", func(g *builder) { g.abi = asm.Cat(spin, g.abi) }, deadline, stopped},
		{"loop in omakase_alloc", "never takes the request", func(g *builder) { g.alloc = asm.Cat(spin, g.alloc) }, deadline, stopped},
		{"loop in the selftest", "never gets ready", func(g *builder) { g.answer = asm.Cat(spin, g.answer) }, deadline, "selftest: " + stopped},
		{"trap", "executes unreachable", func(g *builder) { g.onDetect(asm.Unreachable) }, trap, "unreachable"},
		{"division by zero", "traps in arithmetic", func(g *builder) { g.onDetect(asm.I32Const(1), asm.I32Const(0), []byte{0x6d}, asm.Drop) }, trap, "divide by zero"},
		{"call of nothing", "calls an empty entry of its table", func(g *builder) {
			g.Table(1)
			g.onDetect(asm.I32Const(0), asm.CallIndirect(g.Type(nil, nil)))
		}, trap, "the guest crashed"},
		{"call beyond the table", "calls an entry that isn't there", func(g *builder) {
			g.Table(1)
			g.onDetect(asm.I32Const(-1), asm.CallIndirect(g.Type(nil, nil)))
		}, trap, "the guest crashed"},
	}
}

func memories() []kind {
	grow := func(pages int32) []byte { return asm.Cat(asm.I32Const(pages), asm.MemoryGrow) }
	growTable := asm.Cat([]byte{0xd0, byte(asm.FuncRef)}, asm.I32Const(1<<16), []byte{0xfc, 15, 0}, asm.Drop)
	return []kind{
		{"memory bomb", "grows until it is refused, then crashes as runtimes do", func(g *builder) {
			g.onDetect(asm.Loop(grow(16), asm.I32Const(-1), []byte{0x47}, asm.BrIf(0)), asm.Unreachable)
		}, memory, "more than 8 MB"},
		{"growing for ever", "goes on to ask after it is refused", func(g *builder) {
			g.onDetect(asm.Loop(grow(1), asm.Drop, asm.Br(0)))
		}, deadline, stopped},
		{"growing by -1 pages", "asks for 2^32-1 pages, which overflow", func(g *builder) {
			g.onDetect(grow(-1), asm.I32Const(-1), []byte{0x46}, asm.If(asm.I32Const(1), asm.I32Const(0), []byte{0x6d}, asm.Drop))
		}, trap, "divide by zero"},
		{"memory.fill", "fills 6 MB again and again, each an instruction", func(g *builder) {
			g.onDetect(grow(100), asm.Drop, asm.Loop(asm.I32Const(0), asm.I32Const(1), asm.I32Const(6<<20), asm.MemoryFill, asm.Br(0)))
		}, deadline, stopped},
		{"memory.fill without loops", "a thousand fills in a row, for one entry into a function", func(g *builder) {
			g.onDetect(grow(100), asm.Drop, asm.Loop(bytes.Repeat(asm.Cat(asm.I32Const(0), asm.I32Const(1), asm.I32Const(6<<20), asm.MemoryFill), 1000), asm.Br(0)))
		}, deadline, stopped},
		{"memory.copy", "moves 4 MB again and again", func(g *builder) {
			g.onDetect(grow(100), asm.Drop, asm.Loop(asm.I32Const(0), asm.I32Const(1), asm.I32Const(4<<20), asm.MemoryCopy, asm.Br(0)))
		}, deadline, stopped},
		{"memory.fill past the end", "fills from inside of memory to beyond it", func(g *builder) {
			g.onDetect(asm.I32Const(100), asm.I32Const(1), asm.I32Const(-1), asm.MemoryFill)
		}, trap, "the guest crashed"},
		{"table bomb", "grows a table, which isn't in its memory", func(g *builder) {
			g.Table(1)
			g.onDetect(asm.Loop(growTable, asm.Br(0)))
		}, deadline, stopped},
		{"table.fill", "fills a table of 100,000 entries again and again", func(g *builder) {
			g.Table(100_000)
			g.onDetect(asm.Loop(asm.I32Const(0), []byte{0xd0, byte(asm.FuncRef)}, asm.I32Const(100_000), []byte{0xfc, 17, 0}, asm.Br(0)))
		}, deadline, stopped},
	}
}

// primed runs cheap code first, so that the host checks rarely, and then code
// of which a unit of fuel pays for very much: a thousand times the same
// without a loop.
func primed(code []byte) []byte {
	return asm.Cat(
		asm.Loop(asm.LocalGet(own), asm.I32Const(1), asm.I32Add, asm.LocalTee(own), asm.I32Const(10_000_000), asm.I32LtS, asm.BrIf(0)),
		asm.Loop(bytes.Repeat(code, 1000), asm.Br(0)))
}

func storms() []kind {
	consts := func(values ...int32) []byte {
		var b []byte
		for _, v := range values {
			b = append(b, asm.I32Const(v)...)
		}
		return b
	}
	wasi := func(name string, values ...int32) func(g *builder) {
		return func(g *builder) {
			// Imports come before all functions, and so before the usual ones.
			params := make(asm.Types, len(values))
			for i := range params {
				params[i] = asm.I32
			}
			f := g.Import("wasi_snapshot_preview1", name, params, asm.Types{asm.I32})
			g.onDetect(primed(asm.Cat(consts(values...), asm.Call(f), asm.Drop)))
		}
	}
	return []kind{
		{"host calls", "calls the host in a loop", func(g *builder) {
			g.onDetect(asm.Loop(consts(3, 0, 0), asm.Call(g.call), asm.Drop, asm.Br(0)))
		}, deadline, stopped},
		{"host calls without loops", "calls the host a thousand times for each pass", func(g *builder) {
			g.onDetect(primed(asm.Cat(consts(3, 0, 0), asm.Call(g.call), asm.Drop)))
		}, deadline, "stopped"},
		{"unknown host calls", "asks for functions that no host has", func(g *builder) {
			g.onDetect(primed(asm.Cat(consts(-7, 0, 0), asm.Call(g.call), asm.Drop)))
		}, deadline, "stopped"},
		{"large host calls", "sends 100 KB to a function that doesn't exist", func(g *builder) {
			g.onDetect(primed(asm.Cat(consts(12345, 0, 100<<10), asm.Call(g.call), asm.Drop)))
		}, deadline, "stopped"},
		{"log flood", "logs 60 KB of zeros in a loop", func(g *builder) {
			g.onDetect(primed(asm.Cat(consts(1, 32<<10, 60<<10), asm.Call(g.call), asm.Drop)))
		}, deadline, "stopped"},
		{"host reads", "copies the last reply again and again", func(g *builder) {
			g.onDetect(consts(3, 0, 0), asm.Call(g.call), asm.Drop, primed(asm.Cat(consts(0), asm.Call(g.read))))
		}, deadline, "stopped"},
		{"random bytes", "asks for 100 KB of them in a loop", wasi("random_get", 0, 100<<10), deadline, "stopped"},
		{
			"waiting for a thousand clocks", "polls them in a loop, all past: each poll reads the clock a thousand times",
			wasi("poll_oneoff", 16<<10, 64<<10, 1024, 127<<10), deadline, "stopped",
		},
		{"writing a thousand vectors", "each write is of 1,024 vectors", wasi("fd_write", 2, 16<<10, 1024, 127<<10), deadline, "stopped"},
		{"files that aren't there", "reads from a file descriptor in a loop", wasi("fd_read", 7, 0, 0, 0), deadline, "stopped"},
		{"exit", "ends its process, as it thinks", func(g *builder) {
			exit := g.Import("wasi_snapshot_preview1", "proc_exit", asm.Types{asm.I32}, nil)
			g.onDetect(asm.I32Const(0), asm.Call(exit))
		}, "exit", "exit code 0"},
	}
}

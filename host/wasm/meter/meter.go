// Package meter rewrites a WebAssembly module so that whoever runs it can
// stop it, account for it and stay responsive beside it.
//
// Engines that compile ahead of time run a guest's loop without ever asking
// anybody: a busy guest can't be stopped and, in a Go host, also holds up the
// garbage collector. Rewrite adds a counter to the module. Each pass of a loop
// and each entry into a function takes its cost from the counter, and when the
// counter falls below zero the module calls a host function, which either
// refills it or ends the guest by panicking. The host function is the point
// where deadlines, budgets and fairness are decided; this package only brings
// it about. It depends on no engine and knows nothing of plugins.
//
// # The host's part
//
// The rewritten module imports one more function, Options.Module and
// Options.Name, of type
//
//	(remaining i32) -> (counter i32)
//
// remaining is below zero: by how much the guest overdrew. The answer becomes
// the counter. A host that answers with a quantum q on each call knows that
// the guest used q-remaining since the last one. The counter starts at zero,
// so the first call comes before any code of the guest has run.
//
// # Cost
//
// The unit is one loop pass or function entry, and one more for each 128
// bytes of the loop's or function's code, so that code without loops isn't
// free. Instructions that work on a whole range at once (memory.fill and
// such) take one more unit for each 64 bytes or elements, before they run.
// Between two host calls a guest can therefore do only a bounded amount of
// work, whatever it is made of. The unit is not an instruction: use it to
// compare runs of the same module, not of different ones.
//
// Guests of Go's compiler run faster metered than not: Rewrite also replaces
// their branches through a dispatch loop by direct ones where it can, see
// Stats.Direct. A program's units then count its loops and not its branches.
//
// # What a guest can't do
//
// The counter is a global after the module's own, is never exported, and has no
// name. A module is refused when it uses any index that the original module
// doesn't define (or else it might reach the counter), when it imports
// anything from Options.Module, and when it holds an instruction that this
// package doesn't know: it can't copy safely what it can't measure. Accepted
// are WebAssembly 1.0 and 2.0 (sign extension, saturating conversion, bulk
// memory, multiple values, reference types, SIMD); refused are threads, tail
// calls, exceptions, garbage collection, memory64, several memories' worth of
// memory arguments and extended constants.
//
// Rewrite doesn't type-check: the engine still validates the result, and an
// invalid module stays invalid.
package meter

import "fmt"

// Options say how a module is rewritten. The zero value is usable.
type Options struct {
	// Module and Name are those of the injected import; "meter" and "check"
	// where empty. A guest may import nothing from Module.
	Module, Name string
	// MaxTable caps the elements of all tables together, which engines keep
	// outside of the guest's memory: 1<<20 where zero. A module whose tables
	// begin larger is refused.
	MaxTable uint32
	// State, where not empty, exports the module's own mutable globals under
	// names of State and a number from 0 on, so that a host can keep and restore
	// what an instance remembers; see Stats.Elsewhere. A guest may export no name
	// that begins so.
	State string
}

func (o Options) withDefaults() Options {
	if o.Module == "" {
		o.Module = "meter"
	}
	if o.Name == "" {
		o.Name = "check"
	}
	if o.MaxTable == 0 {
		o.MaxTable = 1 << 20
	}
	return o
}

// Stats count what was added.
type Stats struct {
	Functions int // entries that are metered; where a loop comes first, its head is instead
	Loops     int // loop heads that are metered
	Bulk      int // range instructions that are metered
	Direct    int // branches that go to their target at once
	Globals   int // exports for Options.State
	// Elsewhere reports that an instance may remember something outside of its
	// memory and of the globals that Options.State exports: it changes tables or
	// drops segments, or has mutable globals that hold vectors or references.
	Elsewhere bool
}

// Error says where a module is malformed or holds what isn't supported.
type Error struct {
	Section string // such as "code[17]": what was being read
	Offset  int    // in the module, bytes
	Msg     string
}

// Error is "section at 0xoffset: message".
func (e *Error) Error() string {
	return fmt.Sprintf("%s at %#x: %s", e.Section, e.Offset, e.Msg)
}

// Rewrite returns the metered module; wasm is not changed, and the result
// shares no memory with it. Errors are *Error. Custom sections are kept (the
// name section with its functions renumbered), except those that hold offsets
// into the code, which would lie: DWARF, relocations and code metadata.
func Rewrite(wasm []byte, o Options) ([]byte, Stats, error) {
	w := &rewriter{Options: o.withDefaults()}
	r := &reader{b: wasm, section: "module"}
	if string(r.take(8)) != "\x00asm\x01\x00\x00\x00" && r.err == nil {
		r.pos = 0
		r.fail("not a WebAssembly 1 module")
	}
	w.out = make([]byte, 0, len(wasm)+len(wasm)/8+256)
	w.out = append(w.out, "\x00asm\x01\x00\x00\x00"...)
	for r.more() {
		w.nextSection(r)
	}
	w.before(rankEnd)
	if r.err == nil && w.bodies != len(w.funcTypes) {
		r.fail("%d functions are declared, %d have code", len(w.funcTypes), w.bodies)
	}
	if r.err != nil {
		return nil, Stats{}, r.err
	}
	if len(w.mutable) > w.stats.Globals {
		w.stats.Elsewhere = true
	}
	return w.out, w.stats, nil
}

package meter

import (
	"errors"
	"strconv"
)

// costShift makes 128 bytes of code one unit, bulkShift 64 bytes of a range.
const (
	costShift = 7
	bulkShift = 6
)

// maxLocals is what engines allow; the metered function has one more.
const maxLocals = 50_000

// frame is an open block of the function being copied.
type frame struct {
	loop, conditional bool
	void              bool        // a block without parameters and results
	patch             int         // of a loop: where in body its cost goes
	start             int         // where its code begins
	dispatcher        *dispatcher // of a loop that is one
	of                *dispatcher // of a block that is one of its targets
}

func (w *rewriter) code(s *reader) {
	n := s.count()
	if s.err == nil && n != len(w.funcTypes) {
		s.fail("%d functions are declared, %d have code", len(w.funcTypes), n)
		return
	}
	// The size of the section comes before it and is only known after it: leave
	// room for the longest and close the gap.
	w.out = append(w.out, secCode)
	at := len(w.out)
	w.out = appendU32(append(w.out, 0, 0, 0, 0, 0), uint32(n))
	for i := 0; i < n && s.err == nil; i++ {
		f := s.sub(int(s.u32()), "code")
		w.function(f, w.params[w.funcTypes[i]])
		if f.err != nil {
			f.err = inFunction(f.err, i)
		}
		s.join(f)
		w.out = append(appendU32(w.out, uint32(len(w.body))), w.body...)
		w.bodies++
	}
	s.done()
	size := appendU32(nil, uint32(len(w.out)-at-5))
	copy(w.out[at:], size)
	w.out = append(w.out[:at+len(size)], w.out[at+5:]...)
}

func inFunction(err error, i int) error {
	var e *Error
	if errors.As(err, &e) && e.Section == "code" {
		e.Section = "code[" + strconv.Itoa(i) + "]"
	}
	return err
}

// function copies one function's locals and code into w.body.
func (w *rewriter) function(s *reader, params int) {
	w.body, w.control = w.body[:0], w.control[:0]
	groups := s.count()
	start := s.pos
	locals := params
	for ; groups > 0 && s.err == nil; groups-- {
		n := s.u32()
		if n > maxLocals || locals+int(n) > maxLocals {
			s.fail("more than %d locals", maxLocals)
			return
		}
		locals += int(n)
		s.valType()
	}
	if s.err != nil {
		return
	}
	// One more local: scratch for the counter.
	w.body = appendU32(w.body, countGroups(s.b)+1)
	w.body = append(w.body, s.b[start:s.pos]...)
	w.body = append(w.body, 1, 0x7f)

	if !beginsWithLoop(*s) {
		w.stats.Functions++
		w.body = append(w.body, 0x23) // global.get
		w.body = appendU32(w.body, w.counter())
		w.body = append(w.body, 0x41) // i32.const
		w.body = appendS32(w.body, 1+uint32(len(s.b))>>costShift)
		w.charge(uint32(locals))
	}
	w.instructions(s, locals)
}

// beginsWithLoop reports whether nothing but simple instructions comes before
// the first loop of a function: then its head meters the entry as well. Go's
// compiler makes such functions.
func beginsWithLoop(s reader) bool {
	for range 32 {
		switch op := s.byte(); operands[op] {
		case opLoop:
			return s.err == nil
		case opLocal, opGlobal:
			s.u32()
		case opI32:
			s.signed(32)
		case opI64:
			s.signed(64)
		case opMemory:
			memarg(&s)
		case opNone:
			if op == 0x00 || op == 0x0f { // unreachable, return
				return false
			}
		default:
			return false
		}
	}
	return false
}

// countGroups reads the number of groups of locals again.
func countGroups(body []byte) uint32 {
	return (&reader{b: body}).u32()
}

// charge takes what is on the stack from the counter, which is below it, and
// asks the host when too little is left.
func (w *rewriter) charge(scratch uint32) {
	b := append(w.body, 0x6b) // i32.sub
	b = appendU32(append(b, 0x22), scratch)
	b = appendU32(append(b, 0x24), w.counter()) // global.set
	b = appendU32(append(b, 0x20), scratch)
	b = append(b, 0x41, 0, 0x48, 0x04, 0x40) // i32.const 0, i32.lt_s, if
	b = appendU32(append(b, 0x20), scratch)
	b = appendU32(append(b, 0x10), w.check()) // call
	b = appendU32(append(b, 0x24), w.counter())
	w.body = append(b, 0x0b)
}

// instructions copies code, in as long runs as possible, and adds the charges.
func (w *rewriter) instructions(s *reader, locals int) {
	w.control = append(w.control, frame{})
	run := s.pos // what comes before it has been copied
	before := [2]int{-1, -1}
	for len(w.control) > 0 && s.err == nil {
		at := s.pos
		op := s.byte()
		switch operands[op] {
		case opNone:
		case opLocal:
			s.index(locals, "local")
		case opGlobal:
			s.index(w.globals, "global")
		case opMemory:
			memarg(s)
		case opI32:
			s.signed(32)
		case opI64:
			s.signed(64)
		case opCall, opFunc:
			f := s.index(w.funcs(), "function")
			w.body = append(w.body, s.b[run:at]...)
			w.body = appendU32(append(w.body, op), w.shift(f))
			run = s.pos
		case opBlock:
			void := op == 0x02 && s.more() && s.b[s.pos] == 0x40
			w.blockType(s)
			w.control = append(w.control, frame{conditional: op == 0x04, void: void, start: s.pos})
		case opLoop:
			w.blockType(s)
			w.body = append(w.body, s.b[run:s.pos]...)
			run = s.pos
			w.loop(run, uint32(locals))
		case opElse:
			w.otherwise(s, at)
		case opEnd:
			w.endBlock(s.pos)
		case opMisc:
			if w.misc(s) {
				w.body = append(w.body, s.b[run:at]...)
				run = at
				w.bulk(uint32(locals))
			}
		case opLabel:
			if ahead, ok := w.branch(s, op, before); ok {
				w.body = append(w.body, s.b[run:at]...)
				w.body = appendU32(append(w.body, op), ahead)
				run = s.pos
			}
		case opLabels:
			if labels := w.labels(s); s.err == nil {
				w.dispatches(s, before[1], labels)
			}
		default:
			w.rare(s, op)
		}
		before = [2]int{before[1], at}
	}
	s.done()
	w.body = append(w.body, s.b[min(run, s.pos):s.pos]...)
}

// branch reads a branch, and where it may go instead if that is shorter.
func (w *rewriter) branch(s *reader, op byte, before [2]int) (ahead uint32, ok bool) {
	label := s.u32()
	if op != 0x0c { // only br
		return 0, false
	}
	return w.direct(s, before, label)
}

// otherwise enters the second half of an if; the else stands at at.
func (w *rewriter) otherwise(s *reader, at int) {
	top := &w.control[len(w.control)-1]
	if !top.conditional {
		s.pos = at
		s.fail("else without if")
		return
	}
	top.conditional = false
}

// rare skips the operands of less frequent instructions.
func (w *rewriter) rare(s *reader, op byte) {
	switch operands[op] {
	case opDynamic:
		s.index(len(w.params), "type")
		s.u32()
	case opTypes:
		for n := s.count(); n > 0 && s.err == nil; n-- {
			s.valType()
		}
	case opTable:
		s.u32()
		w.stats.Elsewhere = w.stats.Elsewhere || op == 0x26 // table.set
	case opZero:
		zero(s)
	case opF32:
		s.take(4)
	case opF64:
		s.take(8)
	case opRefType:
		s.refType()
	case opSIMD:
		w.simd(s)
	default:
		s.pos--
		s.fail("opcode %#x is not supported", op)
	}
}

// labels reads the operands of a br_table, the default last. They are good
// until the next call.
func (w *rewriter) labels(s *reader) []uint32 {
	w.table = w.table[:0]
	for n := s.count(); n >= 0 && s.err == nil; n-- {
		w.table = append(w.table, s.u32())
	}
	return w.table
}

func zero(s *reader) {
	if m := s.byte(); m != 0 {
		s.fail("memory %d is not supported", m)
	}
}

// blockType reads the type of a block.
func (w *rewriter) blockType(s *reader) {
	if s.more() {
		if c := s.b[s.pos]; c == 0x40 || isValType(c) {
			s.pos++
			return
		}
	}
	if t := s.signed(33); s.err == nil && (t < 0 || t >= int64(len(w.params))) {
		s.fail("block type %d is not supported or not defined", t)
	}
}

// loop meters the head of a loop. Its cost depends on its length, which is not
// known yet: three bytes are kept for it.
func (w *rewriter) loop(start int, scratch uint32) {
	w.stats.Loops++
	w.body = appendU32(append(w.body, 0x23), w.counter()) // global.get
	w.body = append(w.body, 0x41)                         // i32.const
	w.control = append(w.control, frame{loop: true, patch: len(w.body), start: start})
	w.body = append(w.body, 0, 0, 0)
	w.charge(scratch)
}

// endBlock closes the innermost block, whose code ends at end. The cost of a
// loop is written as a padded LEB128 of 20 bits, enough for 128 MiB of code.
func (w *rewriter) endBlock(end int) {
	f := w.control[len(w.control)-1]
	w.control = w.control[:len(w.control)-1]
	if f.loop {
		cost := min(1+uint32(end-f.start)>>costShift, 1<<20-1)
		w.body[f.patch] = byte(cost) | 0x80
		w.body[f.patch+1] = byte(cost>>7) | 0x80
		w.body[f.patch+2] = byte(cost >> 14)
	}
}

// misc skips the operand of a 0xfc instruction and reports whether the
// instruction works on a range whose length is on top of the stack.
func (w *rewriter) misc(s *reader) (ranged bool) {
	switch n := s.u32(); n {
	case 0, 1, 2, 3, 4, 5, 6, 7: // saturating conversions
	case 8: // memory.init
		s.u32()
		zero(s)
		return true
	case 16: // table.size
		s.u32()
	case 9, 13: // data.drop, elem.drop
		s.u32()
		w.stats.Elsewhere = true
	case 10: // memory.copy
		zero(s)
		zero(s)
		return true
	case 11: // memory.fill
		zero(s)
		return true
	case 12, 14: // table.init, table.copy
		s.u32()
		s.u32()
		w.stats.Elsewhere = true
		return true
	case 15, 17: // table.grow, table.fill
		s.u32()
		w.stats.Elsewhere = true
		return true
	default:
		s.fail("instruction 0xfc %d is not supported", n)
	}
	return false
}

// bulk meters a range instruction by the length on top of the stack.
func (w *rewriter) bulk(scratch uint32) {
	w.stats.Bulk++
	b := appendU32(append(w.body, 0x22), scratch) // local.tee
	b = appendU32(append(b, 0x23), w.counter())   // global.get
	b = appendU32(append(b, 0x20), scratch)       // local.get
	w.body = append(b, 0x41, bulkShift, 0x76)     // i32.const, i32.shr_u
	w.charge(scratch)
}

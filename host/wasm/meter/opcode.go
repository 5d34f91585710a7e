package meter

// What follows an opcode.
type operand byte

const (
	opUnknown operand = iota // the instruction is refused
	opNone
	opBlock   // block type; a block begins
	opLoop    // block type; a loop begins
	opElse    // nothing; only between if and end
	opEnd     // nothing; a block ends
	opLabel   // label
	opLabels  // vector of labels, label
	opCall    // function
	opDynamic // type, table
	opTypes   // vector of types
	opLocal
	opGlobal
	opTable
	opMemory // alignment, offset
	opZero   // memory 0
	opI32
	opI64
	opF32
	opF64
	opRefType
	opFunc
	opMisc // 0xfc and its number
	opSIMD // 0xfd and its number
)

// operands of the one-byte opcodes.
var operands = func() (t [256]operand) {
	set := func(o operand, from, to int) {
		for i := from; i <= to; i++ {
			t[i] = o
		}
	}
	set(opNone, 0x00, 0x01) // unreachable, nop
	set(opBlock, 0x02, 0x02)
	set(opLoop, 0x03, 0x03)
	set(opBlock, 0x04, 0x04) // if
	set(opElse, 0x05, 0x05)
	set(opEnd, 0x0b, 0x0b)
	set(opLabel, 0x0c, 0x0d) // br, br_if
	set(opLabels, 0x0e, 0x0e)
	set(opNone, 0x0f, 0x0f) // return
	set(opCall, 0x10, 0x10)
	set(opDynamic, 0x11, 0x11)
	set(opNone, 0x1a, 0x1b) // drop, select
	set(opTypes, 0x1c, 0x1c)
	set(opLocal, 0x20, 0x22)
	set(opGlobal, 0x23, 0x24)
	set(opTable, 0x25, 0x26)
	set(opMemory, 0x28, 0x3e)
	set(opZero, 0x3f, 0x40) // memory.size, memory.grow
	set(opI32, 0x41, 0x41)
	set(opI64, 0x42, 0x42)
	set(opF32, 0x43, 0x43)
	set(opF64, 0x44, 0x44)
	set(opNone, 0x45, 0xc4) // numbers
	set(opRefType, 0xd0, 0xd0)
	set(opNone, 0xd1, 0xd1) // ref.is_null
	set(opFunc, 0xd2, 0xd2)
	set(opMisc, 0xfc, 0xfc)
	set(opSIMD, 0xfd, 0xfd)
	return t
}()

// simdHoles are numbers below 256 that SIMD doesn't define.
var simdHoles = [...]byte{
	0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6,
	0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2, 0xee,
}

// simd skips the operand of a vector instruction.
func (w *rewriter) simd(s *reader) {
	switch n := s.u32(); {
	case n <= 11 || n == 92 || n == 93: // loads and stores
		memarg(s)
	case n == 12 || n == 13: // v128.const, i8x16.shuffle
		s.take(16)
	case n >= 21 && n <= 34: // lanes
		s.byte()
	case n >= 84 && n <= 91: // loads and stores of a lane
		memarg(s)
		s.byte()
	case n > 255:
		s.fail("vector instruction %d is not supported", n)
	default:
		for _, hole := range simdHoles {
			if n == uint32(hole) {
				s.fail("vector instruction %d is not supported", n)
			}
		}
	}
}

// memarg skips alignment and offset. Larger alignments than a vector's would
// mean an explicit memory.
func memarg(s *reader) {
	if align := s.u32(); align > 4 {
		s.fail("alignment %d is not supported", align)
	}
	s.u32()
}

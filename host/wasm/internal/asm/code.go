package asm

// Instructions without operands.
var (
	Unreachable = []byte{0x00}
	Nop         = []byte{0x01}
	Else        = []byte{0x05}
	End         = []byte{0x0b}
	Return      = []byte{0x0f}
	Drop        = []byte{0x1a}
	MemorySize  = []byte{0x3f, 0}
	MemoryGrow  = []byte{0x40, 0}
	I32Eqz      = []byte{0x45}
	I32LtS      = []byte{0x48}
	I32LtU      = []byte{0x49}
	I32Add      = []byte{0x6a}
	I32Sub      = []byte{0x6b}
	I32Mul      = []byte{0x6c}
	I64Add      = []byte{0x7c}
	I64Or       = []byte{0x84}
	I64Shl      = []byte{0x86}
	I64ExtendU  = []byte{0xad} // i64.extend_i32_u
	MemoryCopy  = []byte{0xfc, 10, 0, 0}
	MemoryFill  = []byte{0xfc, 11, 0}
)

func op(code byte, operand []byte) []byte { return Cat([]byte{code}, operand) }

// I32Const pushes v.
func I32Const(v int32) []byte { return op(0x41, S64(int64(v))) }

// I64Const pushes v.
func I64Const(v int64) []byte { return op(0x42, S64(v)) }

// LocalGet pushes a local.
func LocalGet(i uint32) []byte { return op(0x20, U32(i)) }

// LocalSet pops into a local.
func LocalSet(i uint32) []byte { return op(0x21, U32(i)) }

// LocalTee copies the top of the stack into a local.
func LocalTee(i uint32) []byte { return op(0x22, U32(i)) }

// GlobalGet pushes a global.
func GlobalGet(i uint32) []byte { return op(0x23, U32(i)) }

// GlobalSet pops into a global.
func GlobalSet(i uint32) []byte { return op(0x24, U32(i)) }

// Call calls a function.
func Call(f uint32) []byte { return op(0x10, U32(f)) }

// CallIndirect calls through table 0.
func CallIndirect(typ uint32) []byte { return Cat([]byte{0x11}, U32(typ), []byte{0}) }

// RefFunc pushes a reference to a function.
func RefFunc(f uint32) []byte { return op(0xd2, U32(f)) }

// Br branches to the label that is depth blocks out.
func Br(depth uint32) []byte { return op(0x0c, U32(depth)) }

// BrIf branches when the top of the stack isn't zero.
func BrIf(depth uint32) []byte { return op(0x0d, U32(depth)) }

// Block is a block without values.
func Block(code ...[]byte) []byte { return Cat([]byte{0x02, 0x40}, Cat(code...), End) }

// Loop is a loop without values.
func Loop(code ...[]byte) []byte { return Cat([]byte{0x03, 0x40}, Cat(code...), End) }

// If is an if without values.
func If(code ...[]byte) []byte { return Cat([]byte{0x04, 0x40}, Cat(code...), End) }

// I32Load loads at a constant offset.
func I32Load(offset uint32) []byte { return Cat([]byte{0x28, 2}, U32(offset)) }

// I32Store stores at a constant offset.
func I32Store(offset uint32) []byte { return Cat([]byte{0x36, 2}, U32(offset)) }

// Pair makes the ptr<<32|len that omakase_call returns.
func Pair(ptr, length []byte) []byte {
	return Cat(ptr, I64ExtendU, I64Const(32), I64Shl, length, I64ExtendU, I64Or)
}

// Package asm builds small WebAssembly modules in Go code, so that a reader of
// a test sees what each module does. It checks nothing: tests need modules
// that are broken.
package asm

// Type is a value type.
type Type byte

// The value types.
const (
	I32     Type = 0x7f
	I64     Type = 0x7e
	F32     Type = 0x7d
	F64     Type = 0x7c
	V128    Type = 0x7b
	FuncRef Type = 0x70
)

// Types is a list of value types.
type Types = []Type

// Section identifiers.
const (
	SecCustom    = 0
	SecType      = 1
	SecImport    = 2
	SecFunction  = 3
	SecTable     = 4
	SecMemory    = 5
	SecGlobal    = 6
	SecExport    = 7
	SecStart     = 8
	SecElement   = 9
	SecCode      = 10
	SecData      = 11
	SecDataCount = 12
)

// Module collects what a module defines. Its zero value is empty.
type Module struct {
	types, imports, functions, tables, memories, globals, exports, elements, code, data [][]byte

	start    []byte
	count    []byte // data count
	imported uint32
	customs  []byte
}

// U32 is an unsigned LEB128.
func U32(v uint32) []byte {
	var b []byte
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// S64 is a signed LEB128.
func S64(v int64) []byte {
	var b []byte
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// Cat joins pieces of code.
func Cat(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// Name is a length and a string.
func Name(s string) []byte { return append(U32(uint32(len(s))), s...) }

func typeList(ts Types) []byte {
	b := U32(uint32(len(ts)))
	for _, t := range ts {
		b = append(b, byte(t))
	}
	return b
}

// Type adds a function type and returns its index.
func (m *Module) Type(params, results Types) uint32 {
	m.types = append(m.types, Cat([]byte{0x60}, typeList(params), typeList(results)))
	return uint32(len(m.types) - 1)
}

// Import adds an imported function; all imports come before the first Func.
func (m *Module) Import(module, name string, params, results Types) uint32 {
	m.imports = append(m.imports, Cat(Name(module), Name(name), []byte{0}, U32(m.Type(params, results))))
	m.imported++
	return m.imported - 1
}

// Func adds a function with its locals and code (without the last end) and
// returns its index.
func (m *Module) Func(params, results, locals Types, code ...[]byte) uint32 {
	m.functions = append(m.functions, U32(m.Type(params, results)))
	b := U32(uint32(len(locals)))
	for _, t := range locals {
		b = append(b, 1, byte(t))
	}
	b = Cat(b, Cat(code...), End)
	m.code = append(m.code, Cat(U32(uint32(len(b))), b))
	return m.imported + uint32(len(m.functions)-1)
}

// RawFunc adds a function of a type with a body that is taken as it is.
func (m *Module) RawFunc(typ uint32, body []byte) uint32 {
	m.functions = append(m.functions, U32(typ))
	m.code = append(m.code, Cat(U32(uint32(len(body))), body))
	return m.imported + uint32(len(m.functions)-1)
}

// Table adds a table of functions without a maximum.
func (m *Module) Table(elements uint32) {
	m.tables = append(m.tables, Cat([]byte{byte(FuncRef), 0}, U32(elements)))
}

// Memory adds a memory and exports it as "memory"; high is 0 for none.
func (m *Module) Memory(low, high uint32) {
	limits := Cat([]byte{0}, U32(low))
	if high > 0 {
		limits = Cat([]byte{1}, U32(low), U32(high))
	}
	m.memories = append(m.memories, limits)
	m.exports = append(m.exports, Cat(Name("memory"), []byte{2, 0}))
}

// Global adds a mutable global with a constant expression (without end).
func (m *Module) Global(t Type, init []byte) uint32 {
	m.globals = append(m.globals, Cat([]byte{byte(t), 1}, init, End))
	return uint32(len(m.globals) - 1)
}

// Export exports a function.
func (m *Module) Export(name string, f uint32) { m.ExportKind(name, 0, f) }

// ExportKind exports anything.
func (m *Module) ExportKind(name string, kind byte, i uint32) {
	m.exports = append(m.exports, Cat(Name(name), []byte{kind}, U32(i)))
}

// Start sets the start function.
func (m *Module) Start(f uint32) { m.start = U32(f) }

// Element adds an element segment as it is.
func (m *Module) Element(parts ...[]byte) { m.elements = append(m.elements, Cat(parts...)) }

// Data adds an active data segment.
func (m *Module) Data(offset int32, data []byte) {
	m.data = append(m.data, Cat([]byte{0}, I32Const(offset), End, U32(uint32(len(data))), data))
}

// Passive adds a passive data segment and the section that counts them.
func (m *Module) Passive(data []byte) {
	m.data = append(m.data, Cat([]byte{1}, U32(uint32(len(data))), data))
	m.count = U32(uint32(len(m.data)))
}

// Custom adds a custom section at the end.
func (m *Module) Custom(name string, data []byte) {
	m.customs = Cat(m.customs, Section(SecCustom, Cat(Name(name), data)))
}

// Section frames a section.
func Section(id byte, body []byte) []byte {
	return Cat([]byte{id}, U32(uint32(len(body))), body)
}

// Vector is a count and its elements.
func Vector(items ...[]byte) []byte { return Cat(U32(uint32(len(items))), Cat(items...)) }

// Header begins every module.
var Header = []byte("\x00asm\x01\x00\x00\x00")

// Bytes is the module.
func (m *Module) Bytes() []byte {
	b := Cat(Header)
	section := func(id byte, items [][]byte) {
		if len(items) > 0 {
			b = append(b, Section(id, Vector(items...))...)
		}
	}
	section(SecType, m.types)
	section(SecImport, m.imports)
	section(SecFunction, m.functions)
	section(SecTable, m.tables)
	section(SecMemory, m.memories)
	section(SecGlobal, m.globals)
	section(SecExport, m.exports)
	if m.start != nil {
		b = append(b, Section(SecStart, m.start)...)
	}
	section(SecElement, m.elements)
	if m.count != nil {
		b = append(b, Section(SecDataCount, m.count)...)
	}
	section(SecCode, m.code)
	section(SecData, m.data)
	return append(b, m.customs...)
}

package meter

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Section identifiers.
const (
	secCustom    = 0
	secType      = 1
	secImport    = 2
	secFunction  = 3
	secTable     = 4
	secMemory    = 5
	secGlobal    = 6
	secExport    = 7
	secStart     = 8
	secElement   = 9
	secCode      = 10
	secData      = 11
	secDataCount = 12
)

// rank is the place of each section in a module, by identifier; the data
// count comes before the code although its number came later.
var rank = [...]int{
	secType: 1, secImport: 2, secFunction: 3, secTable: 4, secMemory: 5, secGlobal: 6,
	secExport: 7, secStart: 8, secElement: 9, secDataCount: 10, secCode: 11, secData: 12,
}

const rankEnd = 99

var sectionNames = [...]string{
	"custom", "type", "import", "function", "table", "memory", "global",
	"export", "start", "element", "code", "data", "data count",
}

// External kinds.
const (
	kindFunc   = 0
	kindTable  = 1
	kindMemory = 2
	kindGlobal = 3
)

// rewriter holds what the original module defines and writes the new one.
type rewriter struct {
	Options
	out   []byte
	stats Stats
	last  int // rank of the last section

	params      []int    // parameters of each type
	funcTypes   []uint32 // type of each function that the module defines
	importTypes []uint32 // type of each function that it imports
	impGlobals  int
	globals     int      // all of them, imported first
	bodies      int      // functions with code
	mutable     []uint32 // globals that the module defines and may change

	typed, imported, counted bool // the additions that are written

	body    []byte   // scratch for one function
	control []frame  // scratch for its blocks
	table   []uint32 // scratch for a br_table
}

// funcs is the number of functions that the original module knows.
func (w *rewriter) funcs() int { return len(w.importTypes) + len(w.funcTypes) }

// check is the index of the injected import: after the module's own imports,
// which keep theirs.
func (w *rewriter) check() uint32 { return uint32(len(w.importTypes)) }

// counter is the index of the injected global: after all others.
func (w *rewriter) counter() uint32 { return uint32(w.globals) }

// shift is the new index of an original function.
func (w *rewriter) shift(i uint32) uint32 {
	if i >= w.check() {
		return i + 1
	}
	return i
}

// nextSection copies one section of r, changed where it must be.
func (w *rewriter) nextSection(r *reader) {
	at := r.pos
	id := r.byte()
	if r.err == nil && int(id) >= len(sectionNames) {
		r.pos = at
		r.fail("section %d is not supported", id)
	}
	if r.err != nil {
		return
	}
	s := r.sub(int(r.u32()), sectionNames[id])
	if id != secCustom {
		if s.err == nil && rank[id] <= w.last {
			s.fail("section is out of order or there twice")
		}
		w.last = rank[id]
		w.before(rank[id])
	}
	if s.err == nil {
		w.section(id, s)
	}
	r.join(s)
}

// before writes the additions whose own section the module doesn't have.
func (w *rewriter) before(next int) {
	if next > rank[secType] && !w.typed {
		w.emit(secType, w.appendType(appendU32(nil, 1)))
	}
	if next > rank[secImport] && !w.imported {
		w.emit(secImport, w.appendImport(appendU32(nil, 1)))
	}
	if next > rank[secGlobal] && !w.counted {
		w.globals += w.impGlobals
		w.emit(secGlobal, w.appendCounter(appendU32(nil, 1)))
	}
}

func (w *rewriter) emit(id byte, body []byte) {
	w.out = append(appendU32(append(w.out, id), uint32(len(body))), body...)
}

func (w *rewriter) section(id byte, s *reader) {
	switch id {
	case secCustom:
		w.custom(s)
	case secType:
		w.types(s)
	case secImport:
		w.imports(s)
	case secFunction:
		w.functions(s)
	case secTable:
		w.tables(s)
	case secMemory:
		w.memories(s)
	case secGlobal:
		w.globalSection(s)
	case secExport:
		w.exports(s)
	case secStart:
		i := s.index(w.funcs(), "function")
		s.done()
		w.emit(id, appendU32(nil, w.shift(i)))
	case secElement:
		w.elements(s)
	case secDataCount:
		s.u32()
		s.done()
		w.emit(id, s.b)
	case secCode:
		w.code(s)
	case secData:
		w.data(s)
	}
}

// appendType adds the type of the check after the module's own.
func (w *rewriter) appendType(b []byte) []byte {
	w.typed = true
	return append(b, 0x60, 1, 0x7f, 1, 0x7f)
}

func (w *rewriter) types(s *reader) {
	n := s.count()
	start := s.pos
	for i := 0; i < n && s.err == nil; i++ {
		if form := s.byte(); s.err == nil && form != 0x60 {
			s.pos--
			s.fail("type %#x is not a function", form)
		}
		params := s.count()
		for range params {
			s.valType()
		}
		for range s.count() {
			s.valType()
		}
		w.params = append(w.params, params)
	}
	s.done()
	w.emit(secType, w.appendType(append(appendU32(nil, uint32(n)+1), s.b[min(start, len(s.b)):]...)))
}

// appendImport adds the check after the module's own imports.
func (w *rewriter) appendImport(b []byte) []byte {
	w.imported = true
	b = appendName(appendName(b, w.Module), w.Name)
	return appendU32(append(b, kindFunc), uint32(len(w.params)))
}

func (w *rewriter) imports(s *reader) {
	n := s.count()
	start := s.pos
	for i := 0; i < n && s.err == nil; i++ {
		at := s.pos
		module := string(s.take(int(s.u32())))
		s.take(int(s.u32()))
		if s.err == nil && module == w.Module {
			s.pos = at
			s.fail("imports from %q, which is reserved for metering", module)
		}
		switch kind := s.byte(); kind {
		case kindFunc:
			w.importTypes = append(w.importTypes, s.index(len(w.params), "type"))
		case kindTable:
			s.refType()
			s.limits()
		case kindMemory:
			s.limits()
		case kindGlobal:
			s.valType()
			w.mutability(s)
			w.impGlobals++
		default:
			s.fail("import kind %d is not supported", kind)
		}
	}
	s.done()
	w.emit(secImport, w.appendImport(append(appendU32(nil, uint32(n)+1), s.b[min(start, len(s.b)):]...)))
}

func (w *rewriter) mutability(s *reader) (mutable bool) {
	m := s.byte()
	if m > 1 {
		s.fail("mutability %#x is not supported", m)
	}
	return m == 1
}

func (w *rewriter) functions(s *reader) {
	n := s.count()
	w.funcTypes = make([]uint32, 0, n)
	for range n {
		w.funcTypes = append(w.funcTypes, s.index(len(w.params), "type"))
	}
	s.done()
	w.emit(secFunction, s.b)
}

// maxTables is far more than any compiler makes.
const maxTables = 1000

// tables caps what all tables together can hold.
func (w *rewriter) tables(s *reader) {
	type table struct {
		ref       byte
		low, high uint32
		bounded   bool
	}
	n := s.count()
	if n > maxTables {
		s.fail("%d tables; %d are supported", n, maxTables)
		return
	}
	all := make([]table, n)
	free := w.MaxTable
	for i := range all {
		t := &all[i]
		t.ref = s.refType()
		t.low, t.high, t.bounded = s.limits()
		if s.err == nil && t.low > free {
			s.fail("tables begin with more than %d elements", w.MaxTable)
		}
		free -= min(t.low, free)
	}
	s.done()
	b := appendU32(nil, uint32(len(all)))
	for _, t := range all {
		most := t.low + free/uint32(len(all))
		if !t.bounded || t.high > most {
			t.high = most
		}
		b = appendU32(appendU32(append(b, t.ref, 1), t.low), t.high)
	}
	w.emit(secTable, b)
}

func (w *rewriter) memories(s *reader) {
	for range s.count() {
		s.limits()
	}
	s.done()
	w.emit(secMemory, s.b)
}

// appendCounter adds the counter after the module's own globals.
func (w *rewriter) appendCounter(b []byte) []byte {
	w.counted = true
	return append(b, 0x7f, 1, 0x41, 0, 0x0b) // mutable i32, i32.const 0, end
}

func (w *rewriter) globalSection(s *reader) {
	n := s.count()
	b := appendU32(nil, uint32(n)+1)
	for i := 0; i < n && s.err == nil; i++ {
		from := s.pos
		s.valType()
		if w.mutability(s) {
			w.changes(s.b[from], uint32(w.impGlobals+i))
		}
		b = append(b, s.b[min(from, len(s.b)):s.pos]...)
		b = w.constant(s, b)
	}
	s.done()
	w.globals = w.impGlobals + n
	w.emit(secGlobal, w.appendCounter(b))
}

// changes notes a mutable global of a type.
func (w *rewriter) changes(valType byte, index uint32) {
	if valType < 0x7c { // i32, i64, f32 and f64 are above
		w.stats.Elsewhere = true
		return
	}
	w.mutable = append(w.mutable, index)
}

func (w *rewriter) exports(s *reader) {
	n := s.count()
	var more []uint32
	if w.State != "" {
		more, w.stats.Globals = w.mutable, len(w.mutable)
	}
	b := appendU32(nil, uint32(n+len(more)))
	for i := 0; i < n && s.err == nil; i++ {
		from := s.pos
		name := s.take(int(s.u32()))
		if s.err == nil && w.State != "" && strings.HasPrefix(string(name), w.State) {
			s.pos = from
			s.fail("exports %q, which is reserved", name)
			return
		}
		kind := s.byte()
		b = append(b, s.b[from:s.pos]...)
		switch kind {
		case kindFunc:
			b = appendU32(b, w.shift(s.index(w.funcs(), "function")))
		case kindTable, kindMemory:
			b = appendU32(b, s.u32())
		case kindGlobal:
			b = appendU32(b, s.index(w.globals, "global"))
		default:
			s.fail("export kind %d is not supported", kind)
		}
	}
	s.done()
	for n, i := range more {
		b = appendU32(append(appendName(b, w.State+strconv.Itoa(n)), kindGlobal), i)
	}
	w.emit(secExport, b)
}

// elements copies the element segments, whose eight forms are told apart by
// three bits: not active (1), an explicit table or declarative (2), and
// expressions in place of function indices (4).
func (w *rewriter) elements(s *reader) {
	n := s.count()
	b := appendU32(nil, uint32(n))
	for i := 0; i < n && s.err == nil; i++ {
		form := s.u32()
		if s.err == nil && form > 7 {
			s.fail("element segment form %d is not supported", form)
			return
		}
		b = appendU32(b, form)
		if form&1 == 0 {
			if form&2 != 0 {
				b = appendU32(b, s.u32())
			}
			b = w.constant(s, b)
		}
		switch {
		case form&3 == 0:
		case form&4 != 0:
			b = append(b, s.refType())
		default:
			if kind := s.byte(); kind != 0 {
				s.fail("element kind %d is not supported", kind)
			}
			b = append(b, 0)
		}
		m := s.count()
		b = appendU32(b, uint32(m))
		for j := 0; j < m && s.err == nil; j++ {
			if form&4 != 0 {
				b = w.constant(s, b)
			} else {
				b = appendU32(b, w.shift(s.index(w.funcs(), "function")))
			}
		}
	}
	s.done()
	w.emit(secElement, b)
}

func (w *rewriter) data(s *reader) {
	for n := s.count(); n > 0 && s.err == nil; n-- {
		form := s.u32()
		if s.err == nil && form > 2 {
			s.fail("data segment form %d is not supported", form)
		}
		if form == 2 {
			s.u32()
		}
		if form != 1 {
			if s.more() && s.b[s.pos] == 0xd2 {
				s.fail("a function is no offset")
			}
			w.constant(s, nil)
		}
		s.take(int(s.u32()))
	}
	s.done()
	w.emit(secData, s.b)
}

// constant copies a constant expression: one instruction and its end.
func (w *rewriter) constant(s *reader, b []byte) []byte {
	from := s.pos
	switch op := s.byte(); op {
	case 0x41: // i32.const
		s.signed(32)
	case 0x42: // i64.const
		s.signed(64)
	case 0x43: // f32.const
		s.take(4)
	case 0x44: // f64.const
		s.take(8)
	case 0x23: // global.get
		s.index(w.impGlobals, "imported global")
	case 0xd0: // ref.null
		s.refType()
	case 0xd2: // ref.func
		b = appendU32(append(b, op), w.shift(s.index(w.funcs(), "function")))
		from = s.pos
	case 0xfd:
		if sub := s.u32(); sub != 12 { // v128.const
			s.fail("constant expression with SIMD instruction %d", sub)
		}
		s.take(16)
	default:
		s.fail("constant expression with opcode %#x", op)
	}
	if end := s.byte(); end != 0x0b && s.err == nil {
		s.pos--
		s.fail("constant expression goes on with opcode %#x", end)
	}
	return append(b, s.b[min(from, len(s.b)):s.pos]...)
}

func (w *rewriter) custom(s *reader) {
	name := string(s.take(int(s.u32())))
	if !utf8.ValidString(name) {
		s.fail("the name of a custom section is not UTF-8") // no engine sees those that are left out
		return
	}
	for _, stale := range []string{".debug_", "reloc.", "linking", "metadata.code."} {
		if strings.HasPrefix(name, stale) {
			return
		}
	}
	if name != "name" {
		w.emit(secCustom, s.b)
		return
	}
	w.emit(secCustom, append(appendName(nil, "name"), w.names(s)...))
}

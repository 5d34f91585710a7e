package meter

import "fmt"

// reader decodes a module. After the first failure it stands still: every
// method returns zero and err keeps the reason, so that callers may check once
// at the end of a step. Integers are decoded strictly, since a lenient reading
// that differs from the engine's would let a module mean two things.
type reader struct {
	b       []byte
	pos     int
	base    int // offset of b in the module, for errors
	section string
	err     error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = &Error{Section: r.section, Offset: r.base + r.pos, Msg: fmt.Sprintf(format, args...)}
	}
}

// more reports whether there is something left to read.
func (r *reader) more() bool { return r.err == nil && r.pos < len(r.b) }

func (r *reader) byte() byte {
	if r.err != nil {
		return 0
	}
	if r.pos >= len(r.b) {
		r.fail("unexpected end")
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

func (r *reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.b)-r.pos {
		r.fail("unexpected end: %d bytes wanted, %d left", n, len(r.b)-r.pos)
		return nil
	}
	x := r.b[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	return x
}

// sub is a reader of the next n bytes, which r skips. Its error must be given
// back with join.
func (r *reader) sub(n int, section string) *reader {
	base := r.base + r.pos
	return &reader{b: r.take(n), base: base, section: section, err: r.err}
}

func (r *reader) join(s *reader) {
	if r.err == nil {
		r.err = s.err
	}
}

// done fails when something is left over.
func (r *reader) done() {
	if r.err == nil && r.pos != len(r.b) {
		r.fail("%d bytes too many", len(r.b)-r.pos)
	}
}

// u32 reads an unsigned LEB128 of at most 32 bits.
func (r *reader) u32() uint32 {
	if r.err == nil && r.pos < len(r.b) && r.b[r.pos] < 0x80 {
		c := r.b[r.pos]
		r.pos++
		return uint32(c)
	}
	var v uint32
	for shift := 0; shift < 35; shift += 7 {
		c := r.byte()
		if shift == 28 && c > 0x0f {
			break
		}
		if r.err != nil {
			return 0
		}
		v |= uint32(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.fail("integer is longer than 32 bits")
	return 0
}

// signed skips a signed LEB128 of at most bits bits and returns its value.
func (r *reader) signed(bits int) int64 {
	var v int64
	for shift := 0; shift < bits; shift += 7 {
		c := r.byte()
		if r.err != nil {
			return 0
		}
		if rest := bits - shift; rest < 7 {
			// The bits above the last one must repeat the sign.
			high := int8(c<<1) >> rest
			if c >= 0x80 || high != 0 && high != -1 {
				break
			}
		}
		v |= int64(c&0x7f) << shift
		if c < 0x80 {
			if used := shift + 7; used < 64 && c&0x40 != 0 {
				v |= -1 << used
			}
			return v
		}
	}
	r.fail("integer is longer than %d bits", bits)
	return 0
}

// count reads the length of a vector whose elements take at least one byte.
func (r *reader) count() int {
	n := r.u32()
	if r.err == nil && uint64(n) > uint64(len(r.b)-r.pos) {
		r.fail("%d elements can't fit in %d bytes", n, len(r.b)-r.pos)
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

// index reads an index that must be below n.
func (r *reader) index(n int, of string) uint32 {
	at := r.pos
	i := r.u32()
	if r.err == nil && uint64(i) >= uint64(n) {
		r.pos = at
		r.fail("%s %d is not defined (there are %d)", of, i, n)
		return 0
	}
	return i
}

// valType passes a value type.
func (r *reader) valType() {
	if c := r.byte(); r.err == nil && !isValType(c) {
		r.pos--
		r.fail("type %#x is not supported", c)
	}
}

func isValType(c byte) bool {
	return c >= 0x7b && c <= 0x7f || isRefType(c) // v128, f64, f32, i64, i32
}

func isRefType(c byte) bool { return c == 0x70 || c == 0x6f } // funcref, externref

func (r *reader) refType() byte {
	c := r.byte()
	if r.err == nil && !isRefType(c) {
		r.pos--
		r.fail("reference type %#x is not supported", c)
	}
	return c
}

// limits reads the size of a table or memory.
func (r *reader) limits() (low, high uint32, bounded bool) {
	flag := r.byte()
	if r.err == nil && flag > 1 {
		r.pos--
		r.fail("limits %#x are not supported (shared or 64-bit)", flag)
	}
	low = r.u32()
	if flag == 1 {
		return low, r.u32(), true
	}
	return low, 0, false
}

func appendU32(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// appendS32 appends v >= 0 as a signed LEB128.
func appendS32(b []byte, v uint32) []byte {
	for v >= 0x40 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func appendName(b []byte, s string) []byte {
	return append(appendU32(b, uint32(len(s))), s...)
}

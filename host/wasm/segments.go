package wasm

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// The sections that decide whether segments may be joined.
const (
	memorySection    = 5
	dataSection      = 11
	dataCountSection = 12
)

const pageSize = 1 << 16

// maxGap is up to how many zero bytes join two segments. The engine spends
// about a hundred bytes on each segment of a loaded module, so that no gap
// costs more than it saves.
const maxGap = 64

// leastSegment is the bytes of a segment that holds none.
const leastSegment = 5

// segment is bytes that are copied to an offset in memory at instantiation.
type segment struct {
	offset uint64
	init   []byte
}

func (s segment) end() uint64 { return s.offset + uint64(len(s.init)) }

// joinSegments returns the module with neighbouring data segments joined, and
// all other sections as they are. The Go linker splits data at each run of
// zeros, into tens of thousands of segments, and the engine keeps several
// objects for each of them for as long as the module is loaded.
//
// A guest can't tell: memory is zero before the segments are copied, nothing
// runs before all of them are, and they can neither overlap nor fail. Nor does
// code know them by number, since it may do so only where there is a data
// count section. Where any of that isn't certain, and where the module is
// malformed, it is returned as it is, for the engine to judge.
func joinSegments(wasm []byte) []byte {
	at, memory, data := segmentSections(wasm)
	if data == nil {
		return wasm
	}
	size, ok := memorySize(memory)
	if !ok {
		return wasm
	}
	segments, n, ok := readSegments(data, size)
	if !ok {
		return wasm
	}
	joined := groups(segments)
	if uint64(len(joined)) == uint64(n) {
		return wasm
	}
	body := joinGroups(joined)
	head := binary.AppendUvarint([]byte{dataSection}, uint64(len(body)))
	return slices.Concat(wasm[:at.start], head, body, wasm[at.end:])
}

// span is where a section is in its module, with its identifier and size.
type span struct{ start, end int }

// segmentSections returns the bodies of the memory and data sections, and
// where the latter is. data is nil where one is there twice, and where a data
// count is.
func segmentSections(wasm []byte) (at span, memory, data []byte) {
	header := []byte("\x00asm\x01\x00\x00\x00")
	if !bytes.HasPrefix(wasm, header) {
		return span{}, nil, nil
	}
	r := leb{b: wasm[len(header):]}
	for len(r.b) > 0 {
		start := len(wasm) - len(r.b)
		id := r.byte()
		body := r.take(r.u32())
		if r.bad || id == dataCountSection || id == memorySection && memory != nil || id == dataSection && data != nil {
			return span{}, nil, nil
		}
		switch id {
		case memorySection:
			memory = body
		case dataSection:
			at, data = span{start, len(wasm) - len(r.b)}, body
		}
	}
	return at, memory, data
}

// memorySize is the bytes that the only memory of a module has at first. That
// it is the only one can be told from its section alone: with an imported one
// the module would have two, and be invalid.
func memorySize(section []byte) (size uint64, ok bool) {
	r := leb{b: section}
	n, flag, low := r.u32(), r.byte(), r.u32()
	if flag == 1 {
		r.u32() // the maximum
	}
	return uint64(low) * pageSize, r.done() && n == 1 && flag <= 1
}

// readSegments reads a data section and returns its segments by offset, without
// empty ones, and how many it has. ok is false unless all are active ones with
// a constant offset, within size, and no two overlap, so that their order
// doesn't matter: the linker's isn't that of memory.
func readSegments(section []byte, size uint64) (all []segment, n uint32, ok bool) {
	r := leb{b: section}
	n = r.u32()
	if uint64(n) > uint64(len(r.b)/leastSegment) {
		return nil, n, false
	}
	all = make([]segment, 0, n)
	for range n {
		flag, op := r.u32(), r.byte()
		offset, end := r.offset(), r.byte()
		s := segment{offset: uint64(offset), init: r.take(r.u32())}
		if r.bad || flag != 0 || op != 0x41 || end != 0x0b || s.end() > size { // i32.const, end
			return nil, n, false
		}
		if len(s.init) > 0 {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b segment) int { return cmp.Compare(a.offset, b.offset) })
	for i := 1; i < len(all); i++ {
		if all[i].offset < all[i-1].end() {
			return nil, n, false
		}
	}
	return all, n, r.done()
}

// groups splits segments wherever a gap isn't worth filling.
func groups(all []segment) [][]segment {
	var split [][]segment
	first := 0
	for i := 1; i <= len(all); i++ {
		if i == len(all) || all[i].offset-all[i-1].end() > maxGap {
			split = append(split, all[first:i])
			first = i
		}
	}
	return split
}

// joinGroups is the body of a data section with one segment for each group.
func joinGroups(groups [][]segment) []byte {
	size := binary.MaxVarintLen32
	for _, g := range groups {
		size += 3 + 2*binary.MaxVarintLen32 + int(g[len(g)-1].end()-g[0].offset)
	}
	b := binary.AppendUvarint(make([]byte, 0, size), uint64(len(groups)))
	for _, g := range groups {
		start, end := g[0].offset, g[len(g)-1].end()
		b = appendOffset(append(b, 0, 0x41), start)
		b = binary.AppendUvarint(append(b, 0x0b), end-start)
		at := start
		for _, s := range g {
			b = append(b, make([]byte, s.offset-at)...)
			b = append(b, s.init...)
			at = s.end()
		}
	}
	return b
}

// appendOffset appends the signed LEB128 of an offset below 2 GB: unlike the
// unsigned one, its last byte keeps a bit for the sign.
func appendOffset(b []byte, offset uint64) []byte {
	for ; offset > 0x3f; offset >>= 7 {
		b = append(b, byte(offset)|0x80)
	}
	return append(b, byte(offset))
}

// leb reads integers and bytes, as strictly as the engine does. After the
// first failure it is bad and returns zeros.
type leb struct {
	b   []byte
	bad bool
}

// done reports whether all was read, and could be.
func (r *leb) done() bool { return !r.bad && len(r.b) == 0 }

func (r *leb) byte() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

// take reads n bytes; nil when there are fewer.
func (r *leb) take(n uint32) []byte {
	if r.bad || uint64(n) > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

// u32 reads an unsigned integer.
func (r *leb) u32() uint32 {
	v, n := binary.Uvarint(r.b)
	if r.bad || n < 1 || n > binary.MaxVarintLen32 || v > math.MaxUint32 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return uint32(v)
}

// offset reads a signed integer that isn't negative.
func (r *leb) offset() uint32 {
	before := r.b
	v := r.u32()
	if r.bad || v > math.MaxInt32 || before[len(before)-len(r.b)-1]&0x40 != 0 {
		r.bad = true
		return 0
	}
	return v
}

package wasm

// heapMemory is a guest's memory on the Go heap, for systems and moments that
// don't give us pages.
type heapMemory struct {
	b   []byte
	max uint64
}

// Reallocate grows the memory.
func (m *heapMemory) Reallocate(size uint64) []byte {
	if size > m.max {
		return nil
	}
	if size > uint64(cap(m.b)) {
		b := make([]byte, size)
		copy(b, m.b)
		m.b = b
	}
	m.b = m.b[:size]
	return m.b
}

// Free lets the memory go.
func (m *heapMemory) Free() { m.b = nil }

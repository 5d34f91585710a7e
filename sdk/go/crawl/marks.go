package crawl

import (
	"encoding/base64"
	"hash/fnv"
	"math/bits"
)

// markBits is how many marks there are. Half of them serve some ten thousand
// keys, in 3 KB of a cursor.
const markBits = 1 << 14

// Marks remembers in little room which keys there were, so that a walk can tell
// pages that show what others have shown. It may take a key for one that was
// there: whoever asks should ask for all that a page shows. Once it is too full
// to tell it begins anew, and takes for new what may not be: it errs on the
// side of reading on. The zero value remembers nothing.
type Marks struct {
	bits []byte // nil or all of them
	set  int
}

// New notes a key, and reports whether it was not there before.
func (m *Marks) New(key string) bool {
	if m.bits == nil || m.set > markBits/2 {
		m.bits, m.set = make([]byte, markBits/8), 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // a hash never fails
	at := h.Sum32() * 0x9e3779b1 >> (32 - 14)
	if m.bits[at/8]&(1<<(at%8)) != 0 {
		return false
	}
	m.bits[at/8] |= 1 << (at % 8)
	m.set++
	return true
}

// String is what ReadMarks reads, of letters, digits, "-" and "_": "" of none.
func (m *Marks) String() string {
	return base64.RawURLEncoding.EncodeToString(m.bits)
}

// ReadMarks reads what String wrote; ok is false for anything else.
func ReadMarks(s string) (m Marks, ok bool) {
	if s == "" {
		return m, true
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != markBits/8 {
		return m, false
	}
	m.bits = b
	for _, eight := range b {
		m.set += bits.OnesCount8(eight)
	}
	return m, true
}

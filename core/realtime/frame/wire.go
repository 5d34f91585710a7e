package frame

import (
	"crypto/rand"
	"encoding/binary"
	"net"
	"sync"
	"time"
)

// finalText is the first byte of a text frame that is a whole message.
const finalText = 0x81

// header is what stands before a frame's payload.
type header struct {
	first   byte
	masked  bool
	size    int // with the mask
	payload int
}

// header waits for the header of the next frame, and leaves it where it is.
func (c *Conn) header() (h header, err error) {
	if err := c.fill(2); err != nil {
		return h, err
	}
	h = header{first: c.buf[0], masked: c.buf[1]&0x80 != 0, size: 2, payload: int(c.buf[1] & 0x7f)}
	long := h.payload
	switch long {
	case 126:
		h.size = 4
	case 127:
		h.size = 10
	}
	if h.masked {
		h.size += 4
	}
	if err := c.fill(h.size); err != nil {
		return h, err
	}
	switch long {
	case 126:
		h.payload = int(binary.BigEndian.Uint16(c.buf[2:]))
	case 127:
		// A length that is none is for the library to refuse.
		if n := binary.BigEndian.Uint64(c.buf[2:]); n < 1<<62 {
			h.payload = int(n) //nolint:gosec // it fits
		} else {
			h.payload = 0
		}
	}
	return h, nil
}

// buffers are those of what is sent. Most connections send nothing most of the
// time.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// most is how much is gathered before it is sent.
const most = 32 << 10

// Send sends messages as text frames, together. It may be called from any
// goroutine, and keeps nothing of the messages.
func (c *Conn) Send(messages ...[]byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.closed.Load() {
		return net.ErrClosed
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	b := (*buf)[:0]
	for _, m := range messages {
		var key []byte
		b = appendHeader(b, len(m), c.client)
		if c.client {
			key = c.key()
			b = append(b, key...)
		}
		for {
			n := min(len(m), max(most-len(b), 0)&^3) // so that the mask goes on where it began
			at := len(b)
			b = append(b, m[:n]...)
			if c.client {
				mask(b[at:], key)
			}
			if m = m[n:]; len(m) == 0 {
				break
			}
			if _, err := c.send(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	*buf = b
	_, err := c.send(b)
	return err
}

// Write implements net.Conn for the library, which writes what it has to say in
// one piece.
func (c *Conn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.send(p)
}

func (c *Conn) send(p []byte) (int, error) {
	if c.patience > 0 {
		if now := time.Now(); c.until.Sub(now) < c.patience/2 { // seldom: a timer costs more than a frame
			c.until = now.Add(c.patience)
			if err := c.SetWriteDeadline(c.until); err != nil {
				return 0, err
			}
		}
	}
	return c.Conn.Write(p)
}

// key is a mask that nobody can foresee.
func (c *Conn) key() []byte {
	if len(c.keys) == 0 {
		c.keys = c.random[:]
		_, _ = rand.Read(c.keys) // never fails since Go 1.24
	}
	key := c.keys[:4]
	c.keys = c.keys[4:]
	return key
}

func appendHeader(b []byte, n int, masked bool) []byte {
	bit := byte(0)
	if masked {
		bit = 0x80
	}
	switch {
	case n < 126:
		return append(b, finalText, bit|byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, finalText, bit|126), uint16(n))
	}
	return binary.BigEndian.AppendUint64(append(b, finalText, bit|127), uint64(n))
}

// mask masks or unmasks b, which begins where the key does.
func mask(b, key []byte) {
	word := uint64(binary.LittleEndian.Uint32(key))
	word |= word << 32
	for ; len(b) >= 32; b = b[32:] {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^word)
		binary.LittleEndian.PutUint64(b[8:], binary.LittleEndian.Uint64(b[8:])^word)
		binary.LittleEndian.PutUint64(b[16:], binary.LittleEndian.Uint64(b[16:])^word)
		binary.LittleEndian.PutUint64(b[24:], binary.LittleEndian.Uint64(b[24:])^word)
	}
	for i := range b {
		b[i] ^= key[i&3]
	}
}

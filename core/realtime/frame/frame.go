// Package frame moves text frames past the WebSocket library, in as few copies
// and system calls as there can be: a voice session is fifty of them a second,
// both ways. What is rare stays the library's: handshakes, pings, closing,
// messages in parts, large ones. It sits on a Conn as on any connection, and
// sees frames one by one, so that either can take the next. The package knows
// nothing of what frames say.
package frame

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Conn is a connection that carries a WebSocket. Next and Send go past the
// library; everything else is for the library.
type Conn struct {
	net.Conn
	client bool // this end began: what it sends is masked
	size   int  // of the buffer at rest
	closed atomic.Bool

	reading sync.Mutex
	greeted bool   // the answer to the handshake has been read
	plain   bool   // there was no handshake: bytes are passed as they are
	buf     []byte // what was read and not taken: a part of room
	room    []byte // empty
	lent    int    // of the next bytes that many are a frame of the library's

	writing  sync.Mutex
	patience time.Duration // with whoever does not take what is written; 0: endless
	until    time.Time     // when it ends
	random   [64]byte
	keys     []byte // that have not been used: a part of random
}

// Server returns a connection on which a client was let in. size is that of
// the buffer as long as nothing large comes. A write that takes longer than
// patience, or sometimes half of it, fails.
func Server(c net.Conn, size int, patience time.Duration) *Conn {
	return &Conn{Conn: c, size: size, patience: patience, greeted: true}
}

// Client returns a connection that is to ask to be let in, which the library
// does.
func Client(c net.Conn, size int) *Conn { return &Conn{Conn: c, size: size, client: true} }

// Close implements net.Conn.
func (c *Conn) Close() error {
	c.closed.Store(true)
	return c.Conn.Close()
}

// keep is the largest buffer that is kept.
const keep = 32 << 10

// Next waits for what comes next, and returns its payload if it is a whole text
// frame of at most most bytes. Otherwise, which errors and closed connections
// are as well, ok is false, and the library is to read it. The payload is valid
// until the next read. Next is for one goroutine.
func (c *Conn) Next(most int) (text []byte, ok bool) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.plain || !c.greeted || c.lent > 0 {
		return nil, false
	}
	if len(c.buf) == 0 && cap(c.room) > keep {
		c.buf, c.room = nil, nil
	}
	h, err := c.header()
	if err != nil || c.closed.Load() || h.first != finalText || h.masked == c.client || h.payload > most {
		return nil, false
	}
	if c.fill(h.size+h.payload) != nil {
		return nil, false
	}
	text = c.buf[h.size : h.size+h.payload]
	if h.masked {
		mask(text, c.buf[h.size-4:h.size])
	}
	c.buf = c.buf[h.size+h.payload:]
	return text, true
}

// Read implements net.Conn for the library: at most to the end of a frame.
func (c *Conn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if !c.greeted {
		if err := c.greet(); err != nil {
			return 0, err
		}
	}
	if c.lent == 0 && !c.plain {
		h, err := c.header()
		if err != nil {
			return 0, err
		}
		c.lent = h.size + h.payload
	}
	if !c.plain && len(p) > c.lent {
		p = p[:c.lent]
	}
	if len(c.buf) == 0 {
		n, err := c.Conn.Read(p)
		c.lent -= n
		return n, err
	}
	n := copy(p, c.buf)
	c.buf = c.buf[n:]
	c.lent -= n
	return n, nil
}

// maxGreeting is the longest answer to a handshake.
const maxGreeting = 64 << 10

// greet reads the answer to the handshake and lends it.
func (c *Conn) greet() error {
	for seen := 0; ; seen = len(c.buf) {
		if err := c.fill(seen + 1); err != nil {
			return err
		}
		if i := bytes.Index(c.buf, []byte("\r\n\r\n")); i >= 0 {
			c.greeted, c.lent = true, i+4
			c.plain = !bytes.HasPrefix(c.buf, []byte("HTTP/1.1 101 "))
			return nil
		}
		if len(c.buf) > maxGreeting {
			c.greeted, c.plain = true, true
			return nil
		}
	}
}

// fill reads until n bytes are there.
func (c *Conn) fill(n int) error {
	for len(c.buf) < n {
		switch {
		case cap(c.room) < n:
			c.room = make([]byte, 0, max(c.size, 2*len(c.buf), n))
			c.buf = append(c.room, c.buf...)
		case len(c.buf) == 0, cap(c.buf) < n:
			c.buf = append(c.room, c.buf...) // to the front
		}
		got, err := c.Conn.Read(c.buf[len(c.buf):cap(c.buf)])
		c.buf = c.buf[:len(c.buf)+got]
		if err != nil && len(c.buf) < n {
			return err
		}
	}
	return nil
}

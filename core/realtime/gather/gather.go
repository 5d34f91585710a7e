// Package gather lets many small frames share a system call. It knows nothing
// of what they are.
package gather

import (
	"net"
	"sync"
)

// Conn is a connection that can hold back what is written.
type Conn struct {
	net.Conn
	mu      sync.Mutex
	holding bool
	held    *[]byte // nil: nothing
}

// buffers are those of what is held. Most connections hold nothing most of the
// time.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// New returns a connection that writes to c, at once as long as nothing is
// held.
func New(c net.Conn) *Conn { return &Conn{Conn: c} }

// most is how much is held at most.
const most = 32 << 10

// Hold holds back what is written from now on.
func (c *Conn) Hold() {
	c.mu.Lock()
	c.holding = true
	c.mu.Unlock()
}

// Flush writes what was held, and holds no more.
func (c *Conn) Flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holding = false
	return c.send()
}

func (c *Conn) send() error {
	if c.held == nil {
		return nil
	}
	_, err := c.Conn.Write(*c.held)
	*c.held = (*c.held)[:0]
	buffers.Put(c.held)
	c.held = nil
	return err
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.holding {
		return c.Conn.Write(p)
	}
	if c.held == nil {
		c.held = buffers.Get().(*[]byte)
	}
	*c.held = append(*c.held, p...)
	if len(*c.held) >= most {
		return len(p), c.send()
	}
	return len(p), nil
}

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
	held    []byte
}

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
	err := c.send()
	c.held = nil
	return err
}

func (c *Conn) send() error {
	if len(c.held) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.held)
	c.held = c.held[:0]
	return err
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.holding {
		return c.Conn.Write(p)
	}
	c.held = append(c.held, p...)
	if len(c.held) >= most {
		return len(p), c.send()
	}
	return len(p), nil
}

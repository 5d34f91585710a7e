package sim

import (
	"context"
	"slices"
	"time"

	"github.com/coder/websocket"
)

// listen does what comes from a leg until that ends.
func (c *session) listen(ws *websocket.Conn) {
	defer func() { _ = ws.CloseNow() }()
	for {
		kind, message, err := ws.Read(context.Background())
		if err != nil {
			return
		}
		if kind != websocket.MessageText {
			c.mu.Lock()
			c.asker = ws
			c.fail("", &problem{"invalid_json", "Binary messages are not supported.", ""})
			c.asker = nil
			c.mu.Unlock()
			continue
		}
		c.take(ws, message)
	}
}

// drop breaks the connection. A call goes on without those beside it.
func (c *session) drop() {
	if !c.call {
		c.cancel()
	}
	for _, ws := range c.all() {
		_ = ws.CloseNow()
	}
}

// all are the legs of the moment.
func (c *session) all() []*websocket.Conn {
	c.open.Lock()
	defer c.open.Unlock()
	return slices.Clone(c.legs)
}

// close ends all legs in good manners.
func (c *session) close(code websocket.StatusCode, reason string) {
	for _, ws := range c.all() {
		go func() { _ = ws.Close(code, reason) }()
	}
}

func (c *session) write(ws *websocket.Conn, message []byte) {
	ctx, stop := context.WithTimeout(c.ctx, 10*time.Second)
	defer stop()
	if ws.Write(ctx, websocket.MessageText, message) != nil && !c.call {
		c.cancel()
	}
}

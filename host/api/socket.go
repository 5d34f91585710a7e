package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime/frame"
)

// The bounds of a client's socket.
const (
	socketMessage = 20 << 20 // 15 MiB of audio in base64
	socketWrite   = 10 * time.Second
	socketBuffer  = 512 // most sockets are idle
	libraryBuffer = 256 // it holds what the library writes: control frames
	keepBuffer    = 32 << 10

	realtimeBuffer = 2 << 10 // nobody opens one of these to be silent
)

// socket is a client's WebSocket. Reads come from one goroutine; writes may
// come from any.
type socket struct {
	ws  *websocket.Conn
	raw *frame.Conn
	buf []byte
}

// knock is what a client said when it opened a socket: a copy, because the
// request's memory is used again.
type knock struct {
	path      string
	query     map[string]string // what is of interest in it
	header    http.Header
	remote    string
	workspace string
}

// upgrades reports whether a request wants to become a WebSocket.
func upgrades(h *fasthttp.RequestHeader) bool {
	return h.IsGet() && h.ConnectionUpgrade() && strings.EqualFold(string(h.Peek(fiber.HeaderUpgrade)), "websocket")
}

// sockets lets WebSockets in, at any path, before routes are looked at.
func (s *Server) sockets(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		if !upgrades(&ctx.Request.Header) {
			next(ctx)
			return
		}
		k := &knock{
			path: string(ctx.Path()), query: map[string]string{}, header: http.Header{}, remote: ctx.RemoteIP().String(),
		}
		for _, name := range []string{"workspace", "resume", "key", "model", "agent", "language", "call_id", "intent"} {
			if args := ctx.QueryArgs(); args.Has(name) {
				k.query[name] = string(args.Peek(name))
			}
		}
		for _, name := range []string{
			"Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Origin",
			"Authorization", "OpenAI-Beta", "Api-Key", headerWorkspace,
		} {
			if v := ctx.Request.Header.Peek(name); len(v) > 0 {
				k.header.Set(name, string(v))
			}
		}
		if err := s.lets(k); err != nil {
			writeError(ctx, statusOf(errs.KindOf(err)), problem{text: err.Error(), code: string(errs.KindOf(err)), hint: errs.HintOf(err)})
			return
		}
		protocol := ""
		if k.path == realtimePath {
			if protocol = "realtime"; s.keyless(ctx, k) {
				return
			}
		}
		ctx.HijackSetNoResponse(true)
		ctx.Hijack(func(c net.Conn) { // the request's memory goes when this returns
			if inner, ok := c.(interface{ UnsafeConn() net.Conn }); ok {
				c = inner.UnsafeConn()
			}
			s.talks.Go(func() { s.accept(c, k, protocol) })
		})
	}
}

// lets refuses sockets from pages of other origins, where the operator names
// origins, and sockets of a server that is stopping.
func (s *Server) lets(k *knock) error {
	var err error
	if k.workspace, err = workspaceNamed(k.header.Get(headerWorkspace), k.query["workspace"]); err != nil {
		return err
	}
	if origin := k.header.Get("Origin"); origin != "" && !s.anyOrigin() && !slices.Contains(s.o.Origins, origin) {
		return errs.New(errs.Denied, "pages of this origin may not open a socket").WithHint("add it to server.cors_origins")
	}
	if s.stopping.Err() != nil {
		return errs.New(errs.Unavailable, "the server is stopping")
	}
	return nil
}

// workspaceNamed is the workspace of a socket: browsers can't set headers for
// one, so it may be in the query.
func workspaceNamed(header, query string) (string, error) {
	name := strings.TrimSpace(either(header, query))
	switch {
	case name == "":
		return defaultWorkspace, nil
	case len(name) > maxWorkspace || !printable(name):
		return "", errs.New(errs.Invalid, "the workspace's name is not printable or longer than %d bytes", maxWorkspace)
	}
	return name, nil
}

// accept shakes hands and serves the socket until it closes.
func (s *Server) accept(c net.Conn, k *knock, protocol string) {
	if tcp, ok := c.(*net.TCPConn); ok { // who vanishes without a word is noticed by the kernel
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3})
	}
	_ = c.SetDeadline(time.Time{})
	size := socketBuffer
	if k.path == realtimePath {
		size = realtimeBuffer
	}
	h := &handshake{conn: frame.Server(c, size, socketWrite), header: http.Header{}}
	o := &websocket.AcceptOptions{InsecureSkipVerify: true} // lets has looked at the origin
	if protocol != "" {
		o.Subprotocols = []string{protocol}
	}
	ws, err := websocket.Accept(h, &http.Request{Method: http.MethodGet, ProtoMajor: 1, ProtoMinor: 1, Header: k.header}, o)
	if err != nil {
		_ = c.Close()
		return
	}
	ws.SetReadLimit(socketMessage)
	sock := &socket{ws: ws, raw: h.conn}
	if !s.enter(sock) {
		sock.close(websocket.StatusGoingAway, "the server is stopping")
		return
	}
	// A stack that has shaken hands is larger than one that waits.
	s.talks.Go(func() {
		defer s.leave(sock)
		defer func() { _ = ws.CloseNow() }()
		if k.path == realtimePath {
			s.serveRealtime(sock, k)
			return
		}
		s.serveContract(sock, k)
	})
}

// handshake is a connection as the library wants to see one.
type handshake struct {
	conn   *frame.Conn
	header http.Header
}

// Header implements http.ResponseWriter.
func (h *handshake) Header() http.Header { return h.header }

// WriteHeader implements http.ResponseWriter.
func (h *handshake) WriteHeader(status int) {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	if status != http.StatusSwitchingProtocols {
		h.header.Set("Connection", "close")
	}
	_ = h.header.Write(&b) // a Builder takes everything
	b.WriteString("\r\n")
	_, _ = h.conn.Write([]byte(b.String()))
}

// Write implements http.ResponseWriter.
func (h *handshake) Write(p []byte) (int, error) { return h.conn.Write(p) }

// Hijack implements http.Hijacker.
func (h *handshake) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReaderSize(h.conn, 0), bufio.NewWriterSize(h.conn, libraryBuffer)), nil
}

// read returns the next message. It is valid until the next read.
func (c *socket) read() (message []byte, text bool, err error) {
	if message, ok := c.raw.Next(keepBuffer); ok {
		return message, true, nil
	}
	if cap(c.buf) > keepBuffer {
		c.buf = nil
	}
	kind, r, err := c.ws.Reader(context.Background())
	if err != nil {
		return nil, false, err
	}
	if c.buf == nil {
		c.buf = make([]byte, 0, 2<<10)
	}
	c.buf = c.buf[:0]
	for {
		if len(c.buf) == cap(c.buf) {
			c.buf = append(c.buf, 0)[:len(c.buf)]
		}
		n, err := r.Read(c.buf[len(c.buf):cap(c.buf)])
		c.buf = c.buf[:len(c.buf)+n]
		if errors.Is(err, io.EOF) {
			return c.buf, kind == websocket.MessageText, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
}

// write sends messages together.
func (c *socket) write(messages ...[]byte) error {
	if err := c.raw.Send(messages...); err != nil {
		_ = c.ws.CloseNow()
		return err
	}
	return nil
}

// close ends the socket in good manners, and then at once.
func (c *socket) close(code websocket.StatusCode, reason string) {
	_ = c.ws.Close(code, reason)
}

// burstOf is how many new sockets leave enough garbage to give it back at once.
const burstOf = 100

// enter counts a socket, unless the server is stopping.
func (s *Server) enter(c *socket) bool {
	s.socketsMu.Lock()
	defer s.socketsMu.Unlock()
	if s.stopping.Err() != nil {
		return false
	}
	s.open[c] = struct{}{}
	if s.burst++; s.o.Settled != nil && s.burst == burstOf {
		time.AfterFunc(time.Second, s.settled)
	}
	return true
}

// settled ends a burst of new sockets.
func (s *Server) settled() {
	s.socketsMu.Lock()
	s.burst = 0
	s.socketsMu.Unlock()
	s.o.Settled()
}

func (s *Server) leave(c *socket) {
	s.socketsMu.Lock()
	delete(s.open, c)
	s.socketsMu.Unlock()
}

// closeSockets ends the sockets that are left, and waits for those who serve
// them.
func (s *Server) closeSockets(ctx context.Context) error {
	s.socketsMu.Lock()
	left := make([]*socket, 0, len(s.open))
	for c := range s.open {
		left = append(left, c)
	}
	s.socketsMu.Unlock()
	for _, c := range left {
		go c.close(websocket.StatusGoingAway, "the server is stopping")
	}
	over := make(chan struct{})
	go func() { s.talks.Wait(); close(over) }()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		for _, c := range left {
			_ = c.ws.CloseNow()
		}
		return ctx.Err()
	}
}

package frame_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/realtime/frame"
)

// end is one end of a WebSocket, as the host holds it.
type end struct {
	ws  *websocket.Conn
	raw *frame.Conn
}

const largest = 4 << 10 // that goes past the library

// read reads as the host does.
func (e *end) read(ctx context.Context) (message string, text, past bool, err error) {
	if b, ok := e.raw.Next(largest); ok {
		return string(b), true, true, nil
	}
	kind, b, err := e.ws.Read(ctx)
	return string(b), kind == websocket.MessageText, false, err
}

// hijacked is a connection as the library wants to see one.
type hijacked struct {
	http.ResponseWriter
	conn *frame.Conn
}

func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, _, err := h.ResponseWriter.(http.Hijacker).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = frame.Server(c, 64, time.Minute)
	return h.conn, bufio.NewReadWriter(bufio.NewReaderSize(h.conn, 0), bufio.NewWriterSize(h.conn, 256)), nil
}

// pair returns both ends of a WebSocket. The server has said hello already when
// it answers the handshake.
func pair(t *testing.T) (server, client *end) {
	t.Helper()
	ends := make(chan *end, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := &hijacked{ResponseWriter: w}
		ws, err := websocket.Accept(h, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		ws.SetReadLimit(-1)
		if err := h.conn.Send([]byte("hello")); err != nil {
			t.Error(err)
		}
		ends <- &end{ws, h.conn}
	}))
	t.Cleanup(web.Close)
	client = &end{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err == nil {
			client.raw = frame.Client(c, 64)
			c = client.raw
		}
		return c, err
	}}
	var err error
	client.ws, _, err = websocket.Dial(t.Context(), web.URL, &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}}) //nolint:bodyclose // the connection has taken it over
	if err != nil {
		t.Fatal(err)
	}
	client.ws.SetReadLimit(-1)
	server = <-ends
	t.Cleanup(func() { _, _ = client.ws.CloseNow(), server.ws.CloseNow() })
	if m, text, past, err := client.read(t.Context()); m != "hello" || !text || !past || err != nil {
		t.Fatalf("the first message is %q, text %v, past the library %v, %v", m, text, past, err)
	}
	return server, client
}

// said is a message and how it goes.
type said struct {
	text string
	how  string
}

// say sends a message past the library, by it, in parts or as binary.
func (e *end) say(ctx context.Context, s said) error {
	switch s.how {
	case "past":
		return e.raw.Send([]byte(s.text))
	case "twice":
		return e.raw.Send([]byte(s.text), []byte(s.text))
	case "library":
		return e.ws.Write(ctx, websocket.MessageText, []byte(s.text))
	case "binary":
		return e.ws.Write(ctx, websocket.MessageBinary, []byte(s.text))
	case "parts":
		w, err := e.ws.Writer(ctx, websocket.MessageText)
		if err != nil {
			return err
		}
		_, err1 := io.WriteString(w, s.text[:len(s.text)/2])
		_, err2 := io.WriteString(w, s.text[len(s.text)/2:])
		return errors.Join(err1, err2, w.Close())
	}
	return errors.New(s.how)
}

func TestEveryMessageArrivesOnceAndInOrder(t *testing.T) {
	t.Parallel()
	server, client := pair(t)
	for name, way := range map[string][2]*end{"to the server": {client, server}, "to the client": {server, client}} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				all := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) said {
					n := rapid.OneOf(rapid.IntRange(0, 300), rapid.IntRange(0, 3*largest), rapid.IntRange(32<<10-20, 32<<10+20), rapid.IntRange(65530, 70000)).Draw(rt, "length")
					how := rapid.SampledFrom([]string{"past", "past", "past", "twice", "library", "binary", "parts"}).Draw(rt, "how")
					return said{strings.Repeat("0123456789", n/10+1)[:n], how}
				}), 1, 8).Draw(rt, "all")
				sent := make(chan error, 1)
				go func() {
					var err error
					for _, s := range all {
						err = errors.Join(err, way[0].say(t.Context(), s))
					}
					sent <- err
				}()
				for _, s := range all {
					for range 1 + strings.Count(s.how, "twice") {
						got, text, past, err := way[1].read(t.Context())
						if err != nil || got != s.text || text == (s.how == "binary") {
							rt.Fatalf("%s of %d bytes arrived as %d bytes, text %v, %v", s.how, len(s.text), len(got), text, err)
						}
						if may := s.how != "binary" && s.how != "parts" && len(s.text) <= largest; past && !may || s.how == "past" && may && !past {
							rt.Fatalf("%s of %d bytes went past the library: %v", s.how, len(s.text), past)
						}
					}
				}
				if err := <-sent; err != nil {
					rt.Fatal(err)
				}
			})
		})
	}
}

func TestTheLibraryKeepsItsManners(t *testing.T) {
	t.Parallel()
	server, client := pair(t)
	heard := make(chan string, 8)
	go func() {
		for {
			m, _, _, err := server.read(context.Background())
			if err != nil {
				heard <- fmt.Sprint(websocket.CloseStatus(err))
				return
			}
			heard <- m
		}
	}()
	pinged := make(chan error, 1)
	go func() { pinged <- client.ws.Ping(t.Context()) }()
	told := make(chan error, 1)
	go func() {
		_, _, _, err := client.read(context.Background())
		told <- err
	}()
	if err := <-pinged; err != nil {
		t.Fatalf("no pong: %v", err)
	}
	if err := client.raw.Send([]byte("after")); err != nil {
		t.Fatal(err)
	}
	if m := <-heard; m != "after" {
		t.Fatalf("heard %q after the ping", m)
	}
	if err := client.ws.Close(3000, "over"); err != nil {
		t.Errorf("closing: %v", err)
	}
	if m := <-heard; m != fmt.Sprint(websocket.StatusCode(3000)) {
		t.Errorf("the server heard %s", m)
	}
	if err := <-told; err == nil {
		t.Error("the client reads on")
	}
	if err := client.raw.Send([]byte("late")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("sending after the end: %v", err)
	}
}

// bytesConn is a connection that says what it was given, in pieces.
type bytesConn struct {
	net.Conn
	in   []byte
	size int
}

func (c *bytesConn) Read(p []byte) (int, error) {
	if len(c.in) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.in[:min(c.size, len(c.in))])
	c.in = c.in[n:]
	return n, nil
}

func (*bytesConn) Write(p []byte) (int, error)      { return len(p), nil }
func (*bytesConn) SetWriteDeadline(time.Time) error { return nil }

// Whatever comes, nobody panics, and what Next leaves the library gets whole.
func FuzzNext(f *testing.F) {
	f.Add([]byte("\x81\x85abcdhello"), 3)
	f.Add([]byte("\x81\xfe\x00\x85abcdhello\x89\x80abcd"), 1)
	f.Add([]byte("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xffabcd"), 100)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		c := frame.Server(&bytesConn{in: bytes.Clone(in), size: max(size, 1)}, 16, 0)
		left := len(in)
		for {
			if text, ok := c.Next(100); ok {
				if left -= len(text) + 6; len(text) > 125 {
					left -= 2
				}
				continue
			}
			var p [7]byte
			n, err := c.Read(p[:])
			if !bytes.Equal(p[:n], in[len(in)-left:][:n]) {
				t.Fatalf("the library reads %q where %q is", p[:n], in[len(in)-left:])
			}
			left -= n
			if err != nil {
				return
			}
		}
	})
}

// endless repeats a frame for ever.
type endless struct {
	bytesConn
	frame []byte
}

func (c *endless) Read(p []byte) (int, error) { return copy(p, c.frame), nil }

// BenchmarkFrame is a frame of 20 ms of speech, without the system calls.
func BenchmarkFrame(b *testing.B) {
	text := bytes.Repeat([]byte("A"), 1330)
	b.Run("next", func(b *testing.B) {
		c := frame.Server(&endless{frame: append([]byte{0x81, 0xfe, 0x05, 0x32, 1, 2, 3, 4}, text...)}, 4<<10, 0)
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := c.Next(largest); !ok {
				b.Fatal("no frame")
			}
		}
	})
	for name, c := range map[string]*frame.Conn{"send": frame.Server(&bytesConn{}, 0, time.Minute), "send masked": frame.Client(&bytesConn{}, 0)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Send(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

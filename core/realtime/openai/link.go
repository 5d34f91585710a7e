package openai

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/frame"
)

// Upstream opens conversations over WebSockets. It is safe for concurrent use.
type Upstream struct {
	c      *Client
	http   *http.Client
	callID string
}

var _ realtime.Upstream = (*Upstream)(nil)

// maxEvent is the largest event that is read: a whole answer's audio is some
// megabytes.
const maxEvent = 32 << 20

// Upstream returns the provider as a place to hold conversations.
func (c *Client) Upstream() *Upstream {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}
	transport := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: dialer.DialContext,
		DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			secure := &tls.Dialer{NetDialer: dialer, Config: &tls.Config{MinVersion: tls.VersionTLS12}}
			return framed(secure.DialContext(ctx, network, addr))
		},
		TLSHandshakeTimeout: 10 * time.Second,
		DisableKeepAlives:   true, // a connection is one conversation
		ReadBufferSize:      4 << 10,
		WriteBufferSize:     1 << 10,
	}
	if strings.HasPrefix(c.base, "http:") { // else a connection is what TLS, or a proxy, is spoken over
		transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			return framed(dialer.DialContext(ctx, network, addr))
		}
	}
	return &Upstream{c: c, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// framed lets frames go past the library.
func framed(c net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	return frame.Client(c, readAhead), nil
}

// readAhead holds some frames of 20 ms.
const readAhead = 4 << 10

// Beside is an upstream whose conversations are beside a call: the same
// session, without the audio.
type Beside struct{ Upstream }

var _ realtime.Sideband = (*Beside)(nil)

// Beside returns the place beside a call.
func (u *Upstream) Beside(callID string) *Beside {
	return &Beside{Upstream{c: u.c, http: u.http, callID: callID}}
}

// Hangup implements realtime.Sideband.
func (b *Beside) Hangup(ctx context.Context) error {
	_, err := b.c.post(ctx, "/realtime/calls/"+url.PathEscape(b.callID)+"/hangup", nil)
	var refused *RefusedError
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		return nil
	}
	return err
}

// Dial implements realtime.Upstream. The error is ErrNoKey without a key.
func (u *Upstream) Dial(ctx context.Context, model string) (realtime.Link, error) {
	if u.c.key == "" {
		return nil, ErrNoKey
	}
	query := url.Values{"model": {model}}
	if u.callID != "" {
		query = url.Values{"call_id": {u.callID}}
	}
	var conn net.Conn
	ctx, stop := context.WithTimeout(ctx, u.c.http.Timeout)
	defer stop()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { conn = i.Conn }})
	ws, rs, err := websocket.Dial(ctx, u.c.base+"/realtime?"+query.Encode(), &websocket.DialOptions{
		HTTPClient: u.http,
		HTTPHeader: http.Header{"Authorization": {"Bearer " + u.c.key}},
	})
	if err != nil {
		return nil, u.c.notOpened(rs, err)
	}
	ws.SetReadLimit(maxEvent)
	l := &link{ws: ws, key: []byte(u.c.key)}
	l.frames, _ = conn.(*frame.Conn)
	return l, nil
}

// notOpened is why a conversation did not open.
func (c *Client) notOpened(rs *http.Response, err error) error {
	const op = "opening a conversation"
	if rs == nil {
		return c.unreachable(op, err)
	}
	text := ""
	if rs.Body != nil {
		body, _ := io.ReadAll(io.LimitReader(rs.Body, maxRefusal))
		_ = rs.Body.Close()
		text = c.withoutKeys(body)
	}
	kind := errs.Invalid
	switch s := rs.StatusCode; {
	case s == http.StatusTooManyRequests:
		kind = errs.RateLimited
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		kind = errs.Denied
	case s == http.StatusNotFound:
		kind = errs.NotFound
	case s >= http.StatusInternalServerError, s == http.StatusSwitchingProtocols:
		kind = errs.Unavailable
	}
	return &errs.Error{Kind: kind, Op: op, Err: &RefusedError{rs.StatusCode, text}}
}

// link is one conversation.
type link struct {
	ws     *websocket.Conn
	frames *frame.Conn // nil: a proxy is between, and all goes through ws
	key    []byte
	buf    []byte
}

const keepBuffer = 64 << 10

// Read implements realtime.Link.
func (l *link) Read() ([]byte, error) {
	if l.frames != nil {
		if event, ok := l.frames.Next(keepBuffer); ok {
			return l.withoutKey(event), nil
		}
	}
	if cap(l.buf) > keepBuffer {
		l.buf = nil
	}
	_, r, err := l.ws.Reader(context.Background())
	if err != nil {
		return nil, closed(err)
	}
	l.buf = l.buf[:0]
	for {
		if len(l.buf) == cap(l.buf) {
			l.buf = append(l.buf, 0)[:len(l.buf)]
		}
		n, err := r.Read(l.buf[len(l.buf):cap(l.buf)])
		l.buf = l.buf[:len(l.buf)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, closed(err)
		}
	}
	return l.withoutKey(l.buf), nil
}

// withoutKey takes the key out of errors, which quote it.
func (l *link) withoutKey(event []byte) []byte {
	if bytes.HasPrefix(event, speech) { // most are, and none of them is one
		return event
	}
	if bytes.Contains(event[:min(len(event), 256)], []byte(`"error"`)) {
		return bytes.ReplaceAll(event, l.key, []byte("[key]"))
	}
	return event
}

var speech = []byte(`{"type":"response.output_audio.delta",`)

func closed(err error) error {
	var c websocket.CloseError
	if errors.As(err, &c) {
		return &realtime.ClosedError{Code: int(c.Code), Reason: c.Reason}
	}
	return errs.Wrap("reading from the provider", err)
}

// Write implements realtime.Link. Events that are there together leave
// together.
func (l *link) Write(events [][]byte) error {
	if l.frames != nil {
		return errs.Wrap("writing to the provider", l.frames.Send(events...))
	}
	for _, event := range events {
		if err := l.ws.Write(context.Background(), websocket.MessageText, event); err != nil {
			return errs.Wrap("writing to the provider", err)
		}
	}
	return nil
}

// Ping implements realtime.Link.
func (l *link) Ping(ctx context.Context) error {
	return errs.Wrap("asking the provider for a sign", l.ws.Ping(ctx))
}

// Close implements realtime.Link.
func (l *link) Close() { _ = l.ws.CloseNow() }

package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

// message is one request to one host.
type message struct {
	method   string
	url      *url.URL
	header   http.Header
	body     []byte
	maxBytes int64
	timeout  time.Duration
	robots   bool // for robots.txt: a body over the cap is cut, not refused
}

// repeatable reports whether the message may be sent again when it is unknown
// what became of it.
func (m *message) repeatable() bool { return m.method == http.MethodGet || m.method == http.MethodHead }

// answer is a whole response; its body is content-decoded.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// exchange sends the message in the host's turn, and again where that may
// help. It returns how often it was sent.
//
// The retries are our own rather than a library's: to tell what is worth a
// retry is most of the work, and the waiting belongs to the host's lane.
func (c *Client) exchange(ctx context.Context, h *host, m *message) (*answer, int, error) {
	if err := h.tooLongPaused(); err != nil {
		return nil, 0, err
	}
	if h.lane.enter(ctx) != nil {
		return nil, 0, ended(ctx)
	}
	defer h.lane.leave()
	if err := h.tooLongPaused(); err != nil {
		return nil, 0, err // the one before us was told so
	}
	failures, slowdowns := 0, 0
	for attempt := 1; ; attempt++ {
		if h.lane.wait(ctx, c.gap(h)) != nil {
			return nil, attempt - 1, ended(ctx)
		}
		ans, err := c.send(ctx, h, m, attempt)
		if ctx.Err() != nil {
			return nil, attempt, ended(ctx)
		}
		var slow *slowDown
		var bad *transient
		switch {
		case errors.As(err, &slow):
			slowdowns++
			if err := c.slowed(ctx, h, slow, slowdowns); err != nil {
				return nil, attempt, err
			}
		case errors.As(err, &bad):
			failures++
			if failures >= maxTries || !m.repeatable() {
				return nil, attempt, gaveUp(err, attempt)
			}
			if sleep(ctx, backoff(c.opts.Backoff, failures)) != nil {
				return nil, attempt, ended(ctx)
			}
		default:
			return ans, attempt, err
		}
	}
}

// ended is why a finished context ended: ours to word, or the caller's doing.
func ended(ctx context.Context) error {
	var ours *errs.Error
	if cause := context.Cause(ctx); errors.As(cause, &ours) {
		return cause
	}
	return ctx.Err()
}

// send makes one attempt, judges it and tells the observer.
func (c *Client) send(ctx context.Context, h *host, m *message, attempt int) (*answer, error) {
	start := time.Now()
	ev := Event{URL: m.url.String(), Robots: m.robots, Attempt: attempt}
	ctx = context.WithValue(ctx, hostKey{}, h)
	ctx = httptrace.WithClientTrace(ctx, c.mindGap(ctx, h))
	ans, err := c.roundTrip(ctx, m)
	if err == nil {
		ev.Status, ev.Bytes = ans.status, len(ans.body)
		err = judge(ans, m)
	}
	ev.Duration, ev.Err = time.Since(start), err
	c.opts.OnFetch(ev)
	c.log.Debug("fetched", "url", ev.URL, "status", ev.Status, "bytes", ev.Bytes,
		"attempt", attempt, "took", ev.Duration, "error", err)
	return ans, err
}

// mindGap makes the transport wait its turn when it sends a request again by
// itself, which it does when a kept connection turns out to be dead.
func (c *Client) mindGap(ctx context.Context, h *host) *httptrace.ClientTrace {
	first := true
	return &httptrace.ClientTrace{GetConn: func(string) {
		if !first {
			h.lane.wait(ctx, c.gap(h)) //nolint:errcheck // the transport looks at ctx next
		}
		first = false
	}}
}

// Why an attempt was broken off.
var (
	errIdle = errors.New("the server sent nothing for too long")
	errTook = errors.New("the answer took too long")
)

// roundTrip makes one attempt and reads the whole answer. What may be worth
// another attempt is a *transient.
func (c *Client) roundTrip(ctx context.Context, m *message) (*answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	took := time.AfterFunc(m.timeout, func() { cancel(errTook) })
	defer took.Stop()
	idle := time.AfterFunc(c.opts.IdleTimeout, func() { cancel(errIdle) })
	defer idle.Stop()

	req, err := http.NewRequestWithContext(ctx, m.method, m.url.String(), bytes.NewReader(m.body))
	if err != nil {
		return nil, errs.New(errs.Invalid, "%v", err)
	}
	for name, values := range m.header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", c.opts.UserAgent)
	req.Header.Set("Accept-Encoding", acceptEncoding)
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "*/*")
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, networkError(ctx, m.url, err)
	}
	// Closing without reading to the end drops the connection, which is what a
	// body over the cap deserves.
	defer resp.Body.Close()
	ans := &answer{status: resp.StatusCode, header: resp.Header}
	if m.method == http.MethodHead || resp.ContentLength == 0 {
		return ans, nil
	}
	wire := &lively{r: resp.Body, sign: func() { idle.Reset(c.opts.IdleTimeout) }}
	if ans.body, err = readBody(wire, resp.Header, m); err != nil {
		return nil, bodyError(ctx, err)
	}
	return ans, nil
}

// lively gives a sign at each byte that arrives.
type lively struct {
	r    io.Reader
	sign func()
}

func (l *lively) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if n > 0 {
		l.sign()
	}
	return n, err
}

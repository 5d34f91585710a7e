package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

const (
	maxTries      = 3               // when a server or the way to it fails
	maxSlowTries  = 4               // when a server says to slow down
	maxInlineWait = 2 * time.Minute // longer, and the caller had better come back
	maxPause      = time.Hour       // what a server may ask for
)

// transient is a failure that another attempt may not meet.
type transient struct{ err error }

func (t *transient) Error() string { return t.err.Error() }
func (t *transient) Unwrap() error { return t.err }

// slowDown is a server's wish to be left alone for a while.
type slowDown struct {
	status int
	after  time.Duration // 0: it did not say for how long
}

func (s *slowDown) Error() string {
	return fmt.Sprintf("the server says to slow down (status %d)", s.status)
}

// statusShopifyRejection is Shopify's own status for requests that it takes
// for malicious or too fast.
const statusShopifyRejection = 430

// judge tells answers that a caller can use from those that are a failure. It
// returns a *transient or *slowDown where another attempt may help.
func judge(ans *answer, m *message) error {
	if !m.robots {
		if err := blocked(ans); err != nil {
			return err
		}
	}
	after, said := parseRetryAfter(ans.header.Get("Retry-After"), time.Now())
	switch s := ans.status; {
	case s == http.StatusTooManyRequests, s == statusShopifyRejection, s == http.StatusServiceUnavailable && said:
		return &slowDown{status: s, after: after}
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s >= 500:
		return &transient{fmt.Errorf("the server answers with status %d", s)}
	case s == http.StatusForbidden && !m.robots:
		return errs.New(errs.Blocked, "the server refuses us (status 403)")
	}
	return nil
}

// parseRetryAfter reads both forms, seconds and an HTTP date. ok is false
// where there is none that can be read.
func parseRetryAfter(value string, now time.Time) (d time.Duration, ok bool) {
	value = strings.TrimSpace(value)
	if s, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(s) * time.Second, true
	}
	if t, err := http.ParseTime(value); err == nil {
		return max(0, t.Sub(now)), true
	}
	return 0, false
}

// slowed pauses the whole host as the server wishes. It returns an error when
// the caller had better come back later.
func (c *Client) slowed(ctx context.Context, h *host, s *slowDown, times int) error {
	wait := min(s.after, maxPause)
	if wait == 0 {
		// Four times the usual: this server has complained.
		wait = backoff(4*c.opts.Backoff, times)
	}
	h.lane.pause(wait)
	c.log.Info("slowed by the server", "host", h.key, "status", s.status, "wait", wait)
	deadline, limited := ctx.Deadline()
	if times < maxSlowTries && wait <= maxInlineWait && (!limited || time.Until(deadline) > wait) {
		return nil
	}
	return rateLimited(s, wait)
}

// tooLongPaused returns an error while the host is paused for longer than
// anybody should stand in a queue.
func (h *host) tooLongPaused() error {
	if left := h.lane.pausedFor(); left > maxInlineWait {
		return rateLimited(errors.New("the server said to slow down"), left)
	}
	return nil
}

// retryAfter carries how long to wait.
type retryAfter struct {
	error
	wait time.Duration
}

func (r *retryAfter) Unwrap() error { return r.error }

func rateLimited(why error, wait time.Duration) error {
	return &errs.Error{
		Kind: errs.RateLimited,
		Err:  &retryAfter{error: fmt.Errorf("%w: come back in %s", why, wait.Round(time.Second)), wait: wait},
	}
}

// RetryAfter returns how long to wait before the fetch that failed with err is
// tried again; ok is false where no server said so.
func RetryAfter(err error) (d time.Duration, ok bool) {
	var r *retryAfter
	if !errors.As(err, &r) {
		return 0, false
	}
	return r.wait, true
}

// backoff doubles with each time and takes off up to a half at random, so that
// many who failed together don't come back together.
func backoff(base time.Duration, times int) time.Duration {
	d := base << min(times-1, 10)
	return d/2 + rand.N(d/2+1)
}

func gaveUp(err error, attempts int) error {
	e := &errs.Error{Kind: errs.Unavailable, Err: err}
	if attempts > 1 {
		e.Msg = fmt.Sprintf("gave up after %d attempts", attempts)
	}
	return e
}

// networkError classifies what kept an answer from coming.
func networkError(ctx context.Context, u *url.URL, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return &transient{cause}
	}
	var ours *errs.Error
	if errors.As(err, &ours) {
		return ours // the guard's, without the address that was dialled
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return errs.New(errs.NotFound, "there is no host named %q", u.Hostname()).WithHint("check the spelling of the URL")
	}
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) {
		return &errs.Error{Kind: errs.Unavailable, Msg: "the server's certificate is not valid", Err: cert.Err}
	}
	return &transient{err}
}

// bodyError classifies what kept a body from coming whole.
func bodyError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return &transient{cause}
	}
	var ours *errs.Error
	if errors.As(err, &ours) {
		return ours
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &transient{errors.New("the body ends too early")}
	}
	return &transient{fmt.Errorf("reading the body: %w", err)}
}

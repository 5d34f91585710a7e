// Package errs is the error of the product: what was attempted, what kind of
// failure it was, why, and what the reader can do about it.
//
// A Kind maps once to an HTTP status, a WebSocket close code and an exit code;
// those maps live at the edges (host/api, host/cli). This package knows of no
// transport.
package errs

import (
	"context"
	"errors"
	"fmt"
)

// Kind is the closed list of failure kinds.
type Kind string

// The kinds. Their text is the stable `code` that clients see.
const (
	Internal    Kind = "internal"          // a fault of ours
	Invalid     Kind = "invalid_request"   // the caller's input is wrong
	NotFound    Kind = "not_found"         // no such thing in this workspace
	Conflict    Kind = "conflict"          // the thing is in a state that forbids this
	Denied      Kind = "denied"            // not allowed, by grant or by key
	TooLarge    Kind = "too_large"         // over a size limit
	Busy        Kind = "busy"              // over a concurrency limit; try again
	Timeout     Kind = "timeout"           // a deadline passed
	Cancelled   Kind = "cancelled"         // somebody asked to stop
	Unavailable Kind = "unavailable"       // a part we need is down; try again
	Unsupported Kind = "unsupported"       // nothing here can do that
	BadData     Kind = "bad_data"          // the other side sent what can't be read
	RateLimited Kind = "rate_limited"      // the other side said to slow down
	Blocked     Kind = "blocked"           // the other side turns robots away
	Robots      Kind = "robots_disallowed" // robots.txt forbids it
	Password    Kind = "password_required" // the shop is behind a password
	Closed      Kind = "shop_closed"       // the shop says that it is closed
	NotAShop    Kind = "not_a_shop"        // the page is not a shop's
)

// Error is an error with its kind and, where there is one, a hint that tells
// the reader what to do. It is immutable after it has been returned.
type Error struct {
	Kind Kind
	Op   string // what was attempted, e.g. "reading robots.txt"; may be empty
	Msg  string // what was wrong; may be empty when Err says it all
	Hint string // what to do about it; may be empty
	Err  error  // the cause; may be nil
}

// Error is "op: msg: cause"; the hint is not part of it.
func (e *Error) Error() string {
	s := e.Op
	for _, part := range []string{e.Msg, text(e.Err)} {
		if part == "" {
			continue
		}
		if s != "" {
			s += ": "
		}
		s += part
	}
	return s
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of a kind with a message.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// Wrap puts an operation before err and keeps its kind and hint. It returns
// nil for nil.
func Wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: KindOf(err), Op: op, Hint: HintOf(err), Err: err}
}

// WithHint returns a copy of e with a hint.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// KindOf is the kind of the outermost *Error in the chain; context errors have
// the kinds Cancelled and Timeout; everything else is Internal.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e) && e.Kind != "":
		return e.Kind
	case errors.Is(err, context.Canceled):
		return Cancelled
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	}
	return Internal
}

// HintOf is the first hint in the chain, or "".
func HintOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Retryable reports whether the same call may succeed later without anybody
// changing anything.
func Retryable(err error) bool {
	switch KindOf(err) {
	case Busy, Timeout, Unavailable, RateLimited:
		return true
	}
	return false
}

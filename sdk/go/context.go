package omakase

import (
	"context"
	"time"

	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Host answers host calls: it is the world outside of a plugin. In a module
// it is the two imports; in native tests it is package fakehost, or anything
// else that a test has.
type Host interface {
	// Call asks for the function fn. The result is the reply, which the caller
	// owns, or a negative code of the ABI.
	Call(fn int32, request []byte) (reply []byte, code int32)
}

// Context is one call of the host: its capabilities and its end. It is a
// context.Context. It ends with the call and is for the goroutine that the
// handler runs in.
type Context struct {
	host    Host
	request []byte // reused to encode requests
	done    chan struct{}
	stopped bool
}

var _ context.Context = (*Context)(nil)

// NewContext returns the context of one call that is served by host. Tests
// use it to call handlers.
func NewContext(host Host) *Context {
	return &Context{host: host, done: make(chan struct{})}
}

// Deadline is when the host will stop the call, by the host's clock.
func (c *Context) Deadline() (time.Time, bool) {
	now, err := c.clock()
	if err != nil || now.LeftMS == 0 {
		return time.Time{}, false
	}
	return time.UnixMilli(now.UnixMS + now.LeftMS).UTC(), true
}

// Done is closed once a capability has answered that the call is being
// stopped. Nothing else runs meanwhile that could close it.
func (c *Context) Done() <-chan struct{} { return c.done }

// Err is context.Canceled once Done is closed.
func (c *Context) Err() error {
	if c.stopped {
		return context.Canceled
	}
	return nil
}

// Value is nil: a call carries no values.
func (c *Context) Value(any) any { return nil }

// Now is the host's time, in UTC. A host that is stopping the call gives the
// zero time.
func (c *Context) Now() time.Time {
	now, err := c.clock()
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(now.UnixMS).UTC()
}

func (c *Context) clock() (wire.ClockReply, error) {
	var now wire.ClockReply
	err := c.ask(wire.FnClock, &wire.Empty{}, &now)
	return now, err
}

// ask makes a host call whose request and reply are JSON.
func (c *Context) ask(fn int32, request, reply wire.Value) error {
	data, err := c.call(fn, request)
	if err != nil {
		return err
	}
	switch err := wire.DecodeReply(data, reply).(type) {
	case nil:
		return nil
	case *Error:
		return err
	default:
		return Fail(CodeInternal, "the host's reply: "+err.Error())
	}
}

// call makes a host call and returns the bytes of the reply, which are the
// caller's.
func (c *Context) call(fn int32, request wire.Value) ([]byte, error) {
	if c.stopped {
		return nil, errStopped()
	}
	c.request = request.AppendJSON(c.request[:0])
	reply, code := c.host.Call(fn, c.request)
	if code >= 0 {
		return reply, nil
	}
	if code == wire.ErrStopped {
		c.stopped = true
		close(c.done)
	}
	return nil, codeError(code)
}

// codeError is the error that a negative result of a host call stands for.
func codeError(code int32) *Error {
	switch code {
	case wire.ErrNoFunction:
		return Fail(CodeUnsupported, "this host does not have the function")
	case wire.ErrTooLarge:
		return Fail(CodeTooLarge, "the request is larger than the host takes")
	case wire.ErrLimit:
		return Fail(CodeDenied, "the limit of host calls is used up")
	case wire.ErrStopped:
		return errStopped()
	case wire.ErrNoBody:
		return Fail(CodeNotFound, "no such body in this call")
	}
	return Fail(CodeInternal, "the host refused the call")
}

func errStopped() *Error {
	return Fail(CodeCancelled, "the host is stopping the call")
}

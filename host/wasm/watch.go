package wasm

import (
	"context"
	"slices"
	"time"

	"github.com/omakase-ai/omakase/host/capability"
)

// Watch looks at the calls of a session from outside, for tools that show,
// record and replay them. Its functions are called by the goroutine that made
// the call; what they are given may be kept.
type Watch struct {
	// Asked is told of each host call that the host answered. Nil: nobody is.
	Asked func(HostCall)
	// Answer takes the place of the host's functions. The reply must stay as it
	// is until the next call. Nil: the functions answer.
	Answer func(ctx context.Context, c *capability.Call, fn int32, request []byte) (reply []byte, code int32)
	// Ended is told of each call of the guest. Nil: nobody is.
	Ended func(Ending)
}

// HostCall is what a guest asked of the host.
type HostCall struct {
	Function int32
	Request  []byte
	Reply    []byte // nil when Code is negative
	Code     int32  // as the ABI has it
	Took     time.Duration
}

// Ending is how a call of a guest went.
type Ending struct {
	Request []byte
	Reply   []byte // with its envelope; nil after a fault
	Fuel    int64  // to within the host's quantum
	Memory  int64  // bytes of the instance's memory
	Took    time.Duration
	Waited  time.Duration // of it, for others
	Output  string        // what the guest wrote to its standard output and error
}

// Watch lets w look at the calls that follow.
func (s *Session) Watch(w Watch) { s.watch = &w }

// answer asks for a host call's reply, and tells of it.
func (w *Watch) answer(ctx context.Context, c *capability.Call, fn int32, request []byte) ([]byte, int32) {
	if w == nil {
		return c.Do(ctx, fn, request)
	}
	request = slices.Clone(request)
	begun := time.Now()
	do := c.Do
	if w.Answer != nil {
		do = func(ctx context.Context, fn int32, request []byte) ([]byte, int32) {
			return w.Answer(ctx, c, fn, request)
		}
	}
	reply, code := do(ctx, fn, request)
	if w.Asked != nil {
		w.Asked(HostCall{Function: fn, Request: request, Reply: slices.Clone(reply), Code: min(code, 0), Took: time.Since(begun)})
	}
	return reply, code
}

func (w *Watch) ended(i *instance, r *run, reply []byte) {
	if w == nil || w.Ended == nil {
		return
	}
	w.Ended(Ending{
		Request: slices.Clone(i.request), Reply: slices.Clone(reply), Fuel: r.fuel, Memory: int64(i.memoryBytes()),
		Took: time.Since(r.begun), Waited: r.waited, Output: i.said(),
	})
}

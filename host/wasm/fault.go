package wasm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tetratelabs/wazero/sys"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/wasm/meter"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// Reason is why a call of a plugin ended badly.
type Reason string

// The reasons.
const (
	Refused   Reason = "refused"   // the module, manifest or config can't be used
	Deadline  Reason = "deadline"  // the call took too long
	Cancelled Reason = "cancelled" // the caller went away
	Fuel      Reason = "fuel"      // the call used more than its fuel
	Memory    Reason = "memory"    // the guest needed more memory than it may have
	Trap      Reason = "trap"      // the guest crashed
	Exit      Reason = "exit"      // the guest ended itself
	BadReply  Reason = "bad reply" // the reply can't be read
	Busy      Reason = "busy"      // no instance came free in time
	Paused    Reason = "paused"    // it failed too often and is left alone for a while
	Denied    Reason = "denied"    // the guest gave up over what it may not use
	Answered  Reason = "answered"  // the guest answered with an error
)

// Fault is how a call of a plugin ended badly, inside of an *errs.Error that
// names plugin and operation.
type Fault struct {
	Reason Reason
	Text   string // one line, with the guest's own words where it had some
	Trace  string // what the guest wrote and the engine's stack; may be empty
	err    error
	advice string // what to do, where the reason alone doesn't say
	retry  time.Duration
}

// errReplaced is the cause of calls that a reload ended.
var errReplaced = errs.New(errs.Unavailable, "call again")

// Error is the text.
func (f *Fault) Error() string { return f.Text }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.err }

// RetryAfter is after how long another call may do better; 0 is not known.
func (f *Fault) RetryAfter() time.Duration { return f.retry }

// kind maps a reason to the kind of the error.
func (f *Fault) kind() errs.Kind {
	switch f.Reason {
	case Refused:
		if errs.Is(f.err, errs.Unavailable) { // its file can't be read now
			return errs.Unavailable
		}
		return errs.Invalid
	case Deadline:
		return errs.Timeout
	case Cancelled:
		if errors.Is(f.err, errReplaced) {
			return errs.Unavailable
		}
		return errs.Cancelled
	case Fuel, Memory:
		return errs.TooLarge
	case BadReply:
		return errs.BadData
	case Busy:
		return errs.Busy
	case Paused:
		return errs.Unavailable
	}
	return errs.Internal
}

// guests reports whether the guest itself answered, with an error of its own.
func (f *Fault) guests() bool { return f.Reason == Answered || f.Reason == Denied }

// hint tells an operator what to do about a reason.
func (f *Fault) hint() string {
	if f.advice != "" {
		return f.advice
	}
	switch f.Reason {
	case Deadline:
		return "raise the plugin's limits.deadline if it needs longer"
	case Fuel:
		return "raise the plugin's limits.fuel if it needs more"
	case Memory:
		return "raise the plugin's limits.memory_mb if it needs more"
	case Busy:
		return "raise the plugin's limits.instances, or try again later"
	case Paused:
		return "mend the plugin and reload it, or wait: it is tried again by itself"
	}
	return ""
}

// operation names what was attempted.
func operation(id, op string) string { return "plugin " + id + ": " + op }

// failed is the error of a call, for people and programs.
func failed(id, op string, f *Fault) error {
	return &errs.Error{Kind: f.kind(), Op: operation(id, op), Hint: f.hint(), Err: f}
}

// failedOr is failed for an error that may be no fault.
func failedOr(id, op string, err error) error {
	var f *Fault
	if errors.As(err, &f) {
		return failed(id, op, f)
	}
	return err
}

// answered is the error of a guest that answered with one. Where the guest
// passes on what the host had told it, the host's own error is the cause, so
// that nothing it carries is lost.
func answered(id, op string, e *wire.Error, host error) error {
	kind := capability.Kind(e.Code)
	f := &Fault{Reason: Answered, Text: e.Message}
	if host != nil && errs.KindOf(host) == kind {
		f.err = host
	}
	var denial *capability.Denial
	if errors.As(f.err, &denial) {
		f.Reason = Denied
	}
	if e.Message == "" {
		f.Text = e.Code
	}
	out := &errs.Error{Kind: kind, Op: operation(id, op), Err: f}
	if e.Retryable && !errs.Retryable(out) {
		out.Kind = errs.Unavailable
	}
	return out
}

// halt is what the check and the host functions panic with to end a guest.
type halt struct{ fault Fault }

func (h *halt) Error() string { return h.fault.Text }

// fault says why a function of the instance failed.
func (i *instance) fault(err error) *Fault {
	var h *halt
	if errors.As(err, &h) {
		f := h.fault
		return &f
	}
	said := i.said()
	f := &Fault{Trace: clip(said+"\n"+err.Error(), maxTrace), err: err}
	var exit *sys.ExitError
	switch {
	case errors.As(err, &exit):
		f.Reason, f.Text = Exit, fmt.Sprintf("the guest ended itself with exit code %d", exit.ExitCode())
		if exit.ExitCode() == 2 && strings.Contains(said, "goroutine ") { // a Go runtime that died
			f.Reason, f.Text = Trap, "the guest crashed"
		}
	default:
		f.Reason, f.Text = Trap, "the guest crashed: "+firstLine(strings.TrimPrefix(err.Error(), "wasm error: "))
	}
	if words := lastWords(said); words != "" {
		if f.Reason == Trap {
			f.Text = "the guest crashed"
		}
		f.Text += ": " + words
	}
	if f.Reason == Trap && i.outOfMemory(said) {
		f.Reason = Memory
		f.Text = fmt.Sprintf("the guest needed more than %d MB of memory", i.module.limits.MemoryMB)
	}
	return f
}

// outOfMemory reports whether a crash came from the memory limit: the guest's
// runtime says so, or growing was refused.
func (i *instance) outOfMemory(said string) bool {
	return strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory") ||
		i.memoryFull()
}

// lastWords finds what a dying guest said: its panic, or its last line.
func lastWords(said string) string {
	for _, start := range []string{"panic: ", "fatal error: ", "runtime: "} {
		if at := strings.Index(said, start); at == 0 || at > 0 && said[at-1] == '\n' {
			return clip(firstLine(said[at:]), 500)
		}
	}
	lines := strings.Split(strings.TrimSpace(said), "\n")
	return clip(strings.TrimSpace(lines[len(lines)-1]), 500)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.TrimSpace(s)
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// refused is the fault of a module that can't be used.
func refused(format string, args ...any) *Fault {
	return &Fault{Reason: Refused, Text: fmt.Sprintf(format, args...)}
}

// notMetered explains what the rewriter refused.
func notMetered(err error) *Fault {
	f := refused("the module can't be metered: %v", err)
	var e *meter.Error
	if errors.As(err, &e) {
		f.err = e
	}
	return f
}

// ended is the fault of a caller that went away.
func ended(ctx context.Context) *Fault {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Fault{Reason: Deadline, Text: "the caller's deadline passed", err: ctx.Err()}
	}
	return &Fault{Reason: Cancelled, Text: "the caller gave up", err: context.Cause(ctx)}
}

package wasm

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// operations by number, for messages.
var operations = map[int]string{
	wire.OpSelftest: "selftest",
	wire.OpDetect:   "detect",
	wire.OpScrape:   "scrape",
	wire.OpExtract:  "extract",
	wire.OpCheckout: "checkout",
	wire.OpGenerate: "generate",
	wire.OpToolList: "list tools",
	wire.OpToolCall: "call tool",
}

func operationName(op int) string {
	if name, ok := operations[op]; ok {
		return name
	}
	return "operation " + strconv.Itoa(op)
}

// Session is a plugin at work for one workspace. It is used by one goroutine
// at a time; any number of sessions of a plugin may be open. A session outlives
// reloads: each call goes to the generation that serves then, under its grants.
// Close it when done.
type Session struct {
	host      *Host
	id        string
	workspace string
	caps      *capability.Session
	watch     *Watch
}

// Open begins a session of an enabled plugin. It loads nothing yet.
func (h *Host) Open(id string, o capability.SessionOptions) (*Session, error) {
	p, err := h.find(id)
	if err != nil {
		return nil, err
	}
	return &Session{host: h, id: id, workspace: o.Workspace, caps: h.functions.Session(p.caps, o)}, nil
}

// Close frees what the session holds in the host.
func (s *Session) Close() { s.caps.Close() }

// Prepare makes the request of a call, which may name bodies that c holds.
type Prepare func(c *capability.Call) (wire.Value, error)

// Plain is a request without bodies.
func Plain(v wire.Value) Prepare {
	return func(*capability.Call) (wire.Value, error) { return v, nil }
}

// Call asks the plugin for an operation and reads its answer into reply. The
// error is an *errs.Error that names plugin and operation, with a *Fault
// inside.
func (s *Session) Call(ctx context.Context, op int, prepare Prepare, reply wire.Value) (err error) {
	if err := s.host.begin(); err != nil {
		return err
	}
	defer s.host.working.Done()
	began := time.Now()
	info := CallInfo{Plugin: s.id, Operation: operationName(op)}
	ctx, span := s.host.startCall(ctx, s.id, info.Operation)
	defer func() {
		info.Took, info.Err = time.Since(began), err
		span.end(&info)
		s.host.called(info)
	}()
	p, m, err := s.host.acquire(ctx, s.id)
	if m != nil {
		defer p.release(m)
		info.Generation = p.generation
		err = s.attempt(ctx, p, m, op, prepare, reply, &info)
	} else {
		err = failedOr(s.id, info.Operation, err)
	}
	if p != nil {
		p.record.add(&info, time.Since(began), err)
	}
	return err
}

// attempt calls a plugin unless its breaker is open, which it tells of the
// result.
func (s *Session) attempt(ctx context.Context, p *plugin, m *module, op int, prepare Prepare, reply wire.Value, info *CallInfo) error {
	began := time.Now()
	probe, f := p.breaker.enter(began)
	if f != nil {
		return failed(s.id, info.Operation, f)
	}
	r, err := s.call(ctx, p, m, op, prepare, reply)
	if r != nil {
		info.Queued, info.Fuel, info.HostCalls = r.begun.Sub(began), r.fuel, r.hostCalls
	}
	var fault *Fault
	if errors.As(err, &fault) && fault.guests() {
		fault = nil
	}
	p.breaker.leave(time.Now(), probe, fault)
	if fault != nil && fault.Reason != Cancelled {
		p.log.Error("plugin call failed", "operation", info.Operation, "reason", fault.Reason, "error", err)
		if fault.Trace != "" {
			p.log.Debug("plugin call failed", "operation", info.Operation, "trace", fault.Trace)
		}
	}
	return err
}

func (s *Session) call(ctx context.Context, p *plugin, m *module, op int, prepare Prepare, reply wire.Value) (*run, error) {
	name := operationName(op)
	i, f := m.pool.get(ctx, s.workspace)
	if f != nil {
		return nil, failed(s.id, name, f)
	}
	defer func() { m.pool.put(i) }()
	s.caps.Use(p.caps)
	r := newRun(ctx, m)
	r.watch, r.tracer = s.watch, s.host.o.Tracer
	c := s.caps.Begin(r.left)
	defer c.End()
	v, err := prepare(c)
	if err != nil {
		return r, errs.Wrap(operation(s.id, name), err)
	}
	i.request = v.AppendJSON(i.request[:0])
	if len(i.request) > m.limits.RequestBytes {
		return r, errs.Wrap(operation(s.id, name), errs.New(errs.TooLarge, "the request has %d bytes; %d are allowed", len(i.request), m.limits.RequestBytes))
	}
	answer, f := i.do(ctx, op, i.request, c, r)
	s.watch.ended(i, r, answer)
	if f != nil {
		return r, failed(s.id, name, f)
	}
	if len(i.output) > 0 {
		p.log.Debug("plugin output", "operation", name, "text", i.said())
	}
	return r, s.decode(i, answer, reply, name, c)
}

// decode reads a reply. A guest that answers with what isn't JSON is in no
// known state.
func (s *Session) decode(i *instance, answer []byte, reply wire.Value, name string, c *capability.Call) error {
	err := wire.DecodeReply(answer, reply)
	if err == nil {
		return nil
	}
	var e *wire.Error
	if errors.As(err, &e) {
		return answered(s.id, name, e, c.Failure())
	}
	i.spent = true
	return failed(s.id, name, i.badReply("%v", err))
}

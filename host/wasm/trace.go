package wasm

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/capability"
)

// CallInfo is a call of a plugin that ended.
type CallInfo struct {
	Plugin     string
	Operation  string
	Generation int           // 0 when none could be called
	Took       time.Duration // waiting included
	Queued     time.Duration // of it, for the plugin to be loaded and an instance to be free
	Fuel       int64
	HostCalls  int
	Err        error
}

// callSpan is that of a call, as long as there is a tracer.
type callSpan struct{ trace.Span }

// startCall begins the span of a call.
func (h *Host) startCall(ctx context.Context, id, operation string) (context.Context, callSpan) {
	if h.o.Tracer == nil {
		return ctx, callSpan{}
	}
	ctx, s := h.o.Tracer.Start(ctx, "plugin "+id+" "+operation, trace.WithAttributes(
		attribute.String("omakase.plugin", id), attribute.String("omakase.operation", operation)))
	return ctx, callSpan{s}
}

// end ends the span of a call.
func (s callSpan) end(c *CallInfo) {
	if s.Span == nil {
		return
	}
	s.SetAttributes(attribute.Int("omakase.generation", c.Generation), attribute.Int64("omakase.fuel", c.Fuel),
		attribute.Int("omakase.host_calls", c.HostCalls), attribute.Int64("omakase.queued_us", c.Queued.Microseconds()))
	if c.Err != nil {
		s.SetStatus(codes.Error, c.Err.Error())
		s.SetAttributes(attribute.String("error.type", string(errs.KindOf(c.Err))))
		var f *Fault
		if errors.As(c.Err, &f) {
			s.SetAttributes(attribute.String("omakase.reason", string(f.Reason)))
		}
	}
	s.End()
}

// startHostCall begins the span of a host call.
func (r *run) startHostCall(ctx context.Context, fn int32) (context.Context, callSpan) {
	if r.tracer == nil {
		return ctx, callSpan{}
	}
	name := capability.Of(fn)
	ctx, s := r.tracer.Start(ctx, "host "+name, trace.WithAttributes(
		attribute.String("omakase.capability", name), attribute.Int("omakase.function", int(fn))))
	return ctx, callSpan{s}
}

// endHostCall ends the span of a host call. failure is what the guest was told.
func (s callSpan) endHostCall(code int32, failure error) {
	if s.Span == nil {
		return
	}
	if code < 0 {
		s.SetStatus(codes.Error, "the host call can't be answered")
		s.SetAttributes(attribute.Int("omakase.code", int(code)))
	}
	if failure != nil {
		s.SetStatus(codes.Error, failure.Error())
		s.SetAttributes(attribute.String("error.type", string(errs.KindOf(failure))))
	}
	s.End()
}

package wasm_test

import (
	"slices"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/host/wasm/internal/asm"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// TestSpans holds that a call has a span and each of its host calls one inside.
func TestSpans(t *testing.T) {
	t.Parallel()
	const id = "scraper.a"
	host := func(g *tiny, fn int32) []byte {
		return asm.Cat(asm.I32Const(fn), asm.I32Const(0), asm.I32Const(0), asm.Call(g.call), asm.Drop)
	}
	g := newTiny(okReply)
	g.onScrape(host(g, wire.FnClock), host(g, wire.FnCryptoRandom), host(g, 999), asm.Unreachable)
	recorder := tracetest.NewSpanRecorder()
	h := newHost(t, map[string][]byte{"a.wasm": g.wasm(t, id)}, wasm.Options{
		Tracer: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("test"),
	})
	checkFault(t, detect(t, h, id), wasm.Trap, "unreachable")
	spans := recorder.Ended()
	var names []string
	for _, s := range spans {
		names = append(names, s.Name())
	}
	if !slices.Equal(names, []string{"host clock", "host crypto", "host unknown", "plugin scraper.a detect"}) {
		t.Fatalf("spans are %q", names)
	}
	call := spans[3]
	for i, s := range spans[:3] {
		if s.Parent().SpanID() != call.SpanContext().SpanID() || (s.Status().Code == codes.Error) != (i > 0) {
			t.Errorf("%s: parent %s, status %v", s.Name(), s.Parent().SpanID(), s.Status())
		}
	}
	for _, want := range []attribute.KeyValue{
		attribute.String("omakase.plugin", id), attribute.String("omakase.operation", "detect"), attribute.Int("omakase.generation", 1),
		attribute.Int("omakase.host_calls", 3), attribute.String("omakase.reason", "trap"), attribute.String("error.type", "internal"),
	} {
		if !slices.Contains(call.Attributes(), want) {
			t.Errorf("%v lacks %v", call.Attributes(), want)
		}
	}
	if call.Status().Code != codes.Error {
		t.Errorf("status is %v", call.Status())
	}
}

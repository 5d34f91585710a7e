package observe_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/omakase-ai/omakase/host/observe"
)

// TestTracing holds what a receiver gets.
func TestTracing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []byte
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Key") != "a=b" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		got, _ = io.ReadAll(r.Body)
	}))
	defer receiver.Close()
	tracing, err := observe.NewTracing(observe.TracingOptions{
		Endpoint: receiver.URL + "/", Headers: []string{"X-Key=a=b"}, Percent: 100, Version: "1.2.3", Logger: hclog.NewNullLogger(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, outer := tracing.Tracer().Start(t.Context(), "outer", trace.WithAttributes(attribute.String("a", "湯"), attribute.Int64("n", 1<<60), attribute.Bool("b", true)))
	_, inner := tracing.Tracer().Start(ctx, "inner")
	inner.SetStatus(codes.Error, "it broke")
	inner.End()
	outer.End()
	if err := tracing.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	var request struct {
		ResourceSpans []struct {
			Resource   struct{ Attributes []any }
			ScopeSpans []struct {
				Spans []map[string]any
			}
		}
	}
	if err := json.Unmarshal(got, &request); err != nil || len(request.ResourceSpans) != 1 || len(request.ResourceSpans[0].ScopeSpans) != 1 {
		t.Fatalf("%v in %s", err, got)
	}
	spans := request.ResourceSpans[0].ScopeSpans[0].Spans
	for _, s := range spans {
		for _, key := range []string{"startTimeUnixNano", "endTimeUnixNano"} {
			if at, ok := s[key].(string); !ok || len(at) != 19 {
				t.Errorf("%s is %v", key, s[key])
			}
			delete(s, key)
		}
	}
	id := func(s trace.Span) (string, string) {
		return s.SpanContext().TraceID().String(), s.SpanContext().SpanID().String()
	}
	traceID, outerID := id(outer)
	_, innerID := id(inner)
	want := []map[string]any{
		{"traceId": traceID, "spanId": innerID, "parentSpanId": outerID, "name": "inner", "kind": 1.0, "status": map[string]any{"code": 2.0, "message": "it broke"}},
		{"traceId": traceID, "spanId": outerID, "name": "outer", "kind": 1.0, "status": map[string]any{}, "attributes": []any{
			map[string]any{"key": "a", "value": map[string]any{"stringValue": "湯"}},
			map[string]any{"key": "n", "value": map[string]any{"intValue": "1152921504606846976"}},
			map[string]any{"key": "b", "value": map[string]any{"boolValue": true}},
		}},
	}
	if diff := cmp.Diff(want, spans); diff != "" {
		t.Error(diff)
	}
	if !bytes.Contains(got, []byte(`"service.version","value":{"stringValue":"1.2.3"}`)) {
		t.Errorf("the resource is %v", request.ResourceSpans[0].Resource)
	}
}

// TestTracingWithoutReceiver holds that a receiver that is down, or that says
// no, costs a line in the log.
func TestTracingWithoutReceiver(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "who are you?", http.StatusUnauthorized)
	}))
	defer refusing.Close()
	for endpoint, says := range map[string]string{refusing.URL: "401 Unauthorized: who are you?", "http://127.0.0.1:1": "refused"} {
		var log bytes.Buffer
		tracing, err := observe.NewTracing(observe.TracingOptions{Endpoint: endpoint, Percent: 100, Logger: hclog.New(&hclog.LoggerOptions{Output: &log})})
		if err != nil {
			t.Fatal(err)
		}
		_, span := tracing.Tracer().Start(t.Context(), "lost")
		span.End()
		if err := tracing.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if !strings.Contains(log.String(), says) {
			t.Errorf("the log doesn't say %q: %s", says, &log)
		}
	}
	if _, err := observe.NewTracing(observe.TracingOptions{Headers: []string{"secret"}}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a header without = gives %v", err)
	}
}

package observe

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	"github.com/omakase-ai/omakase/core/errs"
)

// TracingOptions say where traces go.
type TracingOptions struct {
	Endpoint string   // of an OTLP/HTTP receiver, without /v1/traces
	Headers  []string // NAME=value, for each request to it
	Percent  int      // of traces that are kept
	Version  string
	Logger   hclog.Logger
}

// Tracing sends spans to a receiver. Shut it down when done.
type Tracing struct{ provider *sdktrace.TracerProvider }

// NewTracing starts sending. It asks nobody yet.
func NewTracing(o TracingOptions) (*Tracing, error) {
	e := &exporter{
		url: strings.TrimSuffix(o.Endpoint, "/") + "/v1/traces", header: http.Header{},
		client: &http.Client{Timeout: 10 * time.Second}, log: o.Logger, complaints: rate.NewLimiter(rate.Every(time.Minute), 1),
		resource: []attribute.KeyValue{attribute.String("service.name", "omakase"), attribute.String("service.version", o.Version)},
	}
	for _, h := range o.Headers {
		name, value, ok := strings.Cut(h, "=")
		if !ok {
			return nil, errs.New(errs.Invalid, "a header of the trace receiver has no =").WithHint("write NAME=value")
		}
		e.header.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	e.header.Set("Content-Type", "application/json")
	return &Tracing{sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(e),
		sdktrace.WithResource(resource.NewSchemaless(e.resource...)),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(float64(o.Percent)/100))),
	)}, nil
}

// Tracer makes the spans.
func (t *Tracing) Tracer() trace.Tracer { return t.provider.Tracer("github.com/omakase-ai/omakase") }

// Shutdown sends what is left, until ctx ends.
func (t *Tracing) Shutdown(ctx context.Context) error {
	return errs.Wrap("sending the last traces", t.provider.Shutdown(ctx))
}

// exporter sends spans as OTLP over HTTP in its JSON encoding. The library's
// own exporter brings gRPC and protocol buffers, ten megabytes of program, for
// the same bytes in another order.
type exporter struct {
	url        string
	header     http.Header
	client     *http.Client
	resource   []attribute.KeyValue
	log        hclog.Logger
	complaints *rate.Limiter
}

// ExportSpans implements trace.SpanExporter. A receiver that is down costs
// spans and a line in the log, nothing else.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := e.send(ctx, appendSpans(nil, e.resource, spans)); err != nil && e.complaints.Allow() {
		e.log.Warn("traces are lost", "receiver", e.url, "error", err)
	}
	return nil
}

func (e *exporter) send(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = e.header
	res, err := e.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(res.Body, 500)) // so that the connection is used again
	if res.StatusCode >= http.StatusBadRequest {
		return errs.New(errs.Unavailable, "it answers %s: %s", res.Status, bytes.TrimSpace(answer))
	}
	return nil
}

// Shutdown implements trace.SpanExporter.
func (e *exporter) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

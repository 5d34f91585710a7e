package observe

import (
	"encoding/json"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// The messages of opentelemetry-proto in JSON: ids are hexadecimal, 64-bit
// integers are text.
type (
	otlpTraces struct {
		ResourceSpans []otlpResource `json:"resourceSpans"`
	}
	otlpResource struct {
		Resource   otlpAttributes `json:"resource"`
		ScopeSpans []otlpScope    `json:"scopeSpans"`
	}
	otlpAttributes struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpScope struct {
		Scope struct {
			Name string `json:"name"`
		} `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		ParentID   string          `json:"parentSpanId,omitempty"`
		Name       string          `json:"name"`
		Kind       int             `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
		Status     otlpStatus      `json:"status"`
	}
	otlpStatus struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	otlpAttribute struct {
		Key   string         `json:"key"`
		Value map[string]any `json:"value"`
	}
)

// appendSpans appends a request that carries spans.
func appendSpans(b []byte, resource []attribute.KeyValue, spans []sdktrace.ReadOnlySpan) []byte {
	var scopes []otlpScope
	index := map[string]int{}
	for _, s := range spans {
		name := s.InstrumentationScope().Name
		i, ok := index[name]
		if !ok {
			i = len(scopes)
			index[name] = i
			scopes = append(scopes, otlpScope{})
			scopes[i].Scope.Name = name
		}
		scopes[i].Spans = append(scopes[i].Spans, otlp(s))
	}
	text, _ := json.Marshal(otlpTraces{[]otlpResource{{otlpAttributes{attributes(resource)}, scopes}}}) // text and numbers never fail
	return append(b, text...)
}

func otlp(s sdktrace.ReadOnlySpan) otlpSpan {
	out := otlpSpan{
		TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(),
		Name: s.Name(), Kind: int(s.SpanKind()),
		Start: strconv.FormatInt(s.StartTime().UnixNano(), 10), End: strconv.FormatInt(s.EndTime().UnixNano(), 10),
		Attributes: attributes(s.Attributes()),
	}
	if parent := s.Parent().SpanID(); parent.IsValid() {
		out.ParentID = parent.String()
	}
	switch s.Status().Code { // which numbers them otherwise
	case codes.Ok:
		out.Status.Code = 1
	case codes.Error:
		out.Status.Code, out.Status.Message = 2, s.Status().Description
	}
	return out
}

func attributes(list []attribute.KeyValue) []otlpAttribute {
	out := make([]otlpAttribute, len(list))
	for i, a := range list {
		out[i].Key = string(a.Key)
		switch a.Value.Type() {
		case attribute.INT64:
			out[i].Value = map[string]any{"intValue": strconv.FormatInt(a.Value.AsInt64(), 10)}
		case attribute.BOOL:
			out[i].Value = map[string]any{"boolValue": a.Value.AsBool()}
		default:
			out[i].Value = map[string]any{"stringValue": a.Value.String()}
		}
	}
	return out
}

package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/host/api"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	before := time.Now().Add(-time.Millisecond)
	body := h.exchange(t, scenario{
		path: "/api/health", status: 200, want: `{"status":"ok"}`,
		headers: map[string]string{"Content-Type": "application/json; charset=utf-8", "Access-Control-Allow-Origin": "*"},
	})
	at, err := time.Parse("2006-01-02T15:04:05.000Z", field(t, body, "timestamp"))
	if err != nil || at.Before(before.Truncate(time.Millisecond)) || at.After(time.Now()) {
		t.Errorf("timestamp of %s: %v", body, err)
	}
	h.run(scenario{method: http.MethodHead, path: "/api/health", status: 200})
}

func TestServesHealthBeforeTheStoreIsOpen(t *testing.T) {
	t.Parallel()
	h := listen(t, api.Options{})
	h.run(
		scenario{path: "/api/health", status: 200},
		scenario{path: "/api/ready", status: 503, want: `{"code":"unavailable"}`, headers: map[string]string{"Retry-After": "1"}},
	)
	time.AfterFunc(50*time.Millisecond, h.attach)
	h.run(
		scenario{name: "a read waits for the store", path: "/api/products", status: 200, want: `{"count":0}`},
		scenario{path: "/api/ready", status: 200, want: `{"status":"ready","store":"sqlite","version":"test"}`},
	)
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	h.run(scenario{name: "ready asks the store", path: "/api/ready", status: 503, want: `{"code":"unavailable"}`})
}

func TestMetricsNameRoutes(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	h.run(
		scenario{path: "/api/products/nope", status: 404},
		scenario{path: "/nowhere/at/all", status: 404},
	)
	text := string(h.exchange(t, scenario{path: "/metrics", status: 200}))
	for _, want := range []string{
		`omakase_http_requests_total{method="GET",route="/api/products/:id",status="404"} 1`,
		`omakase_http_requests_total{method="any",route="unmatched",status="404"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if strings.Contains(text, "nowhere") {
		t.Error("metrics hold a path that a client chose")
	}
}

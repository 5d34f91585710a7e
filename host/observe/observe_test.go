package observe_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/observe"
)

func TestMetricsText(t *testing.T) {
	t.Parallel()
	m := observe.NewMetrics("1.2.3")
	route := m.Route("GET", "/api/products/:id")
	for range 3 {
		route.Begin()
		route.Done(200, 2*time.Millisecond)
	}
	route.Begin()
	route.Done(404, time.Millisecond)
	route.Begin()
	m.JobFinished("scraper.shopify", "completed", map[string]int{"imported": 7, "rejected": 1})
	m.Fetched("ok", 1000, time.Millisecond)
	m.Fetched("timeout", -1, time.Second)
	m.PluginCalled(&observe.PluginCall{Plugin: "scraper.shopify", Operation: "scrape", Result: "ok", Took: time.Millisecond, Fuel: 7, HostCalls: 2})

	m.Plugins(func() []observe.PluginState {
		return []observe.PluginState{{Plugin: "scraper.shopify", Up: true, Open: true, Generation: 3, Instances: 2, Memory: 1000, Denials: 4}, {Plugin: "off"}}
	})

	var text strings.Builder
	for range 2 { // a second gathering must not register anything twice
		text.Reset()
		if err := m.WriteText(&text); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		`omakase_build_info{version="1.2.3"} 1`,
		`omakase_http_requests_total{method="GET",route="/api/products/:id",status="200"} 3`,
		`omakase_http_requests_total{method="GET",route="/api/products/:id",status="404"} 1`,
		`omakase_http_request_seconds_count{method="GET",route="/api/products/:id"} 4`,
		`omakase_http_requests_in_flight 1`,
		`omakase_jobs_finished_total{plugin="scraper.shopify",state="completed"} 1`,
		`omakase_job_products_total{plugin="scraper.shopify",result="imported"} 7`,
		`omakase_fetches_total{result="timeout"} 1`,
		`omakase_fetched_bytes_total 1000`,
		`omakase_plugin_calls_total{operation="scrape",plugin="scraper.shopify",result="ok"} 1`,
		`omakase_plugin_fuel_total{operation="scrape",plugin="scraper.shopify"} 7`,
		`omakase_plugin_host_calls_total{operation="scrape",plugin="scraper.shopify"} 2`,
		`omakase_plugin_queue_seconds_count{plugin="scraper.shopify"} 1`,
		`omakase_plugin_up{plugin="scraper.shopify"} 1`,
		`omakase_plugin_up{plugin="off"} 0`,
		`omakase_plugin_breaker_open{plugin="scraper.shopify"} 1`,
		`omakase_plugin_generation{plugin="scraper.shopify"} 3`,
		`omakase_plugin_instances{plugin="scraper.shopify"} 2`,
		`omakase_plugin_memory_bytes{plugin="scraper.shopify"} 1000`,
		`omakase_plugin_denials_total{plugin="scraper.shopify"} 4`,
		`go_goroutines `,
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

func TestNilMetricsCountNothing(t *testing.T) {
	t.Parallel()
	var m *observe.Metrics
	route := m.Route("GET", "/")
	route.Begin()
	route.Done(200, time.Second)
	m.JobFinished("p", "failed", nil)
	m.Fetched("ok", 1, 1)
	m.PluginCalled(&observe.PluginCall{})
	m.Plugins(nil)
}

func TestLoggerLevels(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]string{
		"debug": "diwe", "info": "iwe", "": "iwe", "WARN": "we", "error": "e",
	} {
		var out bytes.Buffer
		log, err := observe.NewLogger(observe.LogOptions{Level: level, Output: &out})
		if err != nil {
			t.Fatal(err)
		}
		log.Debug("line:d")
		log.Info("line:i")
		log.Warn("line:w")
		log.Error("line:e")
		var got strings.Builder
		for line := range strings.Lines(out.String()) {
			_, rest, _ := strings.Cut(line, "line:")
			got.WriteString(rest[:1])
		}
		if got.String() != want {
			t.Errorf("level %q lets through %q, want %q", level, got.String(), want)
		}
	}
}

func TestLoggerRefusesUnknown(t *testing.T) {
	t.Parallel()
	for _, o := range []observe.LogOptions{{Level: "loud"}, {Format: "xml"}} {
		_, err := observe.NewLogger(o)
		if !errs.Is(err, errs.Invalid) || errs.HintOf(err) == "" {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestSlog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := observe.NewLogger(observe.LogOptions{Format: "json", Output: &out})
	if err != nil {
		t.Fatal(err)
	}
	core := observe.Slog(log.Named("scrape"))
	core.Debug("not shown")
	core.With("job", "j1").WithGroup("page").Warn("page failed",
		"n", 3, slog.Group("shop", "host", "shop.example"), "err", errors.New("boom"))
	got := out.String()
	if strings.Contains(got, "not shown") {
		t.Errorf("debug line at level info: %s", got)
	}
	for _, want := range []string{
		`"@module":"omakase.scrape"`, `"@level":"warn"`, `"@message":"page failed"`,
		`"job":"j1"`, `"page.n":3`, `"page.shop.host":"shop.example"`, `"page.err":"boom"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

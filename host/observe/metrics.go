// Package observe is how an operator sees what the process does: its log and
// its Prometheus metrics. It keeps its own registry and no package state, and
// knows nothing of what it counts.
package observe

import (
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"github.com/omakase-ai/omakase/core/errs"
)

// Metrics are the counters of one process. All methods may be called from any
// goroutine; a nil *Metrics counts nothing.
type Metrics struct {
	registry *prometheus.Registry
	runtime  sync.Once

	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge

	jobs     *prometheus.CounterVec
	products *prometheus.CounterVec

	fetches      *prometheus.CounterVec
	fetchedBytes prometheus.Counter
	fetchTime    prometheus.Histogram

	calls     *prometheus.CounterVec
	callTime  *prometheus.HistogramVec
	queueTime *prometheus.HistogramVec
	fuel      *prometheus.CounterVec
	hostCalls *prometheus.CounterVec

	voice     *prometheus.HistogramVec
	voiceEnds *prometheus.CounterVec
}

// NewMetrics returns the metrics of a process of that version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counters("http_requests_total", "Requests answered.", "method", "route", "status"),
		duration: histograms("http_request_seconds", "Time from the request's headers to its answer.", "method", "route"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "http_requests_in_flight", Help: "Requests being answered."}),
		jobs:     counters("jobs_finished_total", "Import jobs that ended.", "plugin", "state"),
		products: counters("job_products_total", "Products that import jobs read, by what became of them.", "plugin", "result"),
		fetches:  counters("fetches_total", "Requests to shops.", "result"),
		fetchedBytes: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "fetched_bytes_total", Help: "Bytes read from shops, decompressed.",
		}),
		fetchTime: prometheus.NewHistogram(histogramOpts("fetch_seconds", "Time of requests to shops, without waiting for our own pace.")),
		voice:     histograms("voice_seconds", "Times of voice sessions: end of speech to first audio, tools, interruptions.", "what"),
		voiceEnds: counters("voice_sessions_ended_total", "Voice sessions that ended.", "reason"),
		calls:     counters("plugin_calls_total", "Calls of plugins.", "plugin", "operation", "result"),
		callTime:  histograms("plugin_call_seconds", "Time of calls of plugins, their host calls included.", "plugin", "operation"),
		queueTime: histograms("plugin_queue_seconds", "Time that calls of plugins waited for an instance.", "plugin"),
		fuel:      counters("plugin_fuel_total", "Work of plugins, in units of the host's meter.", "plugin", "operation"),
		hostCalls: counters("plugin_host_calls_total", "What plugins asked of the host.", "plugin", "operation"),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(build, m.requests, m.duration, m.inFlight, m.jobs, m.products,
		m.fetches, m.fetchedBytes, m.fetchTime, m.voice, m.voiceEnds, m.calls, m.callTime, m.queueTime, m.fuel, m.hostCalls)
	return m
}

const namespace = "omakase"

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func histograms(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(histogramOpts(name, help), labels)
}

func histogramOpts(name, help string) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help,
		Buckets: []float64{.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
	}
}

// WriteText writes all metrics in Prometheus' text format.
func (m *Metrics) WriteText(w io.Writer) error {
	// The runtime's collectors read much at their making, and a process is
	// judged by how fast it starts: they join when somebody asks.
	m.runtime.Do(func() {
		m.registry.MustRegister(collectors.NewGoCollector(),
			collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	})
	families, err := m.registry.Gather()
	if err != nil {
		return errs.Wrap("gathering metrics", err)
	}
	encoder := expfmt.NewEncoder(w, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			return errs.Wrap("writing metrics", err)
		}
	}
	return nil
}

// JobFinished counts an import job that ended in state and what became of the
// products that it read, by result ("imported", "rejected", …).
func (m *Metrics) JobFinished(plugin, state string, products map[string]int) {
	if m == nil {
		return
	}
	m.jobs.WithLabelValues(plugin, state).Inc()
	for result, n := range products {
		m.products.WithLabelValues(plugin, result).Add(float64(n))
	}
}

// Fetched counts a request to a shop. The result is "ok", "not_modified" or
// the code of an error.
func (m *Metrics) Fetched(result string, bytes int64, took time.Duration) {
	if m == nil {
		return
	}
	m.fetches.WithLabelValues(result).Inc()
	m.fetchedBytes.Add(float64(max(bytes, 0)))
	m.fetchTime.Observe(took.Seconds())
}

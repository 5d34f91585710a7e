package observe

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// PluginCall is a call of a plugin that ended.
type PluginCall struct {
	Plugin, Operation string
	Result            string // "ok" or the code of an error
	Took, Queued      time.Duration
	Fuel              int64
	HostCalls         int
}

// PluginCalled counts a call of a plugin.
func (m *Metrics) PluginCalled(c *PluginCall) {
	if m == nil {
		return
	}
	m.calls.WithLabelValues(c.Plugin, c.Operation, c.Result).Inc()
	m.callTime.WithLabelValues(c.Plugin, c.Operation).Observe(c.Took.Seconds())
	m.queueTime.WithLabelValues(c.Plugin).Observe(c.Queued.Seconds())
	m.fuel.WithLabelValues(c.Plugin, c.Operation).Add(float64(c.Fuel))
	m.hostCalls.WithLabelValues(c.Plugin, c.Operation).Add(float64(c.HostCalls))
}

// PluginState is how a plugin stands at one moment.
type PluginState struct {
	Plugin     string
	Up         bool // it can be called: neither failed nor disabled
	Open       bool // its breaker
	Generation int
	Instances  int
	Memory     int64 // of idle instances
	Denials    int64
}

// Plugins lets the metrics tell how plugins stand. read is called whenever
// metrics are asked for. It is to be called once.
func (m *Metrics) Plugins(read func() []PluginState) {
	if m != nil {
		m.registry.MustRegister(pluginStates(read))
	}
}

// pluginStates makes metrics of states.
type pluginStates func() []PluginState

func description(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, []string{"plugin"}, nil)
}

var (
	pluginUp          = description("plugin_up", "1 for a plugin that can be called, 0 for one that failed or is disabled.")
	pluginOpen        = description("plugin_breaker_open", "1 for a plugin that is left alone because it failed too often.")
	pluginGenerations = description("plugin_generation", "How often a plugin was replaced since the start.")
	pluginInstances   = description("plugin_instances", "Instances of a plugin.")
	pluginMemory      = description("plugin_memory_bytes", "Memory of a plugin's idle instances.")
	pluginDenials     = description("plugin_denials_total", "How often a plugin asked for what it may not use.")
)

// Describe implements prometheus.Collector.
func (pluginStates) Describe(all chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{pluginUp, pluginOpen, pluginGenerations, pluginInstances, pluginMemory, pluginDenials} {
		all <- d
	}
}

// Collect implements prometheus.Collector.
func (read pluginStates) Collect(all chan<- prometheus.Metric) {
	flag := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	for _, p := range read() {
		gauge := func(d *prometheus.Desc, v float64) {
			all <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, p.Plugin)
		}
		gauge(pluginUp, flag(p.Up))
		gauge(pluginOpen, flag(p.Open))
		gauge(pluginGenerations, float64(p.Generation))
		gauge(pluginInstances, float64(p.Instances))
		gauge(pluginMemory, float64(p.Memory))
		all <- prometheus.MustNewConstMetric(pluginDenials, prometheus.CounterValue, float64(p.Denials), p.Plugin)
	}
}

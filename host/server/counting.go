package server

import (
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/observe"
)

// counted makes metrics of what the client tells.
func counted(m *observe.Metrics) func(fetch.Event) {
	return func(e fetch.Event) {
		result := "ok"
		if e.Err != nil {
			result = string(errs.KindOf(e.Err))
		}
		m.Fetched(result, int64(e.Bytes), e.Duration)
	}
}

// calledBy counts calls of plugins.
func calledBy(m *observe.Metrics) func(plugin, operation string, took time.Duration, err error) {
	return func(plugin, operation string, took time.Duration, err error) {
		result := "ok"
		if err != nil {
			result = string(errs.KindOf(err))
		}
		m.PluginCalled(plugin, operation, result, took)
	}
}

// finished counts import jobs and what became of their products.
func finished(m *observe.Metrics) func(store.Job) {
	return func(j store.Job) {
		m.JobFinished(j.Plugin, string(j.State), map[string]int{
			"imported": j.Counts.Imported, "updated": j.Counts.Updated, "unchanged": j.Counts.Unchanged,
			"rejected": j.Counts.Rejected, "vanished": j.Counts.Vanished,
		})
	}
}

package server

import (
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/observe"
	"github.com/omakase-ai/omakase/host/wasm"
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
func calledBy(m *observe.Metrics) func(wasm.CallInfo) {
	return func(c wasm.CallInfo) {
		call := observe.PluginCall{
			Plugin: c.Plugin, Operation: c.Operation, Result: "ok",
			Took: c.Took, Queued: c.Queued, Fuel: c.Fuel, HostCalls: c.HostCalls,
		}
		if c.Err != nil {
			call.Result = string(errs.KindOf(c.Err))
		}
		m.PluginCalled(&call)
	}
}

// standing tells how the plugins stand, whenever metrics are asked for.
func standing(host *wasm.Host) func() []observe.PluginState {
	return func() []observe.PluginState {
		infos := host.Standing()
		all := make([]observe.PluginState, 0, len(infos))
		for _, i := range infos {
			if i.Generation == 0 || i.State == wasm.Draining || i.State == wasm.Closed {
				continue // no plugin, or one that another has taken the place of
			}
			all = append(all, observe.PluginState{
				Plugin: i.ID, Generation: i.Generation, Instances: i.Instances, Memory: i.MemoryBytes, Denials: i.Denials,
				Up: i.State != wasm.Failed && i.State != wasm.Disabled, Open: i.Breaker.State != wasm.BreakerClosed,
			})
		}
		return all
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

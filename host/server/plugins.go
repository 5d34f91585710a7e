package server

import (
	"context"
	"encoding/json"
	"reflect"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/wasm"
)

// watchEvery is how often the plugins' folder is looked at, where it is.
const watchEvery = time.Second

// plugins are the plugins of a running host as the REST interface shows and
// reloads them.
type plugins struct {
	host   *wasm.Host
	log    hclog.Logger
	reread func() (*config.Loaded, error) // nil: the configuration stays as it is

	mu     sync.Mutex
	config config.Config // as it was read last
}

// List implements api.Plugins.
func (p *plugins) List() []api.PluginInfo {
	infos := p.host.Plugins()
	all := make([]api.PluginInfo, len(infos))
	for i := range infos {
		all[i] = shown(&infos[i])
	}
	return all
}

// Changes implements api.Plugins.
func (p *plugins) Changes() int { return p.host.Changes() }

// Reload implements api.Plugins: it reads the configuration again and brings
// the plugins to it and to their files. A configuration with mistakes changes
// nothing.
func (p *plugins) Reload(ctx context.Context) ([]api.PluginReload, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	settings, err := p.settings()
	if err != nil {
		p.log.Error("plugins are not reloaded", "error", err)
		return nil, err
	}
	done, err := p.host.Reload(ctx, settings)
	if err != nil {
		p.log.Error("plugins are not reloaded", "error", err)
		return nil, err
	}
	all := make([]api.PluginReload, len(done))
	for i, r := range done {
		all[i] = api.PluginReload{
			ID: r.ID, Outcome: string(r.Outcome), Generation: r.Generation, Reason: r.Reason, TookMS: milliseconds(r.Took),
			OK: r.Outcome != wasm.Kept && r.Outcome != wasm.Broken,
		}
	}
	return all, nil
}

// settings are those of the configuration as it is now.
func (p *plugins) settings() (map[string]wasm.Settings, error) {
	if p.reread == nil {
		return nil, nil
	}
	l, err := p.reread()
	if err != nil {
		return nil, (&errs.Error{Kind: errs.Conflict, Op: "reading the configuration again", Err: err}).
			WithHint("correct it and reload once more; until then everything stays as it was")
	}
	settings, err := pluginSettings(l.Plugins.Settings)
	if err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(withoutSettings(p.config), withoutSettings(l.Config)) {
		p.log.Warn("the configuration has changed beyond plugins.settings; that takes effect at the next start")
	}
	p.config = l.Config
	return settings, nil
}

// withoutSettings is what a reload doesn't bring about.
func withoutSettings(c config.Config) config.Config {
	c.Plugins.Settings = nil
	return c
}

// PluginInfos are the plugins of tools as an operator sees them.
func (t *Tools) PluginInfos() []api.PluginInfo { return (&plugins{host: t.Plugins}).List() }

func shown(i *wasm.Info) api.PluginInfo {
	p := api.PluginInfo{
		ID: i.ID, Name: i.Name, Description: i.Description, Version: i.Version, Provides: i.Provides,
		State: string(i.State), Generation: i.Generation, Error: i.Reason, Source: i.Source, Digest: i.Digest,
		Grants: []string{}, Needs: []api.PluginNeed{}, Draining: i.Draining,
		Stats: &api.PluginStats{
			Instances: i.Instances, MemoryBytes: i.MemoryBytes, Calls: i.Calls, Errors: i.Errors, Denials: i.Denials,
			HostCalls: i.HostCalls, Fuel: i.Fuel, P50MS: milliseconds(i.P50), P99MS: milliseconds(i.P99),
			LastError: i.LastError, LastErrorAt: i.LastErrorAt, LastUsedAt: i.LastUsedAt,
		},
	}
	if i.Source != "builtin" {
		p.Source = i.Path
	}
	for _, g := range i.Grants {
		p.Needs = append(p.Needs, api.PluginNeed(g))
		if g.Granted {
			p.Grants = append(p.Grants, g.Capability)
		}
	}
	if i.Limits != (wasm.LimitsInfo{}) { // a plugin, not a file that can't be read
		p.Limits, _ = json.Marshal(i.Limits) // of plain numbers, it cannot fail
		p.Breaker = &api.PluginBreaker{State: string(i.Breaker.State), Faults: i.Breaker.Faults, RetryAt: i.Breaker.RetryAt}
	}
	if r := i.Reload; r != nil {
		p.Reload = &api.PluginChange{At: r.At, Outcome: string(r.Outcome), Reason: r.Reason}
	}
	return p
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

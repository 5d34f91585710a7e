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
			ID: r.ID, Outcome: string(r.Outcome), Generation: r.Generation, Reason: r.Reason, TookMS: float64(r.Took.Microseconds()) / 1000,
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

func shown(i *wasm.Info) api.PluginInfo {
	p := api.PluginInfo{
		ID: i.ID, Version: i.Version, Provides: i.Provides, State: string(i.State), Generation: i.Generation,
		Error: i.Reason, Source: i.Source, Grants: []string{},
	}
	if i.Source != "builtin" {
		p.Source = i.Path
	}
	for _, g := range i.Grants {
		if g.Granted {
			p.Grants = append(p.Grants, g.Capability)
		}
	}
	p.Stats, _ = json.Marshal(struct { // of plain numbers, it cannot fail
		Instances   int        `json:"instances"`
		MemoryBytes int64      `json:"memoryBytes"`
		Calls       int64      `json:"calls"`
		Errors      int64      `json:"errors"`
		Denials     int64      `json:"denials"`
		Fuel        int64      `json:"fuel"`
		LastError   string     `json:"lastError,omitempty"`
		LastErrorAt *time.Time `json:"lastErrorAt,omitempty"`
		LastUsedAt  *time.Time `json:"lastUsedAt,omitempty"`
	}{i.Instances, i.MemoryBytes, i.Calls, i.Errors, i.Denials, i.Fuel, i.LastError, i.LastErrorAt, i.LastUsedAt})
	return p
}

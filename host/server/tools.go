package server

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-hclog"
	"go.opentelemetry.io/otel/trace"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/routing"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/fetch"
	"github.com/omakase-ai/omakase/host/observe"
	"github.com/omakase-ai/omakase/host/trust"
	"github.com/omakase-ai/omakase/host/wasm"
)

// Tools are the parts that work without a database: the way to the web, the
// plugins, and who chooses among them. Close them when done.
type Tools struct {
	Fetch   *fetch.Client
	Plugins *wasm.Host
	Router  *routing.Router
}

// ToolOptions are what Tools are made of.
type ToolOptions struct {
	Config   *config.Loaded
	Builtins fs.FS    // nil: none
	Files    []string // further plugins, besides those of plugins.dir
	Version  string
	Log      hclog.Logger
	KV       store.KV // memory of plugins; nil: they have none
	// Store and Shop are what tools of voice sessions sell from; nil: there is
	// nothing for sale.
	Store   store.Store
	Shop    *shop.Service
	Allow   []string // further addresses for network.allow
	Metrics *observe.Metrics
	Tracer  trace.Tracer // nil: nothing is traced
	// Agreed keeps plugins as the operator agreed to them; nil takes each as it is.
	Agreed  *trust.Book
	Quantum int  // see wasm.Options
	Fresh   bool // likewise
}

// OpenTools makes the tools. It loads no plugin. Its error is config.Mistakes
// where plugins don't bear their settings.
func OpenTools(o ToolOptions) (*Tools, error) {
	n := &o.Config.Network
	agent := n.UserAgent
	if agent == "" {
		agent = fetch.UserAgent(o.Version)
	}
	client, err := fetch.New(fetch.Options{
		Allow: append(o.Allow, n.Allow...), UserAgent: agent,
		Gap:      max(n.Gap, 1), // 0 would be the client's default
		MaxBytes: int64(n.MaxBytes), Timeout: n.Timeout,
		Logger: o.Log.Named("fetch"), OnFetch: counted(o.Metrics),
	})
	if err != nil {
		return nil, err
	}
	plugins, err := openPlugins(&o, client)
	if err != nil {
		client.Close()
		return nil, err
	}
	return &Tools{client, plugins, router(plugins, client)}, nil
}

func openPlugins(o *ToolOptions, client *fetch.Client) (*wasm.Host, error) {
	settings, err := pluginSettings(o.Config.Plugins.Settings)
	if err != nil {
		return nil, err
	}
	log := o.Log.Named("plugins")
	policy := policyOf(&o.Config.Config, log)
	plugins, err := wasm.New(wasm.Options{
		Builtin: o.Builtins, Dir: o.Config.Plugins.Dir, Files: o.Files, CacheDir: cacheDir(&o.Config.Config), Settings: settings,
		Functions: capability.New(services(o, client, log)), Trim: trim, Called: calledBy(o.Metrics), Tracer: o.Tracer, Quantum: o.Quantum, Fresh: o.Fresh, Logger: log,
		Drain: o.Config.Plugins.Drain, IdleTimeout: o.Config.Plugins.Idle, Examine: policy.Examine, Choose: chooser(o.Agreed, log),
	})
	if err != nil {
		return nil, err
	}
	var wrong config.Mistakes
	for _, e := range plugins.CheckConfigs() {
		wrong = append(wrong, o.Config.PluginMistake(e.Plugin, e.Path, e.Problem))
	}
	if wrong != nil {
		plugins.Close()
		return nil, wrong
	}
	return plugins, nil
}

// Bounds are those of the configuration for an import.
func Bounds(j *config.Jobs) scrape.Bounds {
	return scrape.Bounds{Pages: j.MaxPages, Idle: j.MaxIdlePages, Bytes: int64(j.MaxBytes), Time: j.MaxTime}
}

// Reader reads single pages.
func (t *Tools) Reader() *scrape.Reader { return scrape.NewReader(prober{t.Fetch}, t.Router) }

// Close ends fetches, waits for calls of plugins that are under way, and frees
// everything.
func (t *Tools) Close() {
	t.Fetch.Close()
	t.Plugins.Close()
}

// cacheDir is the folder of compiled plugins: the one that is configured, else
// one in the data folder if there is any, else the user's, so that a command
// leaves nothing in the folder where it is typed.
func cacheDir(c *config.Config) string {
	if c.Plugins.CacheDir != "" {
		return c.Plugins.CacheDir
	}
	if info, err := os.Stat(c.DataDir); err == nil && info.IsDir() {
		return filepath.Join(c.DataDir, "plugin-cache")
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "omakase", "plugins")
	}
	return ""
}

// pluginSettings are the operator's words as the plugin host takes them.
func pluginSettings(all map[string]config.Plugin) (map[string]wasm.Settings, error) {
	settings := make(map[string]wasm.Settings, len(all))
	for id, p := range all {
		s := wasm.Settings{
			Enabled: p.Enabled, Digest: p.Digest, Isolation: wasm.Isolation(p.Isolation),
			Grants: wasm.Grants{
				HTML: p.Grants.HTML, Crypto: p.Grants.Crypto,
				Catalog: p.Grants.Catalog, Cart: p.Grants.Cart, Order: p.Grants.Order, Knowledge: p.Grants.Knowledge,
			},
			Limits: limits(&p.Limits),
		}
		if g := p.Grants.HTTP; g != nil {
			s.Grants.HTTP = &wasm.HTTPGrant{Hosts: g.Hosts, Methods: g.Methods, MaxBytes: int64(g.MaxBytes), Timeout: g.Timeout}
		}
		if g := p.Grants.Secret; g != nil {
			s.Grants.Secret = &wasm.SecretGrant{Hosts: g.Hosts}
		}
		for name, secret := range p.Secrets {
			if s.Secrets == nil {
				s.Secrets = map[string]string{}
			}
			s.Secrets[name] = secret.Reveal()
		}
		if g := p.Grants.KV; g != nil {
			s.Grants.KV = &wasm.KVGrant{Quota: int64(g.Quota)}
		}
		if p.Config != nil {
			text, err := json.Marshal(p.Config)
			if err != nil {
				return nil, errs.Wrap("settings of "+id, err)
			}
			s.Config = text
		}
		settings[id] = s
	}
	return settings, nil
}

func limits(l *config.Limits) wasm.Limits {
	return wasm.Limits{
		Deadline: l.Deadline, Total: l.Total, Fuel: int64(l.Fuel), MemoryMB: l.MemoryMB,
		Instances: l.Instances, Calls: l.Calls, Queue: l.Queue, QueueWait: l.QueueWait, HostCalls: l.HostCalls,
		RequestBytes: int(l.RequestBytes), ReplyBytes: int(l.ReplyBytes),
		LogLines: l.LogLines, LogRate: l.LogRate, PageBytes: int(l.PageBytes), Nodes: l.Nodes,
		Handles: l.Handles, BodyBytes: int(l.BodyBytes), Faults: l.Faults, Pause: l.Pause,
	}
}

// router lets a shop that nobody recognises go to the generic scraper, and
// without one to Shopify's, which existing clients mean when they name none.
func router(plugins *wasm.Host, client *fetch.Client) *routing.Router {
	return &routing.Router{
		Scrapers: scrapers{plugins}, Prober: prober{client},
		Fallback: []string{"scraper.generic", "scraper.shopify"}, Pageless: []string{"scraper.shopify"},
	}
}

// scrapers are the plugins as the router asks for them.
type scrapers struct{ host *wasm.Host }

// Scrapers implements routing.Scrapers.
func (s scrapers) Scrapers(context.Context) []scrape.Scraper { return s.host.Scrapers() }

// Marked implements routing.Marker.
func (s scrapers) Marked(_ context.Context, p scrape.Probe) []scrape.Scraper { return s.host.Marked(p) }

// Package server is one running host: it opens what the configuration names,
// joins the parts, serves, and takes everything down again in reverse order.
//
// It alone knows all the other packages; what it decides is only the order in
// which they begin and end. It reads no arguments and writes to no terminal.
package server

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/auth"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/heap"
	"github.com/omakase-ai/omakase/host/observe"
)

// Options are what a host is made of.
type Options struct {
	Config   *config.Loaded
	Builtins fs.FS // built-in plugins, ID.wasm in the root; nil: none
	Version  string
	Log      hclog.Logger
	// Reread reads the configuration again for a reload of the plugins; nil:
	// only their files are looked at again.
	Reread func() (*config.Loaded, error)
	// Reload asks for a reload of the plugins; nil: only the API does.
	Reload <-chan os.Signal
	// Ready is told once when everything is open; nil: nobody is.
	Ready func(Status)
	// Imported is told how each import of the start ended, from a goroutine of
	// its own; nil: nobody is.
	Imported func(Import)
}

// Status is a host that is ready.
type Status struct {
	Addr    string // where it listens
	Engine  string // of the store
	Plugins []api.PluginInfo
	Demo    string // the demo shop's URL, or ""
}

// Import is an import of the start that ended, or that could not begin.
type Import struct {
	URL  string
	Job  store.Job
	Err  error // it could not begin
	Took time.Duration
}

// Run serves until ctx ends or the listener fails. Health answers as soon as
// the address is listened on; everything else opens meanwhile. When ctx ends,
// running requests and the current page of each job may finish within
// server.shutdown_timeout; that end is no error.
func Run(ctx context.Context, o Options) error {
	c := &o.Config.Server
	keys := make([]string, len(c.APIKeys))
	for i, k := range c.APIKeys {
		keys[i] = k.Reveal()
	}
	allowed := auth.New(keys)
	if err := auth.CheckListen(c.Addr, allowed, c.AllowOpen); err != nil {
		return (&errs.Error{Kind: errs.KindOf(err), Err: err}).
			WithHint("set OMAKASE_API_KEYS, listen on 127.0.0.1, or set OMAKASE_SERVER_ALLOW_OPEN=true if an open server is meant")
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return (&errs.Error{Kind: errs.Unavailable, Op: "listening on " + c.Addr, Err: err}).
			WithHint("another server may run there; choose an address with --addr or PORT")
	}
	var voices atomic.Pointer[realtime.Manager]
	defer heap.Keep(func() uint64 { return heapFloor(voices.Load()) })()
	metrics := observe.NewMetrics(o.Version)
	silence, err := simulated(context.WithoutCancel(ctx), &o.Config.Config)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { _ = silence() }() // nothing is lost with it
	speech, provider, err := voice(&o.Config.OpenAI)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	public, err := publicFiles(c.PublicDir)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	front := api.New(api.Options{
		Auth: allowed, Origins: c.CORSOrigins, Log: o.Log.Named("api"), Metrics: metrics, Version: o.Version,
		DefaultCurrency: o.Config.Store.Currency, CacheBytes: cacheBytes(c.CacheMB),
		Voice: speech, Costs: costs(&o.Config.Voice), Public: public, Settled: trim, OpenCarts: o.Config.Shop.OpenCarts, CartsPerMinute: o.Config.Shop.CartsPerMinute,
	})
	if hint := allowed.Hint(); hint != "" {
		o.Log.Warn(hint)
	}
	served := make(chan error, 1)
	go func() { served <- front.Serve(listener) }()

	// The backend outlives ctx: requests and jobs that run when it ends still
	// need it.
	b, err := open(context.WithoutCancel(ctx), &o, metrics)
	if err == nil {
		voices.Store(openVoices(&o.Config.Config, provider, b.toolbox, b.store, &o, metrics))
		front.Attach(api.Backend{
			Store: b.store, Jobs: b.jobs, Plugins: b.plugins, Pages: b.tools.Reader(), Prompts: b.prompts, Shop: b.carts, Imports: b.imports,
			Voices: voices.Load(),
		})
		err = b.work(ctx, &o, listener.Addr().String(), served)
	}
	return errors.Join(err, shutdown(ctx, front, b, c.ShutdownTimeout))
}

// cacheBytes of 0 MB means none, for which api takes a negative number.
func cacheBytes(mb int) int {
	if mb == 0 {
		return -1
	}
	return mb << 20
}

// work runs jobs until ctx ends or the listener fails.
func (b *backend) work(ctx context.Context, o *Options, addr string, served <-chan error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := b.queue.Start(context.WithoutCancel(ctx), o.Config.Jobs.Workers); err != nil {
		return errs.Wrap("starting the queue", err)
	}
	b.running.Go(func() { b.jobs.Run(ctx, schedules(o.Config.Schedules)) })
	b.running.Go(func() { b.imports.Run(ctx) })
	b.running.Go(func() { b.sweep(ctx, o.Config.Voice.Retention) })
	b.running.Go(func() { b.reloads(ctx, o) })
	if o.Config.Plugins.Watch {
		b.running.Go(func() { b.tools.Plugins.WatchDir(ctx, watchEvery) })
	}
	if o.Ready != nil {
		o.Ready(Status{Addr: addr, Engine: b.store.Engine(), Plugins: b.plugins.List(), Demo: b.demoURL})
	}
	for _, n := range b.startImports(&o.Config.Config) {
		b.running.Go(func() { b.importAtStart(ctx, n, o.Imported) })
	}
	trim() // before plugins are compiled, which is the peak of memory
	time.AfterFunc(time.Second, trim)
	select {
	case <-ctx.Done():
		return nil
	case err := <-served:
		return errs.Wrap("serving", err)
	}
}

// reloads reloads the plugins whenever it is asked to, until ctx ends.
func (b *backend) reloads(ctx context.Context, o *Options) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.Reload:
			_, _ = b.plugins.Reload(ctx) // it logs what became of them
		}
	}
}

// shutdown ends everything in reverse order, within the time allowed.
func shutdown(ctx context.Context, front *api.Server, b *backend, limit time.Duration) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer stop()
	err := errs.Wrap("ending requests", front.Shutdown(ctx))
	if b == nil {
		return err
	}
	return errors.Join(err, b.close(ctx))
}

// workspace is that of imports which name none, as in the REST contract.
const workspace = "default"

func schedules(list []config.Schedule) []scrape.Schedule {
	all := make([]scrape.Schedule, len(list))
	for i, s := range list {
		all[i] = scrape.Schedule{
			Workspace: s.Workspace, Every: s.Every,
			Job: scrape.NewJob{URL: s.URL, Plugin: s.Plugin, Max: s.MaxProducts},
		}
		if s.Workspace == "" {
			all[i].Workspace = workspace
		}
	}
	return all
}

// startImports are the shops to import now: the demo shop and store.url.
func (b *backend) startImports(c *config.Config) []scrape.NewJob {
	var all []scrape.NewJob
	if b.demoURL != "" {
		all = append(all, scrape.NewJob{URL: b.demoURL})
	}
	if c.Store.URL != "" {
		all = append(all, scrape.NewJob{URL: c.Store.URL, StoreType: c.Store.Type, Max: c.Store.MaxProducts})
	}
	return all
}

// importAtStart imports a shop as a job like any other. That another host is
// at it already is as good.
func (b *backend) importAtStart(ctx context.Context, n scrape.NewJob, tell func(Import)) {
	began := time.Now()
	job, err := b.jobs.Create(ctx, workspace, n)
	if err == nil {
		job, err = b.jobs.Execute(ctx, workspace, job.ID)
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		b.log.Warn("import at start", "url", n.URL, "error", err)
	}
	if tell != nil {
		tell(Import{URL: n.URL, Job: job, Err: err, Took: time.Since(began)})
	}
}

package server

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/hashicorp/go-hclog"
	"go.opentelemetry.io/otel/trace"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge/importer"
	"github.com/omakase-ai/omakase/core/queue"
	"github.com/omakase-ai/omakase/core/routing"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/postgres"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/demo"
	"github.com/omakase-ai/omakase/host/observe"
	"github.com/omakase-ai/omakase/host/trust"
)

// backend is what stands behind the REST interface.
type backend struct {
	log     hclog.Logger
	store   store.Store
	queue   queue.Queue
	jobs    *scrape.Service
	imports *importer.Service
	tools   *Tools
	plugins *plugins
	prompts *agent.Composer
	carts   *shop.Service
	toolbox *routing.Tools
	demoURL string

	running sync.WaitGroup // what ends with work's context
	closers []func(context.Context) error
}

// OpenStore opens the database that the configuration names, and brings its
// schema up to date first.
func OpenStore(ctx context.Context, c *config.Config) (store.Store, error) {
	if url := c.DatabaseURL.Reveal(); url != "" {
		return postgres.Open(ctx, postgres.Options{URL: url})
	}
	return sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(c.DataDir, "omakase.db")})
}

// open opens everything in the order of its needs. When one part can't be
// opened, those before it are closed.
func open(ctx context.Context, o *Options, metrics *observe.Metrics) (*backend, error) {
	b := &backend{log: o.Log}
	if err := b.open(ctx, o, metrics); err != nil {
		return nil, errors.Join(err, b.close(ctx))
	}
	return b, nil
}

func (b *backend) open(ctx context.Context, o *Options, metrics *observe.Metrics) (err error) {
	c := o.Config
	if err := os.MkdirAll(c.DataDir, 0o750); err != nil {
		return (&errs.Error{Kind: errs.Invalid, Op: "making the data folder", Err: err}).
			WithHint("name another one with --data or OMAKASE_DATA_DIR")
	}
	if b.store, err = OpenStore(ctx, &c.Config); err != nil {
		return err
	}
	b.closes(func(context.Context) error { return errs.Wrap("closing the store", b.store.Close()) })

	allow, err := b.openDemo(ctx, &c.Demo)
	if err != nil {
		return err
	}
	// The shop sells by plugins, and plugins sell from the shop.
	checkout := &links{}
	if b.carts, err = openShop(&c.Config, b.store, checkout); err != nil {
		return err
	}
	tracer, err := b.tracer(o)
	if err != nil {
		return err
	}
	b.tools, err = OpenTools(ToolOptions{
		Config: c, Builtins: o.Builtins, Version: o.Version, Log: o.Log, KV: b.store, Store: b.store, Shop: b.carts, Allow: allow, Metrics: metrics, Tracer: tracer,
		Agreed: trust.OpenBook(AgreedDir(&c.Config)),
	})
	if err != nil {
		return err
	}
	checkout.plugins = b.tools.Plugins
	b.closes(func(context.Context) error { b.tools.Close(); return nil })
	metrics.Plugins(standing(b.tools.Plugins))
	b.plugins = &plugins{host: b.tools.Plugins, log: o.Log.Named("plugins"), reread: o.Reread, config: c.Config}
	if b.prompts, err = prompts(&c.Agents, b.store, b.tools.Plugins); err != nil {
		return err
	}
	b.toolbox = routing.NewTools(routing.ToolOptions{
		Providers: b.tools.Plugins, First: c.Tools.First, Without: c.Tools.Without, Log: observe.Slog(o.Log.Named("tools")),
	})

	if b.queue, err = queue.New(b.store, queue.Options{Logger: warnings(observe.Slog(o.Log.Named("queue"))), Rested: trim}); err != nil {
		return errs.Wrap("opening the queue", err)
	}
	b.jobs = scrape.New(scrape.Options{
		Store: b.store, Queue: b.queue, Router: b.tools.Router, Log: observe.Slog(o.Log.Named("jobs")),
		PageTimeout: c.Jobs.PageTimeout, RetryDelay: c.Jobs.RetryDelay, Bounds: Bounds(&c.Jobs), Finished: finished(metrics),
		Alone: b.store.Engine() == "sqlite", // its file is locked by this process
	})
	b.imports = importer.New(importer.Options{
		Store: b.store, Fetch: shops{b.tools.Fetch}, Currency: c.Store.Currency, Log: observe.Slog(o.Log.Named("imports")),
		Alone: b.store.Engine() == "sqlite",
	})
	b.closes(func(ctx context.Context) error {
		b.running.Wait()
		return errs.Wrap("stopping the queue", b.queue.Stop(ctx))
	})
	return nil
}

// tracer makes spans, where the configuration names who receives them.
func (b *backend) tracer(o *Options) (trace.Tracer, error) {
	c := &o.Config.Observe
	if c.OTLPEndpoint == "" {
		return nil, nil
	}
	headers := make([]string, len(c.OTLPHeaders))
	for i, h := range c.OTLPHeaders {
		headers[i] = h.Reveal()
	}
	t, err := observe.NewTracing(observe.TracingOptions{
		Endpoint: c.OTLPEndpoint, Headers: headers, Percent: c.TracePercent, Version: o.Version, Logger: o.Log.Named("traces"),
	})
	if err != nil {
		return nil, err
	}
	b.closes(t.Shutdown)
	return t.Tracer(), nil
}

// openDemo serves the demo shop where it is wanted, and returns the address that
// fetches may then reach.
func (b *backend) openDemo(ctx context.Context, c *config.Demo) (allow []string, err error) {
	if !c.Enabled {
		return nil, nil
	}
	site, err := demo.Start(ctx, c.Addr)
	if err != nil {
		return nil, (&errs.Error{Kind: errs.Unavailable, Err: err}).
			WithHint("choose another address for it: OMAKASE_DEMO_ADDR=127.0.0.1:PORT")
	}
	b.closes(func(context.Context) error { return site.Close() })
	b.demoURL = site.URL()
	return []string{site.Addr()}, nil
}

// warnings drops what the queue's engine says in the ordinary course of work,
// which concerns only those who debug it.
func warnings(log *slog.Logger) *slog.Logger {
	if log.Enabled(context.Background(), slog.LevelDebug) {
		return log
	}
	return slog.New(atLeastWarn{log.Handler()})
}

type atLeastWarn struct{ slog.Handler }

// Enabled implements slog.Handler.
func (atLeastWarn) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// WithAttrs implements slog.Handler.
func (h atLeastWarn) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeastWarn{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h atLeastWarn) WithGroup(name string) slog.Handler {
	return atLeastWarn{h.Handler.WithGroup(name)}
}

// closes adds what close is to do before all that was added earlier.
func (b *backend) closes(f func(context.Context) error) { b.closers = append(b.closers, f) }

// close undoes open in reverse order.
func (b *backend) close(ctx context.Context) error {
	var err error
	for i := len(b.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, b.closers[i](ctx))
	}
	b.closers = nil
	return err
}

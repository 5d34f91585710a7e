package wasm

import (
	"cmp"
	"context"
	"io/fs"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// Options configure a Host. All fields may be left out.
type Options struct {
	// Builtin holds the built-in plugins as *.wasm at its root. Files that are
	// io.ReaderAt (those of embed are) aren't read before they are needed.
	Builtin fs.FS
	// Dir is a folder of further plugins. It need not exist.
	Dir string
	// Files are further plugins, by their paths.
	Files []string
	// CacheDir is the folder of compiled plugins, which is made if need be;
	// nobody else may write there. Without it each start compiles anew.
	CacheDir string
	// Settings by plugin id.
	Settings map[string]Settings
	// Functions are what guests may ask for. Default: those that need no
	// service.
	Functions *capability.Functions
	// IdleTimeout is after how long an unused plugin is let go with all its
	// memory. Default 5 min.
	IdleTimeout time.Duration
	// Trim gives memory back to the system, a while after plugins were loaded
	// or let go. Default debug.FreeOSMemory.
	Trim func()
	// Called is told of each call that ended: how long it took, waiting
	// included, and how it failed. Default: nobody is.
	Called func(plugin, operation string, took time.Duration, err error)
	// Quantum is after how many units of fuel the host looks at a guest, so
	// that fuel is known to so many units. It is for tools that measure:
	// default is what disturbs the guest least.
	Quantum int
	// Fresh gives each call an instance of its own, so that the same call takes
	// the same fuel whatever came before it.
	Fresh bool
	// Logger is told of what happens to plugins. Default: none.
	Logger hclog.Logger
}

// Host runs plugins. It is safe for concurrent use. Close it when done.
type Host struct {
	functions *capability.Functions
	log       hclog.Logger
	trim      func()
	called    func(plugin, operation string, took time.Duration, err error)
	plugins   []*plugin // by id, and those that can't be read last
	byID      map[string]*plugin

	mu      sync.Mutex
	closed  bool
	tidying *time.Timer
	working sync.WaitGroup
}

// settle is after how long what was allocated to load plugins, or what they
// held, goes back to the system. Without it the process stays as large as it
// was at its largest for minutes.
const settle = time.Second

// tidy gives memory back to the system in a while, once for all plugins that
// were loaded or let go meanwhile.
func (h *Host) tidy() {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
	case h.tidying == nil:
		h.tidying = time.AfterFunc(settle, h.trim)
	default:
		h.tidying.Reset(settle)
	}
}

// New finds the plugins and reads their manifests, and does no more: what it
// can't read is listed as failed. Its only errors are folders that can't be
// listed.
func New(o Options) (*Host, error) {
	h := &Host{functions: o.Functions, log: o.Logger, trim: o.Trim, called: o.Called, byID: map[string]*plugin{}}
	if h.log == nil {
		h.log = hclog.NewNullLogger()
	}
	if h.functions == nil {
		h.functions = capability.New(capability.Services{Logger: h.log})
	}
	if h.called == nil {
		h.called = func(string, string, time.Duration, error) {}
	}
	if h.trim == nil {
		h.trim = debug.FreeOSMemory
	}
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 5*time.Minute)
	inside, err := builtins(o.Builtin)
	if err != nil {
		return nil, errs.Wrap("listing the built-in plugins", err)
	}
	outside, err := files(o.Dir, o.Files)
	if err != nil {
		return nil, errs.Wrap("listing the plugins in "+o.Dir, err)
	}
	for _, s := range slices.Concat(inside, outside) {
		h.add(h.discover(s, o))
	}
	slices.SortStableFunc(h.plugins, func(a, b *plugin) int { return strings.Compare(a.sortKey(), b.sortKey()) })
	for id := range o.Settings {
		if h.byID[id] == nil {
			h.log.Warn("settings are for a plugin that isn't there", "plugin", id)
		}
	}
	return h, nil
}

// discover reads the manifest of one module.
func (h *Host) discover(s source, o Options) *plugin {
	p := &plugin{
		source: s, functions: h.functions, tidy: h.tidy, state: Discovered, loading: make(chan struct{}, 1), log: h.log,
		cacheDir: o.CacheDir, idle: o.IdleTimeout,
	}
	text, err := s.manifest()
	if err != nil {
		p.state, p.failure = Failed, &Fault{Reason: Refused, Text: err.Error(), err: err}
		return p
	}
	p.text = text
	m, err := abi.ParseManifest(text)
	if err != nil {
		p.state, p.failure = Failed, refused("%s: %s", s.path, strings.ReplaceAll(err.Error(), "\n", "; "))
		return p
	}
	p.manifest = m
	p.settings = o.Settings[m.ID]
	p.settings.Config = withSecrets(p.settings)
	p.limits = p.settings.limits(m.Limits, s.builtin)
	p.limits.quantum = int32(o.Quantum)
	if o.Fresh {
		p.limits.Calls = 1
	}
	p.log = h.log.With("plugin", m.ID)
	p.caps = capability.NewPlugin(m.ID, publicConfig(m.ConfigSchema, p.settings.Config),
		p.settings.grants(m, s.builtin), capability.Limits{Reply: p.limits.ReplyBytes})
	p.caps.SetSecrets(secretsOf(m.ConfigSchema, p.settings.Config))
	return p
}

// add lists a plugin. A file takes the place of a built-in plugin of the same
// id; of two files the first one stays.
func (h *Host) add(p *plugin) {
	if p.manifest == nil {
		h.log.Error("plugin is of no use", "file", p.source.path, "error", p.failure.Text)
		h.plugins = append(h.plugins, p)
		return
	}
	before := h.byID[p.id()]
	switch {
	case before == nil:
	case before.source.builtin && !p.source.builtin:
		h.log.Info("plugin file takes the place of the built-in one", "plugin", p.id(), "file", p.source.path,
			"version", p.manifest.Version, "built_in", before.manifest.Version)
		h.plugins = slices.DeleteFunc(h.plugins, func(q *plugin) bool { return q == before })
	default:
		p.state, p.failure = Failed, refused("%s has the id %s, which %s has already", p.source.path, p.id(), before.source.path)
		h.log.Error("plugin is of no use", "file", p.source.path, "error", p.failure.Text)
		h.plugins = append(h.plugins, p)
		return
	}
	h.byID[p.id()] = p
	h.plugins = append(h.plugins, p)
}

func (p *plugin) sortKey() string {
	if p.manifest == nil {
		return "~" + path.Base(p.source.name)
	}
	return p.manifest.ID
}

// find returns an enabled plugin by its id.
func (h *Host) find(id string) (*plugin, error) {
	p := h.byID[id]
	if p == nil {
		return nil, errs.New(errs.NotFound, "no plugin %q", clip(id, 80)).WithHint("see omakase plugin list")
	}
	if !p.enabled() {
		return nil, errs.New(errs.Unavailable, "plugin %s is disabled", id).WithHint("enable it in plugins.settings.%s", id)
	}
	return p, nil
}

// providers returns the ids of the enabled plugins that provide a kind, such
// as "scraper/1".
func (h *Host) providers(kind string) []string {
	var ids []string
	for _, p := range h.plugins {
		if p.manifest != nil && h.byID[p.id()] == p && p.enabled() && slices.Contains(p.manifest.Provides, kind) {
			ids = append(ids, p.id())
		}
	}
	return ids
}

// begin counts a call, so that Close waits for it.
func (h *Host) begin() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errs.New(errs.Unavailable, "the plugin host is shut down")
	}
	h.working.Add(1)
	return nil
}

// Close waits for the calls that are under way, which their callers may
// cancel, and frees everything. Later calls fail with the kind Unavailable.
func (h *Host) Close() {
	h.mu.Lock()
	h.closed = true
	if h.tidying != nil {
		h.tidying.Stop()
	}
	h.mu.Unlock()
	h.working.Wait()
	for _, p := range h.plugins {
		p.close()
	}
}

// Check loads a plugin, starts it and lets it test itself. It returns what is
// wrong with it.
func (h *Host) Check(ctx context.Context, id string) error {
	p, err := h.find(id)
	if err != nil {
		return err
	}
	if err := h.begin(); err != nil {
		return err
	}
	defer h.working.Done()
	m, f := p.acquire(ctx)
	if f != nil {
		return failed(id, "check", f)
	}
	p.release(m)
	return nil
}

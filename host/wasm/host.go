package wasm

import (
	"cmp"
	"context"
	"io/fs"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.opentelemetry.io/otel/trace"

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
	// Drain is how long calls of a plugin that was replaced may go on. Default
	// 30 s.
	Drain time.Duration
	// Trim gives memory back to the system, a while after plugins were loaded
	// or let go. Default debug.FreeOSMemory.
	Trim func()
	// Called is told of each call that ended. Default: nobody is.
	Called func(CallInfo)
	// Tracer makes a span for each call and each host call in it. Nil: none
	// are made, which costs nothing.
	Tracer trace.Tracer
	// Quantum is after how many units of fuel the host looks at a guest, so
	// that fuel is known to so many units. It is for tools that measure:
	// default is what disturbs the guest least.
	Quantum int
	// Fresh gives each call an instance of its own, so that the same call takes
	// the same fuel whatever came before it.
	Fresh bool
	// Examine says why a module, which isn't built in, is not taken. It is asked
	// before the module is compiled; digest is that of Settings. Default: all
	// are.
	Examine func(id, digest string, module []byte) error
	// Choose is asked which file to take for a plugin, which isn't built in: its
	// own, or another one with an older version. Default: its own.
	Choose func(m *abi.Manifest, path string) (string, error)
	// Logger is told of what happens to plugins. Default: none.
	Logger hclog.Logger
}

// Host runs plugins. It is safe for concurrent use. Close it when done.
type Host struct {
	o         Options
	functions *capability.Functions
	log       hclog.Logger
	trim      func()
	called    func(CallInfo)

	copies    *copies
	registry  atomic.Pointer[registry]
	reloading chan struct{}          // held by a reload
	seen      map[string]fs.FileInfo // in Options.Dir, before plugins were looked for

	mu      sync.Mutex
	closed  bool
	tidying *time.Timer
	records map[string]*record // by plugin id
	leaving []*plugin          // replaced, and still called
	working sync.WaitGroup     // calls and reloads
	drained sync.WaitGroup     // leaving plugins
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
	h := &Host{
		functions: o.Functions, log: o.Logger, trim: o.Trim, called: o.Called,
		reloading: make(chan struct{}, 1), records: map[string]*record{},
	}
	if h.log == nil {
		h.log = hclog.NewNullLogger()
	}
	if h.functions == nil {
		h.functions = capability.New(capability.Services{Logger: h.log})
	}
	if h.called == nil {
		h.called = func(CallInfo) {}
	}
	if h.trim == nil {
		h.trim = debug.FreeOSMemory
	}
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 5*time.Minute)
	o.Drain = cmp.Or(o.Drain, 30*time.Second)
	h.o = o
	h.copies = newCopies(o.CacheDir)
	h.seen = look(o.Dir)
	found, err := h.survey(o.Settings)
	if err != nil {
		return nil, err
	}
	for _, p := range found.byID {
		p.serveAs(h.recordOf(p.id()))
	}
	h.registry.Store(found)
	h.tell(found, o.Settings)
	return h, nil
}

// tell logs what is remarkable about the plugins that were found.
func (h *Host) tell(found *registry, settings map[string]Settings) {
	for _, p := range found.broken {
		h.log.Error("plugin is of no use", "file", p.source.path, "error", p.failure.Text)
	}
	for id, inside := range found.hidden {
		p := found.byID[id]
		h.log.Info("plugin file takes the place of the built-in one", "plugin", id, "file", p.source.path,
			"version", p.manifest.Version, "built_in", inside.manifest.Version)
	}
	for id := range settings {
		if found.byID[id] == nil {
			h.log.Warn("settings are for a plugin that isn't there", "plugin", id)
		}
	}
}

// find returns the plugin that serves an id now, if it is enabled.
func (h *Host) find(id string) (*plugin, error) {
	p := h.registry.Load().byID[id]
	if p == nil {
		return nil, errs.New(errs.NotFound, "no plugin %q", clip(id, 80)).WithHint("see omakase plugin list")
	}
	if !p.enabled() {
		return nil, errs.New(errs.Unavailable, "plugin %s is disabled", id).WithHint("enable it in plugins.settings.%s", id)
	}
	return p, nil
}

// acquire takes the module that serves an id now, which the caller releases.
// One that is replaced while it is asked for isn't the answer: its successor
// is.
func (h *Host) acquire(ctx context.Context, id string) (p *plugin, m *module, err error) {
	for {
		before := p
		if p, err = h.find(id); err != nil {
			return nil, nil, err
		}
		m, f := p.acquire(ctx)
		switch {
		case f == nil:
			return p, m, nil
		case f != replaced || p == before:
			return p, nil, f
		}
	}
}

// providers returns the ids of the enabled plugins that provide a kind, such
// as "scraper/1".
func (h *Host) providers(kind string) []string {
	var ids []string
	for _, p := range h.registry.Load().list() {
		if p.usable() && p.enabled() && slices.Contains(p.manifest.Provides, kind) {
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
	for _, p := range h.registry.Load().byID {
		p.retire()
		<-p.gone
	}
	h.drained.Wait()
}

// Check loads a plugin, starts it and lets it test itself. It returns what is
// wrong with it.
func (h *Host) Check(ctx context.Context, id string) error {
	if err := h.begin(); err != nil {
		return err
	}
	defer h.working.Done()
	p, m, err := h.acquire(ctx, id)
	if err != nil {
		return failedOr(id, "check", err)
	}
	p.release(m)
	return nil
}

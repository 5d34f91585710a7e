package wasm

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/abi"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

// plugin is one plugin through all of its life. It is safe for concurrent use.
type plugin struct {
	source    source
	functions *capability.Functions
	text      []byte        // of the manifest, as it was found
	manifest  *abi.Manifest // nil for a file that can't be read
	settings  Settings
	limits    Limits
	caps      *capability.Plugin
	cacheDir  string
	idle      time.Duration
	tidy      func() // gives memory back to the system in a while
	log       hclog.Logger

	loading chan struct{} // held while a module is loaded

	mu      sync.Mutex
	current *module // nil: not loaded
	state   State
	failure *Fault    // why it is of no use; nil: it may be
	retryAt time.Time // when to try again after a failure; zero: never
	timer   *time.Timer
	digest  string
	stats   stats
	closed  bool
}

// stats are what an operator sees of a plugin's work.
type stats struct {
	calls, errors int64
	fuel          int64
	lastError     string
	lastErrorAt   time.Time
	lastUsed      time.Time
}

// retryAfter is for how long a plugin that couldn't be loaded stays failed.
const retryAfter = 10 * time.Second

// surge is how long instances beyond the first stay after they were used.
const surge = 30 * time.Second

func (p *plugin) id() string { return p.manifest.ID }

func (p *plugin) enabled() bool { return p.settings.Enabled == nil || *p.settings.Enabled }

// acquire returns the module, loaded if need be, and keeps it from being
// closed until release.
func (p *plugin) acquire(ctx context.Context) (*module, *Fault) {
	if m, f := p.loaded(); m != nil || f != nil {
		return m, f
	}
	select {
	case p.loading <- struct{}{}:
		defer func() { <-p.loading }()
	case <-ctx.Done():
		return nil, ended(ctx)
	}
	if m, f := p.loaded(); m != nil || f != nil { // by somebody else meanwhile
		return m, f
	}
	m, f := p.load(ctx)
	if f != nil {
		p.log.Error("plugin can't be loaded", "reason", f.Reason, "error", f.Text)
		p.fail(f)
		return nil, f
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current, p.state, p.failure = m, Serving, nil
	m.refs++
	return m, nil
}

// loaded takes the module that is there. Both results are nil when it must be
// loaded.
func (p *plugin) loaded() (*module, *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, &Fault{Reason: Cancelled, Text: "the host is shutting down"}
	case p.failure != nil && (p.retryAt.IsZero() || time.Now().Before(p.retryAt)):
		return nil, p.failure
	case p.current != nil:
		p.current.refs++
	}
	return p.current, nil
}

// load verifies and compiles what the source has now.
func (p *plugin) load(ctx context.Context) (*module, *Fault) {
	if err := checkConfig(p.id(), p.manifest.ConfigSchema, p.settings.Config); err != nil {
		return nil, &Fault{Reason: Refused, Text: err.Error(), err: err}
	}
	begun := time.Now()
	wasm, err := p.source.read()
	if err != nil {
		return nil, &Fault{Reason: Refused, Text: err.Error(), err: err}
	}
	text, err := abi.ReadManifest(wasm)
	if err != nil {
		return nil, refused("%s: %v", p.source.path, err)
	}
	if !bytes.Equal(text, p.text) {
		return nil, refused("%s has changed since the host started; restart it", p.source.path)
	}
	p.setState(Verified)
	m, f := load(ctx, wasm, p.limits, p.cacheDir, p.log)
	if f != nil {
		return nil, f
	}
	p.mu.Lock()
	p.digest, p.state = m.digest, Compiled
	p.mu.Unlock()
	if f := p.selftest(ctx, m); f != nil {
		m.close()
		return nil, f
	}
	p.tidy()
	p.log.Debug("plugin is loaded", "version", p.manifest.Version, "took", time.Since(begun).Round(time.Millisecond))
	return m, nil
}

// selftest starts the first instance of a module and lets it test itself. A
// guest that knows no selftest is fine.
func (p *plugin) selftest(ctx context.Context, m *module) *Fault {
	i, f := m.pool.get(ctx)
	if f != nil {
		return f
	}
	defer func() { m.pool.put(i) }()
	session := p.functions.Session(p.caps, capability.SessionOptions{})
	defer session.Close()
	r := newRun(ctx, &m.limits)
	c := session.Begin(r.left)
	defer c.End()
	answer, f := i.do(ctx, wire.OpSelftest, []byte("{}"), c, r)
	if f != nil {
		f.Text = "selftest: " + f.Text
		return f
	}
	err := wire.DecodeReply(answer, &wire.Empty{})
	var e *wire.Error
	switch {
	case err == nil, errors.As(err, &e) && e.Code == wire.CodeUnsupported:
		return nil
	case e != nil:
		return refused("selftest: %v", err)
	}
	return i.badReply("selftest: %v", err)
}

func (p *plugin) setState(s State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = s
}

// fail remembers what made the plugin of no use: for ever what only another
// module or config can cure, and else for a while, so that nobody loads it
// again and again. That a caller went away says nothing about the plugin.
func (p *plugin) fail(f *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.Reason == Cancelled || errors.Is(f.err, context.DeadlineExceeded) {
		return
	}
	p.state, p.failure, p.retryAt = Failed, f, time.Now().Add(retryAfter)
	if f.Reason == Refused && !errs.Is(f.err, errs.Unavailable) {
		p.retryAt = time.Time{}
	}
}

// release gives a module back and closes it when it was the last to do so
// after the module was retired.
func (p *plugin) release(m *module) {
	p.mu.Lock()
	m.refs--
	last := m.refs == 0 && m.retired
	p.stats.lastUsed = time.Now()
	if !m.retired && p.timer == nil {
		p.timer = time.AfterFunc(min(surge, p.idle), p.tick)
	}
	p.mu.Unlock()
	if last {
		m.close()
	}
}

// tick lets go what hasn't been used for a while, and itself when nothing is
// left.
func (p *plugin) tick() {
	p.mu.Lock()
	m := p.current
	if m == nil || p.closed {
		p.timer = nil
		p.mu.Unlock()
		return
	}
	if m.refs == 0 && time.Since(p.stats.lastUsed) >= p.idle {
		p.timer = nil
		p.mu.Unlock()
		p.unload()
		p.tidy()
		return
	}
	p.timer = time.AfterFunc(min(surge, p.idle), p.tick)
	m.refs++ // trimmed outside of the lock
	p.mu.Unlock()
	m.pool.trim(surge, 1)
	p.mu.Lock()
	m.refs--
	last := m.refs == 0 && m.retired
	p.mu.Unlock()
	if last {
		m.close()
	}
}

// unload retires the module: it is closed now or when its last call ends.
func (p *plugin) unload() {
	p.mu.Lock()
	m := p.current
	p.current = nil
	var unused bool
	if m != nil {
		m.retired = true
		unused = m.refs == 0
		p.state = Verified
	}
	p.mu.Unlock()
	if unused {
		m.close()
	}
}

// close unloads the plugin for good.
func (p *plugin) close() {
	p.mu.Lock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	p.unload()
}

// record counts a call that ended.
func (p *plugin) record(r *run, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.calls++
	if r != nil {
		p.stats.fuel += r.fuel
	}
	if err != nil {
		p.stats.errors++
		p.stats.lastError, p.stats.lastErrorAt = err.Error(), time.Now()
	}
}

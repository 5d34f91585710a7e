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

// plugin is one generation of a plugin: a module with its manifest, settings
// and grants, through all of its life. What changes any of them makes another
// one. It is safe for concurrent use.
type plugin struct {
	source    source
	functions *capability.Functions
	text      []byte        // of the manifest, as it was found
	manifest  *abi.Manifest // nil for a file that can't be read
	second    bool          // another file has its id
	settings  Settings
	limits    Limits
	caps      *capability.Plugin
	breaker   breaker
	cacheDir  string
	copies    *copies
	idle      time.Duration
	tidy      func() // gives memory back to the system in a while
	examine   func(id, digest string, module []byte) error
	log       hclog.Logger
	waits     string // what is said of a later version that waits to be agreed to; "" where none does

	record     *record // of all generations
	generation int     // 0 until it serves

	loading chan struct{} // held while a module is loaded
	gone    chan struct{} // closed when it is retired and nobody uses it

	mu       sync.Mutex
	current  *module // nil: not loaded
	state    State
	failure  *Fault    // why it is of no use; nil: it may be
	retryAt  time.Time // when to try again after a failure; zero: never
	timer    *time.Timer
	digest   string
	lastUsed time.Time
	retired  bool
	leaving  *module // of a retired plugin
	copied   bool    // its module is kept in copies
}

// retryAfter is for how long a plugin that couldn't be loaded stays failed.
const retryAfter = 10 * time.Second

// surge is how long instances beyond the first stay after they were used.
const surge = 30 * time.Second

func (p *plugin) id() string { return p.manifest.ID }

func (p *plugin) enabled() bool { return p.settings.Enabled == nil || *p.settings.Enabled }

// usable reports whether the plugin could be called by its id.
func (p *plugin) usable() bool { return p.manifest != nil && !p.second }

// serveAs makes the plugin the next generation of those that r tells of.
func (p *plugin) serveAs(r *record) {
	p.record, p.generation = r, r.next()
	r.follow(p.caps)
}

// replaced is why a retired plugin can't be called.
var replaced = &Fault{Reason: Cancelled, Text: "the host is shutting down"}

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
	if f != nil && p.isRetired() { // it may have lost its module meanwhile: its successor has the answer
		return nil, replaced
	}
	if f != nil {
		p.log.Error("plugin can't be loaded", "reason", f.Reason, "error", f.Text)
		p.fail(f)
		return nil, f
	}
	if !p.serve(m) {
		m.close()
		return nil, replaced
	}
	return m, nil
}

func (p *plugin) isRetired() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.retired
}

// serve enters a module that is loaded, for one user. It is false for a plugin
// that was retired meanwhile.
func (p *plugin) serve(m *module) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.retired {
		return false
	}
	p.current, p.state, p.failure = m, Serving, nil
	m.refs++
	return true
}

// loaded takes the module that is there. Both results are nil when it must be
// loaded.
func (p *plugin) loaded() (*module, *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.retired:
		return nil, replaced
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
	wasm, err := p.read()
	if err != nil {
		return nil, &Fault{Reason: Refused, Text: err.Error(), err: err}
	}
	text, err := abi.ReadManifest(wasm)
	if err != nil {
		return nil, refused("%s: %v", p.source.path, err)
	}
	if !bytes.Equal(text, p.text) {
		return nil, changed(p.source)
	}
	if p.examine != nil && !p.source.builtin {
		if err := p.examine(p.id(), p.settings.Digest, wasm); err != nil {
			return nil, &Fault{Reason: Refused, Text: p.source.path + ": " + err.Error(), err: err}
		}
	}
	p.setState(Verified)
	m, f := load(ctx, wasm, p.limits, p.cacheDir, p.log)
	if f != nil {
		return nil, f
	}
	if !p.compiled(m) {
		m.close()
		return nil, changed(p.source)
	}
	p.keep(m.digest, wasm)
	if f := p.selftest(ctx, m); f != nil {
		m.close()
		return nil, f
	}
	p.setState(Warmed)
	if m.shelved {
		forgetCode(m.compiled)
	}
	p.tidy()
	p.log.Debug("plugin is loaded", "version", p.manifest.Version, "took", time.Since(begun).Round(time.Millisecond))
	return m, nil
}

// read returns the module: what the file holds, unless the generation was
// another before and a copy of that is kept.
func (p *plugin) read() ([]byte, error) {
	wasm, err := p.source.read()
	if known := p.knownDigest(); known != "" && !p.source.builtin && (err != nil || digestOf(wasm) != known) {
		if kept := p.copies.read(known); kept != nil {
			return kept, nil
		}
	}
	return wasm, err
}

// keep keeps a copy of the module, once.
func (p *plugin) keep(digest string, module []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.copied && !p.retired && !p.source.builtin {
		p.copied = p.copies.keep(digest, module)
	}
}

// end tells that the plugin is retired and nobody uses it. The caller holds mu.
func (p *plugin) end() {
	p.state, p.leaving = Closed, nil
	if p.copied {
		p.copies.drop(p.digest)
	}
	close(p.gone)
}

// changed is the fault of a file that isn't what was granted.
func changed(s source) *Fault {
	f := refused("%s has changed since it was read", s.path)
	f.advice = "reload the plugins, so that the new file is looked at as a whole"
	return f
}

// compiled notes what was compiled. It is false where an operator was shown
// another module.
func (p *plugin) compiled(m *module) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.digest != "" && p.digest != m.digest {
		return false
	}
	p.digest, p.state = m.digest, Compiled
	return true
}

// selftest starts the first instance of a module and lets it test itself. A
// guest that knows no selftest is fine.
func (p *plugin) selftest(ctx context.Context, m *module) *Fault {
	i, f := m.pool.get(ctx, "")
	if f != nil {
		return f
	}
	defer func() { m.pool.put(i) }()
	session := p.functions.Session(p.caps, capability.SessionOptions{})
	defer session.Close()
	r := newRun(ctx, m)
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
		i.served = false // that was for nobody
		m.remember(i)
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
	p.lastUsed = time.Now()
	if !m.retired && p.timer == nil {
		p.timer = time.AfterFunc(min(surge, p.idle), p.tick)
	}
	p.mu.Unlock()
	p.drop(m)
}

// drop gives up a use of a module.
func (p *plugin) drop(m *module) {
	p.mu.Lock()
	m.refs--
	last := m.refs == 0 && m.retired
	p.mu.Unlock()
	if last {
		p.close(m)
	}
}

// close frees a retired module that nobody uses.
func (p *plugin) close(m *module) {
	m.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.retired {
		p.end()
	}
}

// tick lets go what hasn't been used for a while, and itself when nothing is
// left.
func (p *plugin) tick() {
	p.mu.Lock()
	m := p.current
	if m == nil || p.retired {
		p.timer = nil
		p.mu.Unlock()
		return
	}
	if m.refs == 0 && time.Since(p.lastUsed) >= p.idle {
		p.timer = nil
		p.current, m.retired, p.state = nil, true, Verified
		p.mu.Unlock()
		m.close()
		p.tidy()
		return
	}
	p.timer = time.AfterFunc(min(surge, p.idle), p.tick)
	m.refs++ // trimmed outside of the lock
	p.mu.Unlock()
	m.pool.trim(surge, 1)
	p.drop(m)
}

// retire takes no more calls. The module is closed when its last call ends,
// which gone tells.
func (p *plugin) retire() {
	p.mu.Lock()
	if p.retired {
		p.mu.Unlock()
		return
	}
	p.retired = true
	if p.timer != nil {
		p.timer.Stop()
	}
	m := p.current
	p.current = nil
	if m == nil {
		p.end()
		p.mu.Unlock()
		return
	}
	m.retired, p.state = true, Draining
	unused := m.refs == 0
	p.leaving = m
	p.mu.Unlock()
	if unused {
		p.close(m)
	}
}

// kill ends the calls of a retired plugin.
func (p *plugin) kill() {
	p.mu.Lock()
	m := p.leaving
	p.mu.Unlock()
	if m != nil {
		m.kill()
	}
}

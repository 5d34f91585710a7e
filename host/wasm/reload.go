package wasm

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

// Outcome is what a reload did to a plugin.
type Outcome string

// The outcomes.
const (
	Unchanged Outcome = "unchanged"
	Added     Outcome = "added"    // it serves now and didn't before
	Replaced  Outcome = "replaced" // a new generation serves
	Kept      Outcome = "kept"     // the new generation is of no use: the one before serves on
	Off       Outcome = "disabled" // by the settings
	Removed   Outcome = "removed"  // its file is gone
	Broken    Outcome = "failed"   // it is of no use, and there is none before it that could serve
)

// Reloaded is what a reload did to one plugin.
type Reloaded struct {
	ID         string
	Outcome    Outcome
	Generation int    // that serves from now on; 0: none
	Reason     string // why it was kept or failed, or what else waits
	Took       time.Duration
}

// Reload looks for plugins again and brings them to settings; nil keeps the
// settings that there are. For each plugin whose file, settings or grants have
// changed it builds the next generation beside the one that serves and lets it
// test itself. If that succeeds it takes the place of the other, whose calls
// go on to their end, at most for Options.Drain; if not, the one before serves
// on. No call is refused meanwhile.
//
// The result has all plugins by id. Reload doesn't wait for the calls of the
// generations that were replaced. When ctx ends, what isn't built yet is kept
// as it was. One reload runs at a time.
func (h *Host) Reload(ctx context.Context, settings map[string]Settings) ([]Reloaded, error) {
	if err := h.begin(); err != nil {
		return nil, err
	}
	defer h.working.Done()
	select {
	case h.reloading <- struct{}{}:
		defer func() { <-h.reloading }()
	case <-ctx.Done():
		return nil, errs.Wrap("waiting for another reload", ctx.Err())
	}
	if settings == nil {
		settings = h.o.Settings
	}
	found, err := h.survey(settings)
	if err != nil {
		return nil, err
	}
	h.o.Settings = settings
	r := &reload{host: h, found: found, files: map[string]*plugin{}}
	r.run(ctx)
	h.tidy()
	return r.done, nil
}

// reload is one Reload under way.
type reload struct {
	host  *Host
	found *registry
	files map[string]*plugin // those that can't be read, by path
	done  []Reloaded
}

func (r *reload) run(ctx context.Context) {
	for _, p := range r.found.broken {
		r.files[p.source.path] = p
	}
	before := r.host.registry.Load()
	for id, p := range r.found.byID {
		r.note(r.bring(ctx, id, before.byID[id], p))
	}
	for id, old := range before.byID {
		if r.found.byID[id] == nil {
			r.note(r.leave(id, old))
		}
	}
	for _, p := range r.files {
		r.note(Reloaded{ID: p.name(), Outcome: Broken, Reason: p.failure.Text})
	}
	last := r.host.registry.Load()
	now := &registry{byID: last.byID, hidden: r.found.hidden, number: last.number}
	for _, p := range r.found.broken {
		if r.files[p.source.path] != nil {
			now.broken = append(now.broken, p)
		}
	}
	r.host.registry.Store(now)
	slices.SortFunc(r.done, func(a, b Reloaded) int { return strings.Compare(a.ID, b.ID) })
}

// note logs and keeps what became of a plugin.
func (r *reload) note(what Reloaded) {
	r.done = append(r.done, what)
	args := []any{"plugin", what.ID, "outcome", string(what.Outcome), "generation", what.Generation, "took", what.Took.Round(time.Millisecond)}
	switch what.Outcome {
	case Unchanged:
		return
	case Kept, Broken:
		r.host.log.Error("plugin can't be reloaded", append(args, "reason", what.Reason)...)
	default:
		r.host.log.Info("plugin is reloaded", args...)
	}
	r.host.recordOf(what.ID).note(&what)
}

// bring makes next the plugin of an id, if it is another one than old and of
// any use. old is nil for a plugin that wasn't there.
func (r *reload) bring(ctx context.Context, id string, old, next *plugin) Reloaded {
	began := time.Now()
	out := Reloaded{ID: id, Reason: next.waits}
	if old != nil && old.same(next) {
		out.Outcome, out.Generation = Unchanged, old.generation
		return out
	}
	if !next.enabled() {
		out.Outcome = Off
		r.swap(old, next)
		return out
	}
	module, f := next.acquire(ctx)
	out.Took = time.Since(began)
	switch serves := old != nil && old.enabled() && !old.failed(); {
	case f == nil:
		out.Outcome = Replaced
		if !serves {
			out.Outcome = Added
		}
		r.swap(old, next)
		next.release(module)
		out.Generation = next.generation
		return out
	case serves:
		next.retire()
		out.Outcome, out.Generation, out.Reason = Kept, old.generation, f.Text
	default:
		out.Outcome, out.Reason = Broken, f.Text
		r.swap(old, next)
	}
	return out
}

// leave lets a plugin go whose file is gone. One whose file is there and can't
// be read serves on.
func (r *reload) leave(id string, old *plugin) Reloaded {
	broken := r.files[old.source.path]
	if broken == nil || !old.enabled() || old.failed() {
		r.host.registry.Store(r.host.registry.Load().without(id))
		r.host.drain(old)
		return Reloaded{ID: id, Outcome: Removed}
	}
	delete(r.files, old.source.path)
	return Reloaded{ID: id, Outcome: Kept, Generation: old.generation, Reason: broken.failure.Text}
}

// swap puts next into the place of old, which may be nil, and drains old.
func (r *reload) swap(old, next *plugin) {
	next.serveAs(r.host.recordOf(next.id()))
	r.host.registry.Store(r.host.registry.Load().with(next))
	if old != nil {
		r.host.drain(old)
	}
}

// drain lets the calls of a plugin that was replaced end, and ends them when
// they take too long.
func (h *Host) drain(p *plugin) {
	p.retire()
	select {
	case <-p.gone:
		return
	default:
	}
	h.mu.Lock()
	h.leaving = append(h.leaving, p)
	h.mu.Unlock()
	h.drained.Go(func() {
		defer h.left(p)
		limit := time.NewTimer(h.o.Drain)
		defer limit.Stop()
		select {
		case <-p.gone:
		case <-limit.C:
			p.log.Warn("calls of a plugin that was replaced are ended", "generation", p.generation, "after", h.o.Drain)
			p.kill()
			<-p.gone
		}
	})
}

// left forgets a plugin that has drained.
func (h *Host) left(p *plugin) {
	h.mu.Lock()
	h.leaving = slices.DeleteFunc(h.leaving, func(q *plugin) bool { return q == p })
	h.mu.Unlock()
	h.tidy()
}

// same reports whether next would be the plugin over again: what nobody has
// read or seen yet can't differ. One that failed is tried again.
func (p *plugin) same(next *plugin) bool {
	if p.failed() || p.source.path != next.source.path || string(p.text) != string(next.text) || !reflect.DeepEqual(p.settings, next.settings) {
		return false
	}
	if p.source.builtin { // it is part of the program
		return true
	}
	p.loading <- struct{}{} // whoever loads it decides what it is
	<-p.loading
	known := p.knownDigest()
	return known == "" || known == next.readDigest()
}

// failed reports whether the plugin is of no use for now.
func (p *plugin) failed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state == Failed
}

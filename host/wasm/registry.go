package wasm

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// registry is the plugins that there are at one moment. It never changes: a
// reload puts another one in its place.
type registry struct {
	byID   map[string]*plugin
	broken []*plugin          // files that are of no use
	hidden map[string]*plugin // built-in plugins whose place a file takes
	number int                // counts those before it
}

// list is all plugins by id, and those that can't be read last.
func (r *registry) list() []*plugin {
	all := slices.Clone(r.broken)
	for _, p := range r.byID {
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b *plugin) int {
		if byKey := strings.Compare(a.sortKey(), b.sortKey()); byKey != 0 {
			return byKey
		}
		switch { // of two with the same id, the one that is used comes first
		case a.usable() && !b.usable():
			return -1
		case b.usable() && !a.usable():
			return 1
		}
		return strings.Compare(a.source.path, b.source.path)
	})
	return all
}

func (p *plugin) sortKey() string {
	if p.manifest == nil {
		return "~" + path.Base(p.source.name)
	}
	return p.manifest.ID
}

// with is the registry with one plugin more, or another generation of it.
func (r *registry) with(p *plugin) *registry {
	out := *r
	out.number++
	out.byID = maps.Clone(r.byID)
	out.byID[p.id()] = p
	return &out
}

// without is the registry with one plugin less.
func (r *registry) without(id string) *registry {
	out := *r
	out.number++
	out.byID = maps.Clone(r.byID)
	delete(out.byID, id)
	return &out
}

// survey finds the plugins that there are now and reads their manifests.
func (h *Host) survey(settings map[string]Settings) (*registry, error) {
	inside, err := builtins(h.o.Builtin)
	if err != nil {
		return nil, errs.Wrap("listing the built-in plugins", err)
	}
	outside, err := files(h.o.Dir, h.o.Files)
	if err != nil {
		return nil, errs.Wrap("listing the plugins in "+h.o.Dir, err)
	}
	r := &registry{byID: map[string]*plugin{}, hidden: map[string]*plugin{}}
	for _, s := range slices.Concat(inside, outside) {
		r.add(h.discover(s, settings))
	}
	return r, nil
}

// add enters a plugin that was found. A file takes the place of a built-in
// plugin of the same id; of two files the first one stays.
func (r *registry) add(p *plugin) {
	if p.manifest == nil {
		r.broken = append(r.broken, p)
		return
	}
	before := r.byID[p.id()]
	switch {
	case before == nil:
	case before.source.builtin && !p.source.builtin:
		r.hidden[p.id()] = before
	default:
		p.second = true
		p.state, p.failure = Failed, refused("%s has the id %s, which %s has already", p.source.path, p.id(), before.source.path)
		r.broken = append(r.broken, p)
		return
	}
	r.byID[p.id()] = p
}

// discover reads the manifest of one module.
func (h *Host) discover(s source, settings map[string]Settings) *plugin {
	p := &plugin{
		source: s, functions: h.functions, tidy: h.tidy, state: Discovered, loading: make(chan struct{}, 1), log: h.log,
		cacheDir: h.o.CacheDir, copies: h.copies, idle: h.o.IdleTimeout, record: new(record), gone: make(chan struct{}),
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
	if h.o.Choose != nil && !s.builtin {
		switch file, err := h.o.Choose(m, s.path); {
		case err != nil:
			p.state, p.failure = Failed, &Fault{Reason: Refused, Text: s.path + ": " + err.Error(), err: err}
			return p
		case file != s.path:
			before := h.discover(fileSource(file), settings)
			before.waits = fmt.Sprintf("version %s asks for more and waits for omakase plugin agree %s", m.Version, m.ID)
			return before
		}
	}
	p.manifest, p.examine = m, h.o.Examine
	p.settings = settings[m.ID]
	p.settings.Config = withSecrets(p.settings)
	p.limits = p.settings.limits(m.Limits, s.builtin)
	p.limits.quantum, p.limits.isolation = int32(h.o.Quantum), p.settings.Isolation
	if h.o.Fresh {
		p.limits.Calls = 1
	}
	p.breaker.faults, p.breaker.pause = p.limits.Faults, p.limits.Pause
	p.log = h.log.With("plugin", m.ID)
	p.caps = capability.NewPlugin(m.ID, publicConfig(m.ConfigSchema, p.settings.Config),
		p.settings.grants(m, s.builtin), p.limits.capabilities())
	p.caps.SetSecrets(secretsOf(m.ConfigSchema, p.settings.Config))
	return p
}

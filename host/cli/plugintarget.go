package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/config"
	"github.com/omakase-ai/omakase/host/kit/project"
	"github.com/omakase-ai/omakase/host/kit/trial"
	"github.com/omakase-ai/omakase/host/observe"
	"github.com/omakase-ai/omakase/host/server"
	"github.com/omakase-ai/omakase/host/trust"
	"github.com/omakase-ai/omakase/host/wasm"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// stage is a plugin that a command tries.
type stage struct {
	trial.Stage
	tools    *server.Tools
	project  *project.Project // nil: it isn't there as sources
	file     string           // of the module; "" for one that is installed
	language string
	needs    func(capability string) bool
	fresh    bool
}

// Close frees the plugin.
func (s *stage) Close() { s.tools.Close() }

// open makes a plugin ready to be tried: a folder is built first, a module is
// taken as it is, and anything else is the id of a plugin that is installed.
// The author's own plugin gets what its manifest asks for; an installed one
// what the operator grants. With fresh each call gets an instance of its own.
func (s *settings) open(ctx context.Context, p *Process, target string, fresh bool) (*stage, error) {
	l, err := s.load(p)
	if err != nil {
		return nil, err
	}
	st := &stage{language: project.Other, fresh: fresh}
	switch {
	case project.IsDir(target):
		if st.project, err = project.Open(target); err != nil {
			return nil, err
		}
		if st.file, err = st.project.Build(ctx); err != nil {
			return nil, err
		}
		st.language = st.project.Language
	case strings.HasSuffix(target, ".wasm"):
		st.file = filepath.Clean(target)
	}
	if st.file != "" {
		return st, st.openFile(p, l)
	}
	if st.tools, err = st.host(p, server.ToolOptions{Config: l, Builtins: p.Builtins}); err != nil {
		return nil, err
	}
	i, err := st.tools.Plugins.Plugin(target)
	if err != nil {
		st.Close()
		if errs.Is(err, errs.NotFound) {
			err = errs.New(errs.NotFound, "there is no folder %s, and no plugin of that id is installed", target).
				WithHint("name a plugin's folder, a .wasm file, or an id that omakase plugin list shows")
		}
		return nil, err
	}
	st.describe(&i)
	return st, nil
}

// openFile opens a module alone, with what its manifest asks for where the
// operator's settings don't say otherwise.
func (s *stage) openFile(p *Process, l *config.Loaded) error {
	m, err := moduleManifest(s.file)
	if err != nil {
		return err
	}
	alone := *l
	alone.Plugins.Dir, alone.Plugins.Signatures = "", trust.Off
	set := l.Plugins.Settings[m.ID]
	set.Enabled, set.Digest = nil, ""
	set.Grants = wholeGrants(m, set.Grants)
	alone.Plugins.Settings = map[string]config.Plugin{m.ID: set}
	if s.tools, err = s.host(p, server.ToolOptions{Config: &alone, Files: []string{s.file}}); err != nil {
		return err
	}
	i := s.tools.Plugins.Plugins()[0]
	if i.State == wasm.Failed {
		s.Close()
		return errs.New(errs.BadData, "%s", i.Reason).WithHint("omakase plugin check %s says more", s.file)
	}
	s.describe(&i)
	return nil
}

func (s *stage) describe(i *wasm.Info) {
	s.Stage = trial.Stage{Plugins: s.tools.Plugins, ID: i.ID}
	wanted := map[string]bool{}
	for _, g := range i.Grants {
		wanted[g.Capability] = true
	}
	s.needs = func(capability string) bool { return wanted[capability] }
}

// host opens tools that know fuel closely. What goes wrong the command says by
// itself, so there is a log only where one is asked for.
func (s *stage) host(p *Process, o server.ToolOptions) (*server.Tools, error) {
	log := hclog.NewNullLogger()
	if o.Config.Origin("log.level").Name != "" {
		var err error
		if log, err = observe.NewLogger(observe.LogOptions{Level: o.Config.Log.Level, Output: p.Stderr}); err != nil {
			return nil, err
		}
	}
	o.Version, o.Log, o.KV, o.Quantum, o.Fresh = Version(), log, new(trial.Memory), trial.Quantum, s.fresh
	return server.OpenTools(o)
}

// moduleManifest reads what a module says of itself.
func moduleManifest(file string) (*abi.Manifest, error) {
	wasm, err := os.ReadFile(file)
	if err != nil {
		return nil, &errs.Error{Kind: errs.NotFound, Err: err}
	}
	return manifestOf(file, wasm)
}

// manifestOf is what a module from a file says of itself.
func manifestOf(file string, wasm []byte) (*abi.Manifest, error) {
	text, err := abi.ReadManifest(wasm)
	if errors.Is(err, abi.ErrNoManifest) {
		return nil, errs.New(errs.BadData, "%s: %v", file, err).
			WithHint("omakase plugin build makes a module with plugin.json in it; --embed puts that into one which was built by other means")
	} else if err != nil {
		return nil, errs.New(errs.BadData, "%s: %v", file, err).
			WithHint("it is no WASM module, or not all of one: build it again with omakase plugin build, or get it anew")
	}
	m, err := abi.ParseManifest(text)
	if err != nil {
		return nil, errs.New(errs.BadData, "%s: %s", file, strings.ReplaceAll(err.Error(), "\n", "; ")).
			WithHint("correct plugin.json and build again")
	}
	return m, nil
}

// wholeGrants are the grants that give a plugin what its manifest asks for.
func wholeGrants(m *abi.Manifest, set config.Grants) config.Grants {
	yes := true
	if need, ok := m.Needs["http"]; ok && set.HTTP == nil {
		hosts := need.Hosts
		for _, kind := range m.Provides {
			if kind == "scraper/1" && !slices.Contains(hosts, abi.ShopHost) {
				hosts = append([]string{abi.ShopHost}, hosts...)
			}
		}
		set.HTTP = &config.HTTPGrant{Hosts: hosts, Methods: need.Methods}
	}
	if need, ok := m.Needs["secret"]; ok && set.Secret == nil {
		set.Secret = &config.SecretGrant{Hosts: need.Hosts}
	}
	if need, ok := m.Needs["kv"]; ok && set.KV == nil {
		quota := need.QuotaBytes
		if quota == 0 {
			quota = 1 << 20
		}
		set.KV = &config.KVGrant{Quota: config.Bytes(quota)}
	}
	for name, grant := range map[string]**bool{
		"html": &set.HTML, "crypto": &set.Crypto, "catalog": &set.Catalog, "cart": &set.Cart, "order": &set.Order, "knowledge": &set.Knowledge,
	} {
		if _, ok := m.Needs[name]; ok && *grant == nil {
			*grant = &yes
		}
	}
	return set
}

// say tells the person at the terminal what goes on; results go to stdout.
func (p *Process) say(format string, args ...any) { fmt.Fprintf(p.Stderr, format+"\n", args...) }

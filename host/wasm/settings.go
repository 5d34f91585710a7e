package wasm

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/omakase-ai/omakase/host/capability"
	"github.com/omakase-ai/omakase/sdk/abi"
)

// Settings are what the operator says about one plugin. What is left out is
// as the manifest has it.
type Settings struct {
	Enabled *bool           // nil: enabled
	Digest  string          // SHA-256 of the only module that is taken; "" is any
	Config  json.RawMessage // an object that the manifest's config_schema describes
	// Secrets are the texts of Config that the manifest marks as secret, by
	// their names; they overrule those in Config.
	Secrets map[string]string
	// Isolation is which calls may find what others left in a guest's variables.
	// Empty: ByWorkspace.
	Isolation Isolation
	Grants    Grants
	Limits    Limits
}

// Grants narrow what a plugin may use. A built-in plugin has what its manifest
// needs unless it is narrowed here. Any other has html of what it needs, and
// the rest only when it is granted here.
type Grants struct {
	HTTP   *HTTPGrant
	HTML   *bool
	KV     *KVGrant
	Crypto *bool
	Secret *SecretGrant
	// What belongs to selling.
	Catalog, Cart, Order, Knowledge *bool
}

// HTTPGrant is where a plugin may fetch from. No hosts grant nothing.
type HTTPGrant struct {
	Hosts   []string // as abi.ParseHostPattern reads them
	Methods []string // nil: GET and HEAD
	// MaxBytes and Timeout lower the host's limits of one request; 0 leaves
	// them.
	MaxBytes int64
	Timeout  time.Duration
}

// SecretGrant is where a plugin may send its secrets to. No hosts grant
// nothing.
type SecretGrant struct {
	Hosts []string // as abi.ParseHostPattern reads them
}

// KVGrant is a plugin's memory in each workspace; 0 grants none.
type KVGrant struct {
	Quota int64 // bytes
}

// Limits bound what a plugin may use. Zero is what the manifest wishes for,
// and else the default. A plugin that isn't built in gets no more by wishing
// than the default; the operator may give more.
type Limits struct {
	// Deadline is the longest that one call may work: 30 s. Waiting for other
	// people's servers doesn't count.
	Deadline time.Duration
	// Total is the longest that one call may take, waiting included: 5 min.
	Total time.Duration
	// Fuel is the most that one call may use, in units of package meter; 0 is
	// no limit.
	Fuel int64
	// MemoryMB is the linear memory of one instance: 64.
	MemoryMB int
	// Instances is how many may run at the same time: 4.
	Instances int
	// Queue is how many calls may wait for an instance: 64.
	Queue int
	// HostCalls is the number of host calls in one call: 10,000.
	HostCalls int
	// RequestBytes bounds what the guest is sent, and what it sends to the
	// host in one host call: 8 MiB.
	RequestBytes int
	// ReplyBytes bounds the guest's replies, and the host's: 16 MiB.
	ReplyBytes int
	// Calls is after how many calls an instance is replaced: 10,000. One that
	// has taken more than half of MemoryMB is replaced, too.
	Calls int
	// QueueWait is the longest that a call waits for an instance: Deadline.
	QueueWait time.Duration
	// LogLines is the number of lines that one call may log: 200; LogRate what
	// the plugin may log in a second: 50.
	LogLines, LogRate int
	// PageBytes is the size of the largest page that is parsed for the plugin:
	// 8 MiB; Nodes how many of its nodes one answer may hold: 20,000.
	PageBytes, Nodes int
	// Handles is how many bodies one call may hold: 64; BodyBytes how much in
	// all of them: 64 MiB.
	Handles   int
	BodyBytes int
	// Faults is after how many faults in a row the plugin is left alone for a
	// while: 5; below zero never. Pause is for how long at first: 5 s.
	Faults int
	Pause  time.Duration

	quantum   int32 // units between two checks; 0 follows the guest's pace
	isolation Isolation
}

const defaultQuota = 1 << 20

// effective limits of a plugin.
func (s Settings) limits(wish abi.Limits, builtin bool) Limits {
	l := s.Limits
	l.Deadline = choose(l.Deadline, time.Duration(wish.DeadlineMS)*time.Millisecond, 30*time.Second, builtin)
	l.Total = max(choose(l.Total, 0, 5*time.Minute, builtin), l.Deadline)
	l.MemoryMB = min(choose(l.MemoryMB, wish.MemoryMB, 64, builtin), 4096)
	l.Instances = choose(l.Instances, wish.Instances, 4, builtin)
	l.Queue = choose(l.Queue, 0, 64, builtin)
	l.HostCalls = choose(l.HostCalls, wish.HostCalls, 10_000, builtin)
	l.RequestBytes = choose(l.RequestBytes, 0, 8<<20, builtin)
	l.ReplyBytes = choose(l.ReplyBytes, 0, 16<<20, builtin)
	l.Calls = choose(l.Calls, 0, 10_000, builtin)
	l.QueueWait = choose(l.QueueWait, 0, l.Deadline, builtin)
	l.LogLines = choose(l.LogLines, 0, 200, builtin)
	l.LogRate = choose(l.LogRate, 0, 50, builtin)
	l.PageBytes = choose(l.PageBytes, 0, 8<<20, builtin)
	l.Nodes = choose(l.Nodes, 0, 20_000, builtin)
	l.Handles = choose(l.Handles, 0, 64, builtin)
	l.BodyBytes = choose(l.BodyBytes, 0, 64<<20, builtin)
	l.Faults = cmp.Or(l.Faults, 5)
	l.Pause = choose(l.Pause, 0, 5*time.Second, builtin)
	return l
}

// capabilities are the limits that hold outside of the guest.
func (l *Limits) capabilities() capability.Limits {
	return capability.Limits{
		Reply: l.ReplyBytes, LogLines: l.LogLines, LogRate: l.LogRate, PageBytes: l.PageBytes, Nodes: l.Nodes,
		Bodies: l.Handles, BodyBytes: int64(l.BodyBytes),
	}
}

// choose takes what was set, else the wish as far as it may go, else def.
func choose[T int | time.Duration](set, wish, def T, builtin bool) T {
	switch {
	case set > 0:
		return set
	case wish > 0 && (builtin || wish < def):
		return wish
	}
	return def
}

// grants is the manifest's needs, narrowed by the settings.
func (s Settings) grants(m *abi.Manifest, builtin bool) capability.Grants {
	g := capability.Grants{Refused: map[string]string{}}
	// may reports whether a need is granted by default or by setting.
	may := func(name string, set bool, allowed, byDefault bool) bool {
		_, needed := m.Needs[name]
		switch {
		case !needed:
			return false
		case set && !allowed:
			g.Refused[name] = "the operator's settings refuse it"
			return false
		case !set && !byDefault:
			g.Refused[name] = "the operator's settings don't grant it"
			return false
		}
		return true
	}
	isTrue := func(b *bool) bool { return b != nil && *b }
	g.HTML = may("html", s.Grants.HTML != nil, isTrue(s.Grants.HTML), true)
	g.Crypto = may("crypto", s.Grants.Crypto != nil, isTrue(s.Grants.Crypto), builtin)
	for _, sale := range []struct {
		name string
		set  *bool
		to   *bool
	}{
		{"catalog", s.Grants.Catalog, &g.Catalog},
		{"cart", s.Grants.Cart, &g.Cart},
		{"order", s.Grants.Order, &g.Order},
		{"knowledge", s.Grants.Knowledge, &g.Knowledge},
	} {
		*sale.to = may(sale.name, sale.set != nil, isTrue(sale.set), builtin)
	}
	if h := s.Grants.HTTP; may("http", h != nil, h != nil && len(h.Hosts) > 0, builtin) {
		g.HTTP = httpGrant(m, h)
	}
	if set := s.Grants.Secret; may("secret", set != nil, set != nil && len(set.Hosts) > 0, builtin) {
		if g.Secret, g.Refused["secret"] = secretGrant(m, set); g.Secret != nil {
			delete(g.Refused, "secret")
		}
	}
	if kv := s.Grants.KV; may("kv", kv != nil, kv != nil && kv.Quota > 0, builtin) {
		quota := m.Needs["kv"].QuotaBytes
		if quota == 0 {
			quota = defaultQuota
		}
		if kv != nil {
			quota = min(quota, kv.Quota)
		}
		g.KV = &capability.KVGrant{Quota: int(quota)}
	}
	return g
}

// httpGrant joins the manifest's hosts and methods with the operator's. A
// scraper may always want the shop that it was sent to.
func httpGrant(m *abi.Manifest, set *HTTPGrant) *capability.HTTPGrant {
	need := m.Needs["http"]
	wanted := need.Hosts
	if slices.Contains(m.Provides, scraperKind) && !slices.Contains(wanted, capability.ShopHost) {
		wanted = append(slices.Clone(wanted), capability.ShopHost)
	}
	methods := need.Methods
	if len(methods) == 0 {
		methods = []string{"GET", "HEAD"}
	}
	g := &capability.HTTPGrant{
		Hosts:   []capability.HostRule{{Source: "the manifest", Patterns: wanted}},
		Methods: methods,
	}
	if set == nil {
		return g
	}
	g.Hosts = append(g.Hosts, capability.HostRule{Source: "the operator's settings", Patterns: set.Hosts})
	g.MaxBytes, g.Timeout = set.MaxBytes, set.Timeout
	allowed := set.Methods
	if allowed == nil {
		allowed = []string{"GET", "HEAD"}
	}
	g.Methods = slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return !slices.Contains(allowed, m) })
	return g
}

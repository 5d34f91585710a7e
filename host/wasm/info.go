package wasm

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

// State is where a plugin stands; see the package comment.
type State string

// The states.
const (
	Discovered State = "discovered"
	Verified   State = "verified"
	Compiled   State = "compiled"
	Warmed     State = "warmed"
	Serving    State = "serving"
	Draining   State = "draining"
	Closed     State = "closed"
	Failed     State = "failed"
	Disabled   State = "disabled"
)

// Info is what an operator sees of a plugin.
type Info struct {
	ID          string      `json:"id"` // of a file that can't be read: its name
	Name        string      `json:"name,omitempty"`
	Description string      `json:"description,omitempty"`
	Version     string      `json:"version,omitempty"`
	Provides    []string    `json:"provides"`
	Source      string      `json:"source"` // "builtin" or "file"
	Path        string      `json:"path"`
	Digest      string      `json:"digest,omitempty"` // SHA-256 of the module
	Enabled     bool        `json:"enabled"`
	State       State       `json:"state"`
	Generation  int         `json:"generation"`       // counts how often it was replaced
	Reason      string      `json:"reason,omitempty"` // why it failed
	Grants      []GrantInfo `json:"grants"`
	Limits      LimitsInfo  `json:"limits"`
	Instances   int         `json:"instances"`
	MemoryBytes int64       `json:"memoryBytes"` // of the idle instances
	Calls       int64       `json:"calls"`
	Errors      int64       `json:"errors"`
	Denials     int64       `json:"denials"`
	Fuel        int64       `json:"fuel"` // used by all calls, see package meter
	LastError   string      `json:"lastError,omitempty"`
	LastErrorAt *time.Time  `json:"lastErrorAt,omitempty"`
	LastUsedAt  *time.Time  `json:"lastUsedAt,omitempty"`
	HostCalls   int64       `json:"hostCalls"`
	// P50 and P99 are how long half of the newest calls took at most, and 99
	// of 100, waiting included.
	P50     time.Duration `json:"p50"`
	P99     time.Duration `json:"p99"`
	Breaker BreakerInfo   `json:"breaker"`
	// Reload is what the last reload did that concerned the plugin; nil: none
	// did.
	Reload *ReloadInfo `json:"reload,omitempty"`
	// Draining are generations that were replaced and are still called.
	Draining []int `json:"draining,omitempty"`
}

// ReloadInfo is what a reload did to a plugin.
type ReloadInfo struct {
	At      time.Time `json:"at"`
	Outcome Outcome   `json:"outcome"`
	Reason  string    `json:"reason,omitempty"`
}

// GrantInfo is one capability that a plugin asks for.
type GrantInfo struct {
	Capability string `json:"capability"`
	Reason     string `json:"reason"` // the plugin's, for a person
	Granted    bool   `json:"granted"`
	Rule       string `json:"rule,omitempty"` // what it is narrowed to, or why it is refused
}

// LimitsInfo are the limits that hold.
type LimitsInfo struct {
	DeadlineMS   int64 `json:"deadlineMs"`
	TotalMS      int64 `json:"totalMs"`
	Fuel         int64 `json:"fuel,omitempty"`
	MemoryMB     int   `json:"memoryMb"`
	Instances    int   `json:"instances"`
	Calls        int   `json:"calls"`
	Queue        int   `json:"queue"`
	QueueWaitMS  int64 `json:"queueWaitMs"`
	HostCalls    int   `json:"hostCalls"`
	RequestBytes int   `json:"requestBytes"`
	ReplyBytes   int   `json:"replyBytes"`
	LogLines     int   `json:"logLines"`
	LogRate      int   `json:"logRate"`
	PageBytes    int   `json:"pageBytes"`
	Nodes        int   `json:"nodes"`
	Handles      int   `json:"handles"`
	BodyBytes    int   `json:"bodyBytes"`
	Faults       int   `json:"faults"`
	PauseMS      int64 `json:"pauseMs"`
}

// info are the limits as an operator sees them.
func (l *Limits) info() LimitsInfo {
	return LimitsInfo{
		DeadlineMS: l.Deadline.Milliseconds(), TotalMS: l.Total.Milliseconds(), Fuel: l.Fuel, MemoryMB: l.MemoryMB,
		Instances: l.Instances, Calls: l.Calls, Queue: l.Queue, QueueWaitMS: l.QueueWait.Milliseconds(), HostCalls: l.HostCalls,
		RequestBytes: l.RequestBytes, ReplyBytes: l.ReplyBytes, LogLines: l.LogLines, LogRate: l.LogRate, PageBytes: l.PageBytes,
		Nodes: l.Nodes, Handles: l.Handles, BodyBytes: l.BodyBytes, Faults: l.Faults, PauseMS: l.Pause.Milliseconds(),
	}
}

// BreakerInfo is how the breaker of a plugin stands.
type BreakerInfo struct {
	State   BreakerState `json:"state"`
	Faults  int          `json:"faults"`            // in a row
	RetryAt *time.Time   `json:"retryAt,omitempty"` // when a call goes through again
}

// Changes counts how often a plugin came, was replaced or went. What plugins
// made of the same question is the same as long as it stays.
func (h *Host) Changes() int { return h.registry.Load().number }

// Plugins lists all plugins by id, then the files that can't be read, then
// those that are gone but for calls that go on. It loads none of them; digests
// are read from the files at the first asking.
func (h *Host) Plugins() []Info { return h.infos((*plugin).readDigest) }

// Standing lists the same, with those digests alone that are known: it reads no
// file.
func (h *Host) Standing() []Info { return h.infos((*plugin).knownDigest) }

func (h *Host) infos(digest func(*plugin) string) []Info {
	r, leaving := h.registry.Load(), h.draining()
	all := make([]Info, 0, len(r.byID)+len(r.broken))
	for _, p := range r.list() {
		all = append(all, p.info(leaving, digest))
	}
	for _, p := range leaving {
		if r.byID[p.id()] == nil {
			all = append(all, p.info(leaving, digest))
		}
	}
	return all
}

// draining are the plugins that were replaced and are still called.
func (h *Host) draining() []*plugin {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.leaving)
}

// Plugin describes one plugin, also a disabled or failed one. NotFound when it
// isn't there.
func (h *Host) Plugin(id string) (Info, error) {
	if p := h.registry.Load().byID[id]; p != nil {
		return p.info(h.draining(), (*plugin).readDigest), nil
	}
	for _, info := range h.Plugins() {
		if info.ID == id {
			return info, nil
		}
	}
	return Info{}, errs.New(errs.NotFound, "no plugin %q", clip(id, 80)).WithHint("see omakase plugin list")
}

// name is the id, or of a file that can't be read its name.
func (p *plugin) name() string {
	if p.manifest != nil {
		return p.manifest.ID
	}
	return strings.TrimSuffix(path.Base(p.source.name), ".wasm")
}

// info describes the plugin. leaving are all plugins that drain, and digest
// tells the digest of one.
func (p *plugin) info(leaving []*plugin, digest func(*plugin) string) Info {
	info := Info{
		ID:         p.name(),
		Provides:   []string{},
		Source:     "file",
		Path:       p.source.path,
		Enabled:    p.enabled(),
		Generation: p.generation,
		Grants:     []GrantInfo{},
	}
	if p.source.builtin {
		info.Source = "builtin"
	}
	if p.manifest != nil {
		p.describe(&info)
		for _, q := range leaving {
			if q.id() == p.id() && q != p {
				info.Draining = append(info.Draining, q.generation)
			}
		}
	}
	p.record.tell(&info)
	info.Digest = digest(p)
	p.mu.Lock()
	defer p.mu.Unlock()
	info.State = p.state
	if p.failure != nil {
		info.Reason = p.failure.Text
	}
	if !info.Enabled {
		info.State = Disabled
	}
	if m := cmp.Or(p.current, p.leaving); m != nil {
		info.Instances, info.MemoryBytes = m.pool.counts()
	}
	return info
}

// tell fills in what the record knows.
func (r *record) tell(info *Info) {
	info.P50, info.P99 = r.latency()
	r.mu.Lock()
	defer r.mu.Unlock()
	info.Calls, info.Errors, info.Fuel, info.HostCalls, info.LastError = r.calls, r.errors, r.fuel, r.hostCalls, r.lastError
	info.LastErrorAt, info.LastUsedAt = timeOrNil(r.lastErrorAt), timeOrNil(r.lastUsed)
	if r.reloaded != nil {
		info.Reload = &ReloadInfo{At: r.reloadedAt.UTC(), Outcome: r.reloaded.Outcome, Reason: r.reloaded.Reason}
	}
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// describe fills in what the manifest and the settings say.
func (p *plugin) describe(info *Info) {
	m := p.manifest
	info.Name, info.Description, info.Version = m.Name, m.Description, m.Version
	info.Provides = m.Provides
	info.Denials = p.caps.Denials()
	info.Limits = p.limits.info()
	state, faults, retry := p.breaker.state(time.Now())
	info.Breaker = BreakerInfo{State: state, Faults: faults, RetryAt: timeOrNil(retry)}
	for _, name := range slices.Sorted(maps.Keys(m.Needs)) {
		granted, rule := p.caps.Grants.Rule(name)
		info.Grants = append(info.Grants, GrantInfo{Capability: name, Reason: m.Needs[name].Reason, Granted: granted, Rule: rule})
	}
}

// readDigest reads the digest once; "" when the file can't be read, or is
// being read by who loads it.
func (p *plugin) readDigest() string {
	if digest := p.knownDigest(); digest != "" {
		return digest
	}
	select {
	case p.loading <- struct{}{}:
		defer func() { <-p.loading }()
	default:
		return ""
	}
	if digest := p.knownDigest(); digest != "" {
		return digest
	}
	digest, err := p.source.digest()
	if err != nil {
		return ""
	}
	p.tidy() // a module that is built in has come into memory
	p.mu.Lock()
	defer p.mu.Unlock()
	p.digest = digest
	return digest
}

// knownDigest is the digest of what was read or shown; "" when nothing was.
func (p *plugin) knownDigest() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.digest
}

// String is a line about a plugin, such as "scraper.shopify 1.0.0 (serving)".
func (i Info) String() string { return fmt.Sprintf("%s %s (%s)", i.ID, i.Version, i.State) }

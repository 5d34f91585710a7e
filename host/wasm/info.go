package wasm

import (
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
	Serving    State = "serving"
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
	Queue        int   `json:"queue"`
	HostCalls    int   `json:"hostCalls"`
	RequestBytes int   `json:"requestBytes"`
	ReplyBytes   int   `json:"replyBytes"`
}

// Plugins lists all plugins by id, then the files that can't be read. It
// loads none of them; digests are read from the files at the first asking.
func (h *Host) Plugins() []Info {
	all := make([]Info, 0, len(h.plugins))
	for _, p := range h.plugins {
		all = append(all, p.info())
	}
	return all
}

// Plugin describes one plugin, also a disabled or failed one. NotFound when it
// isn't there.
func (h *Host) Plugin(id string) (Info, error) {
	if p := h.byID[id]; p != nil {
		return p.info(), nil
	}
	for _, p := range h.plugins {
		if info := p.info(); info.ID == id {
			return info, nil
		}
	}
	return Info{}, errs.New(errs.NotFound, "no plugin %q", clip(id, 80)).WithHint("see omakase plugin list")
}

func (p *plugin) info() Info {
	info := Info{
		ID:       strings.TrimSuffix(path.Base(p.source.name), ".wasm"),
		Provides: []string{},
		Source:   "file",
		Path:     p.source.path,
		Enabled:  p.enabled(),
		Grants:   []GrantInfo{},
	}
	if p.source.builtin {
		info.Source = "builtin"
	}
	if p.manifest != nil {
		p.describe(&info)
	}
	digest := p.readDigest()
	p.mu.Lock()
	defer p.mu.Unlock()
	info.Digest = digest
	info.State = p.state
	if p.failure != nil {
		info.Reason = p.failure.Text
	}
	if !info.Enabled {
		info.State = Disabled
	}
	if p.current != nil {
		info.Instances, info.MemoryBytes = p.current.pool.counts()
	}
	s := p.stats
	info.Calls, info.Errors, info.Fuel, info.LastError = s.calls, s.errors, s.fuel, s.lastError
	info.LastErrorAt, info.LastUsedAt = timeOrNil(s.lastErrorAt), timeOrNil(s.lastUsed)
	return info
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
	m, l := p.manifest, p.limits
	info.ID, info.Name, info.Description, info.Version = m.ID, m.Name, m.Description, m.Version
	info.Provides = m.Provides
	info.Denials = p.caps.Denials()
	info.Limits = LimitsInfo{
		DeadlineMS: l.Deadline.Milliseconds(), TotalMS: l.Total.Milliseconds(), Fuel: l.Fuel, MemoryMB: l.MemoryMB,
		Instances: l.Instances, Queue: l.Queue, HostCalls: l.HostCalls, RequestBytes: l.RequestBytes, ReplyBytes: l.ReplyBytes,
	}
	for _, name := range slices.Sorted(maps.Keys(m.Needs)) {
		granted, rule := p.caps.Grants.Rule(name)
		info.Grants = append(info.Grants, GrantInfo{Capability: name, Reason: m.Needs[name].Reason, Granted: granted, Rule: rule})
	}
}

// readDigest reads the digest once; "" when the file can't be read.
func (p *plugin) readDigest() string {
	p.mu.Lock()
	digest := p.digest
	p.mu.Unlock()
	if digest != "" {
		return digest
	}
	digest, err := p.source.digest()
	if err != nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.digest = digest
	return digest
}

// String is a line about a plugin, such as "scraper.shopify 1.0.0 (serving)".
func (i Info) String() string { return fmt.Sprintf("%s %s (%s)", i.ID, i.Version, i.State) }

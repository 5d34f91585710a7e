package api

import (
	"context"
	"encoding/json"
	"time"
)

// Plugins tells what plugins there are and reloads them.
type Plugins interface {
	List() []PluginInfo
	// Reload brings the plugins to their files and the configuration as they
	// are now. Conflict when the configuration has mistakes.
	Reload(ctx context.Context) ([]PluginReload, error)
	// Changes moves whenever a plugin comes, is replaced or goes.
	Changes() int
}

// PluginInfo is a plugin as an operator sees it.
type PluginInfo struct {
	ID          string          `json:"id"` // of a file that can't be read: its name
	Name        string          `json:"name,omitempty"`
	Description string          `json:"description,omitempty"`
	Version     string          `json:"version"`
	Provides    []string        `json:"provides"`
	State       string          `json:"state"`
	Generation  int             `json:"generation"`
	Error       string          `json:"error,omitempty"` // why it failed
	Source      string          `json:"source"`          // "builtin" or a file
	Digest      string          `json:"digest,omitempty"`
	Grants      []string        `json:"grants"` // capabilities it has
	Needs       []PluginNeed    `json:"needs"`  // those it asks for
	Limits      json.RawMessage `json:"limits,omitempty"`
	Breaker     *PluginBreaker  `json:"breaker,omitempty"`
	Stats       *PluginStats    `json:"stats,omitempty"`
	Reload      *PluginChange   `json:"reload,omitempty"`   // the last one that concerned it
	Draining    []int           `json:"draining,omitempty"` // generations that are still called
}

// PluginNeed is a capability that a plugin asks for.
type PluginNeed struct {
	Capability string `json:"capability"`
	Reason     string `json:"reason"` // the plugin's, for a person
	Granted    bool   `json:"granted"`
	Rule       string `json:"rule,omitempty"` // what it is narrowed to, or why it is refused
}

// PluginBreaker is how the breaker of a plugin stands.
type PluginBreaker struct {
	State   string     `json:"state"`  // closed, open or half-open
	Faults  int        `json:"faults"` // in a row
	RetryAt *time.Time `json:"retryAt,omitempty"`
}

// PluginStats is what a plugin did since the start, in all its generations.
type PluginStats struct {
	Instances   int        `json:"instances"`
	MemoryBytes int64      `json:"memoryBytes"` // of idle instances
	Calls       int64      `json:"calls"`
	Errors      int64      `json:"errors"`
	Denials     int64      `json:"denials"`
	HostCalls   int64      `json:"hostCalls"`
	Fuel        int64      `json:"fuel"`
	P50MS       float64    `json:"p50Ms"` // of the newest calls
	P99MS       float64    `json:"p99Ms"`
	LastError   string     `json:"lastError,omitempty"`
	LastErrorAt *time.Time `json:"lastErrorAt,omitempty"`
	LastUsedAt  *time.Time `json:"lastUsedAt,omitempty"`
}

// PluginChange is what a reload did to a plugin, and when.
type PluginChange struct {
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"`
	Reason  string    `json:"reason,omitempty"`
}

// PluginReload is what a reload did to a plugin.
type PluginReload struct {
	ID         string  `json:"id"`
	OK         bool    `json:"ok"`      // it is as its file and the configuration want it
	Outcome    string  `json:"outcome"` // see docs/openapi.yaml
	Generation int     `json:"generation,omitempty"`
	Reason     string  `json:"reason,omitempty"`
	TookMS     float64 `json:"tookMs"`
}

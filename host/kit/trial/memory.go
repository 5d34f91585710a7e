package trial

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// Memory is a store.KV that ends with the process: what a plugin remembers
// while it is tried. The zero value is empty and ready.
type Memory struct {
	mu   sync.Mutex
	keys map[string]remembered
}

type remembered struct {
	value   []byte
	expires time.Time
}

var _ store.KV = (*Memory)(nil)

func place(workspace, plugin, key string) string { return workspace + "\x00" + plugin + "\x00" + key }

// KVGet implements store.KV.
func (m *Memory) KVGet(_ context.Context, workspace, plugin, key string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.keys[place(workspace, plugin, key)]
	if !ok || r.gone() {
		return nil, false, nil
	}
	return slices.Clone(r.value), true, nil
}

func (r *remembered) gone() bool { return !r.expires.IsZero() && !time.Now().Before(r.expires) }

// KVSet implements store.KV.
func (m *Memory) KVSet(_ context.Context, workspace, plugin, key string, value []byte, expires time.Time, quota int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, size, number := place(workspace, plugin, key), len(key)+len(value), 1
	for k, r := range m.keys {
		if own := strings.TrimPrefix(k, place(workspace, plugin, "")); k != at && own != k && !r.gone() {
			size += len(own) + len(r.value)
			number++
		}
	}
	if size > quota || number > store.MaxKVKeys {
		return errs.New(errs.TooLarge, "the plugin's memory is full: %d bytes are granted", quota)
	}
	if m.keys == nil {
		m.keys = map[string]remembered{}
	}
	m.keys[at] = remembered{slices.Clone(value), expires}
	return nil
}

// KVDelete implements store.KV.
func (m *Memory) KVDelete(_ context.Context, workspace, plugin, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.keys, place(workspace, plugin, key))
	return nil
}

// KVList implements store.KV.
func (m *Memory) KVList(_ context.Context, workspace, plugin, prefix string, limit int) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for k, r := range m.keys {
		if own := strings.TrimPrefix(k, place(workspace, plugin, "")); own != k && strings.HasPrefix(own, prefix) && !r.gone() {
			names = append(names, own)
		}
	}
	slices.Sort(names)
	return names[:min(limit, len(names))], nil
}

package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

const (
	kvGet = `SELECT value FROM kv WHERE workspace = ? AND plugin = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)`
	kvSum = `SELECT COUNT(*), COALESCE(SUM(octet_length(key) + octet_length(value)), 0) FROM kv
		WHERE workspace = ? AND plugin = ? AND key <> ? AND (expires_at IS NULL OR expires_at > ?)`
	kvSet = `INSERT INTO kv (workspace, plugin, key, value, expires_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (workspace, plugin, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`
	kvSweep  = `DELETE FROM kv WHERE workspace = ? AND plugin = ? AND expires_at <= ?`
	kvDelete = `DELETE FROM kv WHERE workspace = ? AND plugin = ? AND key = ?`
	kvList   = `SELECT key FROM kv WHERE workspace = ? AND plugin = ? AND key >= ? AND (expires_at IS NULL OR expires_at > ?)`
)

func checkKV(workspace, plugin, key string) error {
	if err := checkKey("workspace", workspace); err != nil {
		return err
	}
	if err := checkKey("plugin", plugin); err != nil {
		return err
	}
	return checkKey("key", key)
}

// KVGet implements store.KV.
func (s *Store) KVGet(ctx context.Context, workspace, plugin, key string) ([]byte, bool, error) {
	var value []byte
	err := s.row(ctx, kvGet, []any{text(workspace), text(plugin), text(key), micros(s.clock())}, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return value, err == nil, err
}

// KVSet implements store.KV.
func (s *Store) KVSet(ctx context.Context, workspace, plugin, key string, value []byte, expires time.Time, quota int) error {
	if err := checkKV(workspace, plugin, key); err != nil {
		return err
	}
	now := micros(s.clock())
	var until any
	if !expires.IsZero() {
		until = micros(expires)
	}
	if value == nil {
		value = []byte{}
	}
	return s.small(ctx, func(tx *Tx) error {
		if s.d.LockKey != "" {
			if _, err := tx.Exec(ctx, s.d.LockKey, "kv "+workspace+" "+plugin); err != nil {
				return err
			}
		}
		var keys, used int
		if err := tx.Row(ctx, kvSum, workspace, plugin, key, now).Scan(&keys, &used); err != nil {
			return s.wrap("adding up what is stored", err)
		}
		if keys >= store.MaxKVKeys {
			return errs.New(errs.TooLarge, "storing %.60q would be more than %d keys", key, store.MaxKVKeys).
				WithHint("delete keys, let them expire, or store more under one key")
		}
		if used+len(key)+len(value) > quota {
			return errs.New(errs.TooLarge, "storing %d bytes under %.60q would pass the plugin's quota of %d bytes (%d are taken)",
				len(key)+len(value), key, quota, used).
				WithHint("delete keys, let them expire, or raise the plugin's kv quota in the config")
		}
		if _, err := tx.Exec(ctx, kvSweep, workspace, plugin, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, kvSet, workspace, plugin, key, value, until)
		return err
	})
}

// KVDelete implements store.KV.
func (s *Store) KVDelete(ctx context.Context, workspace, plugin, key string) error {
	return s.small(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, kvDelete, text(workspace), text(plugin), text(key))
		return err
	})
}

// KVList implements store.KV.
func (s *Store) KVList(ctx context.Context, workspace, plugin, prefix string, limit int) ([]string, error) {
	prefix = text(prefix)
	query := kvList
	args := []any{text(workspace), text(plugin), prefix, micros(s.clock())}
	if end := prefixEnd(prefix); end != "" {
		query += ` AND key < ?`
		args = append(args, end)
	}
	query += ` ORDER BY key LIMIT ?`
	keys := []string{}
	err := s.rows(ctx, query, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	}, append(args, limit)...)
	return keys, err
}

// prefixEnd is the first text after all that begin with prefix, in the order
// of bytes, "" when there is none. It is valid text as keys are.
func prefixEnd(prefix string) string {
	runes := []rune(prefix)
	for i := len(runes) - 1; i >= 0; i-- {
		switch r := runes[i]; {
		case r == 0xD7FF: // surrogates are no text
			return string(append(runes[:i:i], 0xE000))
		case r < 0x10FFFF:
			return string(append(runes[:i:i], r+1))
		}
	}
	return ""
}

package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
)

const (
	selectContext = `SELECT context FROM knowledge WHERE workspace = ?`
	saveContext   = `INSERT INTO knowledge (workspace, context) VALUES (?, ?)
		ON CONFLICT (workspace) DO UPDATE SET context = excluded.context`
)

// StoreContext implements store.Contexts.
func (s *Store) StoreContext(ctx context.Context, workspace string) (*knowledge.Context, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil || no == 0 {
		return nil, err
	}
	var data []byte
	err = s.row(ctx, selectContext, []any{no}, &data)
	if errors.Is(err, sql.ErrNoRows) || err == nil && data == nil {
		return nil, nil
	}
	if err != nil {
		return nil, errs.Wrap("reading the store context", err)
	}
	c := new(knowledge.Context)
	if err := json.Unmarshal(data, c); err != nil {
		return nil, errs.New(errs.Internal, "the store context is stored in a form that can't be read: %v", err)
	}
	return c, nil
}

// SetStoreContext implements store.Contexts.
func (s *Store) SetStoreContext(ctx context.Context, workspace string, c *knowledge.Context) error {
	data, err := encodeContext(c)
	if err != nil {
		return err
	}
	if err := checkKey("workspace", workspace); err != nil {
		return err
	}
	return s.small(ctx, func(tx *Tx) error {
		if data == nil { // nothing is made to hold nothing
			no, err := s.workspace(ctx, workspace)
			if err != nil || no == 0 {
				return err
			}
		}
		return tx.setContext(ctx, workspace, data)
	})
}

// encodeContext is nil for nil.
func encodeContext(c *knowledge.Context) ([]byte, error) {
	if c == nil {
		return nil, nil
	}
	kept := *c
	kept.Normalize()
	if err := kept.Validate(); err != nil {
		return nil, err
	}
	data, err := json.Marshal(&kept)
	return data, errs.Wrap("encoding the store context", err)
}

func (t *Tx) setContext(ctx context.Context, workspace string, data []byte) error {
	no, err := t.workspace(ctx, workspace)
	if err != nil {
		return err
	}
	var value any
	if data != nil {
		value = data
	}
	if _, err := t.Exec(ctx, saveContext, no, value); err != nil {
		return errs.Wrap("storing the store context", err)
	}
	return t.changed(ctx, workspace)
}

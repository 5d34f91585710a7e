package capability

import (
	"context"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/sdk/go/wire"
)

const (
	maxKey  = 512
	maxKeys = 1000
)

var errNoStore = errs.New(errs.Unavailable, "this host keeps no memory for plugins")

// checkKey checks what can be checked before the store is asked.
func (c *Call) checkKey(key string) error {
	switch {
	case c.session.functions.KV == nil:
		return errNoStore
	case key == "" || len(key) > maxKey:
		return errs.New(errs.Invalid, "a key has 1 to %d bytes, this one %d", maxKey, len(key))
	}
	return nil
}

func (c *Call) kvGet(ctx context.Context, q *wire.KVRequest) (wire.Value, error) {
	if err := c.checkKey(q.Key); err != nil {
		return nil, err
	}
	s := c.session
	value, ok, err := s.functions.KV.KVGet(ctx, s.opts.Workspace, s.plugin.ID, q.Key)
	return &wire.KVReply{Found: ok, Value: string(value)}, err
}

func (c *Call) kvSet(ctx context.Context, q *wire.KVRequest) (wire.Value, error) {
	if err := c.checkKey(q.Key); err != nil {
		return nil, err
	}
	var expires time.Time
	switch {
	case q.TTL < 0 || q.TTL > 1<<31:
		return nil, errs.New(errs.Invalid, "ttl_seconds is %d", q.TTL)
	case q.TTL > 0:
		expires = c.session.functions.Now().Add(time.Duration(q.TTL) * time.Second)
	}
	s := c.session
	err := s.functions.KV.KVSet(ctx, s.opts.Workspace, s.plugin.ID, q.Key, []byte(q.Value), expires, s.plugin.Grants.KV.Quota)
	return &wire.Empty{}, err
}

func (c *Call) kvDelete(ctx context.Context, q *wire.KVRequest) (wire.Value, error) {
	if err := c.checkKey(q.Key); err != nil {
		return nil, err
	}
	s := c.session
	return &wire.Empty{}, s.functions.KV.KVDelete(ctx, s.opts.Workspace, s.plugin.ID, q.Key)
}

func (c *Call) kvList(ctx context.Context, q *wire.KVRequest) (wire.Value, error) {
	s := c.session
	if s.functions.KV == nil {
		return nil, errNoStore
	}
	limit := q.Limit
	if limit <= 0 || limit > maxKeys {
		limit = maxKeys
	}
	keys, err := s.functions.KV.KVList(ctx, s.opts.Workspace, s.plugin.ID, q.Prefix, limit)
	return &wire.KVReply{Keys: keys}, err
}

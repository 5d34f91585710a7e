package sqlstore

import "context"

// Small lets tests write without a check beforehand.
func (s *Store) Small(ctx context.Context, fn func(*Tx) error) error { return s.small(ctx, fn) }

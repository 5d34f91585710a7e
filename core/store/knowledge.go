package store

import (
	"context"

	"github.com/omakase-ai/omakase/core/knowledge"
)

// Contexts keep what each workspace's shop says about itself.
type Contexts interface {
	// StoreContext is nil, without an error, until one was stored.
	StoreContext(ctx context.Context, workspace string) (*knowledge.Context, error)
	// SetStoreContext replaces the context as a whole; nil removes it. It is
	// normalised and validated first, and the workspace's Revision moves.
	SetStoreContext(ctx context.Context, workspace string, c *knowledge.Context) error
}

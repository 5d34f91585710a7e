package sqlstore

import (
	"sync"
	"sync/atomic"
	"time"
)

// revisions count the changes of each workspace's products. They begin at the
// time of the start, so that no revision of an earlier process comes back.
type revisions struct {
	start       uint64
	byWorkspace sync.Map // name → *atomic.Uint64
	all         atomic.Uint64
}

func (r *revisions) init(now time.Time) { r.start = uint64(now.UnixNano()) } //nolint:gosec // after 1970

func (r *revisions) of(workspace string) *atomic.Uint64 {
	if n, ok := r.byWorkspace.Load(workspace); ok {
		return n.(*atomic.Uint64)
	}
	n, _ := r.byWorkspace.LoadOrStore(workspace, new(atomic.Uint64))
	return n.(*atomic.Uint64)
}

// Revision implements store.Products.
func (s *Store) Revision(workspace string) uint64 {
	r := &s.revisions
	n, ok := r.byWorkspace.Load(workspace)
	if !ok {
		return r.start + r.all.Load()
	}
	return r.start + r.all.Load() + n.(*atomic.Uint64).Load()
}

// Changed says that another process changed products of the workspace, or of
// any workspace where it is "".
func (s *Store) Changed(workspace string) {
	if workspace == "" {
		s.revisions.all.Add(1)
		return
	}
	s.revisions.of(workspace).Add(1)
}

package realtime

import "sync/atomic"

// Stats are the sessions of a manager at one moment, and what has happened to
// them since it was made.
type Stats struct {
	Sessions   int // that there are
	Detached   int // of them without a client
	Linked     int // of them with an upstream
	QueuedUp   int // bytes that wait for upstreams
	QueuedDown int // bytes that wait for clients

	Lost    int64 // upstreams that broke off under a session
	Rotated int64 // upstreams that were left for another before they ended
	Dropped int64 // pieces of audio that a full queue pushed out
}

// totals are the part of Stats that only grows.
type totals struct{ lost, rotated, dropped atomic.Int64 }

// Stats looks at all sessions.
func (m *Manager) Stats() Stats {
	t := Stats{Lost: m.totals.lost.Load(), Rotated: m.totals.rotated.Load(), Dropped: m.totals.dropped.Load()}
	for _, s := range m.list() {
		t.Sessions++
		s.mu.Lock()
		if s.down == nil {
			t.Detached++
		} else {
			t.QueuedDown += s.down.waiting()
		}
		if s.link != nil {
			t.Linked++
		}
		s.mu.Unlock()
		t.QueuedUp += s.up.waiting()
	}
	return t
}

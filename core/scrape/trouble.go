package scrape

import (
	"sync"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// troubles are why jobs don't go on, as far as the store could not take it
// down: on a full disk a job can neither go on nor fail. They last until the
// job goes on here. It is safe for concurrent use.
type troubles struct {
	mu  sync.Mutex
	why map[string]error // by job id
}

// note remembers why a job stopped. A nil error forgets it.
func (t *troubles) note(id string, why error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case why == nil:
		delete(t.why, id)
	case len(t.why) < maxMeters:
		if t.why == nil {
			t.why = map[string]error{}
		}
		t.why[id] = why
	}
}

// Explain adds to a running job why it doesn't go on, where this process knows
// more of it than the store.
func (s *Service) Explain(j *store.Job) {
	s.troubles.mu.Lock()
	why := s.troubles.why[j.ID]
	s.troubles.mu.Unlock()
	if why != nil && !j.State.Final() {
		j.Error, j.Code = explain(why), string(errs.KindOf(why))
	}
}

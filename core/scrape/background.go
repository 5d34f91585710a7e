package scrape

import (
	"context"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// Schedule imports a shop again and again.
type Schedule struct {
	Workspace string
	Job       NewJob
	Every     time.Duration
}

// Run resumes what a crash or another host left behind and starts what is due
// by the schedules, until ctx ends. Then the running jobs stop after their
// page, so that whoever starts next goes on with them, and Run returns.
func (s *Service) Run(ctx context.Context, schedules []Schedule) {
	s.resume(ctx, s.o.Alone)
	s.startDue(ctx, schedules)
	abandoned := time.NewTicker(s.o.Lease / 3)
	defer abandoned.Stop()
	due := time.NewTicker(10 * time.Second)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			s.stop()
			return
		case <-abandoned.C:
			if s.restless(ctx) {
				s.resume(ctx, false)
			}
		case <-due.C:
			s.startDue(ctx, schedules)
		}
	}
}

// stop lets the running jobs finish their pages, as long as that is bearable,
// and waits for them.
func (s *Service) stop() {
	s.mu.Lock()
	close(s.stopped)
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.loops.Wait()
		close(done)
	}()
	select {
	case <-done:
		return
	case <-time.After(s.o.Grace):
	}
	s.mu.Lock()
	for _, r := range s.active {
		r.cancel(errStopping)
	}
	s.mu.Unlock()
	<-done
}

func (s *Service) stopping() bool {
	select {
	case <-s.stopped:
		return true
	default:
		return false
	}
}

// restless reports whether a job may have been abandoned. Where no other
// process works on the store that takes a job that was begun here, and a host
// that has nothing to do leaves its database alone.
func (s *Service) restless(ctx context.Context) bool {
	if !s.o.Alone {
		return true
	}
	if !s.stirred.Swap(false) {
		return false
	}
	if left, err := s.o.Store.AbandonedJobs(ctx, true, 1); err != nil || len(left) > 0 {
		s.stirred.Store(true)
	}
	return true
}

// resume queues running jobs that nobody works at. A task too many does no
// harm: the claim decides who works.
func (s *Service) resume(ctx context.Context, all bool) {
	jobs, err := s.o.Store.AbandonedJobs(ctx, all, 100)
	if err != nil {
		if ctx.Err() == nil {
			s.o.Log.Warn("looking for abandoned jobs", "error", err)
		}
		return
	}
	for i := range jobs {
		j := &jobs[i]
		if !s.nudge(j.ID) {
			continue
		}
		s.o.Log.Info("job resumed", "job", j.ID, "shop", j.Shop, "page", j.Pages)
		// The lease of a worker that is known to be dead is in the way.
		err := s.o.Store.ReleaseJob(ctx, j.ID, j.Epoch, func(tx store.Tx) error {
			return s.enqueue(ctx, tx, j, time.Time{})
		})
		if err != nil && !errs.Is(err, errs.Conflict) {
			s.o.Log.Warn("resuming a job", "job", j.ID, "error", err)
		}
	}
}

// nudge reports whether the job may be queued again: not while it is being
// worked at here, and not several times while the queue is long.
func (s *Service) nudge(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for k, at := range s.nudged {
		if now.Sub(at) > s.o.Lease {
			delete(s.nudged, k)
		}
	}
	_, recent := s.nudged[id]
	if recent || s.active[id] != nil {
		return false
	}
	s.nudged[id] = now
	return true
}

// startDue starts an import for each schedule whose last one is long enough
// ago, whoever started that.
func (s *Service) startDue(ctx context.Context, schedules []Schedule) {
	for _, sch := range schedules {
		if err := s.startIfDue(ctx, sch); err != nil && ctx.Err() == nil {
			s.o.Log.Warn("scheduled import not started", "url", sch.Job.URL, "error", err)
		}
	}
}

func (s *Service) startIfDue(ctx context.Context, sch Schedule) error {
	shop, err := catalog.ShopKey(sch.Job.URL)
	if err != nil {
		return err
	}
	last, _, err := s.o.Store.ListJobs(ctx, sch.Workspace, store.JobQuery{Shop: shop, Newest: true, Limit: 1})
	if err != nil {
		return err
	}
	if len(last) > 0 && (last[0].State == store.JobRunning || time.Since(last[0].CreatedAt) < sch.Every) {
		return nil
	}
	j, err := s.Create(ctx, sch.Workspace, sch.Job)
	if err != nil {
		return err
	}
	if _, err = s.Start(ctx, sch.Workspace, j.ID); errs.Is(err, errs.Conflict) {
		return nil
	}
	return err
}

package scrape

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/queue"
	"github.com/omakase-ai/omakase/core/store"
)

// Why a run's context ended.
var (
	errCancelled = errs.New(errs.Cancelled, "the job was cancelled")
	errLost      = errs.New(errs.Conflict, "another host went on with the job")
	errStopping  = errs.New(errs.Unavailable, "the host is stopping")
)

// How often a page is tried before the job fails, with growing pauses. The
// first page is tried less often: whoever asked for the job is waiting.
const (
	maxAttempts      = 5
	maxAttemptsFirst = 3
)

// run is a job while this process works at it.
type run struct {
	s      *Service
	job    store.Job
	work   queue.Work
	cancel context.CancelCauseFunc
	slice  time.Time // when to hand over
	known  map[string]store.PageRecord
	seen   map[string]struct{} // ids of this job; nil when the job was resumed
	meter  *Meter
	room   int // products still wanted, where the job has a maximum
}

// over reports whether the job must make room: for others, or for the end of
// the host.
func (r *run) over() bool { return time.Now().After(r.slice) || r.s.stopping() }

// work is the queue's handler: it goes on with a job until it ends, its slice
// is over, or it must wait.
func (s *Service) work(ctx context.Context, w queue.Work) error {
	var args taskArgs
	if err := json.Unmarshal(w.Args(), &args); err != nil {
		return errs.Wrap("reading a scrape task", err)
	}
	job, err := s.o.Store.ClaimJob(ctx, args.Job, s.o.Lease)
	switch {
	case errs.Is(err, errs.NotFound):
		return nil // cleared meanwhile
	case errs.Is(err, errs.Conflict):
		return s.refused(ctx, args, err)
	case err != nil:
		return errs.Wrap("claiming job "+args.Job, err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{s: s, job: job, work: w, cancel: cancel, slice: time.Now().Add(s.o.Slice)}
	if !s.enter(r) {
		return r.release()
	}
	defer s.leave(r)
	s.publish(job)
	go r.keepLease(ctx)
	s.troubles.note(job.ID, nil)
	err = r.end(ctx, r.walk(ctx))
	s.troubles.note(job.ID, err)
	return err
}

// refused decides what becomes of a task whose job cannot be claimed: held by
// a living worker or ended means that there is nothing to do; a shop that is
// busy with another job means to try again.
func (s *Service) refused(ctx context.Context, args taskArgs, conflict error) error {
	j, err := s.o.Store.Job(ctx, args.Workspace, args.Job)
	if err != nil || j.State != store.JobPending {
		return err
	}
	s.o.Log.Info("job waits", "job", j.ID, "reason", conflict.Error())
	return s.enqueue(ctx, nil, &j, time.Now().Add(5*time.Second))
}

func (s *Service) enter(r *run) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping() {
		return false
	}
	s.active[r.job.ID] = r
	s.loops.Add(1)
	r.meter = s.meterOf(&r.job)
	return true
}

// maxMeters bounds the meters of jobs that went on elsewhere.
const maxMeters = 256

// meterOf is the meter of a job, which lives as long as the job goes on in this
// process: time and pages are the whole job's, bytes and what was new are
// counted anew after a restart.
func (s *Service) meterOf(j *store.Job) *Meter {
	if m := s.meters[j.ID]; m != nil {
		return m
	}
	began := j.CreatedAt
	if j.StartedAt != nil {
		began = *j.StartedAt
	}
	if len(s.meters) >= maxMeters {
		clear(s.meters)
	}
	m := NewMeter(s.o.Bounds, began)
	s.meters[j.ID] = m
	return m
}

func (s *Service) leave(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active[r.job.ID] == r {
		delete(s.active, r.job.ID)
	}
	s.loops.Done()
}

// keepLease tells other hosts that the job is alive and notices when it was
// cancelled there.
func (r *run) keepLease(ctx context.Context) {
	tick := time.NewTicker(min(r.s.o.Lease/3, time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := r.s.o.Store.RenewLease(ctx, r.job.ID, r.job.Epoch, r.s.o.Lease)
		if errs.Is(err, errs.Conflict) || errs.Is(err, errs.NotFound) {
			r.cancel(errLost)
			return
		}
		if err != nil && ctx.Err() == nil {
			r.s.o.Log.Warn("lease not renewed", "job", r.job.ID, "error", err)
		}
	}
}

// end settles the claim according to how the walk went.
func (r *run) end(ctx context.Context, err error) error {
	// What ends the job must be written although ctx may be over.
	quiet, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	cause := context.Cause(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(cause, errCancelled), errors.Is(cause, errLost), errs.Is(err, errs.Conflict):
		r.s.o.Log.Info("job let go", "job", r.job.ID, "reason", err.Error())
		return nil
	case cause != nil:
		return r.release()
	case errs.Retryable(err) && r.mayRetry():
		return r.postpone(quiet, err)
	}
	return r.fail(quiet, err)
}

func (r *run) mayRetry() bool {
	if r.job.Pages == 0 {
		return r.job.Attempts+1 < maxAttemptsFirst
	}
	return r.job.Attempts+1 < maxAttempts
}

// release makes the job claimable at once, for the host that starts next.
func (r *run) release() error {
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	return r.s.o.Store.ReleaseJob(ctx, r.job.ID, r.job.Epoch, r.complete(ctx))
}

func (r *run) postpone(ctx context.Context, why error) error {
	at := time.Now().Add(r.s.o.RetryDelay << r.job.Attempts)
	r.s.o.Log.Warn("page postponed", "job", r.job.ID, "until", at, "error", why)
	err := r.s.o.Store.PostponeJob(ctx, r.job.ID, r.job.Epoch, at, why.Error(), string(errs.KindOf(why)), func(tx store.Tx) error {
		if err := r.s.enqueue(ctx, tx, &r.job, at); err != nil {
			return err
		}
		return r.work.Complete(ctx, tx)
	})
	if err != nil {
		return err
	}
	r.announce(ctx)
	return nil
}

func (r *run) fail(ctx context.Context, why error) error {
	r.s.o.Log.Warn("job failed", "job", r.job.ID, "shop", r.job.Shop, "error", why)
	return r.finish(ctx, store.Outcome{
		State:   store.JobFailed,
		Partial: r.job.Counts.Extracted > 0,
		Error:   explain(why),
		Code:    string(errs.KindOf(why)),
	})
}

// explain is what a shop owner reads: the reason and what to do.
func explain(err error) string {
	if hint := errs.HintOf(err); hint != "" {
		return err.Error() + " (" + hint + ")"
	}
	return err.Error()
}

func (r *run) finish(ctx context.Context, o store.Outcome) error {
	j, err := r.s.o.Store.FinishJob(ctx, r.job.ID, r.job.Epoch, o, r.complete(ctx))
	if errs.Is(err, errs.Conflict) {
		return nil
	}
	if err != nil {
		return errs.Wrap("finishing job "+r.job.ID, err)
	}
	r.s.mu.Lock()
	delete(r.s.meters, r.job.ID)
	r.s.mu.Unlock()
	r.s.o.Log.Info("job finished", "job", j.ID, "shop", j.Shop, "state", j.State, "partial", j.Partial,
		"extracted", j.Counts.Extracted, "imported", j.Counts.Imported, "updated", j.Counts.Updated,
		"unchanged", j.Counts.Unchanged, "rejected", j.Counts.Rejected, "vanished", j.Counts.Vanished)
	if r.s.o.Finished != nil {
		r.s.o.Finished(j)
	}
	r.s.publish(j)
	return nil
}

func (r *run) complete(ctx context.Context) func(store.Tx) error {
	return func(tx store.Tx) error { return r.work.Complete(ctx, tx) }
}

func (r *run) announce(ctx context.Context) {
	if j, err := r.s.o.Store.Job(ctx, r.job.Workspace, r.job.ID); err == nil {
		r.s.publish(j)
	}
}

package importer

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// Run picks up imports whose host died until ctx ends. Then it stops those that
// run here, at the end of a batch, and returns when all have stopped.
func (s *Service) Run(ctx context.Context) {
	s.resume(ctx, s.o.Alone)
	tick := time.NewTicker(s.o.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.stop(errStopping)
			s.runs.Wait()
			return
		case <-tick.C:
			if s.restless(ctx) {
				s.resume(ctx, false)
			}
		}
	}
}

// restless reports whether an import may have been abandoned. Where no other
// process works on the store that takes one that was begun here, and a host
// that has nothing to do leaves its database alone.
func (s *Service) restless(ctx context.Context) bool {
	if !s.o.Alone {
		return true
	}
	if !s.stirred.Swap(false) {
		return false
	}
	if left, err := s.o.Store.AbandonedImports(ctx, true, 1); err != nil || len(left) > 0 {
		s.stirred.Store(true)
	}
	return true
}

func (s *Service) resume(ctx context.Context, all bool) {
	list, err := s.o.Store.AbandonedImports(ctx, all, maxActive)
	if err != nil {
		if ctx.Err() == nil {
			s.o.Log.Warn("looking for abandoned imports", "error", err)
		}
		return
	}
	for i := range list {
		im := &list[i]
		s.mu.Lock()
		ours, full := s.active[im.ID] != nil, len(s.active) >= maxActive
		s.mu.Unlock()
		if ours || full {
			continue
		}
		s.o.Log.Info("import resumed", "import", im.ID, "name", im.Name, "entry", im.Done)
		switch im.Kind {
		case store.ImportCSV, store.ImportJSON:
			s.start(im.ID, im.Epoch, true, s.file)
		default:
			s.start(im.ID, im.Epoch, false, func(context.Context, *run, *store.CatalogImport) error { return errStopping })
		}
	}
}

// run waits for a slot, claims the import, works, and sees that the record says
// how it ended.
func (s *Service) run(r *run, resumable bool, w work) error {
	ctx, lost := context.WithCancelCause(s.life)
	defer lost(nil)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		s.beat(ctx, r, lost)
	}()
	slots := s.web
	if resumable {
		slots = s.files
	}
	err := s.claimAndWork(ctx, r, slots, w)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	lost(nil)
	<-beating
	if err == nil {
		return nil
	}
	return s.ended(r, resumable, err)
}

func (s *Service) claimAndWork(ctx context.Context, r *run, slots chan struct{}, w work) (err error) {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case slots <- struct{}{}:
	}
	defer func() { <-slots }()
	im, err := s.o.Store.ClaimImport(ctx, r.id, r.claim(), s.o.Lease)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.epoch = im.Epoch
	r.mu.Unlock()
	if im.Epoch > maxClaims {
		return errs.New(errs.Unavailable, "it was begun %d times and never came to an end", maxClaims)
	}
	defer func() {
		if p := recover(); p != nil {
			s.o.Log.Error("panic", "import", r.id, "panic", p, "stack", string(debug.Stack()))
			err = errs.New(errs.Internal, "panic: %v", p)
		}
	}()
	return w(ctx, r, &im)
}

// beat renews the lease until ctx ends, which lost does when the claim is lost.
func (s *Service) beat(ctx context.Context, r *run, lost context.CancelCauseFunc) {
	tick := time.NewTicker(s.o.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			epoch := r.claim()
			err := s.o.Store.RenewImport(ctx, r.id, epoch, s.o.Lease)
			if errs.Is(err, errs.Conflict) && epoch == r.claim() {
				lost(err)
				return
			}
		}
	}
}

// refusal is an import of which nothing was taken.
type refusal struct {
	error
	refused int
	lines   []string
}

func (r *refusal) Unwrap() error { return r.error }

// recordTimeout bounds the last word about an import.
const recordTimeout = 10 * time.Second

// ended records how an import ended that did not complete: given back where
// somebody can go on with it, failed where nobody can. It returns err.
func (s *Service) ended(r *run, resumable bool, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.life), recordTimeout)
	defer cancel()
	claim := r.claim()
	stopping := errors.Is(err, errStopping) || errors.Is(err, context.Canceled) && s.life.Err() != nil
	var last error
	switch {
	case errs.Is(err, errs.Conflict), errs.Is(err, errs.NotFound):
		s.o.Log.Info("import taken over", "import", r.id, "error", err)
		return err
	case resumable && stopping:
		last = s.o.Store.ReleaseImport(ctx, r.id, claim)
	case resumable && errs.Retryable(err) && claim < maxClaims:
		s.o.Log.Warn("import put off", "import", r.id, "error", err) // until its lease has passed
		return err
	default:
		var refused *refusal
		reasons, n := []string{reason(err)}, 0
		if errors.As(err, &refused) {
			reasons, n = append(reasons, refused.lines...), refused.refused
		}
		if errs.Is(err, errs.Internal) {
			s.o.Log.Error("import failed", "import", r.id, "error", err)
		}
		_, last = s.o.Store.FailImport(ctx, r.id, claim, n, reasons...)
	}
	if last != nil && !errs.Is(last, errs.Conflict) {
		s.o.Log.Warn("recording the end of an import", "import", r.id, "error", last)
	}
	return err
}

// reason is an error as clients may read it.
func reason(err error) string {
	if errs.Is(err, errs.Internal) {
		return "internal error; the server's log says more"
	}
	if hint := errs.HintOf(err); hint != "" {
		return fmt.Sprintf("%v (%s)", err, hint)
	}
	return err.Error()
}

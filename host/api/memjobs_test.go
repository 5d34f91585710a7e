package api_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
)

func (m *memStore) Job(_ context.Context, ws, id string) (store.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, j := range m.jobs {
		if j.ID == id && j.Workspace == ws {
			return *j, nil
		}
	}
	return store.Job{}, errs.New(errs.NotFound, "no job %s", id)
}

func (m *memStore) ListJobs(_ context.Context, ws string, _ store.JobQuery) ([]store.Job, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var jobs []store.Job
	for _, j := range m.jobs {
		if j.Workspace == ws {
			jobs = append(jobs, *j)
		}
	}
	return jobs, "", nil
}

func (m *memStore) ClearJobs(_ context.Context, ws string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.jobs = slices.DeleteFunc(m.jobs, func(j *store.Job) bool {
		return j.Workspace == ws && j.State != store.JobRunning
	})
	return nil
}

func (m *memStore) Rejections(context.Context, string, int) ([]store.Rejection, error) {
	return []store.Rejection{{PlatformID: "7", Name: "Odd", Reason: "name is empty"}}, nil
}

// memJobs ends each job as its outcome says, when the test lets it.
type memJobs struct {
	store   *memStore
	outcome func(j *store.Job)
	hold    chan struct{} // nil: jobs end at once

	mu      sync.Mutex
	n       int
	watches map[string][]chan store.Job
}

func (js *memJobs) Create(_ context.Context, ws string, n scrape.NewJob) (store.Job, error) {
	js.mu.Lock()
	defer js.mu.Unlock()
	js.n++
	now := time.Now()
	j := &store.Job{
		ID: fmt.Sprintf("scrape_%d_%06d", now.UnixMilli(), js.n), Workspace: ws, URL: n.URL,
		StoreType: n.StoreType, Options: n.Options, Max: n.Max, State: store.JobPending, CreatedAt: now, UpdatedAt: now,
	}
	js.store.mu.Lock()
	defer js.store.mu.Unlock()
	js.store.jobs = append(js.store.jobs, j)
	return *j, nil
}

func (js *memJobs) Start(ctx context.Context, ws, id string) (store.Job, error) {
	return js.change(ws, id, func(j *store.Job) error {
		switch j.State {
		case store.JobRunning:
			return errs.New(errs.Conflict, "Job is already running")
		case store.JobCompleted:
			return errs.New(errs.Conflict, "Job already completed")
		}
		started := time.Now()
		j.State, j.StartedAt, j.Plugin = store.JobRunning, &started, "scraper.shopify"
		return nil
	})
}

func (js *memJobs) Execute(ctx context.Context, ws, id string) (store.Job, error) {
	j, err := js.Start(ctx, ws, id)
	if err != nil {
		return j, err
	}
	select {
	case <-js.hold:
	case <-ctx.Done():
		return j, ctx.Err()
	}
	return js.finish(ws, id)
}

func (js *memJobs) finish(ws, id string) (store.Job, error) {
	return js.change(ws, id, func(j *store.Job) error {
		js.outcome(j)
		finished := time.Now()
		j.FinishedAt = &finished
		return nil
	})
}

func (js *memJobs) Cancel(_ context.Context, ws, id string) (store.Job, error) {
	return js.change(ws, id, func(j *store.Job) error {
		if j.State.Final() {
			return errs.New(errs.Conflict, "job has ended")
		}
		j.State = store.JobCancelled
		return nil
	})
}

func (js *memJobs) change(ws, id string, edit func(*store.Job) error) (store.Job, error) {
	js.store.mu.Lock()
	defer js.store.mu.Unlock()
	for i, j := range js.store.jobs {
		if j.ID != id || j.Workspace != ws {
			continue
		}
		changed := *j
		if err := edit(&changed); err != nil {
			return changed, err
		}
		changed.UpdatedAt = time.Now()
		js.store.jobs[i] = &changed
		js.publish(changed)
		return changed, nil
	}
	return store.Job{}, errs.New(errs.NotFound, "no job %s", id)
}

func (js *memJobs) publish(j store.Job) {
	js.mu.Lock()
	defer js.mu.Unlock()
	for _, ch := range js.watches[j.ID] {
		select {
		case ch <- j:
		default:
		}
	}
}

func (js *memJobs) Watch(id string) (<-chan store.Job, func()) {
	js.mu.Lock()
	defer js.mu.Unlock()
	ch := make(chan store.Job, 8)
	if js.watches == nil {
		js.watches = map[string][]chan store.Job{}
	}
	js.watches[id] = append(js.watches[id], ch)
	return ch, func() {
		js.mu.Lock()
		defer js.mu.Unlock()
		js.watches[id] = slices.DeleteFunc(js.watches[id], func(c chan store.Job) bool { return c == ch })
	}
}

package scrape

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/omakase-ai/omakase/core/bus"
	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/queue"
	"github.com/omakase-ai/omakase/core/store"
)

// TaskKind is the queue's name for "go on with this import".
const TaskKind = "scrape"

// RouteQuery asks for the scraper of a shop. Plugin and StoreType force one.
type RouteQuery struct {
	Workspace string // who asks
	URL       string
	Plugin    string
	StoreType string
}

// Router chooses a scraper and says why.
type Router interface {
	Route(ctx context.Context, q RouteQuery) (Scraper, string, error)
}

// Options are what a Service works with. Store, Queue and Router are needed.
type Options struct {
	Store  store.Store
	Queue  queue.Queue
	Router Router
	Bus    *bus.Bus
	Log    *slog.Logger

	// Lease is how long a claimed job is left alone after its last sign of
	// life (default 15 s). It bounds how long a job rests after a crash of one
	// of several hosts.
	Lease time.Duration
	// Slice is how long one task works at a job before it queues up again
	// (default 45 s), so that long imports share the workers. It stays below
	// the queue's own rescue of stuck tasks.
	Slice time.Duration
	// PageTimeout bounds one call of a plugin, waiting for the shop included
	// (default 4 min).
	PageTimeout time.Duration
	// Grace is how long running pages may take to end when the service stops
	// (default 5 s).
	Grace time.Duration
	// RetryDelay is the first pause after a failed page, doubled each time
	// (default 2 s).
	RetryDelay time.Duration
	// Bounds end walks that would not end by themselves.
	Bounds Bounds
	// Finished is told of each job that ended here; nil: nobody is.
	Finished func(store.Job)
	// Alone says that no other process works on the store, so that running
	// jobs found at start are left over from a crash.
	Alone bool
}

// Service imports shops. Its methods may be called from any goroutine.
type Service struct {
	o        Options
	mu       sync.Mutex
	active   map[string]*run // by job id
	nudged   map[string]time.Time
	meters   map[string]*Meter // of jobs that go on here, by id
	stopped  chan struct{}
	troubles troubles
	stirred  atomic.Bool // a job was begun since none was found
	loops    sync.WaitGroup
}

// New returns a service; Start makes it work.
func New(o Options) *Service {
	setDefault(&o.Lease, 15*time.Second)
	setDefault(&o.Slice, 45*time.Second)
	setDefault(&o.PageTimeout, 4*time.Minute)
	setDefault(&o.Grace, 5*time.Second)
	setDefault(&o.RetryDelay, 2*time.Second)
	if o.Bus == nil {
		o.Bus = bus.New()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{o: o, active: map[string]*run{}, nudged: map[string]time.Time{}, meters: map[string]*Meter{}, stopped: make(chan struct{})}
	o.Queue.Register(TaskKind, s.work)
	return s
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}

// NewJob is what a client asks to import.
type NewJob struct {
	URL       string
	StoreType string          // "" to find out
	Plugin    string          // "" to find out; wins over StoreType
	Options   json.RawMessage // echoed to clients
	Max       int             // products; 0 all
}

// Create records a job as pending. Nothing runs until Start or Execute.
func (s *Service) Create(ctx context.Context, workspace string, n NewJob) (store.Job, error) {
	shop, err := catalog.ShopKey(n.URL)
	if err != nil {
		return store.Job{}, err
	}
	if n.Max < 0 {
		return store.Job{}, errs.New(errs.Invalid, "maxProducts is negative")
	}
	j := &store.Job{
		ID: newID(time.Now()), Workspace: workspace, URL: n.URL, Shop: shop,
		StoreType: n.StoreType, Plugin: n.Plugin, Options: n.Options, Max: n.Max,
		State: store.JobPending,
	}
	if err := s.o.Store.CreateJob(ctx, nil, j); err != nil {
		return store.Job{}, errs.Wrap("recording the job", err)
	}
	return *j, nil
}

// newID is scrape_<ms>_<6 characters>, as existing clients know it.
func newID(now time.Time) string {
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	var raw [6]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	for i, b := range raw {
		raw[i] = alphabet[int(b)%len(alphabet)]
	}
	return fmt.Sprintf("scrape_%d_%s", now.UnixMilli(), raw[:])
}

// Start queues a pending job, or a failed or cancelled one to go on where it
// stopped. Conflict when it is running or completed, or when another job of
// the same shop is running.
func (s *Service) Start(ctx context.Context, workspace, id string) (store.Job, error) {
	j, err := s.o.Store.Job(ctx, workspace, id)
	if err != nil {
		return store.Job{}, err
	}
	if err := s.startable(ctx, &j); err != nil {
		return j, err
	}
	err = s.o.Store.Do(ctx, func(tx store.Tx) error {
		if j.State.Final() {
			if j, err = s.o.Store.ResetJob(ctx, tx, workspace, id); err != nil {
				return err
			}
		}
		return s.enqueue(ctx, tx, &j, time.Time{})
	})
	if err != nil {
		return j, errs.Wrap("queueing the job", err)
	}
	s.publish(j)
	return j, nil
}

func (s *Service) startable(ctx context.Context, j *store.Job) error {
	switch j.State {
	case store.JobRunning:
		return errs.New(errs.Conflict, "Job is already running")
	case store.JobCompleted:
		return errs.New(errs.Conflict, "Job already completed")
	}
	running, _, err := s.o.Store.ListJobs(ctx, j.Workspace, store.JobQuery{Shop: j.Shop, State: store.JobRunning, Limit: 1})
	if err != nil {
		return err
	}
	if len(running) > 0 {
		return errs.New(errs.Conflict, "another import of %s is running: %s", j.Shop, running[0].ID).
			WithHint("wait for it, or cancel it")
	}
	return nil
}

func (s *Service) enqueue(ctx context.Context, tx store.Tx, j *store.Job, at time.Time) error {
	s.stirred.Store(true)
	args, err := json.Marshal(taskArgs{Workspace: j.Workspace, Job: j.ID})
	if err != nil {
		return err
	}
	return s.o.Queue.Enqueue(ctx, tx, queue.Task{Kind: TaskKind, Args: args, At: at})
}

type taskArgs struct {
	Workspace string `json:"workspace"`
	Job       string `json:"job"`
}

// Execute starts a job and waits for its end, however it ends. The error is
// about the start or the wait only: how the job ended is in it. When ctx ends
// first the job goes on by itself.
func (s *Service) Execute(ctx context.Context, workspace, id string) (store.Job, error) {
	events := s.o.Bus.Subscribe(topic(id), 4)
	defer events.Close()
	j, err := s.Start(ctx, workspace, id)
	if err != nil {
		return j, err
	}
	// An event can come from a host whose bus does not reach us, so look
	// ourselves now and then.
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return j, ctx.Err()
		case e := <-events.C:
			j = e.Data.(store.Job)
		case <-look.C:
			if j, err = s.o.Store.Job(ctx, workspace, id); err != nil {
				return j, err
			}
		}
		if j.State.Final() {
			return j, nil
		}
	}
}

// Cancel ends a pending or running job. What it has imported stays.
func (s *Service) Cancel(ctx context.Context, workspace, id string) (store.Job, error) {
	j, err := s.o.Store.CancelJob(ctx, workspace, id)
	if err != nil {
		return j, err
	}
	s.mu.Lock()
	if r := s.active[id]; r != nil {
		r.cancel(errCancelled)
	}
	s.mu.Unlock()
	s.publish(j)
	return j, nil
}

// Watch delivers the job's state after each change until stop is called. A
// slow reader misses intermediate states, never the last.
func (s *Service) Watch(id string) (jobs <-chan store.Job, stop func()) {
	events := s.o.Bus.Subscribe(topic(id), 4)
	out, done := make(chan store.Job), make(chan struct{})
	go func() {
		defer events.Close()
		for {
			select {
			case <-done:
				return
			case e := <-events.C:
				select {
				case out <- e.Data.(store.Job):
				case <-done:
					return
				}
			}
		}
	}()
	return out, sync.OnceFunc(func() { close(done) })
}

func topic(id string) string { return "job/" + id }

func (s *Service) publish(j store.Job) { s.o.Bus.Publish(topic(j.ID), j) }

package queue

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivertype"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/internal/sqltx"
	"github.com/omakase-ai/omakase/core/store"
)

const (
	// jobTimeout ends an attempt. It must be a real time: River never rescues
	// a task that may run for ever.
	jobTimeout = 6 * time.Minute
	// rescueAfter is when a task whose process died is given to another. River
	// has no heartbeat, so it must be longer than any attempt.
	rescueAfter = 7 * time.Minute
	// pollInterval finds what no notification told of: tasks whose time has
	// come, and those of processes that died.
	pollInterval = time.Second
	// fetchCooldown lets tasks that arrive together be fetched together.
	fetchCooldown = 5 * time.Millisecond
	// maxAttempts is a week of attempts.
	maxAttempts = 1000
	maxDelay    = 10 * time.Minute
	// hardStop is how long cancelled tasks may take to return.
	hardStop = 10 * time.Second
)

// Options of a River.
type Options struct {
	Logger *slog.Logger // nil: silent
	// Rest is how often a queue that has its database to itself looks whether
	// anything is left to work (default 2 s); if not, its engine stops until
	// the next task.
	Rest   time.Duration
	Rested func() // is told whenever the engine has stopped for that; nil: nobody is
}

// River is a Queue on the store's own database.
type River struct {
	store     store.Store
	db        sqltx.Database
	logger    *slog.Logger
	restEvery time.Duration
	rested    func()
	inserter  *river.Client[*sql.Tx] // works nothing
	local     *localNotifier         // nil where the database notifies

	handling sync.RWMutex // apart from mu, which Stop holds while tasks end
	handlers map[string]Handler

	starting sync.Mutex // one Start or Stop at a time
	workers  int
	tended   chan struct{}      // closed when tend has returned
	untend   context.CancelFunc // ends tend; nil: it doesn't run
	resting  atomic.Bool        // tasks are not begun

	mu     sync.Mutex
	worker *river.Client[*sql.Tx]
	listen *pgxpool.Pool
}

var _ Queue = (*River)(nil)

// New returns a queue on the database of st. It doesn't own st: stop the queue
// before closing it.
func New(st store.Store, o Options) (*River, error) {
	db, ok := st.(sqltx.Database)
	if !ok {
		return nil, errs.New(errs.Internal, "store %T has no database to queue in", st)
	}
	r := &River{store: st, db: db, logger: o.Logger, restEvery: cmp.Or(o.Rest, restEvery), rested: o.Rested, handlers: map[string]Handler{}}
	if r.logger == nil {
		r.logger = slog.New(slog.DiscardHandler)
	}
	if db.Sole() {
		r.local = newLocalNotifier()
	}
	var err error
	r.inserter, err = river.NewClient(r.driver(nil), &river.Config{
		Logger:      r.logger,
		MaxAttempts: maxAttempts,
		// River doesn't announce a task that follows another within this time,
		// and counts those of transactions that are rolled back.
		FetchCooldown: time.Millisecond,
	})
	if err != nil {
		return nil, errs.Wrap("making the queue", err)
	}
	return r, nil
}

func (r *River) driver(listen *pgxpool.Pool) riverdriver.Driver[*sql.Tx] {
	switch {
	case r.local != nil:
		return newSQLiteDriver(r.db.SQL(), r.local)
	case listen != nil:
		return riverdatabasesql.NewWithPgxListener(r.db.SQL(), listen)
	}
	return riverdatabasesql.New(r.db.SQL())
}

// envelope is the one kind of job that River sees.
type envelope struct {
	Task string          `json:"kind"`
	Args json.RawMessage `json:"args,omitempty"`
}

// Kind implements river.JobArgs.
func (envelope) Kind() string { return "task" }

// Enqueue implements Queue.
func (r *River) Enqueue(ctx context.Context, tx store.Tx, t Task) error {
	if tx == nil {
		return r.store.Do(ctx, func(tx store.Tx) error { return r.Enqueue(ctx, tx, t) })
	}
	if t.Kind == "" || len(t.Args) > 0 && !json.Valid(t.Args) {
		return errs.New(errs.Internal, "task %q has no kind, or arguments that are no JSON", t.Kind)
	}
	s, err := sqltx.Of(tx)
	if err != nil {
		return err
	}
	res, err := r.inserter.InsertTx(ctx, s.SQL, envelope{Task: t.Kind, Args: t.Args}, &river.InsertOpts{ScheduledAt: t.At})
	if err != nil {
		return errs.Wrap("enqueueing task "+t.Kind, err)
	}
	if res.Job.State == rivertype.JobStateScheduled {
		if err := makeAvailable(ctx, s.SQL, res.Job.ID); err != nil {
			return errs.Wrap("enqueueing task "+t.Kind, err)
		}
	}
	if r.local != nil {
		s.AfterCommit(r.local.notify)
	}
	return nil
}

// Register implements Queue.
func (r *River) Register(kind string, h Handler) {
	r.handling.Lock()
	defer r.handling.Unlock()
	r.handlers[kind] = h
}

// Start implements Queue. It returns once tasks are being fetched, or would be
// if there were any; the end of ctx doesn't stop that.
func (r *River) Start(ctx context.Context, workers int) error {
	r.starting.Lock()
	defer r.starting.Unlock()
	if r.running() != nil || r.untend != nil {
		return errs.New(errs.Internal, "the queue was started already")
	}
	r.workers = workers
	if !r.db.Sole() {
		return errs.Wrap("starting the queue", r.startWorker(ctx))
	}
	if err := r.store.Do(ctx, func(tx store.Tx) error { return reclaim(ctx, tx) }); err != nil {
		return errs.Wrap("taking back tasks of the process before", err)
	}
	left, err := r.unfinished(ctx)
	if err == nil && left {
		err = r.startWorker(ctx)
	}
	if err != nil {
		return errs.Wrap("starting the queue", err)
	}
	tending, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.untend, r.tended = stop, make(chan struct{})
	go r.tend(tending)
	return nil
}

// startWorker starts the engine; the end of ctx doesn't stop it.
func (r *River) startWorker(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.db.Sole() {
		pool, err := listenPool(ctx, r.db.URL())
		if err != nil {
			return err
		}
		r.listen = pool
	}
	client, err := r.newWorker(r.workers)
	if err == nil {
		err = client.Start(context.WithoutCancel(ctx))
	}
	if err != nil {
		r.closeListen()
		return err
	}
	r.worker = client
	return nil
}

func (r *River) newWorker(workers int) (*river.Client[*sql.Tx], error) {
	all := river.NewWorkers()
	if err := river.AddWorkerSafely(all, river.WorkFunc(r.work)); err != nil {
		return nil, err
	}
	return river.NewClient(r.driver(r.listen), &river.Config{
		Logger:               r.logger,
		Workers:              all,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		FetchCooldown:        fetchCooldown,
		FetchPollInterval:    pollInterval,
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
		MaxAttempts:          maxAttempts,
		RetryPolicy:          retryPolicy{},
	})
}

// listenPool holds the one connection on which River hears of new tasks.
func listenPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MinConns, config.MaxConns = 0, 1
	return pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
}

func (r *River) closeListen() {
	if r.listen != nil {
		r.listen.Close()
		r.listen = nil
	}
}

// Stop implements Queue.
func (r *River) Stop(ctx context.Context) error {
	r.starting.Lock()
	defer r.starting.Unlock()
	if r.untend != nil {
		r.untend()
		<-r.tended
		r.untend = nil
	}
	return errs.Wrap("stopping the queue", r.stopWorker(ctx))
}

// stopWorker stops the engine if it runs.
func (r *River) stopWorker(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.worker == nil {
		return nil
	}
	err := r.worker.Stop(ctx)
	if err != nil {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), hardStop)
		defer cancel()
		err = r.worker.StopAndCancel(hard)
	}
	if err != nil {
		return err
	}
	r.worker = nil
	r.closeListen()
	return nil
}

// work hands a job to the handler of its task.
func (r *River) work(ctx context.Context, job *river.Job[envelope]) error {
	if r.resting.Load() {
		return river.JobSnooze(0)
	}
	r.handling.RLock()
	h := r.handlers[job.Args.Task]
	r.handling.RUnlock()
	if h == nil {
		return errs.New(errs.Unsupported, "nobody here handles tasks of kind %q", job.Args.Task).
			WithHint("it is tried again later; another release, or a host with other roles, may know it")
	}
	return h(ctx, &work{ctx: ctx, job: job})
}

type work struct {
	ctx context.Context // River keeps its client there
	job *river.Job[envelope]
}

// Args implements Work.
func (w *work) Args() json.RawMessage { return w.job.Args.Args }

// Complete implements Work. It is Conflict when the attempt is no longer the
// task's: it took so long that it was given to somebody else.
func (w *work) Complete(ctx context.Context, tx store.Tx) error {
	op := "completing task " + w.job.Args.Task
	if err := ctx.Err(); err != nil {
		return errs.Wrap(op, err)
	}
	s, err := sqltx.Of(tx)
	if err != nil {
		return errs.Wrap(op, err)
	}
	if err := current(ctx, s.SQL, w.job.JobRow); err != nil {
		return errs.Wrap(op, err)
	}
	_, err = river.JobCompleteTx[riverdriver.Driver[*sql.Tx]](context.WithoutCancel(w.ctx), s.SQL, w.job)
	return errs.Wrap(op, err)
}

// retryPolicy doubles the delay from a second on, and spreads it a little so
// that what failed together doesn't come back together.
type retryPolicy struct{}

// NextRetry implements river.ClientRetryPolicy.
func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	delay := maxDelay
	if n := len(job.Errors); n < 10 {
		delay = min(delay, time.Second<<n)
	}
	return time.Now().Add(delay + rand.N(delay/10)) //nolint:gosec // no secret depends on it
}

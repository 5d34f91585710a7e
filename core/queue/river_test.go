package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/internal/sqltx"
	"github.com/omakase-ai/omakase/core/queue"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/postgres"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/core/store/storetest/pgtest"
)

var cluster = pgtest.Cluster{Prepare: func(ctx context.Context, url string) error {
	s, err := openStore(ctx, "postgres", url)
	if err != nil {
		return err
	}
	return s.Close()
}}

func TestMain(m *testing.M) {
	if os.Getenv(childEngine) != "" {
		os.Exit(child())
	}
	code := m.Run()
	cluster.Stop()
	os.Exit(code)
}

func openStore(ctx context.Context, engine, where string) (store.Store, error) {
	if engine == "sqlite" {
		return sqlite.Open(ctx, sqlite.Options{Path: where})
	}
	return postgres.Open(ctx, postgres.Options{URL: where})
}

// place is where a test has its database.
func place(t *testing.T, engine string) string {
	t.Helper()
	if engine == "sqlite" {
		return filepath.Join(t.TempDir(), "omakase.db")
	}
	return cluster.URL(t)
}

// onBoth runs a test on a fresh store of each engine.
func onBoth(t *testing.T, test func(t *testing.T, st store.Store)) {
	t.Helper()
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			st, err := openStore(t.Context(), engine, place(t, engine))
			must(t, err)
			t.Cleanup(func() { must(t, st.Close()) })
			test(t, st)
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newQueue(t *testing.T, st store.Store) *queue.River {
	t.Helper()
	q, err := queue.New(st, queue.Options{})
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		must(t, q.Stop(ctx))
	})
	return q
}

// patience is far more than anything here takes.
const patience = 30 * time.Second

func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing happened")
		panic("unreachable")
	}
}

func task(kind, args string) queue.Task {
	return queue.Task{Kind: kind, Args: json.RawMessage(args)}
}

func TestTaskIsWorked(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		q := newQueue(t, st)
		got := make(chan string, 10)
		q.Register("a", func(_ context.Context, w queue.Work) error { got <- "a" + string(w.Args()); return nil })
		q.Register("b", func(_ context.Context, w queue.Work) error { got <- "b" + string(w.Args()); return nil })
		must(t, q.Enqueue(t.Context(), nil, task("a", `{"before":1}`)))
		must(t, q.Start(t.Context(), 2))
		if v := receive(t, got); v != `a{"before":1}` && v != `a{"before": 1}` {
			t.Fatalf("worked %s", v)
		}
		start := time.Now()
		must(t, q.Enqueue(t.Context(), nil, task("b", ``)))
		if v := receive(t, got); v != "b" {
			t.Fatalf("worked %s", v)
		}
		t.Logf("enqueue to work: %s", time.Since(start))
		if err := q.Enqueue(t.Context(), nil, task("b", `{`)); !errs.Is(err, errs.Internal) {
			t.Fatalf("error for broken arguments is %v", err)
		}
		if err := q.Start(t.Context(), 1); !errs.Is(err, errs.Internal) {
			t.Fatalf("error for a second start is %v", err)
		}
	})
}

func TestTaskWaitsForCommit(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		q := newQueue(t, st)
		worked := make(chan string, 10)
		q.Register("k", func(_ context.Context, w queue.Work) error { worked <- string(w.Args()); return nil })
		must(t, q.Start(t.Context(), 2))
		no := errors.New("no")
		err := st.Do(t.Context(), func(tx store.Tx) error {
			must(t, q.Enqueue(t.Context(), tx, task("k", `"rolled back"`)))
			return no
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		committed := &atomic.Bool{}
		early := make(chan bool, 1)
		go func() {
			<-worked
			early <- !committed.Load()
		}()
		must(t, st.Do(t.Context(), func(tx store.Tx) error {
			if err := q.Enqueue(t.Context(), tx, task("k", `"committed"`)); err != nil {
				return err
			}
			time.Sleep(50 * time.Millisecond) // time to go wrong in
			committed.Store(true)
			return nil
		}))
		if receive(t, early) {
			t.Fatal("the task was worked before its transaction was committed")
		}
		select {
		case v := <-worked:
			t.Fatalf("also worked %s", v)
		case <-time.After(100 * time.Millisecond):
		}
	})
}

func TestTaskOfTheFuture(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		q := newQueue(t, st)
		worked := make(chan time.Time, 10)
		q.Register("k", func(context.Context, queue.Work) error { worked <- time.Now(); return nil })
		must(t, q.Start(t.Context(), 2))
		at := time.Now().Add(1500 * time.Millisecond)
		must(t, q.Enqueue(t.Context(), nil, queue.Task{Kind: "k", At: at}))
		if v := receive(t, worked); v.Before(at) {
			t.Fatalf("worked %s too early", at.Sub(v))
		} else {
			t.Logf("worked %s late", v.Sub(at))
		}
	})
}

func TestErrorIsRetried(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		q := newQueue(t, st)
		attempts := make(chan time.Time, 10)
		n := 0
		q.Register("k", func(context.Context, queue.Work) error {
			attempts <- time.Now()
			switch n++; n {
			case 1:
				return errors.New("not yet")
			case 2:
				panic("not yet either")
			}
			return nil
		})
		must(t, q.Start(t.Context(), 1))
		must(t, q.Enqueue(t.Context(), nil, task("k", `{}`)))
		first, second, third := receive(t, attempts), receive(t, attempts), receive(t, attempts)
		if a, b := second.Sub(first), third.Sub(second); a < time.Second || b < 2*time.Second {
			t.Fatalf("delays are %s and %s", a, b)
		}
	})
}

func TestUnknownKind(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		q := newQueue(t, st)
		must(t, q.Start(t.Context(), 1))
		must(t, q.Enqueue(t.Context(), nil, task("strange", `{}`)))
		deadline := time.Now().Add(patience)
		var text string
		for !strings.Contains(text, "strange") {
			if time.Now().After(deadline) {
				t.Fatalf("errors of the job are %q", text)
			}
			time.Sleep(20 * time.Millisecond)
			text = jobErrors(t, st)
		}
		worked := make(chan bool, 1)
		q.Register("strange", func(context.Context, queue.Work) error { worked <- true; return nil })
		receive(t, worked)
	})
}

// jobErrors is what River noted of failed attempts.
func jobErrors(t *testing.T, st store.Store) (text string) {
	t.Helper()
	query := `SELECT coalesce(max(json(errors)), '') FROM river_job`
	if st.Engine() == "postgres" {
		query = `SELECT coalesce(max(errors::text), '') FROM river_job`
	}
	must(t, st.Do(t.Context(), func(tx store.Tx) error {
		s, err := sqltx.Of(tx)
		if err != nil {
			return err
		}
		return s.SQL.QueryRowContext(t.Context(), query).Scan(&text)
	}))
	return text
}

func TestCompleteOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		q := newQueue(t, st)
		results := make(chan error, 1)
		q.Register("k", func(ctx context.Context, w queue.Work) error {
			complete := func() error { return st.Do(ctx, func(tx store.Tx) error { return w.Complete(ctx, tx) }) }
			if err := complete(); err != nil {
				return err
			}
			results <- complete()
			return errors.New("after the completion")
		})
		must(t, q.Start(t.Context(), 1))
		must(t, q.Enqueue(t.Context(), nil, task("k", `{}`)))
		if err := receive(t, results); !errs.Is(err, errs.Conflict) {
			t.Fatalf("error of the second completion is %v, want Conflict", err)
		}
		select {
		case <-results:
			t.Fatal("a completed task was worked again")
		case <-time.After(2500 * time.Millisecond): // more than the first retry waits
		}
	})
}

func TestStop(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		q := newQueue(t, st)
		started, ended := make(chan bool, 2), make(chan error, 2)
		release := make(chan struct{})
		q.Register("k", func(ctx context.Context, _ queue.Work) error {
			started <- true
			select {
			case <-ctx.Done():
			case <-release:
			}
			ended <- ctx.Err()
			return ctx.Err()
		})
		must(t, q.Start(t.Context(), 1))
		must(t, q.Enqueue(t.Context(), nil, task("k", `{}`)))
		receive(t, started)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		must(t, q.Stop(ctx))
		if err := receive(t, ended); err == nil {
			t.Fatal("the task was not cancelled")
		}
		must(t, q.Stop(t.Context()))

		close(release)
		must(t, q.Start(t.Context(), 1)) // it goes on where it was
		receive(t, started)
		must(t, q.Stop(t.Context()))
		if err := receive(t, ended); err != nil {
			t.Fatalf("a task that would have ended was cancelled: %v", err)
		}
	})
}

// A task whose process died is given to another one.
func TestRescue(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		q := newQueue(t, st)
		must(t, q.Enqueue(t.Context(), nil, task("k", `{}`)))
		long := time.Now().UTC().Add(-10 * time.Minute)
		must(t, st.Do(t.Context(), func(tx store.Tx) error {
			s, err := sqltx.Of(tx)
			if err != nil {
				return err
			}
			var at any = long
			if st.Engine() == "sqlite" {
				at = long.Format("2006-01-02 15:04:05.000")
			}
			_, err = s.SQL.ExecContext(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = $1`, at)
			return err
		}))
		worked := make(chan bool, 1)
		q.Register("k", func(context.Context, queue.Work) error { worked <- true; return nil })
		must(t, q.Start(t.Context(), 1))
		receive(t, worked)
	})
}

func TestForeignStore(t *testing.T) {
	t.Parallel()
	var none struct{ store.Store }
	if _, err := queue.New(none, queue.Options{}); !errs.Is(err, errs.Internal) {
		t.Fatalf("error is %v, want Internal", err)
	}
}

func ExampleRiver() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "queue")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	st, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "omakase.db")})
	if err != nil {
		panic(err)
	}
	defer func() { _ = st.Close() }()
	q, err := queue.New(st, queue.Options{})
	if err != nil {
		panic(err)
	}
	done := make(chan struct{})
	q.Register("greet", func(ctx context.Context, w queue.Work) error {
		defer close(done)
		fmt.Println("hello", string(w.Args()))
		// The effect of a task and its completion belong into one transaction.
		return st.Do(ctx, func(tx store.Tx) error { return w.Complete(ctx, tx) })
	})
	if err := q.Start(ctx, 1); err != nil {
		panic(err)
	}
	if err := q.Enqueue(ctx, nil, queue.Task{Kind: "greet", Args: json.RawMessage(`"world"`)}); err != nil {
		panic(err)
	}
	<-done
	if err := q.Stop(ctx); err != nil {
		panic(err)
	}
	// Output: hello "world"
}

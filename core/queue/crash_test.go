package queue_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/internal/sqltx"
	"github.com/omakase-ai/omakase/core/queue"
	"github.com/omakase-ai/omakase/core/store"
)

// The environment that makes the test binary a worker that is to be killed.
const (
	childEngine = "OMAKASE_TEST_QUEUE_ENGINE"
	childPlace  = "OMAKASE_TEST_QUEUE_PLACE"
)

// child works tasks until it is killed, each with an effect that shows how
// often it happened.
func child() int {
	ctx := context.Background()
	st, err := openStore(ctx, os.Getenv(childEngine), os.Getenv(childPlace))
	if err == nil {
		err = workForEver(ctx, st, os.Stdout)
	}
	fmt.Fprintln(os.Stderr, "child:", err)
	return 1
}

func workForEver(ctx context.Context, st store.Store, out io.Writer) error {
	q, err := queue.New(st, queue.Options{})
	if err != nil {
		return err
	}
	q.Register("effect", func(ctx context.Context, w queue.Work) error {
		time.Sleep(rand.N(10 * time.Millisecond))
		return st.Do(ctx, func(tx store.Tx) error {
			j := store.Job{Workspace: "w", URL: "u", Shop: string(w.Args())}
			if err := st.CreateJob(ctx, tx, &j); err != nil {
				return err
			}
			return w.Complete(ctx, tx)
		})
	})
	if err := q.Start(ctx, 8); err != nil {
		return err
	}
	fmt.Fprintln(out, "working") // from now on the parent may kill it
	select {}
}

// What a task does happens exactly once, however often its workers are killed.
func TestKilledWorkers(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			where := place(t, engine)
			const tasks = 300
			enqueueEffects(t, engine, where, tasks)
			kills := 0
			for ; effects(t, engine, where) < tasks; kills++ {
				if kills == 200 {
					t.Fatal("the tasks are never done")
				}
				// A busy machine may need more than a moment for anything to happen.
				killWorker(t, engine, where, rand.N(100*time.Millisecond*time.Duration(1+kills/10)))
			}
			t.Logf("%d tasks, %d kills", tasks, kills)
			st, err := openStore(t.Context(), engine, where)
			must(t, err)
			defer func() { must(t, st.Close()) }()
			jobs, _, err := st.ListJobs(t.Context(), "w", store.JobQuery{})
			must(t, err)
			times := map[string]int{}
			for _, j := range jobs {
				times[j.Shop]++
			}
			for i := range tasks {
				if n := times[fmt.Sprint(i)]; n != 1 {
					t.Errorf("the effect of task %d happened %d times", i, n)
				}
			}
		})
	}
}

func enqueueEffects(t *testing.T, engine, where string, n int) {
	t.Helper()
	st, err := openStore(t.Context(), engine, where)
	must(t, err)
	defer func() { must(t, st.Close()) }()
	q, err := queue.New(st, queue.Options{})
	must(t, err)
	must(t, st.Do(t.Context(), func(tx store.Tx) error {
		for i := range n {
			if err := q.Enqueue(t.Context(), tx, task("effect", fmt.Sprint(i))); err != nil {
				return err
			}
		}
		return nil
	}))
}

// effects counts what happened, and does for PostgreSQL at once what River's
// rescuer does some minutes after a crash.
func effects(t *testing.T, engine, where string) int {
	t.Helper()
	st, err := openStore(t.Context(), engine, where)
	must(t, err)
	defer func() { must(t, st.Close()) }()
	jobs, _, err := st.ListJobs(t.Context(), "w", store.JobQuery{})
	must(t, err)
	must(t, st.Do(t.Context(), func(tx store.Tx) error {
		s, err := sqltx.Of(tx)
		if err != nil || engine == "sqlite" {
			return err
		}
		_, err = s.SQL.ExecContext(t.Context(), `UPDATE river_job SET state = 'available' WHERE state = 'running'`)
		return err
	}))
	return len(jobs)
}

// killWorker lets a worker work for a while.
func killWorker(t *testing.T, engine, where string, after time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEngine+"="+engine, childPlace+"="+where)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Errorf("the worker didn't begin: %v", err)
	}
	time.Sleep(after)
	must(t, cmd.Process.Kill())
	if err := cmd.Wait(); cmd.ProcessState.Exited() {
		t.Fatalf("the worker ended by itself: %v", err)
	}
}

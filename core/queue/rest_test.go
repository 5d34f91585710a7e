package queue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/internal/sqltx"
	"github.com/omakase-ai/omakase/core/queue"
	"github.com/omakase-ai/omakase/core/store"
)

// An engine that stops whenever nothing is left, and starts with each task,
// loses none and works none twice.
func TestRest(t *testing.T) {
	t.Parallel()
	st, err := openStore(t.Context(), "sqlite", filepath.Join(t.TempDir(), "omakase.db"))
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	rested := make(chan struct{}, 1)
	q, err := queue.New(st, queue.Options{Rest: 5 * time.Millisecond, Rested: func() {
		select {
		case rested <- struct{}{}:
		default:
		}
	}})
	must(t, err)
	t.Cleanup(func() { must(t, q.Stop(context.WithoutCancel(t.Context()))) })
	const tasks = 30
	worked := make(chan string, 2*tasks)
	q.Register("k", func(ctx context.Context, w queue.Work) error {
		if err := st.Do(ctx, func(tx store.Tx) error { return w.Complete(ctx, tx) }); err != nil {
			return err
		}
		worked <- string(w.Args())
		return nil
	})
	must(t, q.Start(t.Context(), 2))
	for i := range tasks {
		must(t, q.Enqueue(t.Context(), nil, task("k", fmt.Sprint(i))))
		time.Sleep(rand.N(20 * time.Millisecond))
	}
	seen := map[string]int{}
	for range tasks {
		seen[receive(t, worked)]++
	}
	for i := range tasks {
		if n := seen[fmt.Sprint(i)]; n != 1 {
			t.Errorf("task %d was worked %d times", i, n)
		}
	}
	must(t, eventually(t, func() bool { return !leads(t, st) })) // it rests
	receive(t, rested)
	must(t, q.Enqueue(t.Context(), nil, queue.Task{Kind: "k", At: time.Now().Add(time.Second)}))
	receive(t, worked)
}

// leads reports whether an engine runs: a running one leads.
func leads(t *testing.T, st store.Store) (leads bool) {
	t.Helper()
	must(t, st.Do(t.Context(), func(tx store.Tx) error {
		s, err := sqltx.Of(tx)
		if err != nil {
			return err
		}
		return s.SQL.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT 1 FROM river_leader)`).Scan(&leads)
	}))
	return leads
}

func eventually(t *testing.T, ok func() bool) error {
	t.Helper()
	for began := time.Now(); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			return fmt.Errorf("it never happened")
		}
	}
	return nil
}

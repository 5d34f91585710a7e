package fetch

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestLaneKeepsOrderAndGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l lane
		var order []int
		var starts []time.Time
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				if err := l.enter(t.Context()); err != nil {
					t.Error(err)
					return
				}
				defer l.leave()
				if err := l.wait(t.Context(), time.Second); err != nil {
					t.Error(err)
				}
				order, starts = append(order, i), append(starts, time.Now())
				time.Sleep(300 * time.Millisecond) // the request
			})
			synctest.Wait()
		}
		wg.Wait()
		if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
			t.Errorf("served in the order %v", order)
		}
		for i, s := range starts {
			if got, want := s.Sub(starts[0]), time.Duration(i)*time.Second; got != want {
				t.Errorf("request %d started after %s; want %s", i, got, want)
			}
		}
	})
}

func TestLanePauseHoldsEverybody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l lane
		l.pause(10 * time.Second)
		l.pause(time.Second) // a shorter one takes nothing off
		start := time.Now()
		if err := l.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := l.wait(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 10*time.Second {
			t.Errorf("started after %s; want 10s", got)
		}
	})
}

func TestLaneLetsGoAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l lane
		if err := l.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		queued, waiting := make(chan error, 1), make(chan error, 1)
		go func() { queued <- l.enter(ctx) }()
		l.pause(time.Hour)
		go func() { waiting <- l.wait(ctx, 0) }()
		synctest.Wait()
		start := time.Now()
		cancel()
		for _, ch := range []chan error{queued, waiting} {
			if err := <-ch; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v; want the context's error", err)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("let go after %s", d)
		}
		l.leave()
		if err := l.enter(t.Context()); err != nil {
			t.Errorf("the lane is lost: %v", err)
		}
	})
}

// Whoever comes, waits, gives up or leaves: never two inside, and never a lane
// that nobody can enter.
func TestLaneUnderCancellation(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		patience := rapid.SliceOfN(rapid.IntRange(0, 40), 1, 12).Draw(rt, "patience")
		work := rapid.IntRange(0, 10).Draw(rt, "work")
		synctest.Test(t, func(t *testing.T) {
			var l lane
			var inside, served int
			var wg sync.WaitGroup
			for _, ms := range patience {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(ms)*time.Millisecond)
					defer cancel()
					if l.enter(ctx) != nil {
						return
					}
					defer l.leave()
					if l.wait(ctx, 3*time.Millisecond) != nil {
						return
					}
					if inside++; inside > 1 {
						t.Errorf("%d requests at once", inside)
					}
					time.Sleep(time.Duration(work) * time.Millisecond)
					inside--
					served++
				})
			}
			wg.Wait()
			if err := l.enter(t.Context()); err != nil {
				t.Errorf("the lane is lost after %d served: %v", served, err)
			}
		})
	})
}

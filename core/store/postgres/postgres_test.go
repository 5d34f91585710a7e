package postgres_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/postgres"
	"github.com/omakase-ai/omakase/core/store/storetest"
	"github.com/omakase-ai/omakase/core/store/storetest/pgtest"
)

var cluster = pgtest.Cluster{Prepare: func(ctx context.Context, url string) error {
	s, err := postgres.Open(ctx, postgres.Options{URL: url})
	if err != nil {
		return err
	}
	return s.Close()
}}

func TestMain(m *testing.M) {
	code := m.Run()
	cluster.Stop()
	os.Exit(code)
}

func open(t testing.TB, url string, now func() time.Time) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, now func() time.Time) store.Store { return open(t, cluster.URL(t), now) })
}

// Several processes may start at once on an empty database.
func TestOpenTogether(t *testing.T) {
	t.Parallel()
	url := cluster.EmptyURL(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := postgres.Open(t.Context(), postgres.Options{URL: url})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		url  string
		kind errs.Kind
	}{
		"no URL":    {"postgres://%zz", errs.Invalid},
		"no server": {"host=/nowhere user=x dbname=x", errs.Unavailable},
	} {
		s, err := postgres.Open(t.Context(), postgres.Options{URL: tc.url})
		if err == nil {
			_ = s.Close()
		}
		if !errs.Is(err, tc.kind) || errs.HintOf(err) == "" {
			t.Errorf("%s: error is %v (%s, hint %q), want %s with a hint", name, err, errs.KindOf(err), errs.HintOf(err), tc.kind)
		}
	}
}

// What one process changes moves the revision of another.
func TestRevisionOfOthers(t *testing.T) {
	t.Parallel()
	url := cluster.URL(t)
	here, there := open(t, url, nil), open(t, url, nil)
	deadline := time.Now().Add(30 * time.Second)
	waitFor := func(what string, ok func() bool) {
		t.Helper()
		for !ok() {
			if time.Now().After(deadline) {
				t.Fatal(what)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	// Until it listens, the other may be told nothing; then it moves once.
	before := there.Revision("w")
	waitFor("the other process doesn't listen", func() bool { return there.Revision("w") != before })
	before, other := there.Revision("w"), there.Revision("v")
	if err := here.CreateProducts(t.Context(), "w", []*catalog.Product{{Name: "cup"}}); err != nil {
		t.Fatal(err)
	}
	waitFor("the change was not heard of", func() bool { return there.Revision("w") != before })
	if there.Revision("v") != other {
		t.Fatal("the revision of another workspace moved")
	}
}

package postgres_test

import (
	"context"
	"os"
	"testing"
	"time"

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

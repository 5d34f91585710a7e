package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/sqlite"
	"github.com/omakase-ai/omakase/core/store/storetest"
)

func open(t testing.TB, now func() time.Time) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "omakase.db"), Now: now})
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
	storetest.Run(t, func(t *testing.T, now func() time.Time) store.Store { return open(t, now) })
}

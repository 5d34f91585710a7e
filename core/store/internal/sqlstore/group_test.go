package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store/internal/sqlstore"
	"github.com/omakase-ai/omakase/core/store/sqlite"
)

// A write that fails after it wrote takes nothing of the others with it, and
// leaves nothing behind.
func TestSpoiledGroup(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	spoilt := errors.New("spoilt")
	ctx := t.Context()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			err := s.Small(ctx, func(tx *sqlstore.Tx) error {
				if _, err := tx.Exec(ctx, `INSERT INTO workspaces (name) VALUES (?)`, fmt.Sprint(i)); err != nil {
					return err
				}
				if i%10 == 0 {
					return spoilt
				}
				return nil
			})
			if errors.Is(err, spoilt) != (i%10 == 0) || i%10 != 0 && err != nil {
				t.Errorf("write %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	err = s.Small(ctx, func(tx *sqlstore.Tx) error {
		var n int
		if err := tx.Row(ctx, `SELECT count(*) FROM workspaces`).Scan(&n); err != nil {
			return err
		}
		if n != 90 {
			t.Errorf("%d writes are stored, want 90", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A write whose caller has gone is not begun.
func TestCancelledWrite(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = s.Small(ctx, func(*sqlstore.Tx) error { t.Error("it ran"); return nil })
	if !errs.Is(err, errs.Cancelled) {
		t.Fatalf("error is %v, want Cancelled", err)
	}
}

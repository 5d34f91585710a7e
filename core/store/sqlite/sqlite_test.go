package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
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

func TestOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new folder", "a%20b?#.db")
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	p := &catalog.Product{Name: "cup"}
	if err := s.CreateProducts(t.Context(), "w", []*catalog.Product{p}); err != nil {
		t.Fatal(err)
	}
	_, err = sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if !errs.Is(err, errs.Conflict) || errs.HintOf(err) == "" {
		t.Fatalf("error of a second open is %v (hint %q), want Conflict with a hint", err, errs.HintOf(err))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	got, err := s.Product(t.Context(), "w", p.ID)
	if err != nil || got.Name != "cup" {
		t.Fatalf("after opening again the product is %+v, %v", got, err)
	}
	if err := s.CreateProducts(t.Context(), "w", []*catalog.Product{{Name: "pot"}}); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	newer := filepath.Join(t.TempDir(), "newer.db")
	db, err := sql.Open("sqlite", newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = 9999"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, path, words string
		kind              errs.Kind
	}{
		{"newer database", newer, "9999", errs.Conflict},
		{"folder that is a file", filepath.Join(newer, "x.db"), "newer.db", errs.Internal},
		{"file that is a folder", filepath.Dir(newer), "", errs.Unavailable},
	} {
		s, err := sqlite.Open(t.Context(), sqlite.Options{Path: tc.path})
		if err == nil {
			_ = s.Close()
		}
		if !errs.Is(err, tc.kind) || !strings.Contains(err.Error(), tc.words) {
			t.Errorf("%s: error is %v (%s), want %s", tc.name, err, errs.KindOf(err), tc.kind)
		}
	}
}

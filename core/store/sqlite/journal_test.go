package sqlite

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The journal that is synced is the one in use, also after SQLite made it anew.
func TestJournalIsFoundAgain(t *testing.T) {
	t.Parallel()
	j := &journal{path: filepath.Join(t.TempDir(), "x.db-wal"), copier: newCopier(filepath.Join(t.TempDir(), "another.db"))}
	if err := j.sync(); err != nil || j.file != nil {
		t.Errorf("without a journal: %v", err)
	}
	for round := range 2 {
		next := filepath.Join(t.TempDir(), "next")
		if err := os.WriteFile(next, []byte("pages"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, j.path); err != nil {
			t.Fatal(err)
		}
		if err := j.sync(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(j.path); err != nil || !os.SameFile(info, j.info) {
			t.Errorf("round %d: another file was synced: %v", round, err)
		}
	}
	if err := j.close(); err != nil {
		t.Error(err)
	}
}

// Orders go to the disk by the journal, and the journal into the database
// without a commit that does it for all.
func TestCopier(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := pool(path, 1, "_txlock", "immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx := t.Context()
	if _, err := db.ExecContext(ctx, `CREATE TABLE t (x BLOB)`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(ctx, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO t SELECT zeroblob(4000) FROM n`, copyFrom+1); err != nil {
		t.Fatal(err)
	}
	if length, copied, err := checkpoint(ctx, db, "NOOP"); err != nil || length < copyFrom || copied != 0 {
		t.Fatalf("%d of %d pages are copied before: %v", copied, length, err)
	}
	c := newCopier(path)
	c.wake()
	for ; ; time.Sleep(time.Millisecond) {
		length, copied, err := checkpoint(ctx, db, "NOOP")
		if err != nil {
			t.Fatal(err)
		}
		if copied == length {
			break // a copier that does nothing is found by the test's own limit
		}
	}
	c.close()
}

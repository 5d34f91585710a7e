package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

const (
	// copyFrom is the length of the journal from which on it is copied into the
	// database beside the commits, so that the commit that reaches walPages and
	// begins the journal anew finds little to copy.
	copyFrom = walPages / 4 * 3
	// copyStep is how many pages are worth a copy.
	copyStep = 512
)

// copier copies the journal into the database while orders come in, on a
// connection of its own. Left to SQLite it is one commit in a hundred that
// copies for all, and those who wait for it wait five times as long.
type copier struct {
	path string

	poke   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func newCopier(path string) *copier {
	ctx, cancel := context.WithCancel(context.Background())
	c := &copier{path: path, poke: make(chan struct{}, 1), cancel: cancel}
	c.done.Go(func() { c.run(ctx) })
	return c
}

// wake has it look at the journal.
func (c *copier) wake() {
	select {
	case c.poke <- struct{}{}:
	default: // it will look anyway
	}
}

// close ends it. Whoever closes the last connection, it or the store, leaves a
// database without a journal.
func (c *copier) close() {
	c.cancel()
	c.done.Wait()
}

func (c *copier) run(ctx context.Context) {
	var db *sql.DB
	defer func() {
		if db != nil {
			_ = db.Close() // it wrote nothing that is not in the journal as well
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.poke:
		}
		if db == nil {
			var err error
			if db, err = pool(c.path, 1, "_pragma", "wal_autocheckpoint(0)"); err != nil {
				return // commits copy then
			}
		}
		if length, copied, err := checkpoint(ctx, db, "NOOP"); err == nil && length >= copyFrom && length-copied >= copyStep {
			_, _, _ = checkpoint(ctx, db, "PASSIVE") // what fails is done by a commit
		}
	}
}

// checkpoint tells how many pages the journal has and how many of them are in
// the database.
func checkpoint(ctx context.Context, db *sql.DB, mode string) (length, copied int, err error) {
	var busy int
	err = db.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &length, &copied)
	return length, copied, err
}

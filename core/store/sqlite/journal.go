package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/omakase-ai/omakase/core/errs"
)

// journal is SQLite's write-ahead log, as a file that is brought to the disk
// when somebody waits for that. SQLite would do so with fsync within a commit:
// that also writes the file's times and, with them, whatever else the file
// system has in hand, which takes ten times as long in bad moments, and all
// readers of the lock wait for it. A commit is whole once its pages are in this
// file, and pages go from it into the database only after SQLite has synced it,
// so syncing it later promises the same.
//
// It must be opened apart from SQLite only because SQLite holds no locks on it.
type journal struct {
	path   string
	copier *copier

	mu     sync.Mutex
	file   *os.File
	info   fs.FileInfo
	broken error
}

// sync returns once everything that was committed outlasts a power failure.
func (j *journal) sync() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	switch err := j.open(); {
	case errors.Is(err, fs.ErrNotExist):
		return nil // SQLite has copied and synced it all
	case err != nil:
		return journalError(err)
	}
	if err := syncData(j.file); err != nil {
		// The system may have dropped what it could not write, so that the next
		// sync would succeed without it.
		j.broken = journalError(err)
		return j.broken
	}
	j.copier.wake()
	return nil
}

// open sees to it that the file is the one in use: SQLite makes a new one after
// all its connections were closed.
func (j *journal) open() error {
	info, err := os.Stat(j.path)
	if err != nil {
		return err
	}
	if j.file != nil && os.SameFile(info, j.info) {
		return nil
	}
	if j.file != nil {
		_ = j.file.Close() // nothing was written through it
		j.file = nil
	}
	if j.file, err = os.OpenFile(j.path, os.O_RDWR, 0); err != nil {
		return err
	}
	j.info, err = j.file.Stat()
	return err
}

func (j *journal) close() error {
	j.copier.close()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

func journalError(err error) error {
	return &errs.Error{
		Kind: errs.Unavailable, Op: "bringing the journal to the disk", Err: err,
		Hint: "look into the system's log for what is wrong with the disk, and start again once it is mended",
	}
}

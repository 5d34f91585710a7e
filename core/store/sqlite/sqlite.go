// Package sqlite is the store in one file, for one process. It must not know
// what is stored there: that is in internal/sqlstore, which both engines share.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	_ "modernc.org/sqlite" // the driver, named "sqlite"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/internal/sqltx"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/internal/sqlstore"
)

// Options say where the database is.
type Options struct {
	// Path of the file. It and its folder are made when they aren't there; a
	// lock file and SQLite's journal lie beside it.
	Path string
	// Readers is how many reads run at a time; 0: 4.
	Readers int
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Store is a store.Store on SQLite.
type Store struct {
	*sqlstore.Store
}

var (
	_ store.Store    = (*Store)(nil)
	_ sqltx.Database = (*Store)(nil)
)

// URL implements sqltx.Database: only the store's own connection may write.
func (*Store) URL() string { return "" }

// Sole implements sqltx.Database: the file is locked.
func (*Store) Sole() bool { return true }

// Open opens the database, and makes or upgrades it first where that is
// needed. Until Close no other process can open it: that is Conflict. What was
// committed survives the process, though the last moments before a power
// failure may be lost. Orders are not: they are on the disk before they are
// acknowledged.
func Open(ctx context.Context, o Options) (*Store, error) {
	op := "opening database " + o.Path
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o750); err != nil {
		return nil, fileError(op, err)
	}
	lock, err := lockFile(o.Path + ".lock")
	if err != nil {
		return nil, errs.Wrap(op, err)
	}
	s, err := open(ctx, o, lock)
	if err != nil {
		_ = lock.Close() // err says what is wrong
		return nil, errs.Wrap(op, err)
	}
	return s, nil
}

func open(ctx context.Context, o Options, lock *os.File) (*Store, error) {
	write, err := pool(o.Path, 1, "_txlock", "immediate")
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, write); err != nil {
		_ = write.Close() // err says what is wrong
		return nil, err
	}
	readers := o.Readers
	if readers <= 0 {
		readers = 4
	}
	read, err := pool(o.Path, readers, "_pragma", "query_only(1)")
	if err != nil {
		_ = write.Close() // err says what is wrong
		return nil, err
	}
	j := &journal{path: o.Path + "-wal", copier: newCopier(o.Path)}
	return &Store{sqlstore.New(sqlstore.Options{
		Dialect: dialect(), Write: write, Read: read, Now: o.Now, Sync: j.sync,
		OnClose: func() error { return errors.Join(j.close(), lock.Close()) },
	})}, nil
}

// cacheKB is the page cache of each connection. Reads mostly come from the
// system's own cache, so more costs memory and gains little.
const cacheKB = 4096

// walPages is the length of the journal from which on it is copied into the
// file, 32 MB: an import writes some pages again and again, and each is copied
// once.
const walPages = 8192

func pool(path string, conns int, option, value string) (*sql.DB, error) {
	q := url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)",
		"cache_size(-" + strconv.Itoa(cacheKB) + ")", "temp_store(MEMORY)", "wal_autocheckpoint(" + strconv.Itoa(walPages) + ")",
	}}
	q.Add(option, value)
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, &errs.Error{Kind: errs.Invalid, Err: err}
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func fileError(op string, err error) error {
	kind, hint := errs.Internal, ""
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		kind, hint = errs.Invalid, "name another data folder, or let this user write to it"
	}
	return &errs.Error{Kind: kind, Op: op, Hint: hint, Err: err}
}

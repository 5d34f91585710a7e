// Package sqlstore is what the engines of the store have in common: all of
// store.Store in SQL that both understand. What differs between them is in a
// Dialect, which the packages sqlite and postgres fill in. It must not know
// which engine it runs on.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/internal/sqltx"
	"github.com/omakase-ai/omakase/core/store"
)

// Dialect is how an engine differs from the others. Queries in this package
// are written with ? for parameters.
type Dialect struct {
	Name     string // as store.Store.Engine
	Numbered bool   // parameters are $1, $2, …
	// OneWriter: only one transaction writes at a time. So rows need no locks,
	// and small writes that wait for each other share a transaction; waiting
	// ends with a context, but a statement that has begun doesn't.
	OneWriter bool
	// In is "column is one of the list ?", and List that parameter.
	In   func(column string) string
	List func([]string) any
	// Holds is "the bytes of column hold the bytes ?".
	Holds func(column string) string
	// Each runs one statement for each row of parameters.
	Each func(ctx context.Context, tx *Tx, query string, rows [][]any) error
	// Index writes the terms of a product: its seq and what Terms makes of
	// them. Unindex takes a seq, UnindexRange two: from (exclusive) and to.
	Index, Unindex, UnindexRange string
	Terms                        func(seq int64, terms []string) []any
	// Search is a query for a part of the hits: seq, doc, and whether the hit
	// is only likely, in the order of seq.
	Search func(q Search) (query string, args []any)
	// Windows cuts a range of numbers into parts to be searched in turn until
	// there are enough hits; nil where a search stops by itself.
	Windows func(from, to int64) []Window
	// Foreign is a query for a number that moves when another program writes to
	// the database; "" where others may at any time, so that nothing can be
	// known without reading it.
	Foreign string
	// Announce tells other processes that products of a workspace changed, and
	// LockKey makes the transaction the only one that holds a key; both are ""
	// where there are no others.
	Announce, LockKey string
	// Classify says what kind of failure an error of the driver is, "" when it
	// can't tell; its hint may be empty.
	Classify func(error) (kind errs.Kind, hint string)
}

// Store implements store.Store.
type Store struct {
	d       Dialect
	write   *sql.DB
	read    *sql.DB
	now     func() time.Time
	sync    func() error
	onClose func() error

	closing  sync.Once
	closeErr error

	prepareOnce sync.Once
	prepared    map[string]*sql.Stmt // on write, for hot statements
	readStmts   sync.Map             // query → *sql.Stmt on read
	numbered    sync.Map             // query → query with $1

	workspaces sync.Map // name → int64
	revisions  revisions
	shelf      shelf
	histories  histories
	group      group
}

// Options make a Store.
type Options struct {
	Dialect Dialect
	Write   *sql.DB // may be the same as Read
	Read    *sql.DB
	Now     func() time.Time // nil: time.Now
	// Sync has all that is committed outlast a power failure; nil where each
	// commit does by itself.
	Sync func() error
	// OnClose runs after the pools were closed; may be nil.
	OnClose func() error
}

// New returns a store over open pools whose schema is current. It owns them.
func New(o Options) *Store {
	s := &Store{d: o.Dialect, write: o.Write, read: o.Read, now: o.Now, sync: o.Sync, onClose: o.OnClose}
	if s.now == nil {
		s.now = time.Now
	}
	s.revisions.init(s.now())
	return s
}

// Engine implements store.Store.
func (s *Store) Engine() string { return s.d.Name }

// SQL implements sqltx.Database.
func (s *Store) SQL() *sql.DB { return s.write }

// Ping implements store.Store.
func (s *Store) Ping(ctx context.Context) error {
	return s.wrap("reaching the database", s.read.PingContext(ctx))
}

// Close implements store.Store. It may be called more than once.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.group.close()
		err := s.write.Close()
		if s.read != s.write {
			err = errors.Join(err, s.read.Close())
		}
		if s.onClose != nil {
			err = errors.Join(err, s.onClose())
		}
		s.closeErr = s.wrap("closing the database", err)
	})
	return s.closeErr
}

// clock is the time in the precision of the database.
func (s *Store) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Tx is a transaction of this store.
type Tx struct {
	*sqltx.Tx
	// Conn is the connection that it runs on.
	Conn *sql.Conn
	s    *Store

	stmts   map[string]*sql.Stmt
	shops   map[shopKey]int64
	numbers map[int64]*numbers // by workspace
	writes  int                // statements that may have changed something
	shelved map[productKey]shelved
	isBare  bool
}

// Do implements store.Store.
func (s *Store) Do(ctx context.Context, fn func(store.Tx) error) error {
	return s.transact(ctx, func(tx *Tx) error { return fn(tx) })
}

// transact runs fn in a transaction of its own. The error of fn comes back as
// it is.
func (s *Store) transact(ctx context.Context, fn func(*Tx) error) error {
	return s.transactAs(ctx, false, fn)
}

// transactAs also outlasts a power failure where it is to be durable.
func (s *Store) transactAs(ctx context.Context, durable bool, fn func(*Tx) error) (err error) {
	s.prepareHot()
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return s.wrap("opening a connection", err)
	}
	defer func() { _ = conn.Close() }() // returns it to the pool
	begin, err := conn.BeginTx(s.inner(ctx), nil)
	if err != nil {
		return s.wrap("beginning a transaction", err)
	}
	tx := &Tx{Tx: &sqltx.Tx{SQL: begin}, Conn: conn, s: s}
	done := false
	defer func() {
		if !done { // fn failed or panicked
			_ = begin.Rollback()
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.saveNumbers(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return s.wrap("committing", err)
	}
	done = true
	if err := begin.Commit(); err != nil {
		return s.wrap("committing", err)
	}
	tx.Committed()
	if durable && s.sync != nil {
		// Also where it wrote nothing: what it read may not be on the disk yet.
		return s.wrap("", s.sync())
	}
	return nil
}

// inner is the context of statements within a transaction. With one writer
// they are short and local: watching a context would cost more than they do.
func (s *Store) inner(ctx context.Context) context.Context {
	if s.d.OneWriter {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// own is the transaction of this store that a caller passed in.
func (s *Store) own(tx store.Tx) (*Tx, error) {
	if t, ok := tx.(*Tx); ok && t.s == s {
		return t, nil
	}
	return nil, errs.New(errs.Internal, "transaction %T is not of this store", tx)
}

// within runs fn in tx where there is one, else in a transaction of its own.
func (s *Store) within(ctx context.Context, tx store.Tx, fn func(*Tx) error) error {
	if tx == nil {
		return s.transact(ctx, fn)
	}
	t, err := s.own(tx)
	if err != nil {
		return err
	}
	return fn(t)
}

// Package postgres is the store on PostgreSQL, which several processes may
// share. It must not know what is stored there: that is in internal/sqlstore,
// which both engines share.
package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/internal/sqltx"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/core/store/internal/sqlstore"
)

// Options say where the database is.
type Options struct {
	// URL or keyword/value string, as libpq takes them.
	URL string
	// Conns is how many connections the store opens at most; 0: 10. One more
	// listens to what other processes change.
	Conns int
	// Now is the clock; nil: time.Now. Processes that share a database need
	// clocks that agree within a fraction of a lease.
	Now func() time.Time
}

// Store is a store.Store on PostgreSQL.
type Store struct {
	*sqlstore.Store
	url string
}

var (
	_ store.Store    = (*Store)(nil)
	_ sqltx.Database = (*Store)(nil)
)

// URL implements sqltx.Database.
func (s *Store) URL() string { return s.url }

// Sole implements sqltx.Database.
func (*Store) Sole() bool { return false }

// Open connects to the database, and makes or upgrades its tables first where
// that is needed. An error for want of a server is Unavailable.
func Open(ctx context.Context, o Options) (*Store, error) {
	const op = "opening the database"
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, (&errs.Error{Kind: errs.Invalid, Op: op, Err: err}).
			WithHint("DATABASE_URL looks like postgres://user:password@host:5432/name")
	}
	// Our queries are short; compiling them costs more than it gains.
	config.RuntimeParams["jit"] = "off"
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "omakase"
	}
	db := stdlib.OpenDB(*config)
	conns := o.Conns
	if conns <= 0 {
		conns = 10
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := migrate(ctx, db); err != nil {
		_ = db.Close() // err says what is wrong
		return nil, errs.Wrap(op, err)
	}
	l := newListener(config)
	s := &Store{url: o.URL, Store: sqlstore.New(sqlstore.Options{
		Dialect: dialect(), Write: db, Read: db, Now: o.Now, OnClose: l.close,
	})}
	l.start(s.Changed)
	return s, nil
}

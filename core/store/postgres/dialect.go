package postgres

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store/internal/sqlstore"
)

func dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		Name:         "postgres",
		Numbered:     true,
		In:           func(column string) string { return column + ` = ANY(?)` },
		List:         func(values []string) any { return values },
		Holds:        func(column string) string { return `position(?::bytea IN ` + column + `) > 0` },
		Each:         each,
		Index:        `INSERT INTO product_terms (seq, dense, terms) VALUES (?, ?, ?::text::tsvector)`,
		Unindex:      `DELETE FROM product_terms WHERE seq = ?`,
		UnindexRange: `DELETE FROM product_terms WHERE seq > ? AND seq <= ?`,
		Terms: func(seq int64, terms []string) []any {
			vector, dense := tsvector(seq, terms)
			return []any{dense, vector}
		},
		Search:   search,
		Windows:  windows,
		Announce: `SELECT pg_notify('` + channel + `', ?)`,
		LockKey:  `SELECT pg_advisory_xact_lock(hashtextextended(?, 0))`,
		Classify: classify,
	}
}

// each sends all statements at once, so that they take one round trip.
func each(ctx context.Context, tx *sqlstore.Tx, query string, rows [][]any) error {
	batch := &pgx.Batch{}
	for _, row := range rows {
		batch.Queue(tx.Query(query), row...)
	}
	return tx.Conn.Raw(func(driver any) error {
		return driver.(*stdlib.Conn).Conn().SendBatch(ctx, batch).Close()
	})
}

// SQLSTATE codes.
const (
	undefinedTable   = "42P01"
	uniqueViolation  = "23505"
	serialization    = "40001"
	deadlock         = "40P01"
	invalidPassword  = "28P01"
	noPrivilege      = "42501"
	unknownDatabase  = "3D000"
	untranslatable   = "22P05"
	invalidEncoding  = "22021"
	classConnection  = "08"
	classResources   = "53"
	classShutdown    = "57"
	classInvalidAuth = "28"
)

func classify(err error) (errs.Kind, string) {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var network *net.OpError
	switch {
	case errors.As(err, &pg):
		return classifyCode(pg.Code)
	case errors.As(err, &connect):
		return errs.Unavailable, "see that PostgreSQL runs and that DATABASE_URL points to it"
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), pgconn.SafeToRetry(err):
		return errs.Unavailable, ""
	}
	return "", ""
}

func classifyCode(code string) (errs.Kind, string) {
	switch code {
	case uniqueViolation:
		return errs.Conflict, ""
	case serialization, deadlock:
		return errs.Busy, ""
	case untranslatable, invalidEncoding:
		return errs.Invalid, ""
	case noPrivilege:
		return errs.Denied, "the database user needs the right to create and change tables"
	case invalidPassword, unknownDatabase:
		return errs.Unavailable, "see that DATABASE_URL names the right user, password and database"
	}
	switch code[:2] {
	case classConnection, classResources, classShutdown:
		return errs.Unavailable, ""
	case classInvalidAuth:
		return errs.Unavailable, "see that DATABASE_URL names the right user, password and database"
	}
	return "", ""
}

// asError gives an error its kind.
func asError(err error) error {
	var known *errs.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	kind, hint := classify(err)
	if kind == "" {
		kind = errs.KindOf(err)
	}
	return &errs.Error{Kind: kind, Hint: hint, Err: err}
}

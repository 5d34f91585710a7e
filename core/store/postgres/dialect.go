package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store/internal/sqlstore"
)

func dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		Name:         "postgres",
		Numbered:     true,
		ForUpdate:    ` FOR UPDATE`,
		In:           func(column string) string { return column + ` = ANY(?)` },
		List:         func(values []string) any { return values },
		Each:         each,
		Index:        `INSERT INTO product_terms (seq, dense, terms) VALUES (?, ?, ?::text::tsvector)`,
		Unindex:      `DELETE FROM product_terms WHERE seq = ?`,
		UnindexRange: `DELETE FROM product_terms WHERE seq > ? AND seq <= ?`,
		Terms: func(terms []string) []any {
			vector, dense := tsvector(terms)
			return []any{dense, vector}
		},
		Search: `SELECT t.seq, p.doc, t.dense FROM product_terms t JOIN products p ON p.seq = t.seq
			WHERE t.terms @@ ?::text::tsquery AND t.seq > ? AND t.seq <= ?`,
		SearchOrder: ` ORDER BY t.seq`,
		// A statement without a name is planned for its parameters: a frequent
		// word is best met by reading in order, a rare one through the index.
		Match: func(phrases []catalog.Phrase, tier sqlstore.Tier) []any {
			return []any{pgx.QueryExecModeExec, tsquery(phrases, tier)}
		},
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

// maxPositions is how often a tsvector notes where a lexeme is; PostgreSQL
// keeps up to 255.
const maxPositions = 250

// denseLexeme marks products in which some term is more frequent than that. A
// phrase may be in them where the index can't tell; they are looked at again.
const denseLexeme = catalog.Gap + catalog.Gap

// tsvector writes terms with their positions. A gap takes a position but is no
// lexeme, so that no phrase reaches across.
func tsvector(terms []string) (vector string, dense bool) {
	positions := make(map[string][]byte, len(terms))
	counts := make(map[string]int, len(terms))
	size := 0
	for i, t := range terms {
		if t == catalog.Gap {
			continue
		}
		if counts[t]++; counts[t] > maxPositions {
			dense = true
			continue
		}
		p := positions[t]
		if p == nil {
			size += len(t) + 4
		} else {
			p = append(p, ',')
		}
		positions[t] = strconv.AppendInt(p, int64(i)+1, 10)
		size += 6
	}
	b := make([]byte, 0, size)
	for t, p := range positions {
		b = append(append(append(b, '\''), t...), '\'', ':')
		b = append(append(b, p...), ' ')
	}
	if dense {
		b = append(append(append(b, '\''), denseLexeme...), '\'')
	}
	return string(b), dense
}

// tsquery writes a search. Terms are letters and digits, so nothing in them
// needs to be escaped within quotes.
func tsquery(phrases []catalog.Phrase, tier sqlstore.Tier) string {
	var name, anywhere, loose []string
	exact := true
	for _, p := range phrases {
		inName, inBody := phrase(p, sqlstore.NameTerm), phrase(p, func(t string) string { return t })
		name = append(name, inName)
		anywhere = append(anywhere, "("+inName+" | "+inBody+")")
		if len(p.Terms) > 1 {
			exact = false
		}
		for _, t := range p.Terms {
			one := catalog.Phrase{Terms: []string{t}, Prefix: p.Prefix}
			loose = append(loose, "("+phrase(one, sqlstore.NameTerm)+" | "+phrase(one, func(t string) string { return t })+")")
		}
	}
	inName := strings.Join(name, " & ")
	strict := strings.Join(anywhere, " & ")
	switch tier {
	case sqlstore.TierName:
		strict = inName
	case sqlstore.TierRest:
		strict = "(" + strict + ") & !(" + inName + ")"
		if len(phrases) == 1 {
			strict = phrase(phrases[0], func(t string) string { return t }) + " & !(" + inName + ")"
		}
	case sqlstore.TierAll:
	}
	if exact {
		return strict
	}
	return "(" + strict + ") | ('" + denseLexeme + "' & " + strings.Join(loose, " & ") + ")"
}

func phrase(p catalog.Phrase, as func(string) string) string {
	if p.Prefix {
		return "'" + as(p.Terms[0]) + "':*"
	}
	quoted := make([]string, len(p.Terms))
	for i, t := range p.Terms {
		quoted[i] = "'" + as(t) + "'"
	}
	return "(" + strings.Join(quoted, " <-> ") + ")"
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

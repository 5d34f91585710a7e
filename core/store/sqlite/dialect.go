package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store/internal/sqlstore"
)

func dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		Name:         "sqlite",
		OneWriter:    true,
		In:           func(column string) string { return column + ` IN (SELECT value FROM json_each(?))` },
		List:         list,
		Holds:        func(column string) string { return `instr(` + column + `, ?) > 0` },
		Each:         each,
		Index:        `INSERT INTO product_terms (rowid, terms) VALUES (?, ?)`,
		Unindex:      `DELETE FROM product_terms WHERE rowid = ?`,
		UnindexRange: `DELETE FROM product_terms WHERE rowid > ? AND rowid <= ?`,
		Terms:        func(_ int64, terms []string) []any { return []any{strings.Join(terms, " ")} },
		Search:       search,
		Foreign:      `PRAGMA data_version`,
		Classify:     classify,
	}
}

// list is a JSON array, which json_each takes apart.
func list(values []string) any {
	data, err := json.Marshal(values)
	if err != nil { // strings always encode
		return "[]"
	}
	return string(data)
}

func each(ctx context.Context, tx *sqlstore.Tx, query string, rows [][]any) error {
	stmt := tx.Stmt(query)
	if stmt == nil {
		var err error
		if stmt, err = tx.SQL.PrepareContext(ctx, query); err != nil {
			return err
		}
		defer func() { _ = stmt.Close() }() // it holds nothing that could fail
	}
	for _, row := range rows {
		if _, err := stmt.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return nil
}

// search relies on FTS5, which yields rows in the order of rowid and stops when
// nobody asks for more. The join must not turn that around.
func search(q sqlstore.Search) (string, []any) {
	query := `SELECT t.rowid, p.doc, FALSE FROM product_terms t CROSS JOIN products p ON p.seq = t.rowid
		WHERE product_terms MATCH ? AND t.rowid > ? AND t.rowid <= ?`
	args := []any{match(q.Phrases, q.Tier), q.Window.From, q.Window.To}
	if q.Active {
		query += ` AND p.active`
	}
	query += ` ORDER BY t.rowid`
	if q.Limit > 0 {
		query += ` LIMIT ?`
		args = append(args, q.Limit)
	}
	return query, args
}

// match writes a search for FTS5. Terms are letters and digits, so nothing in
// them needs to be escaped within quotes.
func match(phrases []catalog.Phrase, tier sqlstore.Tier) string {
	var name, anywhere []string
	for _, p := range phrases {
		inName, inBody := phrase(p, sqlstore.NameTerm), phrase(p, func(t string) string { return t })
		name = append(name, inName)
		anywhere = append(anywhere, "("+inName+" OR "+inBody+")")
	}
	inName := "(" + strings.Join(name, " AND ") + ")"
	switch tier {
	case sqlstore.TierName:
		return inName
	case sqlstore.TierRest:
		if len(phrases) == 1 {
			return phrase(phrases[0], func(t string) string { return t }) + " NOT " + inName
		}
		return "(" + strings.Join(anywhere, " AND ") + ") NOT " + inName
	}
	return strings.Join(anywhere, " AND ")
}

func phrase(p catalog.Phrase, as func(string) string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, t := range p.Terms {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(as(t))
	}
	b.WriteByte('"')
	if p.Prefix {
		b.WriteString(" *")
	}
	return b.String()
}

func classify(err error) (errs.Kind, string) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return "", ""
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_CONSTRAINT:
		return errs.Conflict, ""
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return errs.Unavailable, "another program holds the database file; close it"
	case lib.SQLITE_FULL:
		return errs.Unavailable, "the disk is full; free some space"
	case lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PERM:
		return errs.Unavailable, "see that the data folder exists and can be written"
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return errs.Internal, "the database file is damaged; restore a backup"
	case lib.SQLITE_INTERRUPT:
		return errs.Cancelled, ""
	}
	return "", ""
}

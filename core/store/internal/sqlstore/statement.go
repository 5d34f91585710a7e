package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

// hotStatements run in most small writes. They stay prepared on the one
// writing connection; a pool of several keeps its own in the driver.
var hotStatements = []string{
	insertProduct, updateProduct, updateStock, selectProductByID, insertItem, markEdited,
	insertHistory, insertFirstHistory, selectNumbers, saveNumbers,
	kvSum, kvSweep, kvSet,
	selectCart, updateCart, selectOrderByKey, insertOrder, insertOrdered,
	selectJob, updateJob, savePageRecord,
}

// prepareHot must run before a transaction holds the connection.
func (s *Store) prepareHot() {
	if !s.d.OneWriter {
		return
	}
	s.prepareOnce.Do(func() {
		s.prepared = map[string]*sql.Stmt{}
		for _, q := range append([]string{
			s.d.Index, s.d.Unindex, s.stockByID(), s.itemsBy("platform_id"), s.d.Foreign,
		}, hotStatements...) {
			// One that can't be prepared now fails with its reason in use.
			if stmt, err := s.write.Prepare(s.sql(q)); err == nil {
				s.prepared[q] = stmt
			}
		}
	})
}

// sql writes a query as the engine wants it.
func (s *Store) sql(query string) string {
	if !s.d.Numbered {
		return query
	}
	if q, ok := s.numbered.Load(query); ok {
		return q.(string)
	}
	q := number(query)
	s.numbered.Store(query, q)
	return q
}

func number(query string) string {
	var b strings.Builder
	n := 0
	for i := range len(query) {
		if query[i] != '?' {
			b.WriteByte(query[i])
			continue
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
	}
	return b.String()
}

// Stmt is the kept statement of a query on this transaction, nil when there is
// none.
func (t *Tx) Stmt(query string) *sql.Stmt {
	if stmt, ok := t.stmts[query]; ok {
		return stmt
	}
	var stmt *sql.Stmt
	if kept := t.s.prepared[query]; kept != nil {
		stmt = t.SQL.StmtContext(context.Background(), kept)
	}
	if t.stmts == nil {
		t.stmts = map[string]*sql.Stmt{}
	}
	t.stmts[query] = stmt
	return stmt
}

// Query is how the engine wants a query of this package.
func (t *Tx) Query(query string) string { return t.s.sql(query) }

// Exec runs a statement and tells how many rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int, error) {
	t.writes++
	res, err := t.exec(ctx, query, args)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), t.s.wrap("", err)
}

func (t *Tx) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	ctx = t.s.inner(ctx)
	if stmt := t.Stmt(query); stmt != nil {
		res, err := stmt.ExecContext(ctx, args...)
		return res, t.s.wrap("", err)
	}
	res, err := t.SQL.ExecContext(ctx, t.s.sql(query), args...)
	return res, t.s.wrap("", err)
}

// insertRow runs an INSERT of one row and tells its number, in column id, if it
// was stored. Where there is one writer it is known without RETURNING, for which
// SQLite makes a table each time.
func (t *Tx) insertRow(ctx context.Context, query, id string, args ...any) (no int64, stored bool, err error) {
	t.writes++
	if !t.s.d.OneWriter {
		err := t.Row(ctx, query+" RETURNING "+id, args...).Scan(&no)
		if errors.Is(err, sql.ErrNoRows) {
			return 0, false, nil
		}
		return no, err == nil, t.s.wrap("", err)
	}
	res, err := t.exec(ctx, query, args)
	if err != nil {
		return 0, false, err
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		return 0, false, t.s.wrap("", err)
	}
	no, err = res.LastInsertId()
	return no, err == nil, t.s.wrap("", err)
}

// Row reads one row; the error of Scan is the driver's.
func (t *Tx) Row(ctx context.Context, query string, args ...any) *sql.Row {
	ctx = t.s.inner(ctx)
	if stmt := t.Stmt(query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return t.SQL.QueryRowContext(ctx, t.s.sql(query), args...)
}

// Rows calls scan for each row.
func (t *Tx) Rows(ctx context.Context, query string, scan func(*sql.Rows) error, args ...any) error {
	ctx = t.s.inner(ctx)
	if stmt := t.Stmt(query); stmt != nil {
		rows, err := stmt.QueryContext(ctx, args...)
		return t.s.each(rows, err, scan)
	}
	rows, err := t.SQL.QueryContext(ctx, t.s.sql(query), args...)
	return t.s.each(rows, err, scan)
}

// Each runs a statement once for each row of parameters.
func (t *Tx) Each(ctx context.Context, query string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	t.writes += len(rows)
	return t.s.wrap("", t.s.d.Each(t.s.inner(ctx), t, query, rows))
}

// row reads one row outside of transactions.
func (s *Store) row(ctx context.Context, query string, args []any, dest ...any) error {
	stmt, err := s.readStmt(ctx, query)
	if err != nil {
		return s.wrap("", err)
	}
	if stmt != nil {
		return s.wrap("", stmt.QueryRowContext(ctx, args...).Scan(dest...))
	}
	return s.wrap("", s.read.QueryRowContext(ctx, s.sql(query), args...).Scan(dest...))
}

// rows calls scan for each row, outside of transactions.
func (s *Store) rows(ctx context.Context, query string, scan func(*sql.Rows) error, args ...any) error {
	stmt, err := s.readStmt(ctx, query)
	if err != nil {
		return s.wrap("", err)
	}
	var rows *sql.Rows
	if stmt != nil {
		rows, err = stmt.QueryContext(ctx, args...)
	} else {
		rows, err = s.read.QueryContext(ctx, s.sql(query), args...)
	}
	return s.each(rows, err, scan)
}

func (s *Store) each(rows *sql.Rows, err error, scan func(*sql.Rows) error) error {
	if err != nil {
		return s.wrap("", err)
	}
	defer func() { _ = rows.Close() }() // its error is also that of Err
	for rows.Next() {
		if err := scan(rows); err != nil {
			return s.wrap("", err)
		}
	}
	return s.wrap("", rows.Err())
}

// readStmt keeps statements prepared where the driver doesn't. There are as
// many as there are shapes of queries in this package: a handful.
func (s *Store) readStmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if !s.d.OneWriter {
		return nil, nil
	}
	if kept, ok := s.readStmts.Load(query); ok {
		return kept.(*sql.Stmt), nil
	}
	stmt, err := s.read.PrepareContext(ctx, s.sql(query))
	if err != nil {
		return nil, err
	}
	if kept, taken := s.readStmts.LoadOrStore(query, stmt); taken {
		return kept.(*sql.Stmt), stmt.Close()
	}
	return stmt, nil
}

package sqlite

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write schema.sql anew")

// The schema of a new database is what the migrations make.
func TestSchema(t *testing.T) {
	t.Parallel()
	db, err := pool(filepath.Join(t.TempDir(), "x.db"), 1, "_txlock", "immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := upgrade(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	want, err := dump(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("schema.sql", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(schema, "\n")); diff != "" {
		t.Fatalf("schema.sql is not what the migrations make; write it with go test -run TestSchema -update (-want +got):\n%s", diff)
	}
}

// dump writes the statements that make a database such as db, with the rows by
// which migrations know what they did.
func dump(ctx context.Context, db *sql.DB) (string, error) {
	var b strings.Builder
	b.WriteString("-- Written by go test -run TestSchema -update; change migrations instead.\n")
	for _, query := range []string{
		`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'product_terms_%' ORDER BY rowid`,
		`SELECT format('INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, %d)', version_id, is_applied) FROM goose_db_version ORDER BY id`,
		`SELECT format('INSERT INTO river_migration (line, version) VALUES (%Q, %d)', line, version) FROM river_migration ORDER BY version`,
	} {
		if err := dumpQuery(ctx, db, query, &b); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func dumpQuery(ctx context.Context, db *sql.DB, query string, to *strings.Builder) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			return err
		}
		fmt.Fprintf(to, "%s;\n", statement)
	}
	return rows.Err()
}

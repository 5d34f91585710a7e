package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/omakase-ai/omakase/core/errs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// schema is what all migrations, ours and the queue's, make of an empty file. A
// new database is made by it at once; a test holds it to the migrations, and
// writes it anew with -update.
//
//go:embed schema.sql
var schema string

// schemaVersion counts the changes of the schema, ours and the queue's. Raise
// it with each new file in migrations and each release of River that has one:
// a database of this version is opened without a look at either.
const schemaVersion = 9

var setVersion = fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion)

func migrate(ctx context.Context, db *sql.DB) error {
	var version int
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		kind, hint := classify(err)
		if kind == "" {
			kind = errs.KindOf(err)
		}
		return &errs.Error{Kind: kind, Hint: hint, Err: err}
	}
	switch {
	case version == schemaVersion:
		return nil
	case version > schemaVersion:
		return errs.New(errs.Conflict, "the database has version %d, this program knows %d", version, schemaVersion).
			WithHint("use the newer release that wrote it, or a backup from before the upgrade")
	}
	if version == 0 {
		made, err := create(ctx, db)
		if err != nil {
			return fmt.Errorf("making the database: %w", err)
		}
		if made {
			return nil
		}
	}
	if err := upgrade(ctx, db); err != nil {
		return fmt.Errorf("upgrading the database from version %d to %d: %w", version, schemaVersion, err)
	}
	return nil
}

// create makes the tables of an empty file, and reports false for any other.
func create(ctx context.Context, db *sql.DB) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // nothing to do after the commit
	var objects int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&objects); err != nil || objects > 0 {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, setVersion); err != nil {
		return false, err
	}
	return true, tx.Commit()
}

func upgrade(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return err
	}
	river, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, setVersion)
	return err
}

func inUse() error {
	return errs.New(errs.Conflict, "another omakase process uses it").
		WithHint("stop that process, or give this one a data folder of its own with --data")
}

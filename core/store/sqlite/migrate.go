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

// schemaVersion counts the changes of the schema, ours and the queue's. Raise
// it with each new file in migrations and each release of River that has one:
// a database of this version is opened without a look at either.
const schemaVersion = 1

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
	if err := upgrade(ctx, db); err != nil {
		return fmt.Errorf("upgrading the database from version %d to %d: %w", version, schemaVersion, err)
	}
	return nil
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
	_, err = db.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion))
	return err
}

func inUse() error {
	return errs.New(errs.Conflict, "another omakase process uses it").
		WithHint("stop that process, or give this one a data folder of its own with --data")
}

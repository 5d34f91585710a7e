package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/omakase-ai/omakase/core/errs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// schemaVersion counts the changes of the schema, ours and the queue's. Raise
// it with each new file in migrations and each release of River that has one:
// a database of this version is opened without a look at either.
const schemaVersion = 4

// migrationLock keeps processes that start at once from upgrading together.
const migrationLock = 0x6f6d616b617365 // "omakase"

func migrate(ctx context.Context, db *sql.DB) error {
	version, err := currentVersion(ctx, db)
	if err != nil {
		return asError(err)
	}
	switch {
	case version == schemaVersion:
		return nil
	case version > schemaVersion:
		return errs.New(errs.Conflict, "the database has version %d, this program knows %d", version, schemaVersion).
			WithHint("use the newer release that wrote it, or a backup from before the upgrade")
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return asError(err)
	}
	defer func() { _ = conn.Close() }() // returns it to the pool
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, migrationLock); err != nil {
		return asError(err)
	}
	defer func() {
		// A connection that can't do this is closed, which unlocks as well.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrationLock)
	}()
	if version, err = currentVersion(ctx, db); err != nil || version == schemaVersion {
		return asError(err)
	}
	if err := upgrade(ctx, db); err != nil {
		return errs.Wrap(fmt.Sprintf("upgrading the database from version %d to %d", version, schemaVersion), asError(err))
	}
	return nil
}

// currentVersion is 0 for a database that has none of our tables.
func currentVersion(ctx context.Context, db *sql.DB) (int, error) {
	var version int
	err := db.QueryRowContext(ctx, `SELECT version FROM omakase_schema`).Scan(&version)
	var pg *pgconn.PgError
	if errors.Is(err, sql.ErrNoRows) || errors.As(err, &pg) && pg.Code == undefinedTable {
		return 0, nil
	}
	return version, err
}

func upgrade(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return err
	}
	river, err := rivermigrate.New(riverdatabasesql.New(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	// In one statement without arguments, which the server runs as a whole.
	_, err = db.ExecContext(ctx, fmt.Sprintf(`CREATE TABLE IF NOT EXISTS omakase_schema (version INT NOT NULL);
		DELETE FROM omakase_schema; INSERT INTO omakase_schema VALUES (%d)`, schemaVersion))
	return err
}

package queue

import (
	"context"
	"database/sql"
	"errors"

	"github.com/riverqueue/river/rivertype"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/internal/sqltx"
	"github.com/omakase-ai/omakase/core/store"
)

// These are the only statements of ours on River's tables. Each does what River
// does elsewhere by itself, where that comes too late for us.

// makeAvailable lets workers see a task of the future, who leave it until its
// time has come. Else it would wait for River's scheduler, which moves tasks
// every five seconds, on one process only.
func makeAvailable(ctx context.Context, tx *sql.Tx, id int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE river_job SET state = 'available' WHERE id = $1 AND state = 'scheduled'`, id)
	return err
}

// reclaim puts back what a process that died was working on. It is for
// databases that one process has to itself; elsewhere River's rescuer does it.
func reclaim(ctx context.Context, tx store.Tx) error {
	s, err := sqltx.Of(tx)
	if err != nil {
		return err
	}
	for _, query := range []string{
		`UPDATE river_job SET state = 'available' WHERE state = 'running'`,
		`DELETE FROM river_leader`, // else its scheduler begins only when the dead one's term ends
	} {
		if _, err := s.SQL.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// unfinished reports whether any task is left to work, now or in future.
func unfinished(ctx context.Context, tx *sql.Tx) (left bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM river_job
		WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled'))`).Scan(&left)
	return left, err
}

// current makes sure that an attempt is still the one that counts, and that
// nobody else completes the task until tx ends. River's own completion takes
// any attempt.
func current(ctx context.Context, tx *sql.Tx, job *rivertype.JobRow) error {
	var attempt int
	err := tx.QueryRowContext(ctx,
		`UPDATE river_job SET state = state WHERE id = $1 AND state = 'running' RETURNING attempt`, job.ID).Scan(&attempt)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && attempt != job.Attempt:
		return errs.New(errs.Conflict, "another attempt at task %d has taken over", job.ID)
	}
	return err
}

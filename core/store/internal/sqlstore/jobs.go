package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

const (
	insertJob = `INSERT INTO jobs (id, workspace, shop, state, epoch, lease_until, retry_at, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`
	updateJob = `UPDATE jobs SET state = ?, epoch = ?, lease_until = ?, retry_at = ?, data = ? WHERE seq = ?`
)

// CreateJob implements store.Imports.
func (s *Store) CreateJob(ctx context.Context, tx store.Tx, j *store.Job) error {
	if j.ID == "" {
		j.ID = uuid.NewString()
	}
	if j.State == "" {
		j.State = store.JobPending
	}
	for _, k := range []struct{ what, key string }{{"job id", j.ID}, {"workspace", j.Workspace}, {"shop", j.Shop}} {
		if err := checkKey(k.what, k.key); err != nil {
			return err
		}
	}
	now := s.clock()
	j.CreatedAt, j.UpdatedAt = now, now
	data, err := encodeJob(j)
	if err != nil {
		return err
	}
	return s.within(ctx, tx, func(tx *Tx) error {
		err := tx.Row(ctx, insertJob, j.ID, j.Workspace, j.Shop, string(j.State), j.Epoch,
			microsOf(j.LeaseUntil), microsOf(j.RetryAt), data).Scan(&j.Seq)
		if err = s.wrap("", err); errs.Is(err, errs.Conflict) {
			return errs.New(errs.Conflict, "import job id %q is taken", j.ID)
		}
		return errs.Wrap("storing the import job", err)
	})
}

// Job implements store.Imports.
func (s *Store) Job(ctx context.Context, workspace, id string) (j store.Job, err error) {
	err = s.rows(ctx, jobColumns+`WHERE workspace = ? AND id = ?`, func(rows *sql.Rows) (err error) {
		j, err = scanJob(rows.Scan)
		return err
	}, text(workspace), text(id))
	if err == nil && j.Seq == 0 {
		err = noJob(id)
	}
	return j, err
}

// ListJobs implements store.Imports.
func (s *Store) ListJobs(ctx context.Context, workspace string, q store.JobQuery) ([]store.Job, string, error) {
	scope := fmt.Sprintf("jobs %q %q %q %t", workspace, q.Shop, q.State, q.Newest)
	_, after, err := decodeCursor(scope, q.Cursor)
	if err != nil {
		return nil, "", err
	}
	query, args := jobColumns+`WHERE workspace = ?`, []any{text(workspace)}
	and := func(condition string, arg any) { query, args = query+` AND `+condition, append(args, arg) }
	if q.Shop != "" {
		and(`shop = ?`, text(q.Shop))
	}
	if q.State != "" {
		and(`state = ?`, string(q.State))
	}
	order := ` ORDER BY seq`
	switch {
	case q.Newest && after > 0:
		and(`seq < ?`, after)
	case after > 0:
		and(`seq > ?`, after)
	}
	if q.Newest {
		order += ` DESC`
	}
	query += order
	if q.Limit > 0 {
		query, args = query+` LIMIT ?`, append(args, q.Limit+1)
	}
	jobs := []store.Job{}
	if err := s.rows(ctx, query, collectJobs(&jobs), args...); err != nil {
		return nil, "", errs.Wrap("listing import jobs", err)
	}
	if q.Limit > 0 && len(jobs) > q.Limit {
		jobs = jobs[:q.Limit]
		return jobs, encodeCursor(scope, 0, jobs[q.Limit-1].Seq), nil
	}
	return jobs, "", nil
}

func collectJobs(jobs *[]store.Job) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		j, err := scanJob(rows.Scan)
		*jobs = append(*jobs, j)
		return err
	}
}

// ClearJobs implements store.Imports.
func (s *Store) ClearJobs(ctx context.Context, workspace string) error {
	const idle = `(SELECT seq FROM jobs WHERE workspace = ? AND state <> 'running')`
	return s.transact(ctx, func(tx *Tx) error {
		for _, query := range []string{
			`DELETE FROM rejections WHERE job IN ` + idle,
			`DELETE FROM refs WHERE job IN ` + idle,
			`DELETE FROM jobs WHERE workspace = ? AND state <> 'running'`,
		} {
			if _, err := tx.Exec(ctx, query, text(workspace)); err != nil {
				return errs.Wrap("clearing import jobs", err)
			}
		}
		return nil
	})
}

// Rejections implements store.Imports.
func (s *Store) Rejections(ctx context.Context, jobID string, limit int) ([]store.Rejection, error) {
	list := []store.Rejection{}
	err := s.rows(ctx, `SELECT r.platform_id, r.name, r.reason FROM rejections r JOIN jobs j ON j.seq = r.job
		WHERE j.id = ? ORDER BY r.no LIMIT ?`, func(rows *sql.Rows) error {
		var r store.Rejection
		err := rows.Scan(&r.PlatformID, &r.Name, &r.Reason)
		list = append(list, r)
		return err
	}, text(jobID), limit)
	return list, errs.Wrap("listing rejections", err)
}

// AbandonedJobs implements store.Imports.
func (s *Store) AbandonedJobs(ctx context.Context, all bool, limit int) ([]store.Job, error) {
	now := micros(s.clock())
	query := jobColumns + `WHERE state = 'running' AND (retry_at IS NULL OR retry_at <= ?)`
	args := []any{now}
	if !all {
		query, args = query+` AND (lease_until IS NULL OR lease_until <= ?)`, append(args, now)
	}
	jobs := []store.Job{}
	err := s.rows(ctx, query+` ORDER BY seq LIMIT ?`, collectJobs(&jobs), append(args, limit)...)
	return jobs, errs.Wrap("listing abandoned import jobs", err)
}

// job reads a job that the transaction will change.
func (t *Tx) job(ctx context.Context, id string) (store.Job, error) {
	j, err := scanJob(t.Row(ctx, selectJob+t.lock("jobs"), text(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Job{}, noJob(id)
	}
	return j, t.s.wrap("reading import job "+id, err)
}

func (t *Tx) saveJob(ctx context.Context, j *store.Job) error {
	j.UpdatedAt = t.s.clock()
	data, err := encodeJob(j)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, updateJob, string(j.State), j.Epoch, microsOf(j.LeaseUntil), microsOf(j.RetryAt), data, j.Seq)
	return err
}

// changeJob reads a job, lets change edit it, writes it, and runs also (may be
// nil), all in one transaction: tx, or one of its own where that is nil.
func (s *Store) changeJob(ctx context.Context, tx store.Tx, op, id string, change func(*Tx, *store.Job) error, also func(store.Tx) error) (j store.Job, err error) {
	err = s.within(ctx, tx, func(tx *Tx) error {
		if j, err = tx.job(ctx, id); err != nil {
			return err
		}
		if err := change(tx, &j); err != nil {
			return err
		}
		if err := tx.saveJob(ctx, &j); err != nil || also == nil {
			return errs.Wrap(op, err)
		}
		return also(tx)
	})
	if err != nil {
		return store.Job{}, err
	}
	return j, nil
}

// held refuses a claim that is no longer the job's.
func held(j *store.Job, epoch int64) error {
	switch {
	case j.State != store.JobRunning:
		return errs.New(errs.Conflict, "import job %s is %s", j.ID, j.State)
	case j.Epoch != epoch:
		return errs.New(errs.Conflict, "import job %s was taken over by another worker", j.ID)
	}
	return nil
}

// ClaimJob implements store.Imports.
func (s *Store) ClaimJob(ctx context.Context, jobID string, lease time.Duration) (store.Job, error) {
	j, err := s.changeJob(ctx, nil, "claiming import job "+jobID, jobID, func(tx *Tx, j *store.Job) error {
		now := s.clock()
		switch {
		case j.State.Final():
			return errs.New(errs.Conflict, "import job %s is %s", j.ID, j.State)
		case j.State == store.JobRunning && j.LeaseUntil != nil && j.LeaseUntil.After(now):
			return errs.New(errs.Conflict, "import job %s is being worked on until %s", j.ID, j.LeaseUntil.Format(time.RFC3339))
		}
		if err := tx.onlyRunning(ctx, j); err != nil {
			return err
		}
		until := now.Add(lease)
		j.State, j.Epoch, j.LeaseUntil = store.JobRunning, j.Epoch+1, &until
		j.RetryAt, j.Error, j.Code = nil, "", ""
		if j.StartedAt == nil {
			j.StartedAt = &now
		}
		return nil
	}, nil)
	if errs.Is(err, errs.Conflict) && s.conflicts(err) { // lost a race to the unique index
		return store.Job{}, errs.New(errs.Conflict, "another import of the same shop has just begun")
	}
	return j, err
}

// conflicts reports whether an error came from a unique index.
func (s *Store) conflicts(err error) bool {
	kind, _ := s.d.Classify(err)
	return kind == errs.Conflict
}

func (t *Tx) onlyRunning(ctx context.Context, j *store.Job) error {
	var other string
	err := t.Row(ctx, `SELECT id FROM jobs WHERE workspace = ? AND shop = ? AND state = 'running' AND seq <> ?`,
		j.Workspace, j.Shop, j.Seq).Scan(&other)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return t.s.wrap("looking for other imports of the shop", err)
	}
	return errs.New(errs.Conflict, "import job %s of the same shop is running", other).
		WithHint("wait for it to end, or cancel it")
}

// RenewLease implements store.Imports.
func (s *Store) RenewLease(ctx context.Context, jobID string, epoch int64, lease time.Duration) error {
	n := 0
	err := s.small(ctx, func(tx *Tx) (err error) {
		n, err = tx.Exec(ctx, `UPDATE jobs SET lease_until = ? WHERE id = ? AND epoch = ? AND state = 'running'`,
			micros(s.clock().Add(lease)), text(jobID), epoch)
		return err
	})
	if err != nil || n == 1 {
		return errs.Wrap("renewing the lease of import job "+jobID, err)
	}
	return s.transact(ctx, func(tx *Tx) error { // says why
		j, err := tx.job(ctx, jobID)
		if err != nil {
			return err
		}
		return held(&j, epoch)
	})
}

// RouteJob implements store.Imports.
func (s *Store) RouteJob(ctx context.Context, jobID string, epoch int64, plugin, reason string) error {
	_, err := s.changeJob(ctx, nil, "routing import job "+jobID, jobID, func(_ *Tx, j *store.Job) error {
		j.Plugin, j.Reason = plugin, reason
		return held(j, epoch)
	}, nil)
	return err
}

// PostponeJob implements store.Imports.
func (s *Store) PostponeJob(ctx context.Context, jobID string, epoch int64, retryAt time.Time, reason, code string, also func(store.Tx) error) error {
	_, err := s.changeJob(ctx, nil, "postponing import job "+jobID, jobID, func(_ *Tx, j *store.Job) error {
		if err := held(j, epoch); err != nil {
			return err
		}
		at := retryAt.UTC().Truncate(time.Microsecond)
		j.LeaseUntil, j.RetryAt, j.Attempts = nil, &at, j.Attempts+1
		j.Error, j.Code = reason, code
		return nil
	}, also)
	return err
}

// ReleaseJob implements store.Imports.
func (s *Store) ReleaseJob(ctx context.Context, jobID string, epoch int64, also func(store.Tx) error) error {
	_, err := s.changeJob(ctx, nil, "releasing import job "+jobID, jobID, func(_ *Tx, j *store.Job) error {
		if err := held(j, epoch); err != nil {
			return err
		}
		j.LeaseUntil = nil
		return nil
	}, also)
	return err
}

// CancelJob implements store.Imports.
func (s *Store) CancelJob(ctx context.Context, workspace, jobID string) (store.Job, error) {
	return s.changeJob(ctx, nil, "cancelling import job "+jobID, jobID, func(_ *Tx, j *store.Job) error {
		switch {
		case j.Workspace != workspace:
			return noJob(jobID)
		case j.State.Final():
			return errs.New(errs.Conflict, "import job %s is already %s", j.ID, j.State)
		}
		now := s.clock()
		j.State, j.LeaseUntil, j.RetryAt, j.FinishedAt = store.JobCancelled, nil, nil, &now
		return nil
	}, nil)
}

// ResetJob implements store.Imports.
func (s *Store) ResetJob(ctx context.Context, tx store.Tx, workspace, jobID string) (store.Job, error) {
	return s.changeJob(ctx, tx, "resetting import job "+jobID, jobID, func(_ *Tx, j *store.Job) error {
		switch {
		case j.Workspace != workspace:
			return noJob(jobID)
		case j.State != store.JobFailed && j.State != store.JobCancelled:
			return errs.New(errs.Conflict, "import job %s is %s; only a failed or cancelled one can go on", j.ID, j.State)
		}
		j.State, j.Partial, j.Error, j.Code, j.Attempts = store.JobPending, false, "", "", 0
		j.LeaseUntil, j.RetryAt, j.FinishedAt = nil, nil, nil
		return nil
	}, nil)
}

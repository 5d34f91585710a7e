package sqlstore

import (
	"context"
	"database/sql"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// vanishBatch bounds how many products are in memory while a shop's missing
// ones are marked.
const vanishBatch = 250

// FinishJob implements store.Imports.
func (s *Store) FinishJob(ctx context.Context, jobID string, epoch int64, o store.Outcome, also func(store.Tx) error) (store.Job, error) {
	if !o.State.Final() {
		return store.Job{}, errs.New(errs.Internal, "import job %s can't end as %q", jobID, o.State)
	}
	return s.changeJob(ctx, nil, "finishing import job "+jobID, jobID, func(tx *Tx, j *store.Job) error {
		if err := held(j, epoch); err != nil {
			return err
		}
		if o.Complete {
			if err := tx.vanish(ctx, j); err != nil {
				return errs.Wrap("marking what vanished from "+j.Shop, err)
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM refs WHERE job = ? AND done`, j.Seq); err != nil {
			return err
		}
		now := s.clock()
		j.State, j.Partial, j.Error, j.Code = o.State, o.Partial, o.Error, o.Code
		j.LeaseUntil, j.RetryAt, j.FinishedAt = nil, nil, &now
		addNotes(j, o.Notes)
		return nil
	}, also)
}

// vanish marks the products of the shop that neither this job nor a later one
// saw. (A later one can have run when this one failed and was resumed.)
func (t *Tx) vanish(ctx context.Context, j *store.Job) error {
	no, err := t.workspace(ctx, j.Workspace)
	if err != nil {
		return err
	}
	if err := t.lockWorkspace(ctx, no); err != nil {
		return err
	}
	shop, err := t.shop(ctx, no, j.Shop)
	if err != nil {
		return err
	}
	vanished := 0
	for {
		before, ids, err := t.missing(ctx, shop, j)
		if err != nil {
			return err
		}
		if len(before) == 0 {
			break
		}
		now := t.s.clock()
		after := make([]*catalog.Product, len(before))
		for i, was := range before {
			p := clone(was)
			p.Active, p.VanishedAt, p.UpdatedAt = false, &now, now
			after[i] = &p
		}
		if err := t.update(ctx, before, after); err != nil {
			return err
		}
		if _, err := t.Exec(ctx, `UPDATE items SET vanished = TRUE WHERE shop = ? AND `+t.s.d.In("platform_id"),
			shop, t.s.d.List(ids)); err != nil {
			return err
		}
		vanished += len(before)
	}
	j.Counts.Vanished += vanished
	if vanished == 0 {
		return nil
	}
	return t.changed(ctx, j.Workspace)
}

// missing are the next products to mark, with their platform ids.
func (t *Tx) missing(ctx context.Context, shop int64, j *store.Job) (ps []*catalog.Product, ids []string, err error) {
	err = t.Rows(ctx, itemProducts+`i.seen_job < ? AND NOT i.vanished LIMIT ?`+t.lock("p"), func(rows *sql.Rows) error {
		was, err := scanProduct(rows.Scan, j.Workspace)
		if err != nil {
			return err
		}
		ps, ids = append(ps, &was.Product), append(ids, *was.platformID)
		return nil
	}, shop, j.Seq, vanishBatch)
	return ps, ids, err
}

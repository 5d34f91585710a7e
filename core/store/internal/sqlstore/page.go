package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

const (
	updateItem = `UPDATE items SET handle = ?, hash = ?, updated = ?, vanished = FALSE, seen_job = ?, seen_at = ?
		WHERE shop = ? AND platform_id = ?`
	insertRejection = `INSERT INTO rejections (job, platform_id, name, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`
	insertRef       = `INSERT INTO refs (job, key, url, updated) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`

	itemProducts = `SELECT p.seq, p.id, p.shop, p.platform_id, p.created_at, p.updated_at, p.vanished_at, p.doc, p.data, p.origins, i.hash, i.seen_at
		FROM items i JOIN products p ON p.seq = i.seq WHERE i.shop = ? AND `
)

// maxNotes bounds what a job says to a person.
const maxNotes = 100

// ApplyPage implements store.Imports.
func (s *Store) ApplyPage(ctx context.Context, p store.PageCommit, also func(store.Tx) error) (store.Job, error) {
	return s.changeJob(ctx, nil, "applying a page of import job "+p.JobID, p.JobID, func(tx *Tx, j *store.Job) error {
		if err := held(j, p.Epoch); err != nil {
			return err
		}
		if j.Cursor != p.Cursor {
			return errs.New(errs.Conflict, "import job %s is at another page already", j.ID)
		}
		a := page{Tx: tx, commit: &p, job: j}
		if err := a.apply(ctx); err != nil {
			return errs.Wrap("applying a page of import job "+j.ID, err)
		}
		j.Cursor, j.Phase, j.Pages = p.Next, p.Phase, j.Pages+1
		if p.Total > 0 {
			j.Total = p.Total
		}
		j.Attempts, j.RetryAt, j.Error, j.Code = 0, nil, "", ""
		addNotes(j, p.Notes)
		j.Partial = j.Partial || p.Partial
		return nil
	}, also)
}

func addNotes(j *store.Job, notes []string) {
	for _, n := range notes {
		if len(j.Notes) < maxNotes && !slices.Contains(j.Notes, n) {
			j.Notes = append(j.Notes, n)
		}
	}
}

// page applies one page. It first sorts the page's products by what must be
// done with them, then does each kind at once.
type page struct {
	*Tx
	commit *store.PageCommit
	job    *store.Job
	no     int64 // of the workspace
	shopNo int64

	known    map[string]item     // what the store had, by platform id
	referred map[string]item     // what the store had, by the key of a reference
	rejected map[string]struct{} // what this job rejected on earlier pages
	settled  map[string]struct{} // what this page has decided on

	fresh   []*catalog.Product
	changed map[string]*catalog.Product // nil values: only back in the shop
	seen    []string
	digest  []string // of seen: those whose stored values the summary lacks
	refs    [][]any
}

func (a *page) apply(ctx context.Context) error {
	if err := a.load(ctx); err != nil {
		return err
	}
	a.sortProducts()
	a.sortSeen()
	rejections := a.sortRejections()
	a.sortRefs()

	if len(a.fresh) > 0 {
		if err := a.insert(ctx, a.no, a.job.Workspace, a.fresh, a.job.Seq); err != nil {
			return err
		}
	}
	if err := a.rewrite(ctx); err != nil {
		return err
	}
	if err := a.Tx.seen(ctx, a.shopNo, a.job.Seq, a.seen); err != nil {
		return err
	}
	if err := a.digestSeen(ctx); err != nil {
		return err
	}
	if err := a.Each(ctx, insertRejection, rejections); err != nil {
		return errs.Wrap("storing rejections", err)
	}
	if err := a.saveRefs(ctx); err != nil {
		return err
	}
	if a.commit.Record != nil {
		if err := a.saveRecord(ctx, a.shopNo, a.job.Plugin, a.commit.Record, a.hashes()); err != nil {
			return err
		}
	}
	if len(a.fresh)+len(a.changed) == 0 {
		return nil
	}
	return a.Tx.changed(ctx, a.job.Workspace)
}

// hashes are those of the page's products once it is stored, by platform id.
func (a *page) hashes() func(id string) uint64 {
	written := make(map[string]uint64, len(a.fresh)+len(a.changed))
	for _, p := range a.fresh {
		written[text(p.Source.PlatformID)] = p.Source.Hash
	}
	for id, p := range a.changed {
		if p != nil {
			written[id] = p.Source.Hash
		}
	}
	return func(id string) uint64 {
		if hash, ok := written[id]; ok {
			return hash
		}
		return a.known[id].hash
	}
}

// load finds out what is known of everything that the page names.
func (a *page) load(ctx context.Context) (err error) {
	p := a.commit
	ids := make([]string, 0, len(p.Products)+len(p.Seen)+len(p.Rejections)+len(p.Refs))
	for _, product := range p.Products {
		if product.Source == nil || product.Source.Shop != a.job.Shop {
			return errs.New(errs.Internal, "product %.100q of the page is not of shop %s", product.Name, a.job.Shop)
		}
		ids = append(ids, text(product.Source.PlatformID))
	}
	for _, id := range p.Seen {
		ids = append(ids, text(id))
	}
	for _, r := range p.Rejections {
		ids = append(ids, text(r.PlatformID))
	}
	keys := make([]string, len(p.Refs))
	for i, r := range p.Refs {
		keys[i] = text(r.Key)
	}
	if a.no, err = a.workspace(ctx, a.job.Workspace); err != nil {
		return err
	}
	if err := a.lockWorkspace(ctx, a.no); err != nil {
		return err
	}
	if a.shopNo, err = a.shop(ctx, a.no, a.job.Shop); err != nil {
		return err
	}
	if a.known, err = a.items(ctx, a.shopNo, ids); err != nil {
		return err
	}
	if a.referred, err = a.itemsNamed(ctx, a.shopNo, keys); err != nil {
		return err
	}
	a.settled, a.changed, a.rejected = map[string]struct{}{}, map[string]*catalog.Product{}, map[string]struct{}{}
	if a.job.Counts.Rejected == 0 || len(ids) == 0 {
		return nil
	}
	err = a.Rows(ctx, `SELECT platform_id FROM rejections WHERE job = ? AND platform_id <> '' AND `+a.s.d.In("platform_id"),
		func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			a.rejected[id] = struct{}{}
			return err
		}, a.job.Seq, a.s.d.List(ids))
	return errs.Wrap("reading earlier rejections", err)
}

// first reports whether a product meets this job for the first time, which is
// when it is counted. One that an earlier page rejected is counted anew.
func (a *page) first(id string) bool {
	if _, ok := a.rejected[id]; ok {
		return true
	}
	return a.known[id].seenJob != a.job.Seq
}

func (a *page) sortProducts() {
	last := map[string]*catalog.Product{} // where a page has a product twice, its last form counts
	for _, p := range a.commit.Products {
		last[text(p.Source.PlatformID)] = p
	}
	for _, p := range a.commit.Products {
		id := text(p.Source.PlatformID)
		if _, done := a.settled[id]; done {
			continue
		}
		a.settled[id] = struct{}{}
		p := *last[id]
		was, stored := a.known[id]
		first := a.first(id)
		count := &a.job.Counts.Updated
		switch {
		case !stored:
			count = &a.job.Counts.Imported
			a.fresh = append(a.fresh, &p)
		case was.hash == p.Source.Hash && !was.vanished:
			count = &a.job.Counts.Unchanged
			a.seen = append(a.seen, id)
		default:
			a.changed[id] = &p
		}
		if first {
			a.job.Counts.Extracted++
			*count++
			digest(&a.job.Summary, p.Category, p.Price, p.Availability == catalog.OutOfStock)
		}
	}
}

// sortSeen takes the shop's word that products are as they were.
func (a *page) sortSeen() {
	for _, id := range a.commit.Seen {
		a.sortUnchanged(text(id))
	}
}

func (a *page) sortUnchanged(id string) {
	was, stored := a.known[id]
	if _, done := a.settled[id]; done || !stored {
		return
	}
	a.settled[id] = struct{}{}
	count := &a.job.Counts.Unchanged
	if was.vanished {
		count = &a.job.Counts.Updated
		a.changed[id] = nil
	} else {
		a.seen = append(a.seen, id)
	}
	if a.first(id) {
		a.job.Counts.Extracted++
		*count++
		a.digest = append(a.digest, id)
	}
}

// sortRejections returns the rows to store. A product that was rejected but is
// stored in an older form is still in the shop, so it is marked as seen.
func (a *page) sortRejections() [][]any {
	var rows [][]any
	for _, r := range a.commit.Rejections {
		id := text(r.PlatformID)
		if id != "" {
			_, done := a.settled[id]
			_, before := a.rejected[id]
			if done || before {
				continue
			}
			a.settled[id] = struct{}{}
			if was, stored := a.known[id]; stored {
				if was.seenJob == a.job.Seq {
					continue // another copy of it was fine
				}
				a.seen = append(a.seen, id)
			}
		}
		a.job.Counts.Extracted++
		a.job.Counts.Rejected++
		rows = append(rows, []any{a.job.Seq, id, text(r.Name), text(r.Reason)})
	}
	return rows
}

// sortRefs keeps those that must be fetched: not what this job has seen, nor
// what has the same time of change as what is stored.
func (a *page) sortRefs() {
	for _, r := range a.commit.Refs {
		key := text(r.Key)
		was, stored := a.referred[key]
		id := key
		if stored {
			id = was.platformID
		}
		if _, done := a.settled[id]; done || stored && was.seenJob == a.job.Seq {
			continue
		}
		if stored && !was.vanished && was.hash != 0 && r.UpdatedAt != "" && text(r.UpdatedAt) == was.updated {
			a.known[id] = was
			a.sortUnchanged(id)
			continue
		}
		a.refs = append(a.refs, []any{a.job.Seq, key, text(r.URL), text(r.UpdatedAt)})
	}
}

// rewrite stores changed products over what they were, and forgets rejections
// of products that turned out fine.
func (a *page) rewrite(ctx context.Context) error {
	if err := a.unreject(ctx); err != nil || len(a.changed) == 0 {
		return err
	}
	ids := make([]string, 0, len(a.changed))
	for id := range a.changed {
		ids = append(ids, id)
	}
	slices.Sort(ids) // locks rows in one order
	now := a.s.clock()
	var before, after []*catalog.Product
	var items [][]any
	err := a.Rows(ctx, itemProducts+a.s.d.In("i.platform_id")+` ORDER BY p.seq`+a.lock("p"), func(rows *sql.Rows) error {
		was, err := scanProduct(rows.Scan, a.job.Workspace)
		if err != nil {
			return err
		}
		id := *was.platformID
		p := merge(&was.Product, a.changed[id])
		p.UpdatedAt = now
		before, after = append(before, &was.Product), append(after, p)
		items = append(items, []any{text(p.Source.Handle), int64(p.Source.Hash), text(p.Source.UpdatedAt), a.job.Seq, micros(now), a.shopNo, id}) //nolint:gosec // the bits of a hash
		return nil
	}, a.shopNo, a.s.d.List(ids))
	if err != nil {
		return errs.Wrap("reading changed products", err)
	}
	if err := a.update(ctx, before, after); err != nil {
		return err
	}
	return errs.Wrap("marking products as seen", a.Each(ctx, updateItem, items))
}

// merge is a stored product as the shop has it now; where the shop only said
// that it is there, is is nil.
func merge(was, is *catalog.Product) *catalog.Product {
	if is == nil {
		p := clone(was)
		p.VanishedAt, p.Active = nil, was.Availability != catalog.OutOfStock
		return &p
	}
	p := *is
	p.ID, p.Workspace, p.Seq, p.CreatedAt = was.ID, was.Workspace, was.Seq, was.CreatedAt
	p.LowStockThreshold, p.VanishedAt = was.LowStockThreshold, nil
	return &p
}

func (a *page) unreject(ctx context.Context) error {
	var ids []string
	for id := range a.rejected {
		if _, fine := a.settled[id]; fine {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	a.job.Counts.Rejected -= len(ids)
	a.job.Counts.Extracted -= len(ids)
	_, err := a.Exec(ctx, `DELETE FROM rejections WHERE job = ? AND `+a.s.d.In("platform_id"), a.job.Seq, a.s.d.List(ids))
	return errs.Wrap("forgetting rejections", err)
}

// digestSeen adds products to the summary of which the page gave only the id.
func (a *page) digestSeen(ctx context.Context) error {
	if len(a.digest) == 0 {
		return nil
	}
	err := a.Rows(ctx, `SELECT p.category, p.price, p.currency, p.availability FROM items i JOIN products p ON p.seq = i.seq
		WHERE i.shop = ? AND `+a.s.d.In("i.platform_id"), func(rows *sql.Rows) error {
		var category, availability string
		var price catalog.Money
		if err := rows.Scan(&category, &price.Amount, &price.Currency, &availability); err != nil {
			return err
		}
		digest(&a.job.Summary, category, price, availability == string(catalog.OutOfStock))
		return nil
	}, a.shopNo, a.s.d.List(a.digest))
	return errs.Wrap("summing up products", err)
}

func digest(s *store.Summary, category string, price catalog.Money, soldOut bool) {
	if category != "" {
		if s.Categories == nil {
			s.Categories = map[string]int{}
		}
		s.Categories[text(category)]++
	}
	if soldOut {
		s.OutOfStock++
	}
	if price.Amount <= 0 {
		return
	}
	// Amounts of other currencies than the first can't be compared.
	if s.MinPrice.IsZero() || s.MinPrice.Currency == price.Currency && price.Amount < s.MinPrice.Amount {
		s.MinPrice = price
	}
	if s.MaxPrice.IsZero() || s.MaxPrice.Currency == price.Currency && price.Amount > s.MaxPrice.Amount {
		s.MaxPrice = price
	}
}

func (a *page) saveRefs(ctx context.Context) error {
	if err := a.Each(ctx, insertRef, a.refs); err != nil {
		return errs.Wrap("storing what is still to fetch", err)
	}
	if len(a.commit.RefsDone) == 0 {
		return nil
	}
	keys := make([]string, len(a.commit.RefsDone))
	for i, k := range a.commit.RefsDone {
		keys[i] = text(k)
	}
	_, err := a.Exec(ctx, `UPDATE refs SET done = TRUE WHERE job = ? AND `+a.s.d.In("key"), a.job.Seq, a.s.d.List(keys))
	return errs.Wrap("settling what was fetched", err)
}

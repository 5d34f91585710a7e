package scrape

import (
	"context"
	"fmt"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// RefBatch is how many referred products a plugin is asked for at once, at
// most. Shops may ask for half a minute between requests, so a walk begins with
// few and takes as many as fit into batchTime.
const (
	RefBatch   = 20
	firstBatch = 3
	batchTime  = 30 * time.Second
)

// walk goes on with the job from its cursor. It returns nil when the claim has
// been settled: the job finished or was handed over.
func (r *run) walk(ctx context.Context) error {
	scraper, reason, err := r.s.o.Router.Route(ctx, RouteQuery{Workspace: r.job.Workspace, URL: r.job.URL, Plugin: r.job.Plugin, StoreType: r.job.StoreType})
	if err != nil {
		return err
	}
	if r.job.Reason == "" {
		if err := r.s.o.Store.RouteJob(ctx, r.job.ID, r.job.Epoch, scraper.ID(), reason); err != nil {
			return errs.Wrap("recording the route", err)
		}
		r.job.Plugin, r.job.Reason = scraper.ID(), reason
	}
	if r.known, err = r.records(ctx); err != nil {
		return err
	}
	session, err := scraper.Open(ctx, SessionOptions{
		Workspace: r.job.Workspace, JobID: r.job.ID, URL: r.job.URL, Known: r.validators(),
	})
	if err != nil {
		return errs.Wrap("opening "+scraper.ID(), err)
	}
	defer session.Close()
	if r.job.Pages == 0 {
		r.seen = map[string]struct{}{}
	}
	if r.job.Phase != store.PhaseRefs {
		if done, err := r.walkPages(ctx, session); done || err != nil {
			return err
		}
	}
	return r.walkRefs(ctx, session)
}

// records are the pages of earlier jobs by the cursor that asks for them.
func (r *run) records(ctx context.Context) (map[string]store.PageRecord, error) {
	list, err := r.s.o.Store.PageRecords(ctx, r.job.Workspace, r.job.Shop, r.job.Plugin)
	if err != nil {
		return nil, errs.Wrap("reading what earlier imports saw", err)
	}
	known := make(map[string]store.PageRecord, len(list))
	for _, rec := range list {
		known[rec.Cursor] = rec
	}
	return known, nil
}

func (r *run) validators() map[string]Validators {
	m := make(map[string]Validators, len(r.known))
	for _, rec := range r.known {
		if rec.ETag != "" || rec.LastModified != "" {
			m[rec.URL] = Validators{ETag: rec.ETag, LastModified: rec.LastModified}
		}
	}
	return m
}

// answer is what a plugin said to a request.
type answer struct {
	reply PageReply
	err   error
}

// ask calls the plugin in the background, so that a page is read while the one
// before it is stored.
func (r *run) ask(ctx context.Context, session Session, q PageRequest) <-chan answer {
	ch := make(chan answer, 1)
	go func() {
		ctx, stop := context.WithTimeout(ctx, r.s.o.PageTimeout)
		defer stop()
		reply, err := session.Page(ctx, q)
		ch <- answer{reply, err}
	}()
	return ch
}

// walkPages follows the cursor to the end of the catalogue. done means that
// the claim is settled.
func (r *run) walkPages(ctx context.Context, session Session) (done bool, err error) {
	asking, stop := context.WithCancel(ctx)
	cursor := r.job.Cursor
	next := r.ask(asking, session, r.request(cursor, r.job.Counts.Extracted))
	defer func() {
		stop()
		if next != nil {
			<-next // the session is one goroutine's at a time
		}
	}()
	for {
		got := <-next
		next = nil
		if got.err != nil {
			return false, got.err
		}
		page, err := r.page(cursor, &got.reply)
		if err != nil {
			return false, err
		}
		full := r.full()
		if stop := r.meter.Page(&got.reply, r.job.Pages+1); stop != "" && page.Next != "" && !full {
			page.Next, page.Partial, page.Notes = "", true, append(page.Notes, stop)
		}
		last := full || page.Next == ""
		handover := !last && r.over()
		if !last && !handover && r.seen != nil {
			next = r.ask(asking, session, r.request(page.Next, len(r.seen)))
		}
		r.check(&page, got.reply.Drafts)
		if err := r.commit(ctx, page); err != nil {
			return false, err
		}
		switch {
		case handover:
			return true, r.handOver(ctx)
		case full:
			return true, r.finish(ctx, store.Outcome{State: store.JobCompleted, Partial: r.job.Partial})
		case last && r.meter.Spent():
			return true, r.finish(ctx, r.outcome())
		case last:
			return false, nil
		}
		cursor = page.Next
		if next == nil {
			next = r.ask(asking, session, r.request(cursor, r.job.Counts.Extracted))
		}
	}
}

// walkRefs fetches what pages only referred to, then ends the job.
func (r *run) walkRefs(ctx context.Context, session Session) error {
	for batch := firstBatch; ; {
		refs, err := r.s.o.Store.PendingRefs(ctx, r.job.ID, batch)
		if err != nil {
			return errs.Wrap("reading open references", err)
		}
		if len(refs) == 0 {
			return r.finish(ctx, r.outcome())
		}
		q := r.request("", r.job.Counts.Extracted)
		q.Refs = refs
		began := time.Now()
		got := <-r.ask(ctx, session, q)
		if got.err != nil {
			return got.err
		}
		each := max(time.Since(began)/time.Duration(len(refs)), time.Millisecond)
		batch = min(max(int(batchTime/each), 1), RefBatch)
		page, err := r.page(r.job.Cursor, &got.reply)
		if err != nil {
			return err
		}
		page.Next, page.Phase, page.Record = r.job.Cursor, store.PhaseRefs, nil
		for _, ref := range refs {
			page.RefsDone = append(page.RefsDone, ref.Key)
		}
		stop := r.meter.Batch(&got.reply)
		if stop != "" {
			page.Partial, page.Notes = true, append(page.Notes, stop)
		}
		r.check(&page, got.reply.Drafts)
		if err := r.commit(ctx, page); err != nil {
			return err
		}
		if stop != "" || r.full() {
			return r.finish(ctx, store.Outcome{State: store.JobCompleted, Partial: r.job.Partial})
		}
		if r.over() {
			return r.handOver(ctx)
		}
	}
}

// outcome is that of a walk that reached its end. What the shop no
// longer shows has vanished only if all of it could be read.
func (r *run) outcome() store.Outcome {
	o := store.Outcome{State: store.JobCompleted, Partial: r.job.Partial, Complete: !r.job.Partial}
	if r.job.Counts.Extracted == 0 && r.job.Total > 0 {
		return store.Outcome{
			State: store.JobFailed, Code: string(errs.BadData), Partial: false,
			Error: fmt.Sprintf("the shop says that it has %d products but shows none", r.job.Total),
		}
	}
	return o
}

func (r *run) request(cursor string, seen int) PageRequest {
	return PageRequest{Cursor: cursor, Seen: seen, Total: r.job.Total, Max: r.job.Max}
}

// page makes the commit of a reply, still without its products, so that the
// next page can be asked for while they are checked.
func (r *run) page(cursor string, reply *PageReply) (store.PageCommit, error) {
	c := store.PageCommit{
		JobID: r.job.ID, Cursor: cursor, Refs: reply.Refs, Next: reply.Next, Phase: store.PhasePages,
		Total: reply.Total, Notes: reply.Notes, Partial: reply.Partial,
	}
	if reply.Unchanged {
		rec, ok := r.recordOf(cursor, reply.Source)
		if !ok {
			return c, errs.New(errs.BadData, "the plugin says that page %q is unchanged, but none is known", cursor)
		}
		rec.Cursor = cursor
		c.Seen, c.Next, c.Record = rec.PlatformIDs, rec.Next, &rec
		for _, id := range rec.PlatformIDs {
			r.note(id)
		}
		return c, nil
	}
	if reply.Next != "" && reply.Next == cursor {
		return c, errs.New(errs.BadData, "the plugin does not get past page %q", cursor)
	}
	r.cut(reply)
	if reply.Source != "" && (reply.Fresh.ETag != "" || reply.Fresh.LastModified != "") {
		c.Record = &store.PageRecord{
			Cursor: cursor, URL: reply.Source, ETag: reply.Fresh.ETag, LastModified: reply.Fresh.LastModified, Next: reply.Next,
		}
	}
	return c, nil
}

// check makes products of a page's drafts, and rejections of those that are
// none. A record that would not stand for the whole page is dropped.
func (r *run) check(c *store.PageCommit, drafts []catalog.Draft) {
	c.Products = make([]*catalog.Product, 0, len(drafts))
	for i := range drafts {
		d := &drafts[i]
		p, err := catalog.NewProduct(d, r.job.Shop, r.job.Plugin)
		if err != nil {
			c.Rejections = append(c.Rejections, store.Rejection{PlatformID: d.PlatformID, Name: d.Name, Reason: explain(err)})
			continue
		}
		c.Products = append(c.Products, p)
	}
	switch {
	case c.Record == nil || c.Seen != nil:
	case len(c.Rejections) > 0:
		c.Record = nil
	default:
		for _, p := range c.Products {
			c.Record.PlatformIDs = append(c.Record.PlatformIDs, p.Source.PlatformID)
		}
	}
}

// recordOf finds what an earlier job saw on a page: by the cursor that asks for
// it, or by its URL, as a cursor may carry more than the place.
func (r *run) recordOf(cursor, source string) (store.PageRecord, bool) {
	if rec, ok := r.known[cursor]; ok {
		return rec, true
	}
	for _, rec := range r.known {
		if rec.URL == source {
			return rec, true
		}
	}
	return store.PageRecord{}, false
}

// note remembers an id of this job and reports whether it is new to it.
func (r *run) note(id string) bool {
	if r.seen == nil {
		return true
	}
	if _, ok := r.seen[id]; ok {
		return false
	}
	r.seen[id] = struct{}{}
	return true
}

// cut notes what a page holds, and leaves out what is over the number of
// products that was asked for.
func (r *run) cut(reply *PageReply) {
	r.room = r.job.Max - r.job.Counts.Extracted
	kept := reply.Drafts[:0]
	for _, d := range reply.Drafts {
		if r.job.Max > 0 && r.room <= 0 {
			reply.Fresh = Validators{} // they would not stand for the whole page
			break
		}
		if r.note(d.PlatformID) {
			r.room--
		}
		kept = append(kept, d)
	}
	reply.Drafts = kept
}

// full reports whether the number of products that was asked for is reached.
func (r *run) full() bool { return r.job.Max > 0 && r.room <= 0 }

// commit stores a page.
func (r *run) commit(ctx context.Context, c store.PageCommit) error {
	c.Epoch = r.job.Epoch
	if c.Next == "" {
		c.Phase = store.PhaseRefs
	}
	job, err := r.s.o.Store.ApplyPage(ctx, c, nil)
	if err != nil {
		return errs.Wrap(fmt.Sprintf("storing page %d", r.job.Pages+1), err)
	}
	r.job = job
	r.s.publish(job)
	return nil
}

// handOver queues the job for its next slice.
func (r *run) handOver(ctx context.Context) error {
	return r.s.o.Store.ReleaseJob(ctx, r.job.ID, r.job.Epoch, func(tx store.Tx) error {
		if err := r.s.enqueue(ctx, tx, &r.job, time.Time{}); err != nil {
			return err
		}
		return r.work.Complete(ctx, tx)
	})
}

package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/store"
)

// walker reads a shop to its end without a database: what an import job does,
// with its memory in a map and its result in a pipe.
type walker struct {
	session scrape.Session
	shop    string // its key
	plugin  string
	max     int
	emit    func(*catalog.Draft) error
	flush   func() error // called after each page
	bounds  scrape.Bounds
	say     func(format string, args ...any)

	count    int
	seen     map[string]struct{} // ids and handles of products
	asked    map[string]struct{} // keys of refs
	refs     []store.Ref
	total    int
	rejected int
	partial  bool
	meter    *scrape.Meter
}

// The pauses between attempts at a page that may work later.
const (
	pageAttempts = 4
	firstPause   = 2 * time.Second
)

// walk reads pages, then what pages only referred to. It returns how many
// products were emitted.
func (w *walker) walk(ctx context.Context) (int, error) {
	w.seen, w.asked = map[string]struct{}{}, map[string]struct{}{}
	w.meter = scrape.NewMeter(w.bounds, time.Now())
	cursor := ""
	for page := 1; ; page++ {
		reply, err := w.page(ctx, scrape.PageRequest{Cursor: cursor, Seen: w.count, Total: w.total, Max: w.max})
		if err != nil {
			return w.count, err
		}
		if err := w.take(&reply); err != nil || w.full() {
			return w.count, err
		}
		if stop := w.meter.Page(&reply, page); stop != "" && reply.Next != "" {
			w.say("note: %s", stop)
			reply.Next, w.partial = "", true
		}
		w.say("page %d: %s", page, w.progress())
		if reply.Next == "" {
			return w.count, w.walkRefs(ctx)
		}
		if reply.Next == cursor {
			return w.count, errs.New(errs.BadData, "the plugin does not get past page %q", cursor)
		}
		cursor = reply.Next
	}
}

func (w *walker) walkRefs(ctx context.Context) error {
	for len(w.refs) > 0 && !w.meter.Spent() {
		batch := w.refs[:min(len(w.refs), scrape.RefBatch)]
		w.refs = w.refs[len(batch):]
		reply, err := w.page(ctx, scrape.PageRequest{Refs: batch, Seen: w.count, Total: w.total, Max: w.max})
		if err != nil {
			return err
		}
		if err := w.take(&reply); err != nil || w.full() {
			return err
		}
		if stop := w.meter.Batch(&reply); stop != "" {
			w.say("note: %s", stop)
			w.partial = true
		}
		w.say("%s", w.progress())
	}
	return nil
}

// page asks for one page, again after a pause where that may help.
func (w *walker) page(ctx context.Context, q scrape.PageRequest) (scrape.PageReply, error) {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		reply, err := w.session.Page(ctx, q)
		if err == nil || attempt == pageAttempts || !errs.Retryable(err) {
			return reply, err
		}
		w.say("%v; trying again in %s", err, pause)
		select {
		case <-ctx.Done():
			return reply, ctx.Err()
		case <-time.After(pause):
		}
		pause *= 2
	}
}

// take emits the products of a page and remembers what it refers to.
func (w *walker) take(reply *scrape.PageReply) error {
	w.total = max(w.total, reply.Total)
	w.partial = w.partial || reply.Partial
	for _, note := range reply.Notes {
		w.say("note: %s", note)
	}
	err := w.emitNew(reply.Drafts)
	if flushed := w.flush(); err == nil {
		err = flushed
	}
	if err != nil {
		return errs.Wrap("writing products", err)
	}
	for _, ref := range reply.Refs {
		_, seen := w.seen[ref.Key]
		_, asked := w.asked[ref.Key]
		if !seen && !asked {
			w.asked[ref.Key] = struct{}{}
			w.refs = append(w.refs, ref)
		}
	}
	return nil
}

// emitNew emits products that were not seen before and are valid.
func (w *walker) emitNew(drafts []catalog.Draft) error {
	for i := range drafts {
		d := &drafts[i]
		if _, ok := w.seen[d.PlatformID]; ok || w.full() {
			continue
		}
		if _, err := catalog.NewProduct(d, w.shop, w.plugin); err != nil {
			w.rejected++
			w.say("rejected %s %q: %v", d.PlatformID, d.Name, err)
			continue
		}
		if err := w.emit(d); err != nil {
			return err
		}
		w.count++
		w.seen[d.PlatformID] = struct{}{}
		if d.Handle != "" {
			w.seen[d.Handle] = struct{}{}
		}
	}
	return nil
}

func (w *walker) full() bool { return w.max > 0 && w.count >= w.max }

func (w *walker) progress() string {
	if w.total > 0 {
		return fmt.Sprintf("%d of %d products", w.count, w.total)
	}
	return fmt.Sprintf("%d products", w.count)
}

package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/store"
)

// applyBatch stores what a batch holds. The workspace is locked.
func (t *Tx) applyBatch(ctx context.Context, workspace string, no int64, b *store.ImportBatch) error {
	if err := t.putProducts(ctx, workspace, no, b.Products); err != nil {
		return err
	}
	if err := t.putFAQs(ctx, workspace, no, b.FAQs); err != nil {
		return err
	}
	if b.Context == nil {
		return nil
	}
	return t.mergeContext(ctx, workspace, no, b.Context)
}

// placed is a product by what it may take the place of.
type placed struct {
	key  string           // "" for one that is always added
	p    *catalog.Product // a copy
	from *catalog.Product // the caller's, which becomes what is stored
}

// putProducts adds products, and replaces those that are stored already. Where
// a batch has one twice, its last form counts.
func (t *Tx) putProducts(ctx context.Context, workspace string, no int64, ps []*catalog.Product) error {
	if len(ps) == 0 {
		return nil
	}
	rows, err := place(ps)
	if err != nil {
		return err
	}
	known, err := t.known(ctx, workspace, no, rows)
	if err != nil {
		return err
	}
	var fresh, before, after []*catalog.Product
	var items, edited [][]any
	now := t.s.clock()
	for i, row := range rows {
		was, stored := known[row.key]
		if !stored || row.key == "" {
			fresh = append(fresh, row.p)
			continue
		}
		p := merge(&was.Product, row.p)
		p.UpdatedAt = now
		if src := row.p.Source; src != nil {
			items = append(items, []any{text(src.Handle), int64(src.Hash), text(src.UpdatedAt), 0, micros(now), *was.shop, *was.platformID}) //nolint:gosec // the bits of a hash
		} else {
			if given := row.p.LowStockThreshold; given != nil {
				p.LowStockThreshold = given
			}
			if p.Source = clonePtr(was.Source); p.Source != nil {
				edited = append(edited, []any{*was.shop, *was.platformID})
			}
			if err := p.NoteEdits(&was.Product); err != nil {
				return err
			}
		}
		before, after = append(before, &was.Product), append(after, p)
		rows[i].p = p
	}
	if len(fresh) > 0 {
		if err := t.insert(ctx, no, workspace, fresh, 0); err != nil {
			return err
		}
	}
	if err := t.update(ctx, before, after); err != nil {
		return err
	}
	for _, row := range rows {
		*row.from = *row.p
	}
	if err := t.Each(ctx, markEdited, edited); err != nil {
		return errs.Wrap("noting what was edited", err)
	}
	return errs.Wrap("noting where products came from", t.Each(ctx, updateItem, items))
}

// place checks products and finds out which of them have one place.
func place(ps []*catalog.Product) ([]placed, error) {
	rows := make([]placed, 0, len(ps))
	at := map[string]int{}
	for _, p := range ps {
		if err := p.Validate(); err != nil {
			return nil, err
		}
		copied := *p
		row := placed{p: &copied, from: p}
		switch {
		case p.Source != nil:
			row.key = "source " + p.Source.Shop + " " + text(p.Source.PlatformID)
		case p.ID != "":
			if err := checkKey("product id", p.ID); err != nil {
				return nil, err
			}
			row.key = "id " + p.ID
		}
		if i, twice := at[row.key]; twice && row.key != "" {
			rows[i] = row
			continue
		}
		at[row.key] = len(rows)
		rows = append(rows, row)
	}
	return rows, nil
}

// known are the stored products that rows take the place of, by their keys.
func (t *Tx) known(ctx context.Context, workspace string, no int64, rows []placed) (map[string]row, error) {
	known := map[string]row{}
	var ids []string
	shops := map[string][]string{}
	for _, r := range rows {
		switch src := r.p.Source; {
		case src != nil:
			shops[src.Shop] = append(shops[src.Shop], text(src.PlatformID))
		case r.key != "":
			ids = append(ids, r.p.ID)
		}
	}
	collect := func(key func(*row) string) func(*sql.Rows) error {
		return func(rows *sql.Rows) error {
			r, err := scanProduct(rows.Scan, workspace)
			if err == nil {
				known[key(&r)] = r
			}
			return err
		}
	}
	if len(ids) > 0 {
		err := t.Rows(ctx, productColumns+`WHERE p.workspace = ? AND `+t.s.d.In("p.id")+t.lock("p"),
			collect(func(r *row) string { return "id " + r.ID }), no, t.s.d.List(ids))
		if err != nil {
			return nil, errs.Wrap("reading products", err)
		}
	}
	for shop, platformIDs := range shops {
		shopNo, err := t.shop(ctx, no, shop)
		if err != nil {
			return nil, err
		}
		slices.Sort(platformIDs)
		err = t.Rows(ctx, itemProducts+t.s.d.In("i.platform_id")+t.lock("p"),
			collect(func(r *row) string { return "source " + shop + " " + *r.platformID }), shopNo, t.s.d.List(platformIDs))
		if err != nil {
			return nil, errs.Wrap("reading products", err)
		}
	}
	return known, nil
}

// putFAQs adds questions, and replaces the answers of those that are stored.
func (t *Tx) putFAQs(ctx context.Context, workspace string, no int64, fs []*knowledge.FAQ) error {
	if len(fs) == 0 {
		return nil
	}
	all, err := t.faqs(ctx, no)
	if err != nil {
		return err
	}
	known := map[string]*knowledge.FAQ{}
	for i := range all.faqs {
		known[knowledge.SameQuestion(all.faqs[i].Question)] = &all.faqs[i]
	}
	now := t.s.clock()
	var fresh []*knowledge.FAQ
	var updates [][]any
	for _, f := range fs {
		f := *f
		f.Normalize()
		if err := f.Validate(); err != nil {
			return err
		}
		f.ID, f.CreatedAt, f.UpdatedAt = uuid.NewString(), now, now
		was := known[knowledge.SameQuestion(f.Question)]
		if was == nil {
			known[knowledge.SameQuestion(f.Question)] = &f
			fresh = append(fresh, &f)
			continue
		}
		was.Question, was.Answer, was.Category, was.Keywords, was.Active = f.Question, f.Answer, f.Category, f.Keywords, f.Active
		data, err := encodeFAQ(was)
		if err != nil {
			return err
		}
		updates = append(updates, []any{f.Active, micros(now), data, no, was.ID})
	}
	if err := room(len(all.faqs) + len(fresh)); err != nil {
		return err
	}
	if err := t.addFAQs(ctx, workspace, no, all, fresh); err != nil {
		return err
	}
	return errs.Wrap("storing frequent questions", t.Each(ctx, updateFAQ, updates))
}

// mergeContext stores what an import says of the shop. Of what it says nothing,
// what was there stays.
func (t *Tx) mergeContext(ctx context.Context, workspace string, no int64, c *knowledge.Context) error {
	merged := *c
	var data []byte
	err := t.Row(ctx, selectContext, no).Scan(&data)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return t.s.wrap("reading the store context", err)
	}
	if data != nil {
		var was knowledge.Context
		if err := json.Unmarshal(data, &was); err != nil {
			return errs.New(errs.Internal, "the store context is stored in a form that can't be read: %v", err)
		}
		if merged.BrandVoice == nil {
			merged.BrandVoice = was.BrandVoice
		}
		if merged.Policies == nil {
			merged.Policies = was.Policies
		}
	}
	if data, err = encodeContext(&merged); err != nil {
		return err
	}
	return t.setContext(ctx, workspace, data)
}

package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/store"
)

const (
	selectSeeded = `SELECT seeded FROM knowledge WHERE workspace = ?`
	markSeeded   = `INSERT INTO knowledge (workspace, seeded) VALUES (?, TRUE)
		ON CONFLICT (workspace) DO UPDATE SET seeded = TRUE`
	faqColumns = `SELECT f.seq, f.id, f.active, f.created_at, f.updated_at, f.data FROM faqs f `
	insertFAQ  = `INSERT INTO faqs (workspace, id, active, created_at, updated_at, data) VALUES (?, ?, ?, ?, ?, ?)`
	updateFAQ  = `UPDATE faqs SET active = ?, updated_at = ?, data = ? WHERE workspace = ? AND id = ?`
)

// faqRecord is a question as the data column holds it. Its keys are the format
// of stored rows.
type faqRecord struct {
	Question string   `json:"q"`
	Answer   string   `json:"a"`
	Category string   `json:"c"`
	Keywords []string `json:"k,omitempty"`
}

func encodeFAQ(f *knowledge.FAQ) ([]byte, error) {
	data, err := json.Marshal(&faqRecord{f.Question, f.Answer, f.Category, f.Keywords})
	return data, errs.Wrap("encoding question "+f.ID, err)
}

func scanFAQ(scan func(...any) error) (f knowledge.FAQ, err error) {
	var created, updated int64
	var data []byte
	if err := scan(&f.Seq, &f.ID, &f.Active, &created, &updated, &data); err != nil {
		return f, err
	}
	var r faqRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return f, errs.New(errs.Internal, "question %s is stored in a form that can't be read: %v", f.ID, err)
	}
	f.Question, f.Answer, f.Category, f.Keywords = r.Question, r.Answer, r.Category, r.Keywords
	if f.Keywords == nil {
		f.Keywords = []string{}
	}
	f.CreatedAt, f.UpdatedAt = moment(created), moment(updated)
	return f, nil
}

func noFAQ(id string) error {
	return errs.New(errs.NotFound, "there is no frequent question %.100q", id)
}

// seeds are the questions of a workspace that has changed none of them, in the
// order that their Seq says.
func seeds() []knowledge.FAQ {
	faqs := knowledge.Seeds()
	for i := range faqs {
		faqs[i].Seq = int64(i + 1)
	}
	return faqs
}

// seeded reports whether the questions of a workspace lie in their table.
func (s *Store) seeded(ctx context.Context, no int64) (seeded bool, err error) {
	err = s.row(ctx, selectSeeded, []any{no}, &seeded)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return seeded, errs.Wrap("reading frequent questions", err)
}

// ListFAQs implements store.FAQs.
func (s *Store) ListFAQs(ctx context.Context, workspace string, q store.FAQQuery) ([]knowledge.FAQ, string, error) {
	scope := fmt.Sprintf("faqs %q %t", workspace, q.Inactive)
	_, after, err := decodeCursor(scope, q.Cursor)
	if err != nil {
		return nil, "", err
	}
	faqs, err := s.faqs(ctx, workspace, after, q)
	if err != nil {
		return nil, "", errs.Wrap("listing frequent questions", err)
	}
	if q.Limit > 0 && len(faqs) > q.Limit {
		faqs = faqs[:q.Limit]
		return faqs, encodeCursor(scope, 0, faqs[q.Limit-1].Seq), nil
	}
	return faqs, "", nil
}

// faqs are the questions after a number, one more than the limit where there
// is a next page.
func (s *Store) faqs(ctx context.Context, workspace string, after int64, q store.FAQQuery) ([]knowledge.FAQ, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return nil, err
	}
	seeded, err := s.seeded(ctx, no)
	if err != nil {
		return nil, err
	}
	if !seeded {
		all := seeds()
		return all[min(int(after), len(all)):], nil
	}
	query, args := faqColumns+`WHERE f.workspace = ? AND f.seq > ?`, []any{no, after}
	if !q.Inactive {
		query += ` AND f.active`
	}
	query += ` ORDER BY f.seq`
	if q.Limit > 0 {
		query, args = query+` LIMIT ?`, append(args, q.Limit+1)
	}
	faqs := []knowledge.FAQ{}
	err = s.rows(ctx, query, collectFAQs(&faqs), args...)
	return faqs, err
}

func collectFAQs(faqs *[]knowledge.FAQ) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		f, err := scanFAQ(rows.Scan)
		*faqs = append(*faqs, f)
		return err
	}
}

// FAQ implements store.FAQs.
func (s *Store) FAQ(ctx context.Context, workspace, id string) (knowledge.FAQ, error) {
	no, err := s.workspace(ctx, workspace)
	if err != nil {
		return knowledge.FAQ{}, err
	}
	seeded, err := s.seeded(ctx, no)
	if err != nil {
		return knowledge.FAQ{}, err
	}
	faqs := seeds()
	if seeded {
		faqs = nil
		if err := s.rows(ctx, faqColumns+`WHERE f.workspace = ? AND f.id = ?`, collectFAQs(&faqs), no, text(id)); err != nil {
			return knowledge.FAQ{}, errs.Wrap("reading a frequent question", err)
		}
	}
	return named(faqs, id)
}

func named(faqs []knowledge.FAQ, id string) (knowledge.FAQ, error) {
	for _, f := range faqs {
		if f.ID == id {
			return f, nil
		}
	}
	return knowledge.FAQ{}, noFAQ(id)
}

// SearchFAQs implements store.FAQs.
func (s *Store) SearchFAQs(ctx context.Context, workspace, query string, limit int) ([]knowledge.FAQ, error) {
	faqs, err := s.faqs(ctx, workspace, 0, store.FAQQuery{})
	if err != nil {
		return nil, errs.Wrap("searching frequent questions", err)
	}
	return knowledge.Rank(faqs, query, limit), nil
}

// CreateFAQs implements store.FAQs.
func (s *Store) CreateFAQs(ctx context.Context, workspace string, fs []*knowledge.FAQ) error {
	rows, err := s.newFAQs(workspace, fs)
	if err != nil || len(rows) == 0 {
		return err
	}
	err = s.small(ctx, func(tx *Tx) error {
		no, err := tx.lockFAQs(ctx, workspace)
		if err != nil {
			return err
		}
		all, err := tx.faqs(ctx, no)
		if err != nil {
			return err
		}
		if err := room(len(all.faqs) + len(rows)); err != nil {
			return err
		}
		return tx.addFAQs(ctx, workspace, no, all, rows)
	})
	if err != nil {
		return err
	}
	for i, f := range fs {
		*f = *rows[i]
	}
	return nil
}

// EnsureFAQs implements store.FAQs.
func (s *Store) EnsureFAQs(ctx context.Context, workspace string, fs []*knowledge.FAQ) (int, error) {
	rows, err := s.newFAQs(workspace, fs)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	var fresh []*knowledge.FAQ
	kept := make([]knowledge.FAQ, len(rows)) // what is stored in the end
	err = s.small(ctx, func(tx *Tx) error {
		fresh = nil
		no, err := tx.lockFAQs(ctx, workspace)
		if err != nil {
			return err
		}
		all, err := tx.faqs(ctx, no)
		if err != nil {
			return err
		}
		known := map[string]*knowledge.FAQ{}
		for i := range all.faqs {
			known[knowledge.SameQuestion(all.faqs[i].Question)] = &all.faqs[i]
		}
		for i, f := range rows {
			same := knowledge.SameQuestion(f.Question)
			if known[same] == nil {
				known[same], fresh = f, append(fresh, f)
			}
			kept[i] = *known[same]
		}
		if len(fresh) == 0 {
			return nil
		}
		if err := room(len(all.faqs) + len(fresh)); err != nil {
			return err
		}
		return tx.addFAQs(ctx, workspace, no, all, fresh)
	})
	if err != nil {
		return 0, err
	}
	for i, f := range fs {
		*f = kept[i]
	}
	return len(fresh), nil
}

// newFAQs are checked copies, with ids and times.
func (s *Store) newFAQs(workspace string, fs []*knowledge.FAQ) ([]*knowledge.FAQ, error) {
	if err := checkKey("workspace", workspace); err != nil {
		return nil, err
	}
	rows := make([]*knowledge.FAQ, len(fs))
	for i, f := range fs {
		row := *f
		row.Normalize()
		if err := row.Validate(); err != nil {
			return nil, err
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, errs.Wrap("making an id", err)
		}
		row.ID, row.CreatedAt = id.String(), s.clock()
		row.UpdatedAt = row.CreatedAt
		rows[i] = &row
	}
	return rows, nil
}

func room(n int) error {
	if n > knowledge.MaxFAQs {
		return errs.New(errs.TooLarge, "a workspace has at most %d frequent questions", knowledge.MaxFAQs).WithHint("delete some first")
	}
	return nil
}

// UpdateFAQ implements store.FAQs.
func (s *Store) UpdateFAQ(ctx context.Context, workspace, id string, change func(*knowledge.FAQ) error) (knowledge.FAQ, error) {
	var after knowledge.FAQ
	err := s.changeFAQ(ctx, workspace, id, func(tx *Tx, no int64, f *knowledge.FAQ) (func() error, error) {
		after = *f
		if err := change(&after); err != nil {
			return nil, err
		}
		after.ID, after.Seq, after.CreatedAt, after.UpdatedAt = f.ID, f.Seq, f.CreatedAt, s.clock()
		after.Normalize()
		if err := after.Validate(); err != nil {
			return nil, err
		}
		data, err := encodeFAQ(&after)
		return func() error {
			_, err := tx.Exec(ctx, updateFAQ, after.Active, micros(after.UpdatedAt), data, no, text(id))
			return errs.Wrap("storing a frequent question", err)
		}, err
	})
	return after, err
}

// DeleteFAQ implements store.FAQs.
func (s *Store) DeleteFAQ(ctx context.Context, workspace, id string) error {
	return s.changeFAQ(ctx, workspace, id, func(tx *Tx, no int64, _ *knowledge.FAQ) (func() error, error) {
		return func() error {
			_, err := tx.Exec(ctx, `DELETE FROM faqs WHERE workspace = ? AND id = ?`, no, text(id))
			return errs.Wrap("deleting a frequent question", err)
		}, nil
	})
}

// changeFAQ finds a question, lets prepare check what is to be done with it, and
// does that, which prepare returns.
func (s *Store) changeFAQ(ctx context.Context, workspace, id string,
	prepare func(tx *Tx, no int64, f *knowledge.FAQ) (write func() error, err error),
) error {
	if _, err := s.FAQ(ctx, workspace, id); err != nil { // before a workspace is made for nothing
		return err
	}
	return s.small(ctx, func(tx *Tx) error {
		no, err := tx.lockFAQs(ctx, workspace)
		if err != nil {
			return err
		}
		all, err := tx.faqs(ctx, no)
		if err != nil {
			return err
		}
		f, err := named(all.faqs, id)
		if err != nil {
			return err
		}
		write, err := prepare(tx, no, &f)
		if err != nil {
			return err
		}
		if err := tx.addFAQs(ctx, workspace, no, all, nil); err != nil {
			return err
		}
		return write()
	})
}

// lockFAQs is the number of a workspace whose questions the transaction will
// change.
func (t *Tx) lockFAQs(ctx context.Context, workspace string) (int64, error) {
	no, err := t.workspace(ctx, workspace)
	if err != nil {
		return 0, err
	}
	return no, t.lockWorkspace(ctx, no)
}

// faqSet are all questions of a workspace, and whether they lie in their table.
type faqSet struct {
	faqs   []knowledge.FAQ
	stored bool
}

func (t *Tx) faqs(ctx context.Context, no int64) (all faqSet, err error) {
	err = t.Row(ctx, selectSeeded, no).Scan(&all.stored)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return all, t.s.wrap("reading frequent questions", err)
	}
	if !all.stored {
		all.faqs = seeds()
		return all, nil
	}
	err = t.Rows(ctx, faqColumns+`WHERE f.workspace = ? ORDER BY f.seq`, collectFAQs(&all.faqs), no)
	return all, errs.Wrap("reading frequent questions", err)
}

// addFAQs stores new questions, and the seeds before them where they lie in
// the program still.
func (t *Tx) addFAQs(ctx context.Context, workspace string, no int64, all faqSet, fresh []*knowledge.FAQ) error {
	var rows [][]any
	add := func(f *knowledge.FAQ) error {
		data, err := encodeFAQ(f)
		rows = append(rows, []any{no, f.ID, f.Active, micros(f.CreatedAt), micros(f.UpdatedAt), data})
		return err
	}
	if !all.stored {
		if _, err := t.Exec(ctx, markSeeded, no); err != nil {
			return errs.Wrap("storing frequent questions", err)
		}
		for i := range all.faqs {
			if err := add(&all.faqs[i]); err != nil {
				return err
			}
		}
	}
	for _, f := range fresh {
		if err := add(f); err != nil {
			return err
		}
	}
	if err := t.Each(ctx, insertFAQ, rows); err != nil {
		return errs.Wrap("storing frequent questions", err)
	}
	return t.changed(ctx, workspace)
}

// ClearKnowledge implements store.FAQs.
func (s *Store) ClearKnowledge(ctx context.Context, workspace string, what store.Knowledge) error {
	if err := checkKey("workspace", workspace); err != nil || what == (store.Knowledge{}) {
		return err
	}
	return s.transact(ctx, func(tx *Tx) error {
		no, err := tx.lockFAQs(ctx, workspace)
		if err != nil {
			return err
		}
		if what.Products {
			if err := tx.clear(ctx, no); err != nil {
				return err
			}
		}
		if what.FAQs {
			for _, query := range []string{markSeeded, `DELETE FROM faqs WHERE workspace = ?`} {
				if _, err := tx.Exec(ctx, query, no); err != nil {
					return errs.Wrap("clearing frequent questions", err)
				}
			}
		}
		if what.Context {
			return tx.setContext(ctx, workspace, nil)
		}
		return tx.changed(ctx, workspace)
	})
}

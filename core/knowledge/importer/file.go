package importer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/knowledge"
	"github.com/omakase-ai/omakase/core/store"
)

// batchSize is how many entries go into one transaction: few enough that an
// order never waits long behind them.
const batchSize = 500

// file imports what is stored with the record. It reads it twice: the first
// time to find out what is wrong before anything is written.
func (s *Service) file(ctx context.Context, r *run, im *store.CatalogImport) error {
	charset := knowledge.UTF8
	if im.Kind == store.ImportCSV {
		var err error
		if charset, err = knowledge.DetectCharset(s.payload(ctx, im.ID)); err != nil {
			return err
		}
	}
	items := func() (knowledge.Items, error) {
		if im.Kind == store.ImportJSON {
			return knowledge.NewJSON(s.payload(ctx, im.ID), s.o.Currency), nil
		}
		return knowledge.NewCSV(s.payload(ctx, im.ID), charset, s.o.Currency)
	}
	first, err := items()
	if err != nil {
		return err
	}
	total, err := survey(ctx, first, im.Replace)
	if err != nil {
		return err
	}
	if im.Total != total {
		if err := s.o.Store.CountImport(ctx, im.ID, im.Epoch, total); err != nil {
			return err
		}
	}
	second, err := items()
	if err != nil {
		return err
	}
	for range im.Done { // an earlier attempt has applied these
		if _, err := second.Next(); err != nil {
			return err
		}
	}
	return s.apply(ctx, r, im, &reader{items: second, left: total - im.Done})
}

// survey counts the entries of a file. A file that can't be read to its end is
// an error, and so is one of which nothing is left to replace a catalogue by.
func survey(ctx context.Context, items knowledge.Items, replace bool) (total int, err error) {
	refused := &refusal{error: errs.New(errs.Invalid, "no entry of the file could be imported, so the products were left as they are")}
	for ; ; total++ {
		if total%batchSize == 0 && ctx.Err() != nil {
			return total, ctx.Err()
		}
		item, err := items.Next()
		switch {
		case errors.Is(err, io.EOF):
			if replace && total > 0 && refused.refused == total {
				return total, refused
			}
			return total, nil
		case err != nil:
			return total, err
		case item.Err != nil:
			if refused.refused++; refused.refused < store.MaxImportErrors {
				refused.lines = append(refused.lines, item.At+": "+item.Err.Error())
			}
		}
	}
}

// apply stores all entries: by batches, or in one transaction where they
// replace the catalogue.
func (s *Service) apply(ctx context.Context, r *run, im *store.CatalogImport, in *reader) error {
	defer r.note(nil)
	if im.Replace {
		_, err := s.o.Store.ApplyImport(ctx, im.ID, im.Epoch, true, func() (*store.ImportBatch, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			b, err := in.batch()
			if b != nil {
				r.note(b)
			}
			return b, err
		})
		return err
	}
	for {
		b, err := in.batch()
		if err != nil || b == nil {
			return err
		}
		once := b
		_, err = s.o.Store.ApplyImport(ctx, im.ID, im.Epoch, false, func() (*store.ImportBatch, error) {
			b, once = once, nil
			return b, nil
		})
		if err != nil {
			return err
		}
	}
}

// reader makes batches of entries. left counts those to come.
type reader struct {
	items knowledge.Items
	left  int
	ended bool
}

// batch is nil behind the last one, which says that it is.
func (in *reader) batch() (*store.ImportBatch, error) {
	if in.ended {
		return nil, nil
	}
	b := &store.ImportBatch{}
	for b.Done < batchSize && in.left > 0 {
		item, err := in.items.Next()
		if err != nil {
			return nil, err
		}
		in.left--
		b.Done++
		if item.Err != nil {
			b.Refused++
			b.Errors = append(b.Errors, item.At+": "+item.Err.Error())
			continue
		}
		b.Stored++
		switch {
		case item.Product != nil:
			b.Products = append(b.Products, item.Product)
		case item.FAQ != nil:
			b.FAQs = append(b.FAQs, item.FAQ)
		case item.Context != nil:
			b.Context = item.Context
		}
	}
	in.ended = in.left == 0
	b.Last = in.ended
	return b, nil
}

// payload reads what is stored with a record, a part at a time.
func (s *Service) payload(ctx context.Context, id string) io.Reader {
	return &payload{ctx: ctx, store: s.o.Store, id: id}
}

type payload struct {
	ctx   context.Context // of the one import that reads it
	store store.CatalogImports
	id    string
	next  int
	part  []byte
}

// Read implements io.Reader.
func (p *payload) Read(b []byte) (int, error) {
	if len(p.part) == 0 {
		part, err := p.store.ImportPayload(p.ctx, p.id, p.next)
		if err != nil {
			return 0, fmt.Errorf("reading the file again: %w", err)
		}
		if part == nil {
			return 0, io.EOF
		}
		p.part, p.next = part, p.next+1
	}
	n := copy(b, p.part)
	p.part = p.part[n:]
	return n, nil
}

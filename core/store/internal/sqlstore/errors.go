package sqlstore

import (
	"database/sql"
	"errors"

	"github.com/omakase-ai/omakase/core/errs"
)

// wrap gives an error of the driver its kind. Errors that have one keep it; op
// may be empty.
func (s *Store) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	var known *errs.Error
	if errors.As(err, &known) {
		if op == "" {
			return err
		}
		return errs.Wrap(op, err)
	}
	kind, hint := errs.KindOf(err), "" // of a context, or Internal
	switch {
	case kind != errs.Internal:
	case errors.Is(err, sql.ErrNoRows):
		kind = errs.NotFound
	case errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone):
		kind = errs.Unavailable
	case errors.Is(err, errClosed):
		kind = errs.Unavailable
	default:
		if k, h := s.d.Classify(err); k != "" {
			kind, hint = k, h
		}
	}
	return &errs.Error{Kind: kind, Op: op, Hint: hint, Err: err}
}

var errClosed = errors.New("the store is closed")

func noProduct(id string) error {
	return errs.New(errs.NotFound, "there is no product %.100q", id)
}

func noJob(id string) error {
	return errs.New(errs.NotFound, "there is no import job %.100q", id)
}

package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// payloadPart is how much of a payload one row holds, so that reading it takes
// little memory.
const payloadPart = 256 << 10

const (
	insertImport = `INSERT INTO catalog_imports (id, workspace, state, epoch, lease_until, data) VALUES (?, ?, ?, ?, ?, ?) RETURNING seq`
	updateImport = `UPDATE catalog_imports SET state = ?, epoch = ?, lease_until = ?, data = ? WHERE seq = ?`
	insertPart   = `INSERT INTO import_parts (import, part, data) VALUES (?, ?, ?)`

	importColumns = `SELECT m.seq, m.id, m.workspace, m.state, m.epoch, m.lease_until, m.data FROM catalog_imports m `
)

// importRecord is an import as the data column holds it. Its keys are the
// format of stored rows.
type importRecord struct {
	Kind    store.ImportKind `json:"kind"`
	Name    string           `json:"name"`
	Replace bool             `json:"replace,omitempty"`
	Total   int              `json:"total,omitempty"`
	Done    int              `json:"done,omitempty"`
	Stored  int              `json:"stored,omitempty"`
	Refused int              `json:"refused,omitempty"`
	Errors  []string         `json:"errors,omitempty"`
	Started int64            `json:"started"`
	Ended   *int64           `json:"ended,omitempty"`
}

func encodeImport(im *store.CatalogImport) ([]byte, error) {
	data, err := json.Marshal(&importRecord{
		im.Kind, im.Name, im.Replace, im.Total, im.Done, im.Stored, im.Refused, im.Errors, micros(im.StartedAt), microsPtr(im.EndedAt),
	})
	return data, errs.Wrap("encoding import "+im.ID, err)
}

func scanImport(scan func(...any) error) (im store.CatalogImport, err error) {
	var (
		state string
		lease *int64
		data  []byte
		r     importRecord
	)
	if err := scan(&im.Seq, &im.ID, &im.Workspace, &state, &im.Epoch, &lease, &data); err != nil {
		return im, err
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return im, errs.New(errs.Internal, "import %s is stored in a form that can't be read: %v", im.ID, err)
	}
	im.State, im.LeaseUntil = store.ImportState(state), momentOf(lease)
	im.Kind, im.Name, im.Replace, im.Total, im.Done = r.Kind, r.Name, r.Replace, r.Total, r.Done
	im.Stored, im.Refused, im.Errors = r.Stored, r.Refused, r.Errors
	im.StartedAt, im.EndedAt = moment(r.Started), momentOf(r.Ended)
	return im, nil
}

func collectImports(list *[]store.CatalogImport) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		im, err := scanImport(rows.Scan)
		*list = append(*list, im)
		return err
	}
}

// CreateImport implements store.CatalogImports.
func (s *Store) CreateImport(ctx context.Context, im *store.CatalogImport, payload io.Reader, lease time.Duration) error {
	if err := checkKey("workspace", im.Workspace); err != nil {
		return err
	}
	row := *im
	now := s.clock()
	until := now.Add(lease)
	row.ID, row.State, row.Epoch, row.StartedAt, row.LeaseUntil = uuid.NewString(), store.ImportPending, 0, now, &until
	row.Name = text(row.Name)
	data, err := encodeImport(&row)
	if err != nil {
		return err
	}
	err = s.transact(ctx, func(tx *Tx) error {
		err := tx.Row(ctx, insertImport, row.ID, row.Workspace, string(row.State), row.Epoch, microsOf(row.LeaseUntil), data).Scan(&row.Seq)
		if err != nil {
			return s.wrap("recording the import", err)
		}
		if err := tx.keepPayload(ctx, row.Seq, payload); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM catalog_imports WHERE workspace = ? AND state NOT IN ('pending', 'processing') AND seq <= (
			SELECT n.seq FROM catalog_imports n WHERE n.workspace = ? ORDER BY n.seq DESC LIMIT 1 OFFSET ?)`,
			row.Workspace, row.Workspace, store.MaxImportRecords)
		return errs.Wrap("forgetting old imports", err)
	})
	if err == nil {
		*im = row
	}
	return err
}

func (t *Tx) keepPayload(ctx context.Context, seq int64, payload io.Reader) error {
	if payload == nil {
		return nil
	}
	part := make([]byte, payloadPart)
	for n := 0; ; n++ {
		size, err := io.ReadFull(payload, part)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		if size == 0 {
			return nil
		}
		if _, err := t.Exec(ctx, insertPart, seq, n, part[:size]); err != nil {
			return errs.Wrap("keeping what is to be imported", err)
		}
	}
}

// ImportPayload implements store.CatalogImports.
func (s *Store) ImportPayload(ctx context.Context, id string, n int) (part []byte, err error) {
	err = s.row(ctx, `SELECT p.data FROM import_parts p JOIN catalog_imports m ON m.seq = p.import WHERE m.id = ? AND p.part = ?`,
		[]any{text(id), n}, &part)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return part, errs.Wrap("reading what is to be imported", err)
}

// Import implements store.CatalogImports.
func (s *Store) Import(ctx context.Context, workspace, id string) (store.CatalogImport, error) {
	var found []store.CatalogImport
	err := s.rows(ctx, importColumns+`WHERE m.workspace = ? AND m.id = ?`, collectImports(&found), text(workspace), text(id))
	switch {
	case err != nil:
		return store.CatalogImport{}, errs.Wrap("reading an import", err)
	case len(found) == 0:
		return store.CatalogImport{}, noImport(id)
	}
	return found[0], nil
}

func noImport(id string) error {
	return errs.New(errs.NotFound, "there is no import %.100q", id)
}

// ListImports implements store.CatalogImports.
func (s *Store) ListImports(ctx context.Context, workspace string, limit int, cursor string) ([]store.CatalogImport, string, error) {
	scope := fmt.Sprintf("imports %q", workspace)
	_, before, err := decodeCursor(scope, cursor)
	if err != nil {
		return nil, "", err
	}
	query, args := importColumns+`WHERE m.workspace = ?`, []any{text(workspace)}
	if before > 0 {
		query, args = query+` AND m.seq < ?`, append(args, before)
	}
	query += ` ORDER BY m.seq DESC`
	if limit > 0 {
		query, args = query+` LIMIT ?`, append(args, limit+1)
	}
	list := []store.CatalogImport{}
	if err := s.rows(ctx, query, collectImports(&list), args...); err != nil {
		return nil, "", errs.Wrap("listing imports", err)
	}
	if limit > 0 && len(list) > limit {
		list = list[:limit]
		return list, encodeCursor(scope, 0, list[limit-1].Seq), nil
	}
	return list, "", nil
}

// AbandonedImports implements store.CatalogImports.
func (s *Store) AbandonedImports(ctx context.Context, all bool, limit int) ([]store.CatalogImport, error) {
	query, args := importColumns+`WHERE m.state IN ('pending', 'processing')`, []any{}
	if !all {
		query, args = query+` AND (m.lease_until IS NULL OR m.lease_until <= ?)`, append(args, micros(s.clock()))
	}
	list := []store.CatalogImport{}
	err := s.rows(ctx, query+` ORDER BY m.seq LIMIT ?`, collectImports(&list), append(args, limit)...)
	return list, errs.Wrap("listing abandoned imports", err)
}

// claimed reads an import whose claim the transaction acts upon.
func (t *Tx) claimed(ctx context.Context, id string, epoch int64) (store.CatalogImport, error) {
	im, err := scanImport(t.Row(ctx, importColumns+`WHERE m.id = ?`+t.lock("m"), text(id)).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return im, noImport(id)
	case err != nil:
		return im, t.s.wrap("reading import "+id, err)
	case im.State.Final():
		return im, errs.New(errs.Conflict, "import %s is %s", id, im.State)
	case im.Epoch != epoch:
		return im, errs.New(errs.Conflict, "import %s was taken over by another worker", id)
	}
	return im, nil
}

func (t *Tx) saveImport(ctx context.Context, im *store.CatalogImport) error {
	data, err := encodeImport(im)
	if err != nil {
		return err
	}
	if _, err := t.Exec(ctx, updateImport, string(im.State), im.Epoch, microsOf(im.LeaseUntil), data, im.Seq); err != nil {
		return errs.Wrap("recording the import", err)
	}
	if !im.State.Final() {
		return nil
	}
	_, err = t.Exec(ctx, `DELETE FROM import_parts WHERE import = ?`, im.Seq)
	return errs.Wrap("forgetting what was imported", err)
}

// changeImport reads a claimed import, lets change edit it and writes it.
func (s *Store) changeImport(ctx context.Context, id string, epoch int64, change func(*Tx, *store.CatalogImport) error) (im store.CatalogImport, err error) {
	err = s.transact(ctx, func(tx *Tx) error {
		if im, err = tx.claimed(ctx, id, epoch); err != nil {
			return err
		}
		if err := change(tx, &im); err != nil {
			return err
		}
		return tx.saveImport(ctx, &im)
	})
	return im, err
}

// ClaimImport implements store.CatalogImports.
func (s *Store) ClaimImport(ctx context.Context, id string, epoch int64, lease time.Duration) (store.CatalogImport, error) {
	return s.changeImport(ctx, id, epoch, func(_ *Tx, im *store.CatalogImport) error {
		until := s.clock().Add(lease)
		im.State, im.Epoch, im.LeaseUntil = store.ImportProcessing, im.Epoch+1, &until
		return nil
	})
}

// RenewImport implements store.CatalogImports.
func (s *Store) RenewImport(ctx context.Context, id string, epoch int64, lease time.Duration) error {
	_, err := s.changeImport(ctx, id, epoch, func(_ *Tx, im *store.CatalogImport) error {
		until := s.clock().Add(lease)
		im.LeaseUntil = &until
		return nil
	})
	return err
}

// CountImport implements store.CatalogImports.
func (s *Store) CountImport(ctx context.Context, id string, epoch int64, total int) error {
	_, err := s.changeImport(ctx, id, epoch, func(_ *Tx, im *store.CatalogImport) error {
		im.Total = total
		return nil
	})
	return err
}

// ReleaseImport implements store.CatalogImports.
func (s *Store) ReleaseImport(ctx context.Context, id string, epoch int64) error {
	_, err := s.changeImport(ctx, id, epoch, func(_ *Tx, im *store.CatalogImport) error {
		im.LeaseUntil = nil
		return nil
	})
	return err
}

// FailImport implements store.CatalogImports.
func (s *Store) FailImport(ctx context.Context, id string, epoch int64, refused int, reasons ...string) (store.CatalogImport, error) {
	return s.changeImport(ctx, id, epoch, func(_ *Tx, im *store.CatalogImport) error {
		s.endImport(im, store.ImportFailed)
		im.Done, im.Refused = im.Done+refused, im.Refused+refused
		noteErrors(im, reasons)
		return nil
	})
}

func (s *Store) endImport(im *store.CatalogImport, state store.ImportState) {
	now := s.clock()
	im.State, im.EndedAt, im.LeaseUntil = state, &now, nil
}

// ApplyImport implements store.CatalogImports.
func (s *Store) ApplyImport(ctx context.Context, id string, epoch int64, replace bool, next func() (*store.ImportBatch, error)) (store.CatalogImport, error) {
	im, err := s.changeImport(ctx, id, epoch, func(tx *Tx, im *store.CatalogImport) error {
		no, err := tx.workspace(ctx, im.Workspace)
		if err != nil {
			return err
		}
		if err := tx.lockWorkspace(ctx, no); err != nil {
			return err
		}
		if replace {
			if err := tx.clear(ctx, no); err != nil {
				return err
			}
		}
		for {
			b, err := next()
			switch {
			case err != nil:
				return err
			case b == nil:
				return tx.changed(ctx, im.Workspace)
			}
			if err := tx.applyBatch(ctx, im.Workspace, no, b); err != nil {
				return err
			}
			im.Done, im.Stored, im.Refused = im.Done+b.Done, im.Stored+b.Stored, im.Refused+b.Refused
			im.Total = max(im.Total, im.Done)
			noteErrors(im, b.Errors)
			if b.Last {
				s.endImport(im, store.ImportCompleted)
			}
		}
	})
	return im, errs.Wrap("applying import "+id, err)
}

func noteErrors(im *store.CatalogImport, lines []string) {
	for _, l := range lines[:min(len(lines), max(0, store.MaxImportErrors-len(im.Errors)))] {
		im.Errors = append(im.Errors, text(l))
	}
}

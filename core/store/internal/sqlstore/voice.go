package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/store"
)

const (
	insertVoice = `INSERT INTO voice_sessions (workspace, id, open, touched_at, data) VALUES (?, ?, TRUE, ?, ?) ON CONFLICT DO NOTHING`
	updateVoice = `UPDATE voice_sessions SET open = ?, touched_at = ?, data = ? WHERE seq = ?`
	insertEntry = `INSERT INTO voice_entries (session, data) VALUES (?, ?)`

	voiceColumns = `SELECT v.seq, v.workspace, v.id, v.data FROM voice_sessions v `
)

// maxVoiceOrders is how many orders a session names.
const maxVoiceOrders = 100

// voiceRecord is a session as the data column holds it. Its keys are the format
// of stored rows.
type voiceRecord struct {
	Begun  realtime.Begun   `json:"begun"`
	Ended  *realtime.Ended  `json:"ended,omitempty"`
	Usage  []realtime.Usage `json:"usage,omitempty"`
	Orders []string         `json:"orders,omitempty"`
	Said   int              `json:"said,omitempty"`
	Calls  int              `json:"calls,omitempty"`
}

func encodeVoice(v *store.VoiceSession) ([]byte, error) {
	data, err := json.Marshal(&voiceRecord{v.Begun, v.Ended, v.Usage, v.Orders, v.Said, v.Calls})
	return data, errs.Wrap("encoding voice session "+v.Session, err)
}

func scanVoice(scan func(...any) error) (v store.VoiceSession, err error) {
	var workspace, id string
	var data []byte
	var r voiceRecord
	if err := scan(&v.Seq, &workspace, &id, &data); err != nil {
		return v, err
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return v, errs.New(errs.Internal, "voice session %s is stored in a form that can't be read: %v", id, err)
	}
	v.Begun, v.Ended, v.Usage, v.Orders, v.Said, v.Calls = r.Begun, r.Ended, r.Usage, r.Orders, r.Said, r.Calls
	v.Workspace, v.Session = workspace, id
	return v, nil
}

func collectVoice(list *[]store.VoiceSession) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		v, err := scanVoice(rows.Scan)
		*list = append(*list, v)
		return err
	}
}

func noVoice(id string) error {
	return errs.New(errs.NotFound, "there is no voice session %.100q", id)
}

// Begin implements realtime.Ledger.
func (s *Store) Begin(ctx context.Context, b realtime.Begun) error {
	for _, k := range []struct{ what, key string }{{"workspace", b.Workspace}, {"voice session", b.Session}} {
		if err := checkKey(k.what, k.key); err != nil {
			return err
		}
	}
	b.At = b.At.UTC().Truncate(time.Microsecond)
	data, err := encodeVoice(&store.VoiceSession{Begun: b})
	if err != nil {
		return err
	}
	return s.small(ctx, func(tx *Tx) error {
		n, err := tx.Exec(ctx, insertVoice, b.Workspace, b.Session, micros(s.clock()), data)
		if err == nil && n == 0 {
			return errs.New(errs.Conflict, "voice session %.100q is kept already", b.Session)
		}
		return errs.Wrap("recording a voice session", err)
	})
}

// Append implements realtime.Ledger.
func (s *Store) Append(ctx context.Context, workspace, session string, entries []realtime.Entry) error {
	rows := make([][]any, len(entries))
	for i := range entries {
		data, err := json.Marshal(&entries[i])
		if err != nil {
			return &errs.Error{Kind: errs.Invalid, Op: "encoding an entry of a voice session", Err: err}
		}
		rows[i] = []any{nil, data}
	}
	return s.changeVoice(ctx, workspace, session, func(tx *Tx, v *store.VoiceSession) error {
		for i := range entries {
			count(v, &entries[i])
			rows[i][0] = v.Seq
		}
		return errs.Wrap("keeping what happened in a voice session", tx.Each(ctx, insertEntry, rows))
	})
}

// count adds an entry to the sums of its session.
func count(v *store.VoiceSession, e *realtime.Entry) {
	switch {
	case e.Said != nil:
		v.Said++
	case e.Usage != nil:
		v.Usage = realtime.AddUsage(v.Usage, *e.Usage)
	case e.Tool != nil:
		v.Calls++
		if n := orderOf(e.Tool); n != "" && len(v.Orders) < maxVoiceOrders {
			v.Orders = append(v.Orders, n)
		}
	}
}

// orderOf is the number of the order that a call placed, or "".
func orderOf(c *realtime.ToolCalled) string {
	if c.Name != "place_order" {
		return ""
	}
	var result struct {
		Success     bool   `json:"success"`
		OrderNumber string `json:"orderNumber"`
	}
	if json.Unmarshal(c.Result, &result) != nil || !result.Success {
		return ""
	}
	return result.OrderNumber
}

// End implements realtime.Ledger.
func (s *Store) End(ctx context.Context, workspace, session string, e realtime.Ended) error {
	return s.changeVoice(ctx, workspace, session, func(_ *Tx, v *store.VoiceSession) error {
		e.At = e.At.UTC().Truncate(time.Microsecond)
		v.Ended = &e
		return nil
	})
}

// changeVoice reads a session, lets change edit it, and writes it.
func (s *Store) changeVoice(ctx context.Context, workspace, session string, change func(*Tx, *store.VoiceSession) error) error {
	return s.small(ctx, func(tx *Tx) error {
		v, err := scanVoice(tx.Row(ctx, voiceColumns+`WHERE v.workspace = ? AND v.id = ?`+tx.lock("v"), text(workspace), text(session)).Scan)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return noVoice(session)
		case err != nil:
			return s.wrap("reading a voice session", err)
		}
		if err := change(tx, &v); err != nil {
			return err
		}
		data, err := encodeVoice(&v)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, updateVoice, v.Ended == nil, micros(s.clock()), data, v.Seq)
		return errs.Wrap("recording a voice session", err)
	})
}

// VoiceSession implements store.VoiceSessions.
func (s *Store) VoiceSession(ctx context.Context, workspace, session string) (store.VoiceSession, error) {
	var found []store.VoiceSession
	err := s.rows(ctx, voiceColumns+`WHERE v.workspace = ? AND v.id = ?`, collectVoice(&found), text(workspace), text(session))
	switch {
	case err != nil:
		return store.VoiceSession{}, errs.Wrap("reading a voice session", err)
	case len(found) == 0:
		return store.VoiceSession{}, noVoice(session)
	}
	return found[0], nil
}

// ListVoiceSessions implements store.VoiceSessions.
func (s *Store) ListVoiceSessions(ctx context.Context, workspace string, limit int, cursor string) ([]store.VoiceSession, string, error) {
	scope := fmt.Sprintf("voice %q", workspace)
	_, before, err := decodeCursor(scope, cursor)
	if err != nil {
		return nil, "", err
	}
	query, args := voiceColumns+`WHERE v.workspace = ?`, []any{text(workspace)}
	if before > 0 {
		query, args = query+` AND v.seq < ?`, append(args, before)
	}
	query += ` ORDER BY v.seq DESC`
	if limit > 0 {
		query, args = query+` LIMIT ?`, append(args, limit+1)
	}
	list := []store.VoiceSession{}
	if err := s.rows(ctx, query, collectVoice(&list), args...); err != nil {
		return nil, "", errs.Wrap("listing voice sessions", err)
	}
	if limit > 0 && len(list) > limit {
		list = list[:limit]
		return list, encodeCursor(scope, 0, list[limit-1].Seq), nil
	}
	return list, "", nil
}

// VoiceEntries implements store.VoiceSessions.
func (s *Store) VoiceEntries(ctx context.Context, workspace, session string, limit int, cursor string) ([]realtime.Entry, string, error) {
	scope := fmt.Sprintf("voice entries %q %q", workspace, session)
	_, after, err := decodeCursor(scope, cursor)
	if err != nil {
		return nil, "", err
	}
	query := `SELECT e.no, e.data FROM voice_entries e JOIN voice_sessions v ON v.seq = e.session
		WHERE v.workspace = ? AND v.id = ? AND e.no > ? ORDER BY e.no`
	args := []any{text(workspace), text(session), after}
	if limit > 0 {
		query, args = query+` LIMIT ?`, append(args, limit+1)
	}
	list, numbers := []realtime.Entry{}, []int64{}
	err = s.rows(ctx, query, func(rows *sql.Rows) error {
		var no int64
		var data []byte
		var e realtime.Entry
		if err := rows.Scan(&no, &data); err != nil {
			return err
		}
		if err := json.Unmarshal(data, &e); err != nil {
			return errs.New(errs.Internal, "an entry is stored in a form that can't be read: %v", err)
		}
		list, numbers = append(list, e), append(numbers, no)
		return nil
	}, args...)
	if err != nil {
		return nil, "", errs.Wrap("reading what happened in a voice session", err)
	}
	if limit > 0 && len(list) > limit {
		return list[:limit], encodeCursor(scope, 0, numbers[limit-1]), nil
	}
	return list, "", nil
}

// DeleteVoiceSession implements store.VoiceSessions.
func (s *Store) DeleteVoiceSession(ctx context.Context, workspace, session string) error {
	v, err := s.VoiceSession(ctx, workspace, session)
	if err != nil {
		return err
	}
	return s.small(ctx, func(tx *Tx) error { return tx.deleteVoice(ctx, v.Seq) })
}

func (t *Tx) deleteVoice(ctx context.Context, seq int64) error {
	for _, query := range []string{`DELETE FROM voice_entries WHERE session = ?`, `DELETE FROM voice_sessions WHERE seq = ?`} {
		if _, err := t.Exec(ctx, query, seq); err != nil {
			return errs.Wrap("deleting a voice session", err)
		}
	}
	return nil
}

// ForgetVoiceSessions implements store.VoiceSessions.
func (s *Store) ForgetVoiceSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	old, err := s.untouched(ctx, ``, before, limit)
	for _, v := range old {
		if err := s.small(ctx, func(tx *Tx) error { return tx.deleteVoice(ctx, v.Seq) }); err != nil {
			return 0, err
		}
	}
	return len(old), err
}

// CloseVoiceSessions implements store.VoiceSessions.
func (s *Store) CloseVoiceSessions(ctx context.Context, before time.Time, reason string, limit int) (int, error) {
	lost, err := s.untouched(ctx, ` AND v.open`, before, limit)
	for _, v := range lost {
		e := realtime.Ended{At: s.clock(), Reason: reason, ToolCalls: v.Calls}
		var sum []realtime.Usage
		for _, u := range v.Usage {
			u.Model = ""
			sum = realtime.AddUsage(sum, u)
		}
		if len(sum) > 0 {
			e.Usage = sum[0]
		}
		if err := s.End(ctx, v.Workspace, v.Session, e); err != nil && !errs.Is(err, errs.NotFound) {
			return 0, err
		}
	}
	return len(lost), err
}

// untouched are sessions in which nothing happened since before.
func (s *Store) untouched(ctx context.Context, and string, before time.Time, limit int) ([]store.VoiceSession, error) {
	var list []store.VoiceSession
	err := s.rows(ctx, voiceColumns+`WHERE v.touched_at < ?`+and+` ORDER BY v.touched_at LIMIT ?`, collectVoice(&list), micros(before), limit)
	return list, errs.Wrap("looking for old voice sessions", err)
}

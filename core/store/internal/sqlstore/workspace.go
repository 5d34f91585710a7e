package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/omakase-ai/omakase/core/errs"
)

// A workspace owns the products numbered no<<numberBits+1 … no<<numberBits +
// 2^numberBits-1.
const numberBits = 40

const maxKey = 512 // bytes of any text that is part of a key

const (
	selectWorkspace = `SELECT no FROM workspaces WHERE name = ?`
	insertWorkspace = `INSERT INTO workspaces (name) VALUES (?) ON CONFLICT DO NOTHING`
	selectNumbers   = `SELECT w.next FROM workspaces w WHERE w.no = ?`
	saveNumbers     = `UPDATE workspaces SET next = ?, products = products + ? WHERE no = ?`
	selectShop      = `SELECT no FROM shops WHERE workspace = ? AND shop = ?`
	insertShop      = `INSERT INTO shops (workspace, shop) VALUES (?, ?) ON CONFLICT DO NOTHING`
)

// span is the range of numbers of a workspace: low is exclusive.
func span(workspace int64) (low, high int64) {
	return workspace << numberBits, (workspace+1)<<numberBits - 1
}

// workspace is the number of a workspace, 0 when nothing was ever stored in it.
func (s *Store) workspace(ctx context.Context, name string) (int64, error) {
	if no, ok := s.workspaces.Load(name); ok {
		return no.(int64), nil
	}
	if err := checkKey("workspace", name); err != nil {
		return 0, err
	}
	var no int64
	err := s.row(ctx, selectWorkspace, []any{name}, &no)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, err
	}
	s.workspaces.Store(name, no)
	return no, nil
}

// workspace is the number of a workspace, made when it is new.
func (t *Tx) workspace(ctx context.Context, name string) (int64, error) {
	if no, ok := t.s.workspaces.Load(name); ok {
		return no.(int64), nil
	}
	if err := checkKey("workspace", name); err != nil {
		return 0, err
	}
	for range 2 {
		var no int64
		err := t.Row(ctx, selectWorkspace, name).Scan(&no)
		if err == nil {
			t.AfterCommit(func() { t.s.workspaces.Store(name, no) })
			return no, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return 0, t.s.wrap("reading the workspace", err)
		}
		if _, err := t.Exec(ctx, insertWorkspace, name); err != nil {
			return 0, err
		}
	}
	return 0, errs.New(errs.Internal, "workspace %q is not there after it was stored", name)
}

// numbers are what a transaction took of a workspace's, written when it ends.
type numbers struct {
	next  int64
	added int
}

// take reserves n numbers and returns the first. It locks the workspace until
// the end of the transaction, so that products become visible in the order of
// their numbers and a cursor passes none by.
func (t *Tx) take(ctx context.Context, workspace int64, n int) (int64, error) {
	taken := t.numbers[workspace]
	if taken == nil {
		taken = &numbers{}
		if err := t.Row(ctx, selectNumbers+t.lock("w"), workspace).Scan(&taken.next); err != nil {
			return 0, t.s.wrap("numbering products", err)
		}
		if t.numbers == nil {
			t.numbers = map[int64]*numbers{}
		}
		t.numbers[workspace] = taken
	}
	low, high := span(workspace)
	first := low + taken.next + 1
	if first+int64(n) > high {
		return 0, errs.New(errs.Internal, "the workspace has no more numbers for products")
	}
	taken.next += int64(n)
	return first, nil
}

// saveNumbers ends what take began.
func (t *Tx) saveNumbers(ctx context.Context) error {
	for workspace, taken := range t.numbers {
		if _, err := t.Exec(ctx, saveNumbers, taken.next, taken.added, workspace); err != nil {
			return errs.Wrap("numbering products", err)
		}
	}
	return nil
}

// lock ends a SELECT whose rows of a table the transaction will change. Locks
// are taken in one order everywhere: job, workspace, product, item.
func (t *Tx) lock(alias string) string {
	if t.s.d.OneWriter {
		return ""
	}
	return " FOR UPDATE OF " + alias
}

// lockWorkspace keeps others from adding and removing products.
func (t *Tx) lockWorkspace(ctx context.Context, workspace int64) error {
	if t.s.d.OneWriter {
		return nil
	}
	var no int64
	err := t.Row(ctx, `SELECT w.no FROM workspaces w WHERE w.no = ?`+t.lock("w"), workspace).Scan(&no)
	return t.s.wrap("locking the workspace", err)
}

type shopKey struct {
	workspace int64
	shop      string
}

// shop is the number of a shop, made when it is new.
func (t *Tx) shop(ctx context.Context, workspace int64, shop string) (int64, error) {
	key := shopKey{workspace, shop}
	if no, ok := t.shops[key]; ok {
		return no, nil
	}
	for range 2 {
		var no int64
		err := t.Row(ctx, selectShop, workspace, text(shop)).Scan(&no)
		if err == nil {
			if t.shops == nil {
				t.shops = map[shopKey]int64{}
			}
			t.shops[key] = no
			return no, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return 0, t.s.wrap("reading the shop", err)
		}
		if _, err := t.Exec(ctx, insertShop, workspace, text(shop)); err != nil {
			return 0, err
		}
	}
	return 0, errs.New(errs.Internal, "shop %q is not there after it was stored", shop)
}

// changed has the workspace's revision move once the transaction is committed.
func (t *Tx) changed(ctx context.Context, workspace string) error {
	t.AfterCommit(func() { t.s.Changed(workspace) })
	if t.s.d.Announce == "" {
		return nil
	}
	_, err := t.Exec(ctx, t.s.d.Announce, workspace)
	return err
}

// text is a string as every engine can hold it: valid UTF-8 without NUL.
func text(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// checkKey refuses what can't be a part of a key.
func checkKey(what, s string) error {
	switch {
	case s == "":
		return errs.New(errs.Invalid, "%s is empty", what)
	case len(s) > maxKey:
		return errs.New(errs.Invalid, "%s is longer than %d bytes", what, maxKey)
	case text(s) != s:
		return errs.New(errs.Invalid, "%s %.60q holds bytes that are no text", what, s)
	}
	return nil
}

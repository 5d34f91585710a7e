// Package sqltx is the seam by which a queue works in the transactions of a
// store: both engines and core/queue know it, nobody else does. It holds no SQL.
package sqltx

import (
	"database/sql"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// Tx is the transaction of a store engine. It belongs to one goroutine.
type Tx struct {
	store.TxMarker
	SQL   *sql.Tx
	after []func()
}

// AfterCommit has f called once the transaction is committed, and never if it
// is rolled back. f must not block.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// Committed calls what waits for the commit. Only the engine calls it.
func (t *Tx) Committed() {
	for _, f := range t.after {
		f()
	}
	t.after = nil
}

// Mark is how many functions wait for the commit; Rewind forgets those that
// were added since, for a savepoint that is rolled back.
func (t *Tx) Mark() int { return len(t.after) }

// Rewind goes back to a Mark.
func (t *Tx) Rewind(mark int) { t.after = t.after[:mark] }

// Of is the SQL side of a store's transaction. Its error is Internal: only a
// mistake in this program passes any other kind.
func Of(tx store.Tx) (*Tx, error) {
	if t, ok := tx.(carrier); ok {
		return t.Carried(), nil
	}
	return nil, errs.New(errs.Internal, "transaction %T is not of a store", tx)
}

type carrier interface{ Carried() *Tx }

// Carried makes every type that embeds *Tx acceptable to Of.
func (t *Tx) Carried() *Tx { return t }

// Database is a store whose database a queue may share.
type Database interface {
	// SQL is the pool that writes. Its owner is the store: don't close it.
	SQL() *sql.DB
	// URL is how to reach the same database from a connection of one's own;
	// "" where no other connection may write.
	URL() string
	// Sole says that no other process can have the database open.
	Sole() bool
}

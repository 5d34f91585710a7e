package queue

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// sqliteDriver is River's driver for SQLite, but new tasks are announced within
// the process. River's own way is a table that is read every 50 ms, on the
// connection that all writes share.
type sqliteDriver struct {
	*riversqlite.Driver
	local *localNotifier
}

func newSQLiteDriver(db *sql.DB, local *localNotifier) *sqliteDriver {
	return &sqliteDriver{Driver: riversqlite.New(db), local: local}
}

// GetListener implements riverdriver.Driver.
func (d *sqliteDriver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return &localListener{notifier: d.local}
}

// SupportsListenNotify implements riverdriver.Driver: nothing is written into
// the table of notifications.
func (*sqliteDriver) SupportsListenNotify() bool { return false }

// localNotifier tells the listener of this process that tasks arrived.
type localNotifier struct {
	arrived chan struct{}
}

func newLocalNotifier() *localNotifier { return &localNotifier{arrived: make(chan struct{}, 1)} }

// notify never blocks: one notification stands for all that nobody has read.
func (n *localNotifier) notify() {
	select {
	case n.arrived <- struct{}{}:
	default:
	}
}

// localListener implements riverdriver.Listener. River passes on only what
// somebody subscribed to, so there is nothing to do for a topic.
type localListener struct {
	notifier *localNotifier
}

func (*localListener) Close(context.Context) error            { return nil }
func (*localListener) Connect(context.Context) error          { return nil }
func (*localListener) Listen(context.Context, string) error   { return nil }
func (*localListener) Unlisten(context.Context, string) error { return nil }
func (*localListener) Ping(context.Context) error             { return nil }
func (*localListener) Schema() string                         { return "" }
func (*localListener) SetAfterConnectExec(string)             {}

// WaitForNotification implements riverdriver.Listener.
func (l *localListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.notifier.arrived:
		return &riverdriver.Notification{Topic: "river_insert", Payload: `{"queue":"` + river.QueueDefault + `"}`}, nil
	}
}

// Package importer runs imports of catalogues: of CSV and JSON files, of what a
// shop's Shopify Admin interface tells, and of what was read from a page.
//
// An import is a record with a lease. A file is stored with its record before
// anybody is told that the import began, so that an import whose host died goes
// on at the entry where it was; other imports end as failed then, since what
// they need is not stored: a page's reader waits for it, and an access token is
// never written down. The rows go in by batches, so that others can write in
// between; only where the catalogue is to be replaced everything goes in one
// transaction.
//
// This package knows of no HTTP and no plugin, and asks the web through a
// Fetcher.
package importer

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/store"
)

// Options are what a Service works with. Store is needed.
type Options struct {
	Store    store.CatalogImports
	Fetch    Fetcher // nil: no shop's interface can be asked
	Currency string  // of prices that come without one
	Log      *slog.Logger
	// Lease is how long an import is left alone after its last sign of life
	// (default 15 s).
	Lease time.Duration
	// Alone says that no other process works on the store, so that imports
	// found at start are left over from a crash.
	Alone bool
}

const (
	fileSlots = 2  // files that are imported at a time: one writes, one reads
	webSlots  = 8  // shops and pages: they mostly wait
	maxActive = 24 // imports that run or wait
	maxClaims = 5  // of one import: one that ends its host each time must end
)

// Service runs imports. Its methods may be called from any goroutine.
type Service struct {
	o          Options
	files, web chan struct{} // slots

	life context.Context // ends when the service stops
	stop context.CancelCauseFunc
	runs sync.WaitGroup

	stirred atomic.Bool // an import was begun since none was found

	mu     sync.Mutex
	active map[string]*run
}

// run is an import that this process works on.
type run struct {
	id    string
	done  chan struct{} // closed when this process is through with it
	err   error         // why it did not complete; set before done is closed
	mu    sync.Mutex
	epoch int64
	live  store.ImportBatch // what a transaction that is still open has done
}

// New returns a service. It works as soon as it is asked to; Run picks up what
// others left behind.
func New(o Options) *Service {
	if o.Lease == 0 {
		o.Lease = 15 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{o: o, files: make(chan struct{}, fileSlots), web: make(chan struct{}, webSlots), active: map[string]*run{}}
	s.life, s.stop = context.WithCancelCause(context.Background())
	return s
}

// errStopping ends what runs when the service stops.
var errStopping = errs.New(errs.Unavailable, "the host stopped before the import ended; start it again")

// Upload is a file to import.
type Upload struct {
	Kind    store.ImportKind // ImportCSV or ImportJSON
	Name    string
	Data    io.Reader // read before File returns
	Replace bool      // the workspace's products are replaced
}

// File begins the import of a file and does not wait. An error of Data comes
// back as it is; Busy when too many imports are under way.
func (s *Service) File(ctx context.Context, workspace string, u Upload) (store.CatalogImport, error) {
	im := store.CatalogImport{Workspace: workspace, Kind: u.Kind, Name: u.Name, Replace: u.Replace}
	_, err := s.begin(ctx, &im, u.Data, s.file)
	return im, err
}

// work does an import that was claimed. It reports that it ended well by
// applying a batch that is the last.
type work func(ctx context.Context, r *run, im *store.CatalogImport) error

// begin records an import and works on it.
func (s *Service) begin(ctx context.Context, im *store.CatalogImport, payload io.Reader, w work) (*run, error) {
	s.mu.Lock()
	full := len(s.active) >= maxActive
	s.mu.Unlock()
	switch {
	case s.life.Err() != nil:
		return nil, errs.New(errs.Unavailable, "the server is stopping")
	case full:
		return nil, errs.New(errs.Busy, "%d imports are under way", maxActive).WithHint("wait for one to end")
	}
	s.stirred.Store(true)
	if err := s.o.Store.CreateImport(ctx, im, payload, s.o.Lease); err != nil {
		return nil, err
	}
	return s.start(im.ID, im.Epoch, payload != nil, w), nil
}

// start works on a recorded import in a goroutine of its own. resumable says
// that whoever finds it later can go on with it.
func (s *Service) start(id string, epoch int64, resumable bool, w work) *run {
	s.stirred.Store(true)
	r := &run{id: id, epoch: epoch, done: make(chan struct{})}
	s.mu.Lock()
	s.active[id] = r
	s.mu.Unlock()
	s.runs.Go(func() {
		defer func() {
			s.mu.Lock()
			delete(s.active, id)
			s.mu.Unlock()
			close(r.done)
		}()
		r.err = s.run(r, resumable, w)
	})
	return r
}

// Wait returns when this process is through with an import, or when ctx ends.
func (s *Service) Wait(ctx context.Context, id string) {
	s.mu.Lock()
	r := s.active[id]
	s.mu.Unlock()
	if r == nil {
		return
	}
	select {
	case <-ctx.Done():
	case <-r.done:
	}
}

// Import is the state of an import, also while a transaction is open.
func (s *Service) Import(ctx context.Context, workspace, id string) (store.CatalogImport, error) {
	s.mu.Lock()
	r := s.active[id]
	s.mu.Unlock()
	im, err := s.o.Store.Import(ctx, workspace, id)
	if err != nil || r == nil || im.State.Final() {
		return im, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	im.Done, im.Stored, im.Refused = im.Done+r.live.Done, im.Stored+r.live.Stored, im.Refused+r.live.Refused
	return im, nil
}

func (r *run) claim() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.epoch
}

// note adds to what an open transaction has done; a nil batch begins anew.
func (r *run) note(b *store.ImportBatch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b == nil {
		r.live = store.ImportBatch{}
		return
	}
	r.live.Done, r.live.Stored, r.live.Refused = r.live.Done+b.Done, r.live.Stored+b.Stored, r.live.Refused+b.Refused
}

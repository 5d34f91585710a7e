// Package api is the HTTP face of the product: the REST contract that existing
// clients know, and what was added to it.
//
// Fiber lives here and nowhere else. Fiber's strings point into buffers that
// the next request overwrites, so whatever outlives a handler is copied where
// it enters: workspaceOf, pathText and the readers of bodies do so. The rules
// of the catalogue and of import jobs are core's; this package translates.
package api

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/hashicorp/go-hclog"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/scrape"
	"github.com/omakase-ai/omakase/core/shop"
	"github.com/omakase-ai/omakase/core/store"
	"github.com/omakase-ai/omakase/host/auth"
	"github.com/omakase-ai/omakase/host/observe"
)

// Options are what a Server is made of. The zero value serves everybody from
// any origin and says nothing.
type Options struct {
	Auth    *auth.Keys       // nil: no key is needed
	Origins []string         // that browsers may call from; empty or "*": any
	Log     hclog.Logger     // nil: silent
	Metrics *observe.Metrics // nil: nothing is counted
	Version string
	// DefaultCurrency is meant by a price that comes without one (JPY).
	DefaultCurrency string
	// CacheBytes bounds the answers kept ready (16 MiB); negative: none are.
	CacheBytes int
	Voice      Voice
	Costs      Costs
	// OpenCarts lets customers use carts and place orders without a key, and
	// make CartsPerMinute of them from one address (0: any number).
	OpenCarts      bool
	CartsPerMinute int
	// Settled gives memory back after many sockets were opened; nil: nothing
	// does.
	Settled func()
	// Public holds files that are served as they are; nil: none. A page in it
	// takes the place of the built-in one.
	Public fs.FS
}

// Backend is what the handlers work on once it is open.
type Backend struct {
	Store   store.Store
	Jobs    Jobs
	Plugins Plugins
	Pages   Pages // nil: none are read
	Prompts Prompts
	Shop    *shop.Service
	Imports Imports
	Voices  *realtime.Manager // nil: there are no voice sessions
}

// Jobs runs imports; it is scrape.Service's part that clients may use.
type Jobs interface {
	Create(ctx context.Context, workspace string, n scrape.NewJob) (store.Job, error)
	// Start queues a pending, failed or cancelled job and does not wait.
	Start(ctx context.Context, workspace, id string) (store.Job, error)
	// Execute is Start and waits for the end; when ctx ends first the job goes
	// on by itself.
	Execute(ctx context.Context, workspace, id string) (store.Job, error)
	Cancel(ctx context.Context, workspace, id string) (store.Job, error)
	// Explain adds to a job why it doesn't go on, if more is known than what was
	// stored.
	Explain(j *store.Job)
	Watch(id string) (changes <-chan store.Job, stop func())
}

// Server answers HTTP requests. Health answers as soon as it listens; routes
// that need the backend wait for Attach.
type Server struct {
	o        Options
	app      *fiber.App
	log      hclog.Logger
	answers  *answerCache
	ids      *requestIDs
	started  time.Time
	backend  atomic.Pointer[Backend]
	attached chan struct{}
	once     sync.Once
	streams  atomic.Int32

	socketsMu sync.Mutex
	open      map[*socket]struct{}
	burst     int            // sockets since memory was given back
	talks     sync.WaitGroup // those who serve sockets
	issued    secretBook
	composing chan struct{} // holds what sessions that begin have the plugin do at once

	// stopping ends when the shutdown begins, base when it is over.
	stopping, base         context.Context
	beginStop, cancelStore context.CancelFunc
}

// The bounds of one request.
const (
	attachWait   = 10 * time.Second // for the backend to open
	storeTimeout = 30 * time.Second // for the store to answer
	readTimeout  = 30 * time.Second // for the whole request to arrive
	writeTimeout = 60 * time.Second // for the answer to be taken
	idleTimeout  = 75 * time.Second // between requests; above that of proxies
	maxComposing = 16               // prompts of sessions at once; a plugin refuses what waits beyond 64
	jsonLimit    = 1 << 20
	bulkLimit    = 32 << 20
	headerLimit  = 8 << 10
)

// New builds a server. It listens on nothing yet.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	if o.DefaultCurrency == "" {
		o.DefaultCurrency = "JPY"
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 16 << 20
	}
	s := &Server{
		o: o, log: o.Log, attached: make(chan struct{}),
		open: map[*socket]struct{}{}, composing: make(chan struct{}, maxComposing),
		answers: newAnswerCache(o.CacheBytes), ids: newRequestIDs(), started: time.Now(),
	}
	s.stopping, s.beginStop = context.WithCancel(context.Background())
	s.base, s.cancelStore = context.WithCancel(context.Background())
	s.app = fiber.New(fiber.Config{
		AppName:               "omakase",
		CaseSensitive:         true,
		DisableStartupMessage: true,
		BodyLimit:             jsonLimit,
		ReadBufferSize:        headerLimit,
		ReadTimeout:           readTimeout,
		WriteTimeout:          writeTimeout,
		IdleTimeout:           idleTimeout,
		ErrorHandler:          s.protocolError,
		// Otherwise a broken multipart body fails before its route is known.
		DisablePreParseMultipartForm: true,
	})
	server := s.app.Server()
	server.HeaderReceived = limitsFor
	server.CloseOnShutdown = true
	server.Handler = s.sockets(s.knownMethods(server.Handler))
	server.KeepHijackedConns = true // whoever serves a socket closes it
	s.register()
	return s
}

// Attach gives the server what its handlers work on. Only the first call
// counts.
func (s *Server) Attach(b Backend) {
	s.once.Do(func() {
		s.backend.Store(&b)
		close(s.attached)
	})
}

// Serve answers the requests of a listener until Shutdown or an error of the
// listener. It closes ln.
func (s *Server) Serve(ln net.Listener) error { return s.app.Listener(ln) }

// Shutdown takes no new connection, ends event streams and waits on imports
// (which go on by themselves), and lets every other request finish until ctx
// ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.beginStop()
	defer s.cancelStore()
	requests := make(chan error, 1)
	go func() { requests <- s.app.ShutdownWithContext(ctx) }()
	err := errors.Join(s.endVoices(ctx), s.closeSockets(ctx))
	return errors.Join(err, <-requests)
}

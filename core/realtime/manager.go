package realtime

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

// Options are what a Manager is made of. Only Upstream has to be there.
type Options struct {
	Upstream Upstream
	Toolbox  Toolbox // nil: the host has no tools
	Ledger   Ledger  // nil: nothing is kept
	Log      *slog.Logger
	// Observe is told measured times, as Timing names them; nil: nobody is.
	Observe func(what string, took time.Duration)
	// Ended is told of each session that ends, with the reason as Ended names
	// it; nil: nobody is. It must not wait.
	Ended  func(reason string)
	Times  Times
	Limits Limits
}

// Times are how long things may take. Zero is the default.
type Times struct {
	Filler       time.Duration // of a tool, before the customer is told that it takes long (2 s)
	ToolDeadline time.Duration // of a tool, before the model goes on without it (12 s)
	ToolLimit    time.Duration // of a tool, before it is stopped (60 s)
	Grace        time.Duration // for a client to truncate by itself (400 ms)
	Retry        time.Duration // first pause before dialling again (200 ms)
	Limited      time.Duration // first pause after a refusal for the rate (1 s)
	Reconnect    time.Duration // trying to dial (30 s)
	Stall        time.Duration // of an upstream that owes an answer (10 s)
	Silence      time.Duration // of an upstream before it is asked for a sign (15 s)
	Rotate       time.Duration // of a link, before another is opened in a quiet moment (50 min)
	RotateLast   time.Duration // of a link, before another is opened whatever goes on (58 min)
	Vanish       time.Duration // without a client, before the upstream is closed (3 s)
	Linger       time.Duration // without a client, before the session ends (60 s)
	Goodbye      time.Duration // to take leave (20 s)
	Tick         time.Duration // between looks at the clock (250 ms)
}

// Limits bound sessions. Zero is no bound.
type Limits struct {
	Sessions int           // at the same time
	PerKey   int           // at the same time
	Length   time.Duration // of one session
	Idle     time.Duration // in which nobody speaks or asks for anything
	Budget   float64       // for one session, in the currency of Prices
	Prices   PriceTable
}

func (t *Times) fill() {
	for _, d := range []struct {
		at        *time.Duration
		otherwise time.Duration
	}{
		{&t.Filler, 2 * time.Second},
		{&t.ToolDeadline, 12 * time.Second},
		{&t.ToolLimit, time.Minute},
		{&t.Grace, 400 * time.Millisecond},
		{&t.Retry, 200 * time.Millisecond},
		{&t.Limited, time.Second},
		{&t.Reconnect, 30 * time.Second},
		{&t.Stall, 10 * time.Second},
		{&t.Silence, 15 * time.Second},
		{&t.Rotate, 50 * time.Minute},
		{&t.RotateLast, 58 * time.Minute},
		{&t.Vanish, 3 * time.Second},
		{&t.Linger, time.Minute},
		{&t.Goodbye, 20 * time.Second},
		{&t.Tick, 250 * time.Millisecond},
	} {
		if *d.at == 0 {
			*d.at = d.otherwise
		}
	}
}

// Manager holds the sessions of a host. Its methods may be called from any
// goroutine.
type Manager struct {
	o    Options
	stop chan struct{}
	once sync.Once
	all  sync.WaitGroup

	totals totals

	mu       sync.Mutex
	sessions map[string]*Session // by id
	keys     map[string]int
	closing  bool
}

// New returns a manager. Shutdown ends it.
func New(o Options) *Manager {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Times.fill()
	m := &Manager{o: o, stop: make(chan struct{}), sessions: map[string]*Session{}, keys: map[string]int{}}
	go m.tick()
	return m
}

// Tools are the host's tools of a session of the workspace, described in the
// language (BCP 47). The error is the toolbox's.
func (m *Manager) Tools(ctx context.Context, workspace, language string) ([]Tool, error) {
	if m.o.Toolbox == nil {
		return nil, nil
	}
	tools, err := m.o.Toolbox.List(ctx, workspace, language)
	return tools, errs.Wrap("listing the tools", err)
}

// Open begins a session. It does not wait for the upstream: if there is none,
// the client is told. The error is Busy beyond a limit, Unavailable when the
// host is stopping, Invalid for a session that is no JSON object, and else the
// toolbox's.
func (m *Manager) Open(ctx context.Context, c Config) (*Session, error) {
	tools, err := m.Tools(ctx, c.Workspace, c.Language)
	if err != nil {
		return nil, err
	}
	set, ok := newSettings(c.Session, tools)
	if !ok {
		return nil, errs.New(errs.Invalid, "the session is no JSON object")
	}
	if c.Cart == "" {
		c.Cart = "voice-" + random(12)
	}
	s := &Session{
		m: m, c: c, id: "vs_" + random(12), token: random(24), prefix: "omk_" + random(6) + "_", done: make(chan struct{}),
		up: newOutbox(upBound, gapBound, &m.totals.dropped), set: set, conv: newConversation(), began: time.Now(),
		resaid: map[string]int{}, told: map[string]string{}, calls: map[string]*call{}, claims: map[string]claim{},
	}
	s.up.paused = true
	s.lastActive.Store(s.began.UnixNano())
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := m.enter(s); err != nil {
		s.cancel()
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attach(c.Client)
	s.c.Client, s.c.Session = nil, nil // which others hold
	s.up.serve = func() { s.legs.Go(s.write) }
	s.legs.Go(s.run)
	if m.o.Ledger != nil {
		s.ledger.serve = func() { s.legs.Go(s.record) }
		s.ledger.rouse()
	}
	return s, nil
}

// enter counts a session.
func (m *Manager) enter(s *Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := &m.o.Limits
	switch {
	case m.closing:
		return errs.New(errs.Unavailable, "the server is stopping")
	case l.Sessions > 0 && len(m.sessions) >= l.Sessions:
		return errs.New(errs.Busy, "there are %d voice sessions, which is as many as this server takes", l.Sessions)
	case l.PerKey > 0 && m.keys[s.c.Key] >= l.PerKey:
		return errs.New(errs.Busy, "there are %d voice sessions with this key, which is as many as it may have", l.PerKey).
			WithHint("end one of them, or raise voice.sessions_per_key")
	}
	m.sessions[s.id] = s
	m.keys[s.c.Key]++
	m.all.Add(1)
	return nil
}

func (m *Manager) forget(s *Session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, s.id)
	if m.keys[s.c.Key]--; m.keys[s.c.Key] == 0 {
		delete(m.keys, s.c.Key)
	}
	m.all.Done()
}

// Resume gives a session whose client is gone a new one. nil: there is no such
// session any more.
func (m *Manager) Resume(token string, c Client) *Session {
	for _, s := range m.list() {
		if s.token != token {
			continue
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ended || !s.c.Resumable {
			return nil
		}
		if old := s.down; old != nil { // the client knows better than we do
			old.reason = "vanished"
			old.close()
		}
		s.attach(c)
		return s
	}
	return nil
}

// Sessions is how many sessions there are.
func (m *Manager) Sessions() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.sessions)
}

func (m *Manager) list() []*Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*Session, 0, len(m.sessions))
	for _, s := range m.sessions {
		all = append(all, s)
	}
	return all
}

// Shutdown lets no session begin any more, tells those that there are, and
// returns when they have ended: after the turn that they are in, or when ctx
// ends.
func (m *Manager) Shutdown(ctx context.Context) error {
	m.mu.Lock()
	m.closing = true
	m.mu.Unlock()
	within := 10 * time.Second
	if end, ok := ctx.Deadline(); ok {
		within = max(time.Until(end)-2*time.Second, 0)
	}
	for _, s := range m.list() {
		s.mu.Lock()
		s.leave("shutdown", within)
		s.mu.Unlock()
	}
	over := make(chan struct{})
	go func() { m.all.Wait(); close(over) }()
	var err error
	select {
	case <-over:
	case <-ctx.Done():
		err = ctx.Err()
		for _, s := range m.list() {
			s.mu.Lock()
			s.end("shutdown", nil)
			s.mu.Unlock()
		}
	}
	m.once.Do(func() { close(m.stop) })
	return err
}

func (m *Manager) observe(what string, took time.Duration) {
	if m.o.Observe != nil {
		m.o.Observe(what, took)
	}
}

// random is n random bytes in hexadecimal.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}

package realtime

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Config is one session.
type Config struct {
	Workspace string
	Way       string // "socket", "realtime" or "webrtc", for the ledger
	Key       string // whose limit of sessions counts; "" is one for all
	Agent     string
	Language  string // by BCP 47; tools are described in it
	Model     string
	Voice     string // for the ledger; Session names it to the upstream
	// Session is what the upstream is told, in the service's form, without the
	// host's tools. Empty: only those.
	Session json.RawMessage
	// Cart is that of the session; "": a new one.
	Cart string
	// ShowTools lets the client see the calls of the host's tools, and a
	// function_call_result beside each. Otherwise nothing shows of them.
	ShowTools bool
	// CutsItself says that the client truncates what it did not play, as the
	// service asks of its clients. The host waits for that a moment before it
	// does so by its own estimate.
	CutsItself bool
	// Resumable sessions outlive their client's connection for a while.
	Resumable bool
	// Beside is where a session is told of that other connections carry, such
	// as a call over WebRTC; nil: the manager's upstream carries it. Such a
	// session outlives the connection, and its client hears the model itself.
	// Where the host ends the session, it ends the call.
	Beside Sideband
	// State is whatever whoever opens the session wants to find in it again.
	State  any
	Client Client
}

// Session is one conversation between a client and a model. All methods may be
// called from any goroutine; what a client sends is to come from one.
type Session struct {
	m      *Manager
	c      Config
	id     string
	token  string // with which a client resumes it
	prefix string // of our event ids, so that no client can take them for its own
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{} // closed when everything has ended

	up         *outbox
	heard      [1][]byte    // what goes past up's queue, for as long as it does
	lastUp     atomic.Int64 // when the upstream last said something, in ns
	lastActive atomic.Int64 // when somebody last spoke or asked for something

	mu      sync.Mutex
	down    *outbox // nil while no client is attached
	client  Client  // behind it
	inline  bool    // whoever tells the client sends it on afterwards
	legs    sync.WaitGroup
	began   time.Time
	ids     int
	set     *settings
	conv    *conversation
	link    Link // nil while there is none
	next    Link // the one to go on with, at a rotation
	linked  time.Time
	links   int
	resaid  map[string]int    // items that a new upstream will confirm: how often
	told    map[string]string // items that the upstream has not confirmed → the events that told of them
	back    lookback          // at what was missed beside a call
	greeted bool              // the client has had its session.created
	welcome []byte            // that event, until the host's settings are confirmed

	turns    scheduler
	calls    map[string]*call
	claims   map[string]claim
	claimed  []string // their keys, the oldest first
	play     playback
	cuts     []cut
	sounding bool // a call's model is being heard
	speaking bool
	stopped  time.Time // when the customer stopped; zero: the turn was answered
	heardBy  string    // the item of the turn that the upstream heard end
	spoken   tape      // what was said of a turn that is not committed
	spoke    bool      // a turn has begun that is not committed
	voices   []*item   // whose audio is kept
	marks    int       // of the client, that the upstream has not answered

	detached time.Time // since when no client is attached
	leaving  string    // the reason to end once the turn is over
	leaveBy  time.Time
	ended    bool
	owing    time.Time // since when the upstream owes an answer; zero: it does not
	pinging  bool
	pinged   time.Time
	signed   time.Time // when the question was asked that the link answered last
	rotating bool

	ledger  ledgerQueue
	usage   Usage
	cost    float64
	answers int
	ran     int
}

// ID is the session's.
func (s *Session) ID() string { return s.id }

// Cart is the session's cart.
func (s *Session) Cart() string { return s.c.Cart }

// State is what the session was opened with.
func (s *Session) State() any { return s.c.State }

// Token lets a client resume the session.
func (s *Session) Token() string { return s.token }

// Done is closed when the session has ended and left nothing behind.
func (s *Session) Done() <-chan struct{} { return s.done }

// The bounds of the legs. A model speaks faster than it is heard, so a client's
// queue holds a whole answer.
const (
	downBound  = 8 << 20
	upBound    = 1 << 20
	gapBound   = 640 << 10 // ten seconds of 24 kHz PCM in base64
	spokenMost = 1 << 20
)

// eventID makes the id of an event of ours.
func (s *Session) eventID() string {
	s.ids++
	return s.prefix + strconv.Itoa(s.ids)
}

// itemID makes the id of an item of ours: at most 32 characters.
func (s *Session) itemID() string { return "item_" + random(12) }

// tell sends an event to the client. A client that does not take them any more
// has left.
func (s *Session) tell(event []byte, c class) {
	if s.down == nil {
		return
	}
	put := s.down.put
	if s.inline {
		put = s.down.leave
	}
	if !put(event, c) {
		s.log("a client is too slow", "bytes", s.down.bytes)
		go s.Detach()
	}
}

// send sends a control event to the upstream. While there is none it is
// dropped: what must not be lost is recorded, and said when there is one.
func (s *Session) send(event []byte) {
	if s.link == nil {
		return
	}
	if !s.up.put(event, control) {
		s.link.Close()
	}
}

// attach starts to send to a client.
func (s *Session) attach(c Client) {
	o := newOutbox(downBound, downBound, &s.m.totals.dropped)
	s.down, s.client, s.detached = o, c, time.Time{}
	pump := func() { s.pump(o, c) }
	o.serve = func() { s.legs.Go(pump) }
}

// pump hands a client the events that wait, and after the last one the end.
func (s *Session) pump(o *outbox, c Client) {
	for again := false; ; again = true {
		_, ok, over := o.take(again)
		if over {
			break
		}
		if !ok {
			return
		}
		if o.deliver(c) != nil {
			s.drop(o)
			break
		}
	}
	s.mu.Lock()
	reason, err := o.reason, o.err
	s.mu.Unlock()
	c.Close(reason, err)
}

// Detach says that the client is gone.
func (s *Session) Detach() {
	s.mu.Lock()
	o := s.down
	s.mu.Unlock()
	s.drop(o)
}

// drop forgets the client behind an outbox, unless another took its place.
func (s *Session) drop(o *outbox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o == nil || s.down != o {
		return
	}
	o.reason = "vanished"
	o.close()
	s.down, s.detached = nil, time.Now()
	s.play.stop(time.Now())
	if !s.c.Resumable {
		s.end("vanished", nil)
	}
}

// End ends the session as its client asked for.
func (s *Session) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end("client", nil)
}

// end ends the session. Its legs empty what they hold.
func (s *Session) end(reason string, err error) {
	if s.ended {
		return
	}
	s.ended = true
	if s.down != nil {
		s.down.reason, s.down.err = reason, err
		s.down.close()
		s.down = nil
	}
	s.up.discard()
	if s.link != nil {
		s.link.Close()
	}
	if s.next != nil {
		s.next.Close()
	}
	s.cancel()
	for _, c := range s.calls {
		c.stop()
	}
	s.ledger.end(s, reason, err)
	if s.m.o.Ended != nil {
		s.m.o.Ended(reason)
	}
	if s.c.Beside != nil && reason != "client" {
		s.legs.Go(s.hangup)
	}
	go s.bury()
}

// hangup ends the call that the session was beside.
func (s *Session) hangup() {
	ctx, stop := context.WithTimeout(context.WithoutCancel(s.ctx), 5*time.Second)
	defer stop()
	if err := s.c.Beside.Hangup(ctx); err != nil {
		s.log("the call was not ended", "err", err)
	}
}

// bury waits for everything that the session started.
func (s *Session) bury() {
	s.legs.Wait()
	s.m.forget(s)
	close(s.done)
}

// leave ends the session once the current turn is over, or at the latest
// within the time.
func (s *Session) leave(reason string, within time.Duration) {
	if s.ended || s.leaving != "" {
		return
	}
	s.leaving, s.leaveBy = reason, time.Now().Add(within)
	s.tell(encode(map[string]any{
		"type": "omakase.session.ending", "event_id": s.eventID(), "reason": reason,
	}), control)
	s.maybeLeave(time.Now())
}

// maybeLeave ends a session that is to end, when nothing goes on any more.
func (s *Session) maybeLeave(now time.Time) {
	if s.leaving == "" || s.ended {
		return
	}
	busy := s.turns.busy() || s.pendingCalls() > 0 || s.speaking || s.sounding || s.play.end.After(now)
	if !busy || now.After(s.leaveBy) {
		s.end(s.leaving, nil)
	}
}

func (s *Session) log(text string, args ...any) {
	s.m.o.Log.Info(text, append([]any{"session", s.id}, args...)...)
}

// Idle reports whether nothing goes on: no response is given or waits, nobody
// speaks, no tool runs, and the upstream is there.
func (s *Session) Idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link != nil && !s.turns.busy() && !s.speaking && s.pendingCalls() == 0
}

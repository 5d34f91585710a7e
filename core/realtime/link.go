package realtime

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
)

// run keeps an upstream for the session until it ends.
func (s *Session) run() {
	for failed := 0; ; {
		link, err := s.dial(failed)
		if err != nil {
			s.lost(err)
			return
		}
		began := time.Now()
		if link == nil || !s.open(link) {
			return
		}
		cause := s.listen(link)
		link.Close()
		s.up.pause() // with it, whatever was sent is kept
		if !s.broke(cause) {
			return
		}
		// An upstream that takes us in and throws us out again is no upstream.
		if failed++; s.rotates() {
			failed = 0
		} else if time.Since(began) > 10*s.m.o.Times.Retry {
			failed = 0
		}
		if p := final(cause); p != nil {
			s.lost(p)
			return
		}
	}
}

// lost ends a session that has no upstream any more. A call is gone when its
// client has hung up.
func (s *Session) lost(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var closed *ClosedError
	if s.c.Beside != nil && s.links > 0 && (errs.Is(err, errs.NotFound) || errors.As(err, &closed) && strings.Contains(closed.Reason, "call_id_not_found")) {
		s.end("client", nil)
		return
	}
	s.end("upstream", err)
}

// final is a cause after which dialling again is of no use.
func final(cause error) error {
	var closed *ClosedError
	if errors.As(cause, &closed) && closed.Code >= 3000 && closed.Code < 5000 {
		return closed
	}
	return nil
}

// dial opens a link, patiently: failed links have gone before. It returns nil
// when the session has ended.
func (s *Session) dial(failed int) (Link, error) {
	if failed > maxFlaps {
		return nil, errs.New(errs.Unavailable, "the provider keeps ending the conversation")
	}
	wait, limit := s.m.o.Times.Retry<<max(failed-1, 0), time.Now().Add(s.m.o.Times.Reconnect)
	for attempt := failed - 1; ; attempt++ {
		if link := s.takeNext(); link != nil {
			return link, nil
		}
		if attempt > 0 {
			// Sessions that lost their upstream together don't come back together.
			if !s.sleep(wait/2 + rand.N(wait/2+1)) { //nolint:gosec // jitter is no secret
				return nil, nil
			}
			wait = min(2*wait, maxWait)
		}
		attempt = max(attempt, 0)
		if !s.wanted() {
			return nil, nil
		}
		link, err := s.upstream().Dial(s.ctx, s.c.Model)
		switch {
		case err == nil:
			return link, nil
		case s.ctx.Err() != nil:
			return nil, nil //nolint:nilerr // the session has ended, which is no error of the upstream's
		case !errs.Retryable(err), time.Now().After(limit):
			return nil, err
		}
		s.log("the upstream did not open; trying again", "err", err)
	}
}

const maxWait = 4 * time.Second

func (s *Session) upstream() Upstream {
	if s.c.Beside != nil {
		return s.c.Beside
	}
	return s.m.o.Upstream
}

// maxFlaps is how many links in a row may break at once.
const maxFlaps = 8

func (s *Session) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// wanted waits while nobody is there who would need a link. It reports false
// when the session has ended.
func (s *Session) wanted() bool {
	for {
		s.mu.Lock()
		ended, away := s.ended, !s.detached.IsZero() && time.Since(s.detached) > s.m.o.Times.Vanish
		s.mu.Unlock()
		if ended {
			return false
		}
		if !away {
			return true
		}
		if !s.sleep(s.m.o.Times.Tick) {
			return false
		}
	}
}

// rotates reports whether another link is ready.
func (s *Session) rotates() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next != nil
}

func (s *Session) takeNext() Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	link := s.next
	s.next = nil
	return link
}

// open begins to use a link: it is told the settings and the conversation so
// far, and then whatever waits.
func (s *Session) open(link Link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		link.Close()
		return false
	}
	now := time.Now()
	s.link, s.linked = link, now
	s.links++
	s.lastUp.Store(now.UnixNano())
	s.up.resume(link, s.setup())
	s.turns.pump(s)
	return true
}

// setup is what a new link is told first.
func (s *Session) setup() [][]byte {
	known := &update{eventID: s.eventID(), byHost: true}
	events := [][]byte{sessionUpdate(known.eventID, s.set.whole())}
	for _, u := range s.set.pending {
		events = append(events, sessionUpdate(u.eventID, u.session))
	}
	s.set.pending = append([]*update{known}, s.set.pending...)
	clear(s.resaid)
	clear(s.told)
	if s.c.Beside != nil && s.links > 1 {
		events = append(events, s.lookBack())
	}
	for _, it := range s.conv.items {
		if s.c.Beside != nil && !it.unsaid {
			continue // the session has it still
		}
		if event := it.again(s.eventID()); event != nil {
			events = append(events, event)
			s.awaits(it.id, event)
			if !it.unsaid {
				s.resaid[it.id] = 2 // it is added, and done
			}
		}
	}
	now := time.Now().UnixNano()
	s.spoken.each(0, func(p *piece, event []byte) { // the turn that was being spoken; this upstream hears it now
		if p.at = now; !p.void {
			events = append(events, bytes.Clone(event))
		}
	})
	return events
}

// awaits notes that the upstream has to confirm an item.
func (s *Session) awaits(item string, event []byte) {
	var e envelope
	if len(s.told) < maxItems && e.read(event) {
		s.told[item] = string(e.eventID)
	}
}

// refused forgets the item that an event was to tell of.
func (s *Session) refused(eventID string) {
	for item, told := range s.told {
		if told == eventID {
			delete(s.told, item)
		}
	}
}

func sessionUpdate(eventID string, session map[string]any) []byte {
	return encode(map[string]any{"type": "session.update", "event_id": eventID, "session": session})
}

// listen reads a link until it breaks.
func (s *Session) listen(link Link) error {
	var slow time.Time
	for {
		event, err := link.Read()
		if err != nil {
			return err
		}
		now := time.Now()
		s.lastUp.Store(now.UnixNano())
		s.fromUpstream(link, event)
		slow = s.flush(now, slow)
	}
}

const (
	slowWrite = 10 * time.Millisecond
	slowFor   = 3 * time.Second
)

// flush sends what an event of the upstream meant for the client from the
// goroutine that read it, which saves waking another for each frame. A client
// that takes its time gets the other one for a while, so that the upstream is
// listened to: until slow, or what flush returns.
func (s *Session) flush(now, slow time.Time) time.Time {
	s.mu.Lock()
	o, c := s.down, s.client
	s.mu.Unlock()
	if o == nil {
		return slow
	}
	if now.Before(slow) {
		o.wake()
		return slow
	}
	if !o.grab() {
		return slow
	}
	err := o.deliver(c)
	o.done()
	if err != nil {
		s.drop(o)
	}
	if time.Since(now) > slowWrite {
		return now.Add(slowFor)
	}
	return slow
}

// broke puts the session into a state from which a new link can go on. It
// reports false when the session has ended.
func (s *Session) broke(cause error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link = nil
	if s.ended {
		return false
	}
	if s.next == nil {
		s.m.totals.lost.Add(1)
		s.log("the upstream broke off", "cause", cause)
	}
	s.up.pause()
	s.set.pending = withoutHosts(s.set.pending)
	s.turns.broke(s)
	s.speaking, s.sounding, s.heardBy, s.back = false, false, "", lookback{}
	return true
}

func withoutHosts(pending []*update) []*update {
	kept := pending[:0]
	for _, u := range pending {
		if !u.byHost {
			kept = append(kept, u)
		}
	}
	return kept
}

// write hands the events that wait to whichever link there is.
func (s *Session) write() {
	for again := false; ; again = true {
		link, ok, _ := s.up.take(again)
		if !ok {
			return
		}
		s.keepSent(s.up.batch)
		if s.up.deliver(link) != nil {
			link.Close() // listen sees it
		}
	}
}

// keepSent keeps what a new upstream would have to hear.
func (s *Session) keepSent(batch []parcel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range batch {
		if p.class != control && !s.ended {
			s.keepSpoken(*p.buf, p.class)
		}
	}
}

// ProblemOf is why a session ended, as its client may be told.
func ProblemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	text := "the voice service can't be reached"
	if errs.Is(err, errs.RateLimited) {
		text = "the voice service is busy"
	}
	return &Problem{Type: "server_error", Code: "upstream_unavailable", Message: text}
}

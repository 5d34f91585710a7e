package realtime

import (
	"context"
	"time"
)

// tick looks at the clock for all sessions.
func (m *Manager) tick() {
	t := time.NewTicker(m.o.Times.Tick)
	defer t.Stop()
	for {
		select {
		case <-m.stop:
			return
		case now := <-t.C:
			for _, s := range m.list() {
				s.tick(now)
			}
		}
	}
}

func (s *Session) tick(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	t, l := &s.m.o.Times, &s.m.o.Limits
	if away := !s.detached.IsZero(); away {
		switch gone := now.Sub(s.detached); {
		case gone > t.Linger:
			s.end("vanished", nil)
			return
		case gone > t.Vanish && s.link != nil:
			s.link.Close()
		}
	}
	s.cutDue(now)
	s.turns.pump(s)
	s.watch(now)
	idle := now.Sub(time.Unix(0, s.lastActive.Load()))
	switch {
	case l.Length > 0 && now.Sub(s.began) > l.Length:
		s.goodbye("length")
	case l.Idle > 0 && idle > l.Idle && !s.turns.busy() && !s.speaking && s.pendingCalls() == 0:
		s.leave("idle", 0)
	}
	s.maybeLeave(now)
}

// patience is how many times longer than for an answer it takes to believe
// that an upstream has stopped listening to somebody who speaks.
const patience = 6

// watch looks after the link: whether it stalls, and whether it gets too old.
func (s *Session) watch(now time.Time) {
	if s.link == nil {
		return
	}
	t := &s.m.o.Times
	quiet := now.Sub(time.Unix(0, s.lastUp.Load()))
	switch owes := s.owes(); {
	case !owes:
		s.owing = time.Time{}
	case s.owing.IsZero():
		s.owing = now
	}
	switch {
	case !s.owing.IsZero() && min(quiet, now.Sub(s.owing)) > t.Stall, s.speaking && quiet > patience*t.Stall:
		s.log("the upstream stalled")
		s.link.Close()
	case quiet > t.Silence && now.Sub(s.pinged) > t.Silence:
		s.ask(now)
	}
	age := now.Sub(s.linked)
	if (age > t.Rotate && s.still() || age > t.RotateLast) && !s.rotating && s.leaving == "" && s.c.Beside == nil {
		s.rotating = true
		s.legs.Go(s.rotate)
	}
}

// still reports whether nothing goes on that another link would interrupt.
func (s *Session) still() bool {
	return !s.turns.busy() && !s.speaking && s.pendingCalls() == 0 && s.marks == 0 && len(s.set.pending) == 0
}

// owes reports whether the upstream has to say something.
func (s *Session) owes() bool {
	return s.turns.active != nil || s.turns.asked != nil || len(s.set.pending) > 0 || len(s.told) > 0 || s.marks > 0 || s.heardBy != ""
}

// ask asks the upstream for a sign that it is there, and that it has been sent
// what went before. One that gives none is none.
func (s *Session) ask(now time.Time) {
	if s.pinging {
		return
	}
	s.pinging, s.pinged = true, now
	link := s.link
	s.legs.Go(func() {
		ctx, stop := context.WithTimeout(s.ctx, s.m.o.Times.Stall)
		defer stop()
		err := link.Ping(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.pinging = false
		switch {
		case err != nil:
			link.Close()
		case s.link == link:
			s.signed = now
		}
	})
}

// rotate opens another link and goes on with it, before the provider ends the
// old one.
func (s *Session) rotate() {
	link, err := s.upstream().Dial(s.ctx, s.c.Model)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rotating = false
	switch {
	case err != nil:
		s.log("no second link for the rotation", "err", err)
		s.linked = s.linked.Add(30 * time.Second) // and then again
	case s.ended || s.link == nil:
		link.Close()
	case !s.still() && time.Since(s.linked) <= s.m.o.Times.RotateLast: // a turn has begun: in the next quiet moment
		link.Close()
	default:
		s.m.totals.rotated.Add(1)
		s.next = link
		s.link.Close()
	}
}

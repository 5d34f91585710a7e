package realtime

import (
	"context"
	"encoding/json"
	"time"
)

// ledgerQueue gathers what the ledger is told, so that it is told beside the
// audio. The zero value gathers nothing.
type ledgerQueue struct {
	on      bool
	entries []Entry
	wake    chan struct{}
	ended   *Ended
}

// maxEntries bounds what a ledger that does not keep up is owed.
const maxEntries = 4096

func (q *ledgerQueue) add(e Entry) {
	if !q.on || len(q.entries) >= maxEntries {
		return
	}
	e.At = time.Now()
	q.entries = append(q.entries, e)
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *ledgerQueue) timing(what string, took time.Duration) {
	q.add(Entry{Timing: &Timing{what, took}})
}

func (q *ledgerQueue) used(u *Usage) { q.add(Entry{Usage: new(*u)}) }

// said is a message that is whole.
func (q *ledgerQueue) said(it *item) {
	if it.kind != kindMessage || it.text == "" || it.role == "system" {
		return
	}
	said := &Said{Item: it.id, Role: it.role, Text: it.text}
	if it.cut {
		said.Heard = it.heard
	}
	q.add(Entry{Said: said})
}

// typed is a message that the client wrote.
func (q *ledgerQueue) typed(it *item) {
	if it.role == "user" {
		q.said(it)
	}
}

func (q *ledgerQueue) tool(c *call, result json.RawMessage, problem string, took time.Duration) {
	q.add(Entry{Tool: &ToolCalled{
		Call: c.id, Name: c.name, Arguments: c.arguments, Result: result, Error: problem, Took: took, Late: c.deferred,
	}})
}

func (q *ledgerQueue) end(s *Session, reason string, err error) {
	if !q.on {
		return
	}
	e := &Ended{
		At: time.Now(), Reason: reason, Usage: s.usage, Responses: s.answers, ToolCalls: s.ran, Reconnects: max(s.links-1, 0),
	}
	e.Usage.Model = s.c.Model
	if err != nil {
		e.Error = err.Error()
	}
	q.ended = e
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// record tells the ledger what the session gathers, until its end.
func (s *Session) record() {
	l, w, id := s.m.o.Ledger, s.c.Workspace, s.id
	s.keep(func(ctx context.Context) error {
		return l.Begin(ctx, Begun{
			Workspace: w, Session: id, Cart: s.c.Cart, Way: s.c.Way, Agent: s.c.Agent, Language: s.c.Language,
			Model: s.c.Model, Voice: s.c.Voice, At: s.began,
		})
	})
	for range s.ledger.wake {
		s.mu.Lock()
		entries, ended := s.ledger.entries, s.ledger.ended
		s.ledger.entries = nil
		s.mu.Unlock()
		if len(entries) > 0 {
			s.keep(func(ctx context.Context) error { return l.Append(ctx, w, id, entries) })
		}
		if ended != nil {
			s.keep(func(ctx context.Context) error { return l.End(ctx, w, id, *ended) })
			return
		}
	}
}

func (s *Session) keep(f func(context.Context) error) {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	if err := f(ctx); err != nil {
		s.log("the ledger did not take an entry", "err", err)
	}
}

package realtime

import (
	"context"
	"encoding/json"
	"time"
)

// ledgerQueue gathers what the ledger is told, so that it is told beside the
// audio. The zero value gathers nothing.
type ledgerQueue struct {
	entries []Entry
	ended   *Ended
	serve   func() // starts a goroutine that tells it, until there is nothing more
	serving bool   // it runs
	begun   bool   // the ledger knows of the session
}

// rouse starts whoever tells the ledger.
func (q *ledgerQueue) rouse() {
	if !q.serving {
		q.serving = true
		q.serve()
	}
}

// take is what the ledger is to be told next. ok is false when there is nothing.
func (q *ledgerQueue) take() (entries []Entry, ended *Ended, begins, ok bool) {
	entries, ended, begins = q.entries, q.ended, !q.begun
	q.entries, q.begun = nil, true
	ok = begins || len(entries) > 0 || ended != nil
	q.serving = ok
	return entries, ended, begins, ok
}

// maxEntries bounds what a ledger that does not keep up is owed.
const maxEntries = 4096

func (q *ledgerQueue) add(e Entry) {
	if q.serve == nil || len(q.entries) >= maxEntries {
		return
	}
	e.At = time.Now()
	q.entries = append(q.entries, e)
	q.rouse()
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
	if q.serve == nil {
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
	q.rouse()
}

// record tells the ledger what the session has gathered. After the end there is
// nothing to tell.
func (s *Session) record() {
	l, w, id := s.m.o.Ledger, s.c.Workspace, s.id
	for {
		s.mu.Lock()
		entries, ended, begins, ok := s.ledger.take()
		s.mu.Unlock()
		if !ok {
			return
		}
		if begins {
			s.keep(func(ctx context.Context) error {
				return l.Begin(ctx, Begun{
					Workspace: w, Session: id, Cart: s.c.Cart, Way: s.c.Way, Agent: s.c.Agent, Language: s.c.Language,
					Model: s.c.Model, Voice: s.c.Voice, At: s.began,
				})
			})
		}
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

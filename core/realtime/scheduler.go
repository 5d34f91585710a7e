package realtime

import (
	"slices"
	"time"
)

// scheduler sees to it that the conversation has one response at a time. The
// upstream creates none by itself; whoever wants one asks here.
type scheduler struct {
	active   *turn   // being given
	asked    *create // sent, and not answered yet
	waiting  []*create
	beside   int             // asked for outside of the conversation
	besides  map[string]bool // their ids
	tied     []*turn         // given, with calls that are not finished
	hush     bool            // cancel what was asked for as soon as it begins
	limited  int             // refusals for the rate in a row
	notUntil time.Time       // after such a refusal
}

// create is a response that somebody wants.
type create struct {
	body     map[string]any // its parameters; nil: none, so that one serves many
	eventID  string
	clientID *string // the client's event id; nil: it gave none
	byHost   bool
	filler   bool
	again    bool // it was asked for when a link broke
}

// turn is a response of the model.
type turn struct {
	id        string
	create    *create // nil: it is not known who wanted it
	hidden    []int   // output indexes that the client doesn't see
	calls     []*call // of the host's tools
	foreign   int     // calls of the client's tools
	done      bool    // whole
	cancelled bool    // interrupted
	followed  bool    // another response came after it
	said      bool    // a whole message came out of it
}

const maxWaiting = 16

func (r *scheduler) busy() bool { return r.active != nil || r.asked != nil || len(r.waiting) > 0 }

// want asks for a response. It reports false when too many wait.
func (r *scheduler) want(s *Session, c *create) bool {
	if c.body == nil {
		for _, other := range r.waiting {
			if other.body == nil {
				if !c.byHost {
					other.byHost, other.clientID, other.eventID = false, c.clientID, c.eventID
				}
				return true
			}
		}
	}
	if len(r.waiting) >= maxWaiting {
		return false
	}
	r.waiting = append(r.waiting, c)
	r.pump(s)
	return true
}

// pump asks the upstream for the next response when none is there.
func (r *scheduler) pump(s *Session) {
	if s.link == nil || s.back.eventID != "" || r.active != nil || r.asked != nil || len(r.waiting) == 0 || r.held(s) {
		return
	}
	c := r.waiting[0]
	r.waiting = slices.Delete(r.waiting, 0, 1)
	r.asked, r.hush = c, false
	s.send(c.event())
}

// held reports whether the next response has to wait: for the customer to
// finish, for a tool that will not take long, for the rate.
func (r *scheduler) held(s *Session) bool {
	next := r.waiting[0]
	if next.byHost && s.speaking || time.Now().Before(r.notUntil) {
		return true
	}
	return !next.filler && s.shortCalls()
}

func (c *create) event() []byte {
	e := map[string]any{"type": "response.create", "event_id": c.eventID}
	if c.body != nil {
		e["response"] = c.body
	}
	return encode(e)
}

// answer asks for a response to what was said last.
func (s *Session) answer() { s.turns.want(s, &create{byHost: true, eventID: s.eventID()}) }

// began is a response that the upstream begins.
func (r *scheduler) began(s *Session, id string, inConversation bool) {
	if !inConversation && r.beside > 0 {
		r.beside--
		if r.besides == nil {
			r.besides = map[string]bool{}
		}
		r.besides[id] = true
		return
	}
	t := &turn{id: id, create: r.asked}
	for _, before := range r.tied {
		before.followed = before.followed || t.create == nil || !t.create.filler
	}
	r.active, r.asked = t, nil
	if r.hush {
		r.hush, t.cancelled = false, true
		s.send(encode(map[string]any{"type": "response.cancel", "event_id": s.eventID(), "response_id": id}))
	}
}

// over takes a response that has ended; nil: it was none of the conversation's.
func (r *scheduler) over(id string) *turn {
	if r.besides[id] {
		delete(r.besides, id)
		return nil
	}
	t := r.active
	if t == nil || t.id != id {
		return nil
	}
	r.active, t.done = nil, true
	if len(t.calls) > 0 {
		r.tied = append(r.tied, t)
	}
	return t
}

// settle asks for the response that follows finished calls.
func (r *scheduler) settle(s *Session) {
	r.tied = slices.DeleteFunc(r.tied, func(t *turn) bool {
		if slices.ContainsFunc(t.calls, func(c *call) bool { return !c.told }) {
			return false
		}
		if t.cancelled && !t.followed || !t.followed && t.foreign > 0 {
			// The customer's next turn, or the client's own answer, goes on.
			return true
		}
		if !t.followed || t.late() {
			s.answer()
		}
		return true
	})
	r.pump(s)
}

// late reports whether a call finished after the conversation had gone on.
func (t *turn) late() bool {
	return slices.ContainsFunc(t.calls, func(c *call) bool { return c.after })
}

// broke is a lost link: what was being given or asked for is asked for again.
func (r *scheduler) broke(s *Session) {
	if c := r.asked; c != nil && !r.hush {
		c.again = true
		r.waiting = slices.Insert(r.waiting, 0, c)
	}
	r.asked, r.hush, r.beside, r.besides = nil, false, 0, nil
	s.cutNow()
	t := r.active
	if t == nil {
		return
	}
	r.active = nil
	s.tellBroken(t)
	t.done = true
	switch {
	case len(t.calls) > 0:
		r.tied = append(r.tied, t)
	case t.cancelled, t.said, t.foreign > 0:
	case t.create != nil:
		again := *t.create
		again.eventID, again.again = s.eventID(), true
		r.waiting = slices.Insert(r.waiting, 0, &again)
	default:
		r.want(s, &create{byHost: true, again: true, eventID: s.eventID()})
	}
}

// tellBroken ends a response for the client that the upstream has not ended.
func (s *Session) tellBroken(t *turn) {
	s.conv.items = slices.DeleteFunc(s.conv.items, func(it *item) bool {
		half := it.kind == kindCall && it.response == t.id // its arguments are not whole
		if half {
			delete(s.conv.byID, it.id)
		}
		return half
	})
	s.tell(encode(map[string]any{
		"type": "response.done", "event_id": s.eventID(),
		"response": map[string]any{
			"id": t.id, "object": "realtime.response", "status": "cancelled", "output": []any{},
			"status_details": map[string]any{"type": "cancelled", "reason": "connection_lost"},
		},
	}), control)
}

package realtime

import (
	"encoding/json"
	"slices"
)

// A call goes on while the connection beside it is away: the customer ends a
// turn that nobody answers, or the model calls a tool that nobody runs. The
// interface has no list of a conversation's items, but it tells of each new one
// which came before it. So a session that has come back adds an item, looks at
// the one before, and takes its own away again. What came before that one it
// can't know.

// lookback is such a look.
type lookback struct {
	probe   string // the item that is added
	missed  string // the item before it, which is asked for
	eventID string // of what the upstream has not answered; "": nothing is open
}

// lookBack is the event that adds the item. Until it is clear what was missed,
// no response is asked for.
func (s *Session) lookBack() []byte {
	s.back = lookback{probe: s.itemID(), eventID: s.eventID()}
	event := itemCreate(s.back.eventID, "", &wireItem{
		ID: s.back.probe, Type: kindMessage, Role: "system", Content: []wireContent{{Type: "input_text", Text: "The connection is back."}},
	})
	s.awaits(s.back.probe, event)
	return event
}

// probed is the upstream's word of the item.
func (s *Session) probed(e *envelope) {
	b := &s.back
	if b.eventID == "" || b.missed != "" {
		return // it is the second one
	}
	delete(s.told, b.probe)
	s.send(encode(map[string]any{"type": "conversation.item.delete", "event_id": s.eventID(), "item_id": b.probe}))
	previous := string(e.previous)
	if it := s.conv.byID[previous]; it != nil {
		s.caughtUp(it.kind == kindCall || it.role == "assistant")
		return
	}
	if previous == "" || previous == "null" {
		s.caughtUp(false)
		return
	}
	b.missed, b.eventID = previous, s.eventID()
	event := encode(map[string]any{"type": "conversation.item.retrieve", "event_id": b.eventID, "item_id": previous})
	s.awaits(previous, event)
	s.send(event)
}

// retrieved is an item that was asked for, by us or by the client.
func (s *Session) retrieved(event []byte, e *envelope) {
	var told struct{ Item wireItem }
	if json.Unmarshal(event, &told) != nil || told.Item.ID == "" || told.Item.ID != s.back.missed {
		s.pass(event, e)
		return
	}
	w := &told.Item
	delete(s.told, w.ID)
	it := &item{id: w.ID, hidden: s.hides(w)}
	it.learn(w)
	s.conv.place(it, "")
	s.caughtUp(w.Type == kindCall || w.Role == "assistant")
	s.missedCall(w)
	if w.Role == "user" && s.set.talks.create && s.leaving == "" {
		s.answer()
	}
}

// caughtUp ends a look back. A response that was asked for when the connection
// broke, and has been given meanwhile, is not asked for again.
func (s *Session) caughtUp(given bool) {
	s.back.missed, s.back.eventID = "", ""
	if given {
		s.turns.waiting = slices.DeleteFunc(s.turns.waiting, func(c *create) bool { return c.again })
	}
	s.turns.pump(s)
}

// missedCall runs a host's tool that was called while nobody listened.
func (s *Session) missedCall(w *wireItem) {
	if w.Type != kindCall || !s.set.own[w.Name] || s.calls[w.CallID] != nil || w.Arguments == nil || w.Status != "" && w.Status != "completed" {
		return
	}
	t := &turn{done: true}
	s.turns.tied = append(s.turns.tied, t)
	s.launch(&call{id: w.CallID, name: w.Name, arguments: *w.Arguments, turn: t})
}

// adopt takes over a response whose beginning was missed.
func (s *Session) adopt(e *envelope) {
	if s.c.Beside != nil && s.turns.active == nil && !s.turns.besides[string(e.responseID)] {
		s.turns.active = &turn{id: string(e.responseID)}
	}
}

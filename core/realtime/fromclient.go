package realtime

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Receive takes an event of the client. It never waits, and keeps nothing of
// the slice. What the service would refuse for certain is refused here; the
// rest is the service's to say.
func (s *Session) Receive(event []byte) {
	var e envelope
	well := e.read(event)
	if well && string(e.typ) == "input_audio_buffer.append" {
		s.hear(event)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	members, ok := object(event)
	if !well || !ok {
		s.refuse(invalid("invalid_json", "the event is no JSON object that says everything once", ""), nil)
		return
	}
	clientID := eventIDOf(members)
	if e.typ == nil {
		s.refuse(invalid("missing_required_parameter", "Missing required parameter: 'type'.", "type"), clientID)
		return
	}
	s.lastActive.Store(time.Now().UnixNano())
	if p := s.fromClient(textOf(members, "type"), members, clientID); p != nil {
		s.refuse(p, clientID)
	}
}

// hear sends audio on: past the queue where nothing waits in it, which saves
// waking somebody for each frame.
func (s *Session) hear(event []byte) {
	s.mu.Lock()
	link, ok := s.up.pass()
	if ok {
		s.keepSpoken(event, audio)
	}
	s.mu.Unlock()
	if !ok {
		s.up.put(event, audio)
		return
	}
	s.heard[0] = event
	if link.Write(s.heard[:]) != nil {
		link.Close() // listen sees it
	}
	s.heard[0] = nil
	s.up.done()
}

// eventIDOf is the client's name for its event; nil: it gave none.
func eventIDOf(members raw) *string {
	var id *string
	if json.Unmarshal(members["event_id"], &id) != nil {
		return nil
	}
	return id
}

func (s *Session) refuse(p *Problem, clientID *string) {
	p.EventID = clientID
	s.tell(p.Event(s.eventID()), control)
}

func (s *Session) fromClient(typ string, members raw, clientID *string) *Problem {
	if clientID != nil && strings.HasPrefix(*clientID, s.prefix) {
		return invalid("invalid_value", "This event_id is taken.", "event_id")
	}
	switch typ {
	case "session.update":
		return s.clientUpdates(members, clientID)
	case "response.create":
		return s.clientWants(members, clientID)
	case "response.cancel":
		s.turns.waiting = nil
		if t := s.turns.active; t != nil {
			t.cancelled = true
		}
	case "conversation.item.create":
		return s.clientSays(members, clientID)
	case "conversation.item.truncate":
		if p := s.visible(members); p != nil {
			return p
		}
		s.clientTruncates(members)
	case "conversation.item.delete":
		if p := s.visible(members); p != nil {
			return p
		}
		s.conv.remove(textOf(members, "item_id"))
	case "conversation.item.retrieve":
		if p := s.visible(members); p != nil {
			return p
		}
	case "input_audio_buffer.commit", "input_audio_buffer.clear":
		return s.clientMarks(members, clientID)
	case "omakase.playback":
		return s.clientPlayed(members)
	}
	clean, ok := canonical(encode(members))
	if !ok {
		return invalid("invalid_json", "the event can't be read", "")
	}
	// Behind the audio that came before it, also while there is no upstream.
	if !s.up.put(clean, control) {
		return &Problem{Type: "server_error", Code: "upstream_unavailable", Message: "too many events wait for the voice service"}
	}
	if typ == "conversation.item.truncate" && s.link != nil {
		s.awaits(textOf(members, "item_id"), clean)
	}
	return nil
}

// clientMarks commits or clears the audio that came before, also while there is
// no upstream.
func (s *Session) clientMarks(members raw, clientID *string) *Problem {
	if s.marks >= maxMarks {
		return &Problem{Type: "server_error", Code: "upstream_unavailable", Message: "too many events wait for the voice service"}
	}
	eventID := s.eventID()
	members["event_id"] = quoted(eventID)
	clean, ok := canonical(encode(members))
	if !ok {
		return invalid("invalid_json", "the event can't be read", "")
	}
	if !s.up.put(clean, mark) {
		return &Problem{Type: "server_error", Code: "upstream_unavailable", Message: "too many events wait for the voice service"}
	}
	s.marks++
	s.claim(eventID, claim{clientID: clientID, mark: eventID})
	return nil
}

// visible refuses what is said of items that the client can't know.
func (s *Session) visible(members raw) *Problem {
	id := textOf(members, "item_id")
	if it := s.conv.byID[id]; it != nil && it.hidden {
		return invalid("item_not_found", "Item with item_id '"+id+"' not found.", "item_id")
	}
	return nil
}

func (s *Session) clientUpdates(members raw, clientID *string) *Problem {
	session, ok := canonicalMap(members["session"])
	if !ok {
		return invalid("missing_required_parameter", "Missing required parameter: 'session'.", "session")
	}
	u := &update{eventID: s.eventID(), clientID: clientID, session: session}
	s.set.rewrite(u)
	s.set.pending = append(s.set.pending, u)
	s.send(sessionUpdate(u.eventID, session))
	return nil
}

func (s *Session) clientWants(members raw, clientID *string) *Problem {
	c := &create{eventID: s.eventID(), clientID: clientID}
	if given, ok := members["response"]; ok && string(given) != "null" {
		body, ok := canonicalMap(given)
		if !ok {
			return invalid("invalid_type", "Invalid type for 'response': expected an object.", "response")
		}
		if len(body) > 0 {
			c.body = body
		}
	}
	if c.body["conversation"] == "none" {
		s.turns.beside++
		if !s.up.put(c.event(), control) {
			return &Problem{Type: "server_error", Code: "upstream_unavailable", Message: "too many events wait for the voice service"}
		}
		s.claim(c.eventID, claim{clientID: clientID, beside: true})
		return nil
	}
	if !s.turns.want(s, c) {
		return invalid("conversation_already_has_active_response", "Too many responses wait for the active one to finish.", "")
	}
	return nil
}

// clientSays records an item that the client adds, so that it is said again
// should the upstream break off before it has confirmed it.
func (s *Session) clientSays(members raw, clientID *string) *Problem {
	content, ok := canonical(members["item"])
	if !ok {
		return invalid("missing_required_parameter", "Missing required parameter: 'item'.", "item")
	}
	fields, ok := object(content)
	if !ok {
		return invalid("invalid_type", "Invalid type for 'item': expected an object.", "item")
	}
	id := textOf(fields, "id")
	if id == "" && fields["id"] == nil {
		id = s.itemID()
		fields["id"] = quoted(id)
	}
	if it := s.conv.byID[id]; it != nil && it.hidden {
		return invalid("item_create_invalid_item_id", "An item with this id exists.", "item.id")
	}
	callID := textOf(fields, "call_id")
	if c := s.calls[callID]; c != nil && textOf(fields, "type") == kindOutput {
		return invalid("invalid_value", "There is no open call with call_id '"+callID+"'.", "item.call_id")
	}
	out := raw{"type": members["type"], "item": encode(fields)}
	if previous, ok := members["previous_item_id"]; ok {
		out["previous_item_id"] = previous
	}
	eventID := s.eventID()
	out["event_id"] = quoted(eventID)
	s.claim(eventID, claim{clientID: clientID, item: id})
	var w wireItem
	if json.Unmarshal(encode(fields), &w) == nil && w.Type != "" && s.conv.byID[id] == nil {
		it := &item{id: id, unsaid: true, asIs: encode(out)}
		it.learn(&w)
		s.conv.place(it, textOf(members, "previous_item_id"))
	}
	if event := encode(out); s.link != nil {
		s.awaits(id, event)
		s.send(event)
	}
	return nil
}

// clientPlayed is the client's word of what it has played.
func (s *Session) clientPlayed(members raw) *Problem {
	ms, err := strconv.ParseFloat(string(members["audio_end_ms"]), 64)
	if err != nil || ms < 0 || ms > 3.6e6 {
		return invalid("invalid_value", "audio_end_ms is to be milliseconds of the item that were played.", "audio_end_ms")
	}
	s.play.report(textOf(members, "item_id"), time.Duration(ms*float64(time.Millisecond)), time.Now())
	return nil
}

// claim is an event of the client that went on under an id of ours.
type claim struct {
	clientID *string
	item     string // that it creates
	beside   bool   // it is a response outside of the conversation
	mark     string // the id of the mark that it is
}

const maxClaims = 256

// claim remembers whose event an error will be about.
func (s *Session) claim(eventID string, c claim) {
	if len(s.claimed) >= maxClaims { // the upstream has answered what is so long ago
		delete(s.claims, s.claimed[0])
		s.claimed = append(s.claimed[:0], s.claimed[1:]...)
	}
	s.claims[eventID] = c
	s.claimed = append(s.claimed, eventID)
}

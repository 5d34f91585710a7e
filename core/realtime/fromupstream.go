package realtime

import (
	"bytes"
	"encoding/json"
	"time"
)

// fromUpstream takes an event of the upstream. Audio and what else need not be
// changed goes on byte by byte.
func (s *Session) fromUpstream(link Link, event []byte) {
	var e envelope
	if !e.read(event) {
		s.log("the upstream sent what can't be read", "bytes", len(event))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.link != link {
		return
	}
	s.inline = true
	defer func() { s.inline = false }()
	switch string(e.typ) {
	case "response.output_audio.delta":
		s.audioDelta(event, &e)
	case "session.created":
		s.created(event)
	case "session.updated":
		s.updated(event)
	case "error":
		s.problem(event)
	case "response.created":
		s.responseBegan(event)
	case "response.done":
		s.responseOver(event)
	case "conversation.item.added", "conversation.item.created", "conversation.item.done":
		s.itemEvent(event, &e)
	case "conversation.item.retrieved":
		s.retrieved(event, &e)
	case "conversation.item.deleted", "conversation.item.truncated":
		s.shortened(event, &e)
	case "input_audio_buffer.speech_started":
		s.interrupted(time.Now())
		s.tell(event, control)
	case "input_audio_buffer.speech_stopped", "input_audio_buffer.timeout_triggered":
		s.speaking, s.stopped, s.heardBy = false, time.Now(), string(e.itemID)
		s.tell(event, control)
	case "output_audio_buffer.started", "output_audio_buffer.stopped", "output_audio_buffer.cleared":
		s.sounds(event, string(e.typ) == "output_audio_buffer.started")
	case "input_audio_buffer.cleared":
		s.cleared()
		s.tell(event, control)
	case "input_audio_buffer.committed":
		s.committed(event, &e)
	case "conversation.item.input_audio_transcription.completed":
		s.transcribed(event, &e)
	case "response.function_call_arguments.done":
		s.calledBy(event, &e)
	case "response.output_item.added", "response.output_item.done":
		s.outputItem(event, &e)
	case "response.output_audio_transcript.delta", "response.output_text.delta":
		if it := s.conv.byID[string(e.itemID)]; it != nil {
			it.text += unquoted(e.delta)
		}
		s.pass(event, &e)
	default:
		s.pass(event, &e)
	}
}

// pass sends an event on, unless it is about what the client does not see.
func (s *Session) pass(event []byte, e *envelope) {
	if it := s.conv.byID[string(e.itemID)]; it != nil && it.hidden {
		return
	}
	s.tell(s.renumbered(event, e), control)
}

// renumbered closes the gaps that hidden items leave in a response's output.
func (s *Session) renumbered(event []byte, e *envelope) []byte {
	t := s.turns.active
	if t == nil || len(t.hidden) == 0 || e.index == nil {
		return event
	}
	index, before := number(e.index), 0
	for _, hidden := range t.hidden {
		if hidden < index {
			before++
		}
	}
	if before == 0 {
		return event
	}
	return spliced(event, e.index, string(encode(index-before)))
}

func number(b []byte) (n int) {
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<20 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// audioDelta is the hot path: a piece of the model's speech.
func (s *Session) audioDelta(event []byte, e *envelope) {
	t := s.turns.active
	if t == nil || t.id != string(e.responseID) || s.c.Beside != nil { // not ours to look after
		s.tell(event, control)
		return
	}
	if t.cancelled {
		return // nobody would hear it
	}
	now := time.Now()
	v := s.play.add(e.itemID, s.duration(e.delta), now)
	if it := s.conv.byID[v.item]; it != nil {
		it.sent = v.sent
	}
	s.tell(s.renumbered(event, e), audio)
	s.answered(now)
}

// answered is the first sound of an answer.
func (s *Session) answered(now time.Time) {
	if s.stopped.IsZero() {
		return
	}
	s.m.observe("turn", now.Sub(s.stopped))
	s.ledger.timing("turn", now.Sub(s.stopped))
	s.stopped = time.Time{}
}

// created is the first word of a link. The client hears it once, and not before
// the session is what the host has set: clients go by what stands in it.
func (s *Session) created(event []byte) {
	if !s.greeted {
		s.welcome = bytes.Clone(event)
	}
}

// greet tells the client that its session is there; updated, unless it is nil,
// is the event that describes it.
func (s *Session) greet(updated []byte) {
	members, ok := object(s.welcome)
	if !ok {
		return
	}
	s.welcome, s.greeted = nil, true
	if u, ok := object(updated); ok {
		members["session"] = u["session"]
	}
	s.tellSession(encode(members))
}

func (s *Session) tellSession(event []byte) {
	members, ok := object(event)
	if !ok {
		return
	}
	if !s.c.ShowTools {
		members["session"] = s.set.shown(members["session"])
	}
	s.tell(encode(members), control)
}

// updated confirms the oldest update.
func (s *Session) updated(event []byte) {
	if len(s.set.pending) == 0 {
		s.tellSession(event)
		return
	}
	u := s.set.pending[0]
	s.set.pending = s.set.pending[1:]
	s.set.confirm(u)
	if u.byHost {
		s.greet(event)
		return
	}
	s.tellSession(event)
}

// problem is an error event: of what we sent, or of what the client did.
func (s *Session) problem(event []byte) {
	var told struct{ Error Problem }
	if json.Unmarshal(event, &told) != nil {
		return
	}
	p := &told.Error
	about := ""
	if p.EventID != nil {
		about = *p.EventID
		s.refused(about)
	}
	if about != "" && about == s.back.eventID { // nobody knows what was missed
		s.caughtUp(false)
	}
	if c := s.turns.asked; c != nil && c.eventID == about {
		s.createRefused(c, p)
		return
	}
	for i, u := range s.set.pending {
		if u.eventID != about {
			continue
		}
		s.set.pending = append(s.set.pending[:i:i], s.set.pending[i+1:]...)
		if !u.byHost {
			s.refuse(p, u.clientID)
			return
		}
		s.greet(nil)
		break
	}
	if c, ok := s.claims[about]; ok {
		delete(s.claims, about)
		s.claimRefused(c, p)
		return
	}
	if p.Code == "invalid_api_key" || p.Code == "session_expired" {
		// The one is for the operator, and the other is mended.
		s.log("the upstream ends the conversation", "code", p.Code)
		return
	}
	if len(about) > len(s.prefix) && about[:len(s.prefix)] == s.prefix {
		s.log("the upstream refused an event of ours", "code", p.Code, "message", p.Message)
		return
	}
	s.tell(event, control)
}

func (s *Session) claimRefused(c claim, p *Problem) {
	if c.beside {
		s.turns.beside--
	}
	if it := s.conv.byID[c.item]; it != nil && it.unsaid {
		s.conv.remove(c.item)
	}
	if c.mark != "" {
		s.unmark(c.mark)
	}
	s.refuse(p, c.clientID)
}

// createRefused is a response that the upstream won't give. That another one
// is active can't be by what we did; whoever shares the conversation may have
// asked for it, and it is waited for.
func (s *Session) createRefused(c *create, p *Problem) {
	s.turns.asked = nil
	switch active := p.Code == "conversation_already_has_active_response"; {
	case active && c.again && s.c.Beside != nil: // it is the one that is wanted
	case active:
		s.turns.waiting = append([]*create{c}, s.turns.waiting...)
		s.turns.notUntil = time.Now().Add(s.m.o.Times.Retry)
	case c.byHost:
		s.log("the upstream refused a response", "code", p.Code, "message", p.Message)
	default:
		s.refuse(p, c.clientID)
	}
	if s.turns.notUntil.Before(time.Now()) {
		s.turns.pump(s)
	}
}

// committed is audio that became an item. When the upstream heard a turn end,
// it is answered.
func (s *Session) committed(event []byte, e *envelope) {
	s.tell(s.afterVisible(event, e), control)
	it := s.conv.byID[string(e.itemID)]
	if it == nil {
		it = &item{id: string(e.itemID), kind: kindMessage, role: "user"}
		s.conv.place(it, string(e.previous))
	}
	heard := s.heardBy != "" && string(e.itemID) == s.heardBy
	s.keepVoice(it, heard)
	if !heard {
		return
	}
	s.heardBy = ""
	s.lastActive.Store(time.Now().UnixNano())
	if s.set.talks.create && s.leaving == "" {
		s.answer()
	}
}

// afterVisible names an item that the client knows as the one before.
func (s *Session) afterVisible(event []byte, e *envelope) []byte {
	if len(e.previous) == 0 || string(e.previous) == "null" {
		return event
	}
	known := s.conv.visibleBefore(string(e.previous))
	if known == string(e.previous) {
		return event
	}
	if known == "" {
		members, ok := object(event)
		if !ok {
			return event
		}
		members["previous_item_id"] = json.RawMessage("null")
		return encode(members)
	}
	return spliced(event, e.previous, known)
}

// itemEvent is an item that is new, or whole.
func (s *Session) itemEvent(event []byte, e *envelope) {
	var told struct{ Item wireItem }
	if json.Unmarshal(event, &told) != nil || told.Item.ID == "" {
		return
	}
	id := told.Item.ID
	if id == s.back.probe {
		s.probed(e)
		return
	}
	if string(e.typ) != "conversation.item.added" { // which the end of it follows
		delete(s.told, id)
	}
	if n := s.resaid[id]; n > 0 {
		s.resaid[id] = n - 1
		return
	}
	it := s.conv.byID[id]
	if it == nil {
		it = &item{id: id, hidden: s.hides(&told.Item)}
		if t := s.turns.active; t != nil && (told.Item.Role == "assistant" || told.Item.Type == kindCall) {
			it.response = t.id
		}
		s.conv.place(it, string(e.previous))
	}
	if it.unsaid {
		it.unsaid, it.asIs = false, nil
		s.ledger.typed(it)
	}
	if !it.hidden {
		s.tell(s.afterVisible(event, e), control)
	}
	if !it.cut { // what was cut stays as it was heard
		it.learn(&told.Item)
	}
}

// sounds is a call's model being heard, or not any more.
func (s *Session) sounds(event []byte, begins bool) {
	if s.sounding = begins; begins {
		s.answered(time.Now())
	}
	s.tell(event, control)
}

// shortened is an item of which the model forgets a part, or all.
func (s *Session) shortened(event []byte, e *envelope) {
	delete(s.told, string(e.itemID))
	if string(e.typ) == "conversation.item.deleted" {
		s.conv.remove(string(e.itemID))
	}
	s.tell(event, control)
}

// hides reports whether an item is the call of a tool that does not show.
func (s *Session) hides(w *wireItem) bool {
	return !s.c.ShowTools && w.Type == kindCall && s.set.own[w.Name]
}

// transcribed is what the customer said, in writing.
func (s *Session) transcribed(event []byte, e *envelope) {
	var told struct {
		Transcript string
		Usage      wireUsage
	}
	if json.Unmarshal(event, &told) == nil {
		if it := s.conv.byID[string(e.itemID)]; it != nil {
			it.text = told.Transcript
			it.forgetVoice()
			s.ledger.said(it)
		}
		s.use(told.Usage.transcription())
	}
	s.pass(event, e)
}

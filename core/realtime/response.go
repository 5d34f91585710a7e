package realtime

import (
	"encoding/json"
	"slices"
	"time"
)

// responseBegan is a response that the upstream begins.
func (s *Session) responseBegan(event []byte) {
	var told struct {
		Response struct {
			ID             string
			ConversationID *json.RawMessage `json:"conversation_id"`
		}
	}
	if json.Unmarshal(event, &told) != nil {
		return
	}
	s.turns.began(s, told.Response.ID, told.Response.ConversationID != nil && string(*told.Response.ConversationID) != "null")
	s.tell(event, control)
}

// outputItem is an item of a response that begins or is whole.
func (s *Session) outputItem(event []byte, e *envelope) {
	var told struct {
		Index int `json:"output_index"`
		Item  wireItem
	}
	if json.Unmarshal(event, &told) != nil {
		return
	}
	s.adopt(e)
	t := s.turns.active
	whole := string(e.typ) == "response.output_item.done"
	if t == nil || t.id != string(e.responseID) {
		s.tell(event, control)
		return
	}
	it := s.conv.byID[told.Item.ID]
	if it == nil && told.Item.ID != "" {
		it = &item{id: told.Item.ID, hidden: s.hides(&told.Item), response: t.id}
		it.learn(&told.Item)
		s.conv.place(it, "")
	}
	if whole && it != nil {
		it.response = ""
		if told.Item.Type == kindMessage && told.Item.Status != "incomplete" {
			t.said = true
		}
	}
	if it != nil && it.hidden {
		if !slices.Contains(t.hidden, told.Index) {
			t.hidden = append(t.hidden, told.Index)
		}
		return
	}
	s.tell(s.renumbered(event, e), control)
}

// calledBy is a call whose arguments are whole.
func (s *Session) calledBy(event []byte, e *envelope) {
	var told struct {
		CallID    string `json:"call_id"`
		ItemID    string `json:"item_id"`
		Name      string
		Arguments string
	}
	if json.Unmarshal(event, &told) != nil || told.CallID == "" {
		return
	}
	s.adopt(e)
	it := s.conv.byID[told.ItemID]
	if it == nil {
		it = &item{id: told.ItemID, kind: kindCall, hidden: s.hides(&wireItem{Type: kindCall, Name: told.Name})}
		s.conv.place(it, "")
	}
	if told.Name == "" { // GA names it; others may not
		told.Name = it.name
	}
	it.kind, it.callID, it.name, it.text, it.response = kindCall, told.CallID, told.Name, told.Arguments, ""
	if s.m.o.Toolbox == nil || !s.set.own[told.Name] {
		if t := s.turns.active; t != nil {
			t.foreign++
		}
		s.tell(s.renumbered(event, e), control)
		return
	}
	c := &call{id: told.CallID, name: told.Name, arguments: told.Arguments, turn: s.turns.active}
	if s.c.ShowTools {
		c.event = slices.Clone(event)
	}
	s.launch(c)
}

// responseOver is the end of a response.
func (s *Session) responseOver(event []byte) {
	var told struct {
		Response struct {
			ID     string
			Status string
			Detail struct {
				Reason string
				Error  struct{ Code, Type string }
			} `json:"status_details"`
			Output []wireItem
			Usage  wireUsage
		}
	}
	if json.Unmarshal(event, &told) != nil {
		return
	}
	r := &told.Response
	s.use(r.Usage.response(s.c.Model))
	active := s.turns.active
	t := s.turns.over(r.ID)
	if t == nil {
		for i := range r.Output {
			s.missedCall(&r.Output[i])
		}
		s.tell(event, control)
		return
	}
	s.answers++
	t.cancelled = t.cancelled || r.Status == "cancelled"
	now := time.Now()
	if r.Status == "cancelled" && r.Detail.Reason == "client_cancelled" {
		s.stopAudio(now)
	}
	for i := range r.Output {
		if it := s.conv.byID[r.Output[i].ID]; it != nil {
			it.response = ""
			if !it.cut {
				it.learn(&r.Output[i])
			}
			s.ledger.said(it)
		}
	}
	if len(active.hidden) > 0 {
		event = s.withoutHidden(event)
	}
	if r.Status == "failed" && s.retry(t, r.Detail.Error.Code) {
		s.tell(event, control)
		return
	}
	s.tell(event, control)
	s.cutDue(now)
	s.turns.settle(s)
	s.maybeLeave(now)
}

// retry asks again for a response that was refused for the rate.
func (s *Session) retry(t *turn, code string) bool {
	r := &s.turns
	if code != "rate_limit_exceeded" && code != "server_error" || r.limited >= maxLimited || len(t.calls) > 0 || t.said {
		r.limited = 0
		return false
	}
	r.limited++
	again := create{byHost: true, eventID: s.eventID()}
	if t.create != nil {
		again = *t.create
		again.eventID = s.eventID()
	}
	r.waiting = slices.Insert(r.waiting, 0, &again)
	r.notUntil = time.Now().Add(s.m.o.Times.Limited << (r.limited - 1))
	return true
}

// maxLimited is how often a response is asked for again.
const maxLimited = 3

// withoutHidden leaves the hidden items out of a response.
func (s *Session) withoutHidden(event []byte) []byte {
	members, ok := object(event)
	if !ok {
		return event
	}
	response, ok := object(members["response"])
	if !ok {
		return event
	}
	var output []json.RawMessage
	if json.Unmarshal(response["output"], &output) != nil {
		return event
	}
	kept := []json.RawMessage{}
	for _, o := range output {
		fields, _ := object(o)
		if it := s.conv.byID[textOf(fields, "id")]; it != nil && it.hidden {
			continue
		}
		kept = append(kept, o)
	}
	response["output"] = encode(kept)
	members["response"] = encode(response)
	return encode(members)
}

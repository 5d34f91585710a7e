package realtime

import (
	"strconv"
	"time"
)

// cut is a truncation that is due: the customer interrupted an item.
type cut struct {
	item  string
	heard time.Duration
	due   time.Time
}

// interrupted is the customer beginning to speak. Whatever the client has not
// been sent yet it will not be sent, and whatever it has not played is taken
// back from the conversation, so that the model doesn't believe it was heard.
func (s *Session) interrupted(now time.Time) {
	s.speaking, s.spoke, s.stopped = true, true, time.Time{}
	s.lastActive.Store(now.UnixNano())
	if !s.set.talks.interrupt {
		return
	}
	if t := s.turns.active; t != nil {
		t.cancelled = true // the upstream does it
	} else if s.turns.asked != nil {
		s.turns.hush = true
	}
	s.stopAudio(now)
}

// stopAudio takes the audio back that was not heard.
func (s *Session) stopAudio(now time.Time) {
	unheard, heard := s.play.unheard(now)
	if len(unheard) == 0 {
		return
	}
	if s.down != nil {
		s.down.silence(s.unsend)
	}
	due := now
	if s.c.CutsItself {
		due = now.Add(s.m.o.Times.Grace)
	}
	for i, v := range unheard {
		at := min(heard[i], v.sent)
		if it := s.conv.byID[v.item]; it != nil {
			it.cut, it.sent, it.heard = true, v.sent, at
		}
		s.cuts = append(s.cuts, cut{v.item, at, due})
	}
	s.play.stop(now)
	s.m.observe("barge_in", time.Since(now))
	s.ledger.timing("barge_in", time.Since(now))
	s.cutDue(now)
}

// unsend counts audio that was put into the client's queue and taken out
// again.
func (s *Session) unsend(event []byte) {
	var e envelope
	if !e.read(event) {
		return
	}
	if v := s.play.find(string(e.itemID)); v != nil {
		v.sent -= s.duration(e.delta)
	}
}

// cutDue truncates what is due. An item that is still being made is truncated
// when its response is over.
func (s *Session) cutDue(now time.Time) {
	if len(s.cuts) == 0 || s.turns.active != nil {
		return
	}
	kept := s.cuts[:0]
	for _, c := range s.cuts {
		if c.due.After(now) {
			kept = append(kept, c)
			continue
		}
		s.truncate(c)
	}
	s.cuts = kept
}

// cutNow forgets the truncations that a lost upstream can't make any more. The
// conversation that a new one is told has them.
func (s *Session) cutNow() {
	for _, c := range s.cuts {
		if it := s.conv.byID[c.item]; it != nil && c.heard <= 0 {
			s.conv.remove(c.item)
		}
	}
	s.cuts = nil
}

// truncate takes back what was not heard of an item. Of an item of which
// nothing was heard nothing stays: the service truncates to no length.
func (s *Session) truncate(c cut) {
	told := map[string]any{"type": "conversation.item.delete", "event_id": s.eventID(), "item_id": c.item}
	if ms := c.heard.Milliseconds(); ms > 0 {
		told["type"], told["content_index"], told["audio_end_ms"] = "conversation.item.truncate", 0, ms
	}
	event := encode(told)
	s.awaits(c.item, event)
	s.send(event)
}

// clientTruncates takes a client's own truncation, at most as long as what it
// was sent: the service refuses more, and then believes that all was heard.
func (s *Session) clientTruncates(members raw) {
	id := textOf(members, "item_id")
	ms, err := strconv.ParseFloat(string(members["audio_end_ms"]), 64)
	if it := s.conv.byID[id]; it != nil && err == nil && ms >= 0 {
		sent := it.sent
		if it.cut {
			sent = it.heard
			for _, c := range s.cuts {
				if c.item == id { // ours was only a guess, and has not been told
					sent = it.sent
				}
			}
		}
		if at := time.Duration(ms) * time.Millisecond; at < sent {
			sent = at
		}
		it.cut, it.heard = true, sent
		members["audio_end_ms"] = encode(sent.Milliseconds())
	}
	kept := s.cuts[:0]
	for _, c := range s.cuts {
		if c.item != id {
			kept = append(kept, c)
		}
	}
	s.cuts = kept
}

// duration is how long a piece of the model's audio plays.
func (s *Session) duration(base64 []byte) time.Duration {
	return time.Duration(audioBytes(base64)) * time.Second / s.set.rate
}

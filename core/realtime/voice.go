package realtime

import "time"

// What a customer says is kept until it is written down: it is all there is to
// tell a new upstream should the old one break off.

const (
	// keepRecent is how long audio is kept while nobody is known to speak, counted
	// back from when the upstream last showed that it hears: longer than it takes
	// until it says that somebody does.
	keepRecent = 700 * time.Millisecond
	// askAfter is the age of kept audio from which on the upstream is asked for a
	// sign, so that no more has to be kept.
	askAfter = keepRecent + 500*time.Millisecond
	// maxMarks is how many marks may wait for their answer.
	maxMarks = 64
)

// keepSpoken keeps an event that is about to be sent. It comes before the
// sending, so that whatever goes to a link is either kept or still waits when
// the next one is told what the last one knew.
func (s *Session) keepSpoken(event []byte, c class) {
	now := time.Now()
	s.spoken.add(event, c, now)
	since := s.listened().Add(-keepRecent).UnixNano()
	quiet := !s.spoke && s.set.talks.vad && s.marks == 0
	drop, left := 0, s.spoken.size
	for _, p := range s.spoken.pieces {
		if p.class != audio || left <= spokenMost && (!quiet || p.at >= since) {
			break
		}
		drop, left = drop+1, left-int(p.size)
	}
	s.spoken.drop(drop)
	if quiet && s.link != nil && left > 0 && now.UnixNano()-s.spoken.pieces[0].at > int64(askAfter) {
		s.ask(now)
	}
}

// listened is until when the upstream is known to have heard what it was sent.
// The clock doesn't tell: a host that was stopped, or a network that holds back
// what was sent, makes audio old that nobody has heard. Of an upstream that owes
// an answer a sign is not enough.
func (s *Session) listened() time.Time {
	last := time.Unix(0, s.lastUp.Load())
	if s.signed.After(last) && !s.owes() {
		return s.signed
	}
	return last
}

// takeSpoken takes the pieces of the turn that the upstream has committed or
// cleared out of what is kept: up to the client's mark or, where it heard a
// turn end by itself, up to the moment when that was known.
func (s *Session) takeSpoken(heard bool) (turn tape) {
	n, marked := 0, false
	for ; n < len(s.spoken.pieces) && !marked; n++ {
		p := &s.spoken.pieces[n]
		if heard && (p.class == mark || !s.stopped.IsZero() && p.at > s.stopped.UnixNano()) {
			break
		}
		if marked = p.class == mark; marked {
			s.answeredMark(p)
		}
	}
	s.spoke = false
	return s.spoken.cut(n)
}

func (s *Session) answeredMark(p *piece) {
	s.marks--
	p.class, p.void = audio, true
}

// unmark forgets a mark that the upstream has refused. The audio before it is
// in the upstream's buffer as before.
func (s *Session) unmark(eventID string) {
	s.spoken.each(0, func(p *piece, event []byte) {
		var e envelope
		if p.class == mark && e.read(event) && string(e.eventID) == eventID {
			s.answeredMark(p)
		}
	})
}

// cleared is the upstream's word that it has let go of what was not committed.
func (s *Session) cleared() {
	turn := s.takeSpoken(false)
	turn.drop(len(turn.pieces))
}

// keepVoices is of how many turns audio is kept.
const keepVoices = 2

// keepVoice makes what was spoken the voice of the item that it became.
func (s *Session) keepVoice(it *item, heard bool) {
	it.forgetVoice()
	it.voice = s.takeSpoken(heard)
	s.voices = append(s.voices, it)
	if len(s.voices) > keepVoices {
		s.voices[0].forgetVoice()
		s.voices = append(s.voices[:0], s.voices[1:]...)
	}
}

func (it *item) forgetVoice() {
	it.voice.drop(len(it.voice.pieces))
	it.voice = tape{}
}

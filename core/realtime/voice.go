package realtime

import (
	"encoding/base64"
	"time"
)

// What a customer says is kept until it is written down: it is all there is to
// tell a new upstream should the old one break off.

// piece is an event for the upstream's audio buffer that was sent: audio, or a
// mark, which is a commit or a clear of the client's. A mark stays until the
// upstream has answered it, and so does what came before it.
type piece struct {
	parcel
	at time.Time
}

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
	s.spoken = append(s.spoken, piece{parcel{copied(event), c}, now})
	s.spokenN += len(event)
	since := s.listened().Add(-keepRecent)
	quiet := !s.spoke && s.set.talks.vad && s.marks == 0
	drop := 0
	for drop < len(s.spoken) && s.spoken[drop].class == audio && (s.spokenN > spokenMost || quiet && s.spoken[drop].at.Before(since)) {
		s.spokenN -= len(*s.spoken[drop].buf)
		drop++
	}
	s.dropSpoken(drop)
	if quiet && s.link != nil && len(s.spoken) > 0 && now.Sub(s.spoken[0].at) > askAfter {
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

// dropSpoken lets go of the first n pieces, which are counted out already.
func (s *Session) dropSpoken(n int) {
	if n == 0 {
		return
	}
	for _, p := range s.spoken[:n] {
		release(p.buf)
	}
	s.shiftSpoken(n)
}

func (s *Session) shiftSpoken(n int) {
	kept := copy(s.spoken, s.spoken[n:])
	clear(s.spoken[kept:])
	s.spoken = s.spoken[:kept]
}

// takeSpoken takes the pieces of the turn that the upstream has committed or
// cleared out of what is kept: up to the client's mark or, where it heard a
// turn end by itself, up to the moment when that was known.
func (s *Session) takeSpoken(heard bool) (turn []piece) {
	n, marked := 0, false
	for ; n < len(s.spoken) && !marked; n++ {
		p := s.spoken[n]
		if heard && (p.class == mark || !s.stopped.IsZero() && p.at.After(s.stopped)) {
			break
		}
		marked = p.class == mark
	}
	turn = append(turn, s.spoken[:n]...)
	s.shiftSpoken(n)
	for _, p := range turn {
		s.spokenN -= len(*p.buf)
	}
	if marked {
		s.marks--
		release(turn[n-1].buf)
		turn = turn[:n-1]
	}
	s.spoke = false
	return turn
}

// unmark forgets a mark that the upstream has refused. The audio before it is
// in the upstream's buffer as before.
func (s *Session) unmark(eventID string) {
	for i, p := range s.spoken {
		var e envelope
		if p.class == audio || !e.read(*p.buf) || string(e.eventID) != eventID {
			continue
		}
		s.marks--
		s.spokenN -= len(*p.buf)
		release(p.buf)
		s.spoken = append(s.spoken[:i], s.spoken[i+1:]...)
		return
	}
}

// cleared is the upstream's word that it has let go of what was not committed.
func (s *Session) cleared() {
	for _, p := range s.takeSpoken(false) {
		release(p.buf)
	}
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
	for _, p := range it.voice {
		release(p.buf)
	}
	it.voice = nil
}

// joined is the audio of append events as one text in base64.
func joined(events []piece) string {
	var sound []byte
	for _, p := range events {
		members, _ := object(*p.buf)
		part, err := base64.StdEncoding.DecodeString(textOf(members, "audio"))
		if err == nil {
			sound = append(sound, part...)
		}
	}
	return base64.StdEncoding.EncodeToString(sound)
}

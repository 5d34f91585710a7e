package realtime

import "encoding/base64"

// What a customer says is kept until it is written down: it is all there is to
// tell a new upstream should the old one break off.

// keepRecent is how much is kept while nobody is known to speak: a little more
// than it takes until the upstream says that somebody does.
const keepRecent = 40 << 10

// keepSpoken keeps the audio of the turn that is being spoken, and lets go of
// other events that were sent.
func (s *Session) keepSpoken(batch []parcel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	most := keepRecent
	if s.spoke || !s.set.talks.vad {
		most = spokenMost
	}
	for _, p := range batch {
		if p.class != audio || s.ended {
			release(p.buf)
			continue
		}
		s.spoken = append(s.spoken, p)
		s.spokenN += len(*p.buf)
	}
	drop := 0
	for ; s.spokenN > most; drop++ {
		s.spokenN -= len(*s.spoken[drop].buf)
		release(s.spoken[drop].buf)
	}
	if drop > 0 {
		n := copy(s.spoken, s.spoken[drop:])
		clear(s.spoken[n:])
		s.spoken = s.spoken[:n]
	}
}

// forgetSpoken lets go of a turn that was cleared.
func (s *Session) forgetSpoken() {
	for _, p := range s.spoken {
		release(p.buf)
	}
	s.spoken, s.spokenN, s.spoke = nil, 0, false
}

// keepVoices is of how many turns audio is kept.
const keepVoices = 2

// keepVoice makes what was spoken the voice of the item that it became.
func (s *Session) keepVoice(it *item) {
	it.forgetVoice()
	it.voice, s.spoken, s.spokenN, s.spoke = s.spoken, nil, 0, false
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
func joined(events []parcel) string {
	var sound []byte
	for _, p := range events {
		members, _ := object(*p.buf)
		piece, err := base64.StdEncoding.DecodeString(textOf(members, "audio"))
		if err == nil {
			sound = append(sound, piece...)
		}
	}
	return base64.StdEncoding.EncodeToString(sound)
}

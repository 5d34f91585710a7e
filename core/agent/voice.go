package agent

import "slices"

// DefaultVoice is the voice of sessions whose client names none.
const DefaultVoice = "shimmer"

// realtime are the voices that the provider's Realtime interface has.
var realtime = []string{"alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"}

// voices are names that clients use for voices. The last three are voices of
// the provider's other interfaces, which Realtime refuses; the nearest in
// pitch and manner stand in.
var voices = map[string]string{
	"Yuumi (Japanese Female)": "shimmer",
	"Haru (Japanese Male)":    "echo",
	"Ava (English Female)":    "alloy",
	"Lily (English Female)":   "coral",
	"Ken (Japanese Male)":     "cedar",
	"nova":                    "coral",
	"onyx":                    "cedar",
	"fable":                   "ballad",
}

// Voices are the voices that Realtime has. The slice is the caller's.
func Voices() []string { return slices.Clone(realtime) }

// Voice is the Realtime voice for a name that a client sent: a display name, a
// voice of Realtime, or one that Realtime does not have. "" is the default.
// ok is false for a name that is none of these, which is returned as it is.
func Voice(name string) (voice string, ok bool) {
	if name == "" {
		return DefaultVoice, true
	}
	if voice, ok := voices[name]; ok {
		return voice, true
	}
	return name, slices.Contains(realtime, name)
}

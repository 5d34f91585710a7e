package config_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/host/config"
)

func TestVoicePrices(t *testing.T) {
	t.Parallel()
	l, mistakes := load(t, "voice: {prices: {gpt-realtime-2.1: {text_in: 4, audio_out: 64.5}}}\n",
		"OMAKASE_VOICE_RETENTION=0s", "OMAKASE_VOICE_CURRENCY=JPY", "OMAKASE_VOICE_PRICES={transcription: {minute: 0.006}}")
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	want := map[string]config.VoicePrices{"gpt-realtime-2.1": {TextIn: 4, AudioOut: 64.5}, "transcription": {Minute: 0.006}}
	if diff := cmp.Diff(want, l.Voice.Prices); diff != "" {
		t.Error(diff)
	}
	if l.Voice.Currency != "JPY" || l.Voice.Retention != 0 || config.Default().Voice.Retention != 30*24*time.Hour {
		t.Errorf("in %s, kept for %s", l.Voice.Currency, l.Voice.Retention)
	}
	_, mistakes = load(t, "voice:\n  retention: -1h\n  currency: euro\n  prices:\n    m: {text_in: much, audio_in: -1}\n")
	told := []string{
		"c.yaml:2:14: voice.retention: -1h0m0s is too short; use at least 0s",
		`c.yaml:3:13: voice.currency: "euro" is not a currency; use an ISO 4217 code such as JPY or USD`,
		`c.yaml:5:18: voice.prices.m.text_in: "much" is not a number; use digits, such as 0.5`,
		"c.yaml:5:34: voice.prices.m.audio_in: -1 is negative; use a price of a million tokens",
	}
	if diff := cmp.Diff(told, mistakes); diff != "" {
		t.Error(diff)
	}
}

package realtime_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/omakase-ai/omakase/core/realtime"
)

func TestPriceTable(t *testing.T) {
	t.Parallel()
	table := realtime.PriceTable{
		"gpt-realtime":     {TextIn: 4, AudioIn: 32, CachedText: 0.4, CachedAudio: 0.4, TextOut: 16, AudioOut: 64},
		"gpt-realtime-2.1": {TextIn: 8},
		"transcription":    {Minute: 0.006},
	}
	for model, want := range map[string]float64{
		"gpt-realtime": 4, "gpt-realtime-2025-08-28": 4, "gpt-realtime-2.1": 8, "gpt-realtime-2.1-2026-01-01": 8, "gpt-realtime2": -1, "other": -1, "": -1,
	} {
		p, ok := table.Of(model)
		if !ok {
			p.TextIn = -1
		}
		if p.TextIn != want {
			t.Errorf("%s: %v, want %v", model, p.TextIn, want)
		}
	}
	usage := []realtime.Usage{
		// 500 fresh and 500 cached tokens of text, 1,000 of speech heard, all of them cached, 100 spoken
		{Model: "gpt-realtime", TextIn: 1000, CachedText: 500, AudioIn: 1000, CachedAudio: 1000, AudioOut: 100},
		{Model: "transcription", Seconds: 90},
		{Model: "z"},
		{Model: "a"},
		{Model: "z"},
	}
	sum, unpriced := table.Cost(usage)
	if want := (500*4+500*0.4+1000*0.4+100*64)/1e6 + 1.5*0.006; math.Abs(sum-want) > 1e-12 {
		t.Errorf("cost %v, want %v", sum, want)
	}
	if !slices.Equal(unpriced, []string{"a", "z"}) {
		t.Errorf("unpriced: %v", unpriced)
	}
	table[""] = realtime.Prices{}
	if _, unpriced = table.Cost(usage); unpriced != nil {
		t.Errorf("unpriced with prices for all: %v", unpriced)
	}
}

// However usage is told, in one piece or many, it costs the same, and never
// less than nothing.
func TestCostAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Float64Range(0, 100)
		table := realtime.PriceTable{"m": {
			TextIn: price.Draw(t, "text"), AudioIn: price.Draw(t, "audio"), CachedText: price.Draw(t, "cached text"),
			CachedAudio: price.Draw(t, "cached audio"), TextOut: price.Draw(t, "text out"), AudioOut: price.Draw(t, "audio out"),
		}}
		var pieces, whole []realtime.Usage
		for range rapid.IntRange(0, 8).Draw(t, "pieces") {
			u := realtime.Usage{Model: "m", TextIn: rapid.IntRange(0, 1e6).Draw(t, "in"), AudioIn: rapid.IntRange(0, 1e6).Draw(t, "heard"), AudioOut: rapid.IntRange(0, 1e6).Draw(t, "spoken")}
			u.CachedText, u.CachedAudio = rapid.IntRange(0, u.TextIn).Draw(t, "cached"), rapid.IntRange(0, u.AudioIn).Draw(t, "cached heard")
			pieces, whole = append(pieces, u), realtime.AddUsage(whole, u)
		}
		a, _ := table.Cost(pieces)
		b, _ := table.Cost(whole)
		if math.Abs(a-b) > 1e-6*math.Max(1, a) || a < 0 || len(whole) > 1 {
			t.Fatalf("%v in pieces, %v at once", a, b)
		}
	})
}

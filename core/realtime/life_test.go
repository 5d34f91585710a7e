package realtime_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/sim"
)

// A conversation moves to a new upstream before the old one ends it, and the
// client sees nothing of it.
func TestRotation(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{}, realtime.Options{Times: realtime.Times{Rotate: 150 * time.Millisecond}})
	p := st.open(realtime.Config{Language: "en", CutsItself: true})
	p.write("find a cup")
	p.wait("response.done", 2)
	waitFor(t, "another conversation", func() bool { return st.sim.Opened() >= 2 })
	p.write("please add it to the cart")
	p.wait("response.done", 4)
	if n := st.tools.count("add_to_cart"); n != 1 || len(p.all("session.created")) != 1 || len(p.all("conversation.item.added")) != 4 {
		t.Errorf("added %d times; %v", n, p.types())
	}
	p.noErrors()
}

// A provider that refuses for the rate is asked again.
func TestRateLimited(t *testing.T) {
	t.Parallel()
	var once sync.Once
	st := newStage(t, sim.Options{Fault: func(m sim.Moment) (f sim.Fault) {
		if m.Conversation == 1 && m.Event == "open" {
			return sim.RateLimit
		}
		if m.Event == "response" {
			once.Do(func() { f = sim.RateLimit })
		}
		return f
	}}, realtime.Options{Times: realtime.Times{Limited: time.Millisecond}})
	p := st.open(realtime.Config{Language: "en", CutsItself: true})
	p.write("hello")
	p.wait("response.output_audio_transcript.done", 1)
	p.noErrors()
}

// An upstream that falls silent when it is told of an interruption owes a word.
// What the customer says to it is heard by the next one.
func TestSilentSinceInterruption(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{false, true} {
		silent := make(chan struct{})
		var once sync.Once
		st := newStage(t, sim.Options{Fault: func(m sim.Moment) (f sim.Fault) {
			if m.Event == "conversation.item.truncated" {
				once.Do(func() { f = sim.Stall; close(silent) })
			}
			return f
		}}, realtime.Options{Times: realtime.Times{Stall: 100 * time.Millisecond, Grace: 300 * time.Millisecond}})
		p := st.open(realtime.Config{Language: "en", CutsItself: true})
		p.write("hello")
		p.wait("response.done", 1)
		if own {
			p.say(map[string]any{
				"type": "conversation.item.truncate", "item_id": p.wait("response.output_audio.delta", 1).at("item_id"), "content_index": 0, "audio_end_ms": 10,
			})
		} else {
			p.speak(append(sim.Words("hello"), sim.Silence(700*time.Millisecond)...))
			p.wait("response.output_audio_transcript.done", 2)
		}
		<-silent
		before := len(p.all("response.output_audio_transcript.done"))
		p.speak(append(sim.Words("hello"), sim.Silence(700*time.Millisecond)...))
		p.wait("response.output_audio_transcript.done", before+1)
		p.noErrors()
	}
}

// Every event twice: nothing is done twice.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{Fault: func(m sim.Moment) sim.Fault {
		if strings.HasPrefix(m.Event, "response.function_call") || strings.HasPrefix(m.Event, "response.output_item") {
			return sim.Duplicate
		}
		return sim.None
	}}, realtime.Options{})
	p := st.open(realtime.Config{Language: "en", CutsItself: true})
	p.write("find a cup")
	p.wait("response.done", 2)
	p.write("please add it to the cart")
	p.wait("response.done", 4)
	if n := st.tools.count("add_to_cart"); n != 1 {
		t.Errorf("added %d times", n)
	}
	p.noErrors()
}

// A provider that is gone for good, and one that refuses the key, end the
// session with a word.
func TestUpstreamIsGone(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{Fault: func(m sim.Moment) sim.Fault {
		if m.Event == "open" && m.Conversation > 1 || m.Event == "response.created" {
			return sim.Drop
		}
		return sim.None
	}}, realtime.Options{Times: realtime.Times{Reconnect: 50 * time.Millisecond}})
	p := st.open(realtime.Config{Language: "en", CutsItself: true})
	p.write("hello")
	<-p.session.Done()
	if len(p.closed) != 1 || p.closed[0] != "upstream" || !errs.Is(p.err, errs.Unavailable) {
		t.Errorf("%v %v", p.closed, p.err)
	}
	if text := string(realtime.ProblemOf(p.err).Event("e")); !strings.Contains(text, "server_error") || strings.Contains(text, "127.0.0.1") {
		t.Error(text)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{}, realtime.Options{Limits: realtime.Limits{Sessions: 3, PerKey: 1}})
	one := st.open(realtime.Config{Key: "a"})
	_, err := st.manager.Open(t.Context(), realtime.Config{Key: "a", Client: &person{t: t}})
	if !errs.Is(err, errs.Busy) {
		t.Errorf("second with the key: %v", err)
	}
	st.open(realtime.Config{Key: "b"})
	st.open(realtime.Config{Key: "c"})
	if _, err := st.manager.Open(t.Context(), realtime.Config{Key: "d", Client: &person{t: t}}); !errs.Is(err, errs.Busy) {
		t.Errorf("fourth: %v", err)
	}
	one.session.End()
	<-one.session.Done()
	st.open(realtime.Config{Key: "a"})
}

// Sessions that have lasted long enough, or cost enough, end with a goodbye.
func TestPoliteEnds(t *testing.T) {
	t.Parallel()
	for reason, l := range map[string]realtime.Limits{
		"length": {Length: 100 * time.Millisecond},
		"budget": {Budget: 0.000001, Prices: realtime.PriceTable{"": {AudioOut: 100}}},
		"idle":   {Idle: 300 * time.Millisecond},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			st := newStage(t, sim.Options{}, realtime.Options{Limits: l, Times: realtime.Times{Goodbye: 3 * time.Second}})
			p := st.open(realtime.Config{Language: "en", CutsItself: true})
			p.write("hello")
			p.wait("omakase.session.ending", 1)
			select {
			case <-p.session.Done():
			case <-time.After(time.Minute):
				t.Fatal("it did not end")
			}
			if len(p.closed) != 1 || p.closed[0] != reason {
				t.Errorf("closed %v", p.closed)
			}
			if reason != "idle" && !strings.Contains(p.lastSaid(), "moment") { // what the simulator says when told what to say
				t.Errorf("said %q", p.lastSaid())
			}
			p.noErrors()
		})
	}
}

// A client that is gone takes its upstream along, unless it comes back.
func TestVanished(t *testing.T) {
	t.Parallel()
	times := realtime.Times{Vanish: 20 * time.Millisecond, Linger: 150 * time.Millisecond}
	st := newStage(t, sim.Options{}, realtime.Options{Times: times})
	for _, resumable := range []bool{false, true} {
		p := st.open(realtime.Config{Resumable: resumable})
		p.wait("session.created", 1)
		p.session.Detach()
		waitFor(t, "the upstream to be closed", func() bool { return st.sim.Live() == 0 })
		<-p.session.Done()
		if st.manager.Resume(p.session.Token(), p) != nil {
			t.Error("a dead session was resumed")
		}
	}
}

// keeper is a ledger that remembers.
type keeper struct {
	mu      sync.Mutex
	begun   []realtime.Begun
	entries []realtime.Entry
	ended   []realtime.Ended
}

func (k *keeper) Begin(_ context.Context, b realtime.Begun) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.begun = append(k.begun, b)
	return errors.New("a ledger that fails harms nobody")
}

func (k *keeper) Append(_ context.Context, _, _ string, e []realtime.Entry) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.entries = append(k.entries, e...)
	return nil
}

func (k *keeper) End(_ context.Context, _, _ string, e realtime.Ended) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended = append(k.ended, e)
	return nil
}

func TestLedger(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	st := newStage(t, sim.Options{}, realtime.Options{Ledger: k})
	p := st.open(realtime.Config{Language: "en", CutsItself: true, Way: "realtime"})
	p.say(map[string]any{"type": "session.update", "session": map[string]any{
		"type": "realtime", "audio": map[string]any{"input": map[string]any{"transcription": map[string]any{"model": "gpt-4o-mini-transcribe"}}},
	}})
	p.wait("session.updated", 1)
	p.talk(sim.Words("find a cup"), sim.Silence(700*time.Millisecond))
	p.wait("response.done", 2)
	p.session.End()
	<-p.session.Done()
	var got []string
	for _, e := range k.entries {
		switch {
		case e.Said != nil:
			got = append(got, e.Said.Role+": "+e.Said.Text)
		case e.Tool != nil:
			got = append(got, "tool: "+e.Tool.Name+" "+e.Tool.Arguments)
		case e.Timing != nil:
			got = append(got, "timing: "+e.Timing.What)
		}
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{"user: find a cup", `tool: search_products {"query":"cup"}`, "assistant: Here is what I found: Blue cup 1200.", "timing: turn"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in:\n%s", want, all)
		}
	}
	if len(k.begun) != 1 || len(k.ended) != 1 || k.ended[0].Reason != "client" || k.ended[0].ToolCalls != 1 || k.ended[0].Usage.AudioOut == 0 || k.ended[0].Responses != 2 {
		t.Errorf("%+v %+v", k.begun, k.ended)
	}
}

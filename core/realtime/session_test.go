package realtime_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/sim"
)

func TestWrittenTurn(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{}, realtime.Options{})
	p := st.open(realtime.Config{Language: "en", CutsItself: true})
	created := p.wait("session.created", 1)
	if tools, _ := created.at("session", "tools").([]any); len(tools) != 0 || created.at("session", "model") != "gpt-realtime-2.1" {
		t.Errorf("%s", created.text)
	}
	p.write("hello")
	done := p.wait("response.done", 1)
	if done.at("response", "status") != "completed" || !strings.Contains(p.lastSaid(), "Welcome") {
		t.Errorf("%s\n%s", done.text, p.lastSaid())
	}
	if len(p.all("response.output_audio.delta")) == 0 {
		t.Error("nothing was heard")
	}
	p.noErrors()
	p.session.End()
	<-p.session.Done()
	if len(p.closed) != 1 || p.closed[0] != "client" {
		t.Errorf("closed %v", p.closed)
	}
}

// A spoken turn is answered once, with a tool of which nothing shows.
func TestSpokenTurnWithHiddenTool(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{}, realtime.Options{})
	p := st.open(realtime.Config{Language: "en", CutsItself: true})
	p.wait("session.created", 1)
	p.speak(sim.Words("please find a blue cup"))
	p.speak(sim.Silence(600 * time.Millisecond))
	p.hear("Blue cup")
	p.wait("response.done", 2)
	for _, e := range p.events {
		if bytes.Contains(e.text, []byte("search_products")) || bytes.Contains(e.text, []byte("function_call")) || bytes.Contains(e.text, []byte("call_id")) {
			t.Errorf("the tool shows: %s", e.text)
		}
	}
	if st.tools.count("search_products") != 1 {
		t.Errorf("%d calls", st.tools.count("search_products"))
	}
	p.noErrors()
}

func TestShownTool(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{}, realtime.Options{})
	p := st.open(realtime.Config{Language: "en", ShowTools: true})
	p.write("find a cup")
	p.wait("response.function_call_arguments.done", 1)
	result := p.wait("function_call_result", 1)
	if result.at("name") != "search_products" || result.at("result", "count") != 1.0 {
		t.Errorf("%s", result.text)
	}
	types := strings.Join(p.types(), " ")
	if strings.Index(types, "function_call_result") > strings.Index(types, "response.function_call_arguments.done") {
		t.Error("the result comes behind the call")
	}
	p.wait("response.done", 2)
	p.noErrors()
}

var weather = map[string]any{"type": "function", "name": "get_weather", "description": "The weather", "parameters": map[string]any{"type": "object"}}

// One response calls a tool of the host and one of the client.
func TestToolsOfBothSides(t *testing.T) {
	t.Parallel()
	for name, slow := range map[string]bool{"the host first": false, "the client first": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStage(t, sim.Options{}, realtime.Options{})
			held := make(chan struct{})
			st.tools.hold["get_store_info"] = held
			if !slow {
				close(held)
			}
			p := st.open(realtime.Config{Language: "en", CutsItself: true})
			p.say(map[string]any{"type": "session.update", "event_id": "mine", "session": map[string]any{
				"type": "realtime", "tools": []any{weather}, "instructions": "Be brief.",
			}})
			updated := p.wait("session.updated", 1)
			if tools, _ := updated.at("session", "tools").([]any); len(tools) != 1 || updated.at("session", "instructions") != "Be brief." ||
				updated.at("session", "audio", "input", "turn_detection", "create_response") != true {
				t.Errorf("%s", updated.text)
			}
			p.write("call get_store_info, get_weather")
			call := p.wait("response.function_call_arguments.done", 1)
			done := p.wait("response.done", 1)
			if call.at("name") != "get_weather" || call.at("output_index") != 0.0 || done.at("response", "output", 0, "name") != "get_weather" || done.at("response", "output", 1) != nil {
				t.Errorf("%s\n%s", call.text, done.text)
			}
			p.say(map[string]any{"type": "conversation.item.create", "item": map[string]any{
				"type": "function_call_output", "call_id": call.at("call_id"), "output": `{"message":"Sunny"}`,
			}})
			p.say(map[string]any{"type": "response.create"})
			if slow {
				close(held)
			}
			p.wait("response.done", 2)
			if said := p.lastSaid(); !strings.Contains(said, "Sunny") || !strings.Contains(said, "Tea house") {
				t.Errorf("said %q", said)
			}
			time.Sleep(50 * time.Millisecond)
			if n := len(p.all("response.done")); n != 2 {
				t.Errorf("%d responses", n)
			}
			for _, e := range p.events {
				if bytes.Contains(e.text, []byte("get_store_info")) && e.typ != "conversation.item.added" && e.typ != "conversation.item.done" {
					t.Errorf("the tool shows: %s", e.text)
				}
			}
			p.noErrors()
		})
	}
}

// A customer who begins to speak silences the agent, and what was not heard is
// taken back.
func TestInterruption(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{Pace: 4}, realtime.Options{})
	for range 20 {
		p := st.open(realtime.Config{Language: "en"})
		p.write("hello")
		first := p.wait("response.output_audio.delta", 2)
		began := time.Now()
		p.say(map[string]any{"type": "omakase.playback", "item_id": first.at("item_id"), "audio_end_ms": 150})
		p.speak(sim.Words("stop"))
		p.wait("input_audio_buffer.speech_started", 1)
		if took := time.Since(began); took > 150*time.Millisecond {
			t.Logf("all was heard within %v: again", took) // of a machine that has much to do
			continue
		}
		silenced(t, p, first)
		return
	}
	t.Error("nobody was interrupted in time")
}

// silenced sees an agent that was interrupted at its first words fall silent.
func silenced(t *testing.T, p *person, first told) {
	t.Helper()
	cut := p.wait("conversation.item.truncated", 1)
	if ms, _ := cut.at("audio_end_ms").(float64); ms < 150 || ms > 700 || cut.at("item_id") != first.at("item_id") {
		t.Errorf("%s", cut.text)
	}
	done := p.wait("response.done", 1)
	if done.at("response", "status") != "cancelled" {
		t.Errorf("%s", done.text)
	}
	heard := len(p.all("response.output_audio.delta"))
	p.speak(sim.Silence(600 * time.Millisecond))
	p.wait("response.done", 2)
	types := p.types()
	between := 0
	for i, typ := range types {
		if typ == "input_audio_buffer.speech_started" {
			for _, later := range types[i:] {
				if later == "response.done" {
					break
				}
				if later == "response.output_audio.delta" {
					between++
				}
			}
			break
		}
	}
	if between > 0 || heard == 0 {
		t.Errorf("%d pieces of audio after the interruption", between)
	}
	p.noErrors()
}

// A client that truncates by itself may be wrong about how much it was sent.
func TestClientTruncatesTooLong(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{}, realtime.Options{})
	p := st.open(realtime.Config{Language: "en", CutsItself: true})
	p.write("hello")
	p.wait("response.done", 1)
	id := p.wait("response.output_audio.delta", 1).at("item_id")
	p.say(map[string]any{"type": "conversation.item.truncate", "item_id": id, "content_index": 0, "audio_end_ms": 999999})
	p.wait("conversation.item.truncated", 1)
	p.noErrors()
}

// Whoever asks for responses, at whatever time: the upstream never hears of
// two at once.
func TestResponsesOneAtATime(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{Pace: 200}, realtime.Options{})
	p := st.open(realtime.Config{Language: "en", CutsItself: true})
	for range 5 {
		p.write("find a cup")
		p.speak(sim.Words("hello"))
		p.speak(sim.Silence(600 * time.Millisecond))
		p.say(map[string]any{"type": "response.create", "response": map[string]any{"instructions": "x"}})
		p.say(map[string]any{"type": "response.create", "response": map[string]any{"conversation": "none", "output_modalities": []any{"text"}}})
	}
	p.wait("response.done", 12)
	p.noErrors()
}

// A slow tool is bridged by words, and its result comes late.
func TestSlowTool(t *testing.T) {
	t.Parallel()
	for name, deadline := range map[string]time.Duration{"bridged": time.Hour, "late": 500 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStage(t, sim.Options{}, realtime.Options{Times: realtime.Times{
				Filler: 50 * time.Millisecond, ToolDeadline: deadline, ToolLimit: time.Hour,
			}})
			held := make(chan struct{})
			st.tools.hold["search_products"] = held
			p := st.open(realtime.Config{Language: "en", CutsItself: true})
			p.write("find a cup")
			p.wait("response.done", 2)
			if !strings.Contains(p.lastSaid(), "moment") {
				t.Errorf("said %q", p.lastSaid())
			}
			if name == "late" { // the model goes on without it
				p.wait("response.done", 3)
				if strings.Contains(p.lastSaid(), "Blue cup") {
					t.Errorf("said %q", p.lastSaid())
				}
			}
			close(held)
			p.wait("response.done", map[string]int{"bridged": 3, "late": 4}[name])
			if name == "bridged" && !strings.Contains(p.lastSaid(), "Blue cup") {
				t.Errorf("said %q", p.lastSaid())
			}
			p.noErrors()
		})
	}
}

// What a client is told of its session first is what the host has set, or what
// the upstream has where it refuses that.
func TestCreatedIsWhatWasSet(t *testing.T) {
	t.Parallel()
	st := newStage(t, sim.Options{}, realtime.Options{})
	for settings, voice := range map[string]string{
		`{"instructions":"secret","audio":{"output":{"voice":"cedar"}}}`:                 "cedar",
		`{"instructions":"secret","temperature":1,"audio":{"output":{"voice":"cedar"}}}`: "marin",
	} {
		p := st.open(realtime.Config{Language: "en", Session: []byte(settings)})
		created := p.wait("session.created", 1)
		if created.at("session", "audio", "output", "voice") != voice || bytes.Contains(created.text, []byte("secret")) {
			t.Errorf("%s: %s", settings, created.text)
		}
		p.write("hello")
		p.wait("response.done", 1)
		if len(p.all("session.created")) != 1 || len(p.all("session.updated")) != 0 {
			t.Errorf("%s: it is told twice", settings)
		}
	}
}

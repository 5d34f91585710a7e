package realtime

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// still is an upstream that takes everything and says nothing.
type still struct {
	sent chan []byte
	done chan struct{}
}

func (u *still) Dial(context.Context, string) (Link, error) { return u, nil }

func (u *still) Read() ([]byte, error) {
	<-u.done
	return nil, &ClosedError{Code: 4000, Reason: "over"}
}

func (u *still) Write(events [][]byte) error {
	for _, e := range events {
		u.sent <- slices.Clone(e)
	}
	return nil
}

func (u *still) Ping(context.Context) error { return nil }
func (u *still) Close()                     {}

// mute is a client that keeps what it is told.
type mute struct{ told chan []byte }

func (m *mute) Write(events [][]byte) error {
	for _, e := range events {
		m.told <- slices.Clone(e)
	}
	return nil
}

func (m *mute) Close(string, error) {}

// FuzzClientEvent: whatever a client sends, nothing panics, and what goes on
// to the upstream is one event that says everything once, or it is answered.
func FuzzClientEvent(f *testing.F) {
	for _, seed := range []string{
		`{"type":"input_audio_buffer.append","audio":"AAAA"}`,
		`{"audio":"AAAA","type":"input_audio_buffer.append","event_id":"x"}`,
		`{"type":"input_audio_buffer.append","audio":"AAAA","type":"session.update","session":{"tools":[]}}`,
		`{"typ\u0065":"session.update","session":{"type":"realtime"}}`,
		`{"type":"session.update","session":{"type":"realtime","tools":[{"type":"function","name":"own"}],"audio":{"input":{"turn_detection":{"type":"server_vad","create_response":true}}}}}`,
		`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":null}}}}`,
		`{"type":"response.create","response":{"conversation":"none"}}`, `{"type":"response.create","response":[]}`, `{"type":"response.cancel"}`,
		`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}}`,
		`{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c","output":"x"},"previous_item_id":"root"}`,
		`{"type":"conversation.item.truncate","item_id":"i","content_index":0,"audio_end_ms":1e300}`,
		`{"type":"omakase.playback","item_id":"i","audio_end_ms":5}`, `{"type":5}`, `{}`, `[]`, `null`, `0`, `{"type":"x"`, "\xff", `{"type":"x","event_id":5}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		u, c := &still{make(chan []byte, 64), make(chan struct{})}, &mute{make(chan []byte, 64)}
		m := New(Options{Upstream: u, Times: Times{Tick: time.Hour}})
		s, err := m.Open(t.Context(), Config{Client: c, Session: json.RawMessage(`{"tools":[]}`)})
		if err != nil {
			t.Fatal(err)
		}
		<-u.sent // the settings
		s.set.own["own"] = true
		s.Receive(event)
		s.Receive([]byte(`{"type":"conversation.item.retrieve","item_id":"last"}`))
		passed := false
		for sent := range u.sent {
			if strings.Contains(string(sent), `"item_id":"last"`) {
				break
			}
			passed = true
			oneEvent(t, event, sent)
		}
		s.Receive([]byte(`{"event_id":"the-last"}`))
		for told := range c.told {
			if strings.Contains(string(told), `"the-last"`) {
				break
			}
			passed = true
		}
		var head struct{ Type string }
		_ = json.Unmarshal(event, &head)
		// What was heard of playback needs no answer, and of two responses one
		// waits for the other.
		if !passed && head.Type != "omakase.playback" && head.Type != "response.create" {
			t.Errorf("neither passed on nor answered: %q", event)
		}
		s.End()
		close(u.done)
		<-s.Done()
		_ = m.Shutdown(t.Context())
	})
}

// oneEvent fails unless what was sent reads the same for everybody.
func oneEvent(t *testing.T, event, sent []byte) {
	var e envelope
	if !e.read(sent) {
		t.Errorf("%q became %q", event, sent)
		return
	}
	if string(e.typ) == "input_audio_buffer.append" {
		return // is passed on as it is, and the upstream says what is wrong in it
	}
	var m map[string]any
	if err := json.Unmarshal(sent, &m); err != nil {
		t.Errorf("%q became %q: %v", event, sent, err)
	}
	if session, ok := m["session"].(map[string]any); ok && m["type"] == "session.update" {
		if audio, ok := session["audio"].(map[string]any); ok {
			if input, ok := audio["input"].(map[string]any); ok {
				if turns, ok := input["turn_detection"].(map[string]any); ok && turns["create_response"] == true {
					t.Errorf("%q lets the upstream create responses: %q", event, sent)
				}
			}
		}
	}
}

// FuzzEnvelope holds the scanner against the decoder.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{
		`{"type":"a","delta":"b","item_id":"c","output_index":12}`, ` { "item":{"type":"x","l":[1,{"}":"]"}]} , "type" : "y" } `, `{"type":"a\"b"}`, `{"a":1,"a":2}`,
		`{}`, `{"type":`, `{"type":"a"}x`, `{"type":"\\"}`, `{"x":tru}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		var e envelope
		ok := e.read(event)
		var m map[string]json.RawMessage
		if json.Unmarshal(event, &m) != nil || m == nil {
			return // the scanner may be laxer about what it does not look at
		}
		keys := strings.Count(string(event), "\\")
		if !ok {
			// Only what is named twice, or with an escape, is refused.
			if d := duplicates(event); !d && keys == 0 {
				t.Errorf("refused %q", event)
			}
			return
		}
		for name, got := range map[string][]byte{
			"type": e.typ, "event_id": e.eventID, "item_id": e.itemID, "response_id": e.responseID, "call_id": e.callID,
			"delta": e.delta, "previous_item_id": e.previous, "output_index": e.index,
		} {
			want := m[name]
			if len(want) > 0 && want[0] == '"' {
				want = want[1 : len(want)-1]
			}
			if string(want) != string(got) {
				t.Errorf("%s of %q is %q, want %q", name, event, got, want)
			}
		}
	})
}

// duplicates reports whether an object names something twice.
func duplicates(event []byte) bool {
	d := json.NewDecoder(strings.NewReader(string(event)))
	if _, err := d.Token(); err != nil {
		return false
	}
	seen := map[any]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil || seen[key] {
			return true
		}
		seen[key] = true
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return true
		}
	}
	return false
}

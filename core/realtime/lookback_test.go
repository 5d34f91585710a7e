package realtime

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// bystander is where a call is told of.
type bystander struct{ wires }

func (bystander) Hangup(context.Context) error { return nil }

// bench has one tool.
type bench struct{ ran []string }

func (*bench) List(context.Context, string, string) ([]Tool, error) {
	return []Tool{{Name: "look", Parameters: json.RawMessage(`{"type":"object"}`)}}, nil
}

func (b *bench) Call(_ context.Context, c Call) (json.RawMessage, error) {
	b.ran = append(b.ran, c.ID+string(c.Arguments))
	return json.RawMessage(`{"ok":true}`), nil
}

// What a call went through while the connection beside it was away is found
// again: a call of a tool, a turn, an answer that was given, or nothing.
func TestLooksBackBesideCall(t *testing.T) {
	t.Parallel()
	const call = `{"id":"x","type":"function_call","status":"%s","call_id":"c1","name":"%s","arguments":"{\"a\":1}"}`
	for name, tt := range map[string]struct {
		last  string // the item that came last
		item  string // as it is retrieved; "": it is known, or there is none
		after string // what the upstream says then
		ran   int
		asked int // for responses
	}{
		"a call":                {last: "x", item: fmt.Sprintf(call, "completed", "look"), ran: 1, asked: 1},
		"a call that is made":   {last: "x", item: fmt.Sprintf(call, "in_progress", "look"), after: `{"type":"response.function_call_arguments.done","response_id":"r1","item_id":"x","call_id":"c1","name":"look","arguments":"{\"a\":1}"}`, ran: 1},
		"a call, told later":    {last: "u1", after: `{"type":"response.done","response":{"id":"r1","status":"completed","output":[` + fmt.Sprintf(call, "completed", "look") + `]}}`, ran: 1, asked: 1},
		"a call of the client":  {last: "x", item: fmt.Sprintf(call, "completed", "theirs")},
		"a turn":                {last: "x", item: `{"id":"x","type":"message","role":"user","content":[{"type":"input_audio"}]}`, asked: 1},
		"an answer":             {last: "x", item: `{"id":"x","type":"message","role":"assistant","content":[{"type":"output_audio","transcript":"hi"}]}`},
		"nothing":               {last: "u1", asked: 1},
		"nothing is there":      {asked: 1},
		"what is not found":     {last: "x", asked: 1},
		"what can't be added":   {last: "-", asked: 1},
		"an answer that is one": {last: "u1", after: `{"type":"error","error":{"type":"invalid_request_error","code":"conversation_already_has_active_response","message":"m","event_id":"%s"}}`, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				first, second, tools := newWire(), newWire(), &bench{}
				u := wires{make(chan *wire, 2)}
				u.next <- first
				u.next <- second
				m := New(Options{Upstream: u, Toolbox: tools})
				s, err := m.Open(t.Context(), Config{Client: &ear{}, Beside: bystander{u}})
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					s.End()
					<-s.Done()
					_ = m.Shutdown(context.Background())
				}()
				synctest.Wait()
				first.say(`{"type":"input_audio_buffer.speech_stopped","item_id":"u1"}`, `{"type":"input_audio_buffer.committed","item_id":"u1"}`)
				first.say(`{"type":"response.created","response":{"id":"r1","conversation_id":"c"}}`)
				first.Close()
				synctest.Wait()
				probe := second.said("conversation.item.create")[0]
				id := probe["item"].(map[string]any)["id"].(string)
				if n := len(second.said("response.create")); n > 0 {
					t.Error("a response was asked for before it was clear what was missed")
				}
				refusal := `{"type":"error","error":{"type":"invalid_request_error","code":"item_not_found","message":"m","event_id":"%s"}}`
				if tt.last == "-" {
					second.say(fmt.Sprintf(refusal, probe["event_id"]))
				} else {
					added := fmt.Sprintf(`"previous_item_id":%q,"item":{"id":%q,"type":"message","role":"system"}}`, tt.last, id)
					second.say(`{"type":"conversation.item.added",`+added, `{"type":"conversation.item.done",`+added)
					if gone := second.said("conversation.item.delete"); len(gone) != 1 || gone[0]["item_id"] != id {
						t.Errorf("taken away: %v", gone)
					}
				}
				if tt.last == "x" {
					asked := second.said("conversation.item.retrieve")
					if len(asked) != 1 || asked[0]["item_id"] != "x" {
						t.Fatalf("asked for %v", asked)
					}
					if tt.item == "" {
						second.say(fmt.Sprintf(refusal, asked[0]["event_id"]))
					} else {
						second.say(`{"type":"conversation.item.retrieved","item":` + tt.item + `}`)
					}
				}
				if strings.Contains(tt.after, "%s") {
					tt.after = fmt.Sprintf(tt.after, second.said("response.create")[0]["event_id"])
				}
				second.say(tt.after)
				outputs := slices.DeleteFunc(second.said("conversation.item.create"), func(m map[string]any) bool { return m["item"].(map[string]any)["call_id"] != "c1" })
				if n := len(second.said("response.create")); n != tt.asked || len(tools.ran) != tt.ran || len(outputs) != tt.ran {
					t.Errorf("%d responses asked for, %v ran, outputs %v", n, tools.ran, outputs)
				}
				if tt.ran > 0 && tools.ran[0] != `c1{"a":1}` {
					t.Errorf("%v", tools.ran)
				}
			})
		})
	}
}

// say is the provider's word.
func (w *wire) say(events ...string) {
	for _, e := range events {
		w.feed <- []byte(e)
	}
	synctest.Wait()
}

// said are the events of a type that went over the wire.
func (w *wire) said(typ string) (all []map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.wrote {
		var m map[string]any
		if json.Unmarshal([]byte(e), &m) == nil && m["type"] == typ {
			all = append(all, m)
		}
	}
	return all
}

package realtime_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/sim"
)

// last is an event that is refused for certain, with a name to know that by.
const last = `{"type":"conversation.item.retrieve","item_id":"none","event_id":"the-last"}`

// FuzzRefused: whatever the service would refuse from a client that speaks to
// it directly, a client of the host has an answer to.
func FuzzRefused(f *testing.F) {
	for _, seed := range []string{
		`{"type":"input_audio_buffer.append","audio":"no base64"}`, `{"type":"input_audio_buffer.append"}`, `{"audio":5,"type":"input_audio_buffer.append"}`,
		`{"type":"input_audio_buffer.commit"}`, `{"type":"input_audio_buffer.clear","x":1}`, `{"type":"output_audio_buffer.clear"}`,
		`{"type":"session.update","session":{"type":"realtime","temperature":1}}`, `{"type":"session.update","session":{}}`, `{"type":"session.update","session":{"type":"transcription"}}`,
		`{"type":"session.update","session":{"type":"realtime","tools":[{"type":"function","name":"a b"}],"audio":{"input":{"turn_detection":{"type":"x","create_response":5}}}}}`,
		`{"type":"session.update","session":{"type":"realtime","output_modalities":["text","audio"]},"event_id":"e"}`,
		`{"type":"response.create","response":{"conversation":"none","input":[{"type":"item_reference","id":"no"}]}}`, `{"type":"response.create","response":[]}`,
		`{"type":"response.create","response":{"tools":[{}]}}`, `{"type":"response.cancel"}`, `{"type":"response.cancel","response_id":5}`,
		`{"type":"conversation.item.create","item":{"type":"message","role":"assistant","content":[{"type":"input_text","text":"x"}]}}`,
		`{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c","output":"x"}}`, `{"type":"conversation.item.create","item":{}}`,
		`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]},"previous_item_id":"no"}`,
		`{"type":"conversation.item.truncate","item_id":"i","content_index":0,"audio_end_ms":1e300}`, `{"type":"conversation.item.delete","item_id":""}`,
		`{"type":5}`, `{}`, `[]`, `null`, `{"type":"x","event_id":5}`,
	} {
		f.Add([]byte(seed))
	}
	st := newStage(f, sim.Options{}, realtime.Options{})
	f.Fuzz(func(t *testing.T, event []byte) {
		var head struct{ Type string }
		if _ = json.Unmarshal(event, &head); head.Type == "omakase.playback" {
			return // the service doesn't know it, and what it says needs no answer
		}
		code := directly(t, st.url, event)
		if code == "" {
			return
		}
		p := &person{t: t}
		c := realtime.Config{Client: p, Model: "gpt-realtime-2.1", Workspace: "default", Language: "en"}
		var err error
		if p.session, err = st.manager.Open(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		p.wait("session.created", 1)
		before := len(p.types())
		p.session.Receive(event)
		p.session.Receive([]byte(last))
		waitFor(t, "the last event", func() bool {
			for _, e := range p.all("error") {
				if strings.Contains(string(e.text), "the-last") {
					return true
				}
			}
			return false
		})
		if len(p.types()) == before+1 {
			t.Errorf("%q is refused for %s by the service, and nobody says so", event, code)
		}
		p.session.End()
		<-p.session.Done()
	})
}

// directly sends an event to the simulator, and returns the code of the error
// that comes of it, or "".
func directly(t *testing.T, url string, event []byte) (code string) {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url+"/v1/realtime?model=m", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + simKey}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(-1)
	for _, e := range [][]byte{event, []byte(last)} {
		if err := ws.Write(t.Context(), websocket.MessageText, e); err != nil {
			t.Fatal(err)
		}
	}
	for {
		_, b, err := ws.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var told struct {
			Type  string
			Error struct {
				Code    string
				EventID string `json:"event_id"`
			}
		}
		if err := json.Unmarshal(b, &told); err != nil {
			t.Fatal(err)
		}
		switch {
		case told.Type != "error":
		case strings.Contains(string(b), "the-last"):
			return code
		default:
			code = told.Error.Code
		}
	}
}

package sim_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/omakase-ai/omakase/core/realtime/sim"
)

// dial opens a conversation as a client that speaks the protocol by hand.
func dial(t *testing.T, o sim.Options, header http.Header) *websocket.Conn {
	t.Helper()
	s := sim.New(o)
	web := httptest.NewServer(s)
	ws, rs, err := websocket.Dial(t.Context(), web.URL+"/v1/realtime?model=m", &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatalf("%v %v", err, rs)
	}
	ws.SetReadLimit(-1)
	t.Cleanup(func() { _ = ws.CloseNow(); s.Close(); web.Close() })
	return ws
}

func read(t *testing.T, ws *websocket.Conn) map[string]any {
	t.Helper()
	_, b, err := ws.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

var bearer = http.Header{"Authorization": {"Bearer sk-anything"}}

// What the service refuses, this refuses, and the conversation goes on.
func TestRefusals(t *testing.T) {
	t.Parallel()
	ws := dial(t, sim.Options{}, bearer)
	read(t, ws)
	for sent, code := range map[string]string{
		`{`:                          "invalid_json",
		`[]`:                         "invalid_json",
		`{}`:                         "missing_required_parameter",
		`{"type":"session.updates"}`: "invalid_value",
		`{"type":"session.update"}`:  "missing_required_parameter",
		`{"type":"session.update","session":{"voice":"alloy"}}`:                                                                                           "unknown_parameter",
		`{"type":"session.update","session":{"type":"realtime","temperature":0.8}}`:                                                                       "unknown_parameter",
		`{"type":"session.update","session":{"type":"realtime","modalities":["text"]}}`:                                                                   "unknown_parameter",
		`{"type":"session.update","session":{"instructions":"x"}}`:                                                                                        "missing_required_parameter",
		`{"type":"session.update","session":{"type":"realtime","output_modalities":["audio","text"]}}`:                                                    "invalid_value",
		`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":"pcm16"}}}}`:                                                    "invalid_type",
		`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcm","rate":16000}}}}}`:                          "invalid_value",
		`{"type":"session.update","session":{"type":"realtime","audio":{"output":{"voice":"onyx"}}}}`:                                                     "invalid_value",
		`{"type":"session.update","session":{"type":"realtime","tools":[{"type":"function","function":{"name":"x"}}]}}`:                                   "unknown_parameter",
		`{"type":"input_audio_buffer.append","audio":"not base64!"}`:                                                                                      "invalid_value",
		`{"type":"input_audio_buffer.commit"}`:                                                                                                            "input_audio_buffer_commit_empty",
		`{"type":"response.cancel"}`:                                                                                                                      "response_cancel_not_active",
		`{"type":"response.create","response":{"modalities":["text"]}}`:                                                                                   "unknown_parameter",
		`{"type":"conversation.item.delete","item_id":"nobody"}`:                                                                                          "item_not_found",
		`{"type":"conversation.item.truncate","item_id":"nobody","content_index":0,"audio_end_ms":1.5}`:                                                   "invalid_type",
		`{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c","output":"x"}}`:                                           "invalid_tool_call_id",
		`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"text","text":"x"}]}}`:                              "invalid_value",
		`{"type":"conversation.item.create","previous_item_id":"x","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}}`: "item_not_found",
	} {
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(sent)); err != nil {
			t.Fatal(err)
		}
		got := read(t, ws)
		e, _ := got["error"].(map[string]any)
		if got["type"] != "error" || e["code"] != code {
			t.Errorf("%s\n%v, want %s", sent, got, code)
		}
	}
}

func TestSecondResponseIsRefused(t *testing.T) {
	t.Parallel()
	ws := dial(t, sim.Options{Think: 100 * time.Millisecond}, bearer)
	read(t, ws)
	for range 2 {
		_ = ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"response.create","event_id":"e"}`))
	}
	if got := read(t, ws); got["type"] != "response.created" {
		t.Errorf("%v", got)
	}
	got := read(t, ws)
	e, _ := got["error"].(map[string]any)
	if e["code"] != "conversation_already_has_active_response" || e["event_id"] != "e" {
		t.Errorf("%v", got)
	}
}

func TestTurnedAway(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		header http.Header
		code   string
		closes websocket.StatusCode
	}{
		"beta":      {http.Header{"Authorization": {"Bearer sk-right"}, "Openai-Beta": {"realtime=v1"}}, "beta_api_shape_disabled", 4000},
		"wrong key": {http.Header{"Authorization": {"Bearer sk-wrong"}}, "invalid_api_key", 3000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ws := dial(t, sim.Options{Keys: []string{"sk-right"}}, tt.header)
			e, _ := read(t, ws)["error"].(map[string]any)
			_, _, err := ws.Read(t.Context())
			if e["code"] != tt.code || websocket.CloseStatus(err) != tt.closes {
				t.Errorf("%v, %v", e, err)
			}
		})
	}
}

// A turn that is spoken is heard to begin and to end, in each language.
func TestHearsAndAnswers(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{"こんにちは": "いらっしゃいませ", "hello": "Welcome", "안녕하세요": "어서"} {
		t.Run(said, func(t *testing.T) {
			t.Parallel()
			ws := dial(t, sim.Options{Pace: -1}, bearer)
			for sound := append(sim.Words(said), sim.Silence(time.Second)...); len(sound) > 0; {
				n := min(4800, len(sound))
				_ = ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"type":"input_audio_buffer.append","audio":%q}`, base64.StdEncoding.EncodeToString(sound[:n])))
				sound = sound[n:]
			}
			var order []string
			audible := 0
			for {
				m := read(t, ws)
				typ, _ := m["type"].(string)
				order = append(order, typ)
				if typ == "response.output_audio.delta" {
					sound, err := base64.StdEncoding.DecodeString(m["delta"].(string))
					if err != nil {
						t.Fatal(err)
					}
					for i := 1; i < len(sound); i += 2 {
						audible = max(audible, int(int8(sound[i])))
					}
				}
				if typ == "response.output_audio_transcript.done" && !strings.Contains(m["transcript"].(string), want) {
					t.Errorf("said %v", m["transcript"])
				}
				if typ == "response.done" {
					break
				}
			}
			if audible < 10 {
				t.Errorf("the loudest sample is %d of 127", audible)
			}
			if got := strings.Join(order[:6], " "); got != "session.created input_audio_buffer.speech_started input_audio_buffer.speech_stopped input_audio_buffer.committed conversation.item.added conversation.item.done" {
				t.Error(got)
			}
		})
	}
}

func TestSecretsAndCalls(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(sim.New(sim.Options{Keys: []string{"sk-right"}}))
	t.Cleanup(web.Close)
	post := func(path, media, body string) (int, string, http.Header) {
		rq, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, web.URL+path, strings.NewReader(body))
		rq.Header.Set("Authorization", "Bearer sk-right")
		rq.Header.Set("Content-Type", media)
		rs, err := http.DefaultClient.Do(rq)
		if err != nil {
			t.Fatal(err)
		}
		defer rs.Body.Close()
		var b strings.Builder
		_ = rs.Write(&b)
		return rs.StatusCode, b.String(), rs.Header
	}
	if status, body, _ := post("/v1/realtime/client_secrets", "application/json", `{"session":{"type":"realtime","model":"m"}}`); status != 200 || !strings.Contains(body, `"ek_`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body, _ := post("/v1/realtime/client_secrets", "application/json", `{"session":{"type":"realtime","voice":"x"}}`); status != 400 || !strings.Contains(body, "unknown_parameter") {
		t.Errorf("%d %s", status, body)
	}
	offer := "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
	if status, body, header := post("/v1/realtime/calls", "application/sdp", offer); status != 201 || !strings.HasPrefix(header.Get("Location"), "/v1/realtime/calls/rtc_") {
		t.Errorf("%d %s", status, body)
	}
	if status, _, _ := post("/v1/realtime/calls", "application/sdp", "hello"); status != 400 {
		t.Errorf("%d", status)
	}
}

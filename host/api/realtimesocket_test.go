package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/sim"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/auth"
)

const guestKey = "a-key-of-this-server"

func bearing(key string) http.Header { return http.Header{"Authorization": {"Bearer " + key}} }

// A client of the service talks to the host as if it were the service; nothing
// of the host's tools, its prompt and its key shows.
func TestRealtimeSocket(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{Auth: auth.New([]string{guestKey})}, realtime.Options{}, sim.Options{})
	for name, g := range map[string]*guest{
		"server":  st.visit(t, "/v1/realtime?model=gpt-realtime&language=en", bearing(guestKey)),
		"browser": st.visit(t, "/v1/realtime?model=gpt-realtime&language=en", nil, "realtime", "openai-insecure-api-key."+guestKey, "openai-agents-sdk.0.20.0"),
	} {
		if name == "browser" && g.ws.Subprotocol() != "realtime" {
			t.Errorf("the sub-protocol is %q", g.ws.Subprotocol())
		}
		var all []string
		keep := func(typ string) map[string]any {
			for {
				m, err := g.read()
				if err != nil {
					t.Fatalf("no %s: %v", typ, err)
				}
				all = append(all, m["raw"].(string))
				if m["type"] == typ {
					return m
				}
			}
		}
		session, _ := keep("session.created")["session"].(map[string]any)
		if session["model"] != "gpt-realtime" || session["instructions"] != "" && session["instructions"] != "You are a helpful assistant." {
			t.Errorf("%v", session)
		}
		g.say(`{"type":"session.update","event_id":"e1","session":{"type":"realtime","instructions":"Be brief","temperature":1}}`)
		if e, _ := keep("error")["error"].(map[string]any); e["code"] != "unknown_parameter" || e["event_id"] != "e1" {
			t.Errorf("%v", e)
		}
		g.say(`{"type":"session.update","session":{"type":"realtime","instructions":"Be brief","tools":[{"type":"function","name":"get_weather","description":"d","parameters":{"type":"object"}}]}}`)
		updated, _ := keep("session.updated")["session"].(map[string]any)
		if tools, _ := updated["tools"].([]any); len(tools) != 1 || updated["instructions"] != "Be brief" {
			t.Errorf("%v", updated)
		}
		g.speak("please find a blue cup")
		keep("response.done")
		keep("response.done")
		said := strings.Join(all, "\n")
		for _, secret := range []string{"search_products", "function_call", "add_to_cart", upstreamKey, "omk_"} {
			if strings.Contains(strings.ReplaceAll(said, `"event_id":"omk_`, ""), secret) {
				t.Errorf("%s: %s shows", name, secret)
			}
		}
		if !strings.Contains(said, "Blue cup") {
			t.Errorf("%s: the tool was not used", name)
		}
	}
}

func TestRealtimeKeys(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{Auth: auth.New([]string{guestKey})}, realtime.Options{}, sim.Options{})
	_, rs, err := st.dial(t, "/v1/realtime?model=m", nil)
	if err == nil || rs == nil || rs.StatusCode != http.StatusUnauthorized {
		t.Fatalf("%v %v", rs, err)
	}
	if body, _ := io.ReadAll(rs.Body); !bytes.Contains(body, []byte(`"type":"invalid_request_error"`)) {
		t.Errorf("%s", body)
	}
	for name, tt := range map[string]struct {
		header http.Header
		code   string
		closes websocket.StatusCode
	}{
		"wrong key": {bearing("sk-wrong-0123456789"), "invalid_api_key", 3000},
		"beta":      {http.Header{"Authorization": {"Bearer " + guestKey}, "Openai-Beta": {"realtime=v1"}}, "beta_api_shape_disabled", 4000},
	} {
		g := st.visit(t, "/v1/realtime?model=m", tt.header)
		m, err := g.read()
		e, _ := m["error"].(map[string]any)
		if err != nil || e["code"] != tt.code || strings.Contains(fmt.Sprint(m), "0123456789") {
			t.Errorf("%s: %v %v", name, m, err)
		}
		if _, err = g.read(); websocket.CloseStatus(err) != tt.closes {
			t.Errorf("%s: %v", name, err)
		}
	}
	st.run(
		scenario{method: "POST", path: "/v1/realtime/client_secrets", body: `{}`, status: 401, want: `{"error":{"type":"invalid_request_error"}}`},
		scenario{name: "wrong", method: "POST", path: "/v1/realtime/client_secrets", header: map[string]string{"Authorization": "Bearer nobody"}, body: `{}`, status: 401, want: `{"error":{"code":"invalid_api_key"}}`},
		scenario{path: "/v1/realtime", status: 426, headers: map[string]string{"Upgrade": "websocket"}},
	)
}

// A short-lived key opens a session here, with what it was made with.
func TestRealtimeSecrets(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{Auth: auth.New([]string{guestKey})}, realtime.Options{}, sim.Options{})
	key := map[string]string{"Authorization": "Bearer " + guestKey}
	body := st.exchange(t, scenario{
		method: "POST", path: "/v1/realtime/client_secrets", header: key, status: 200,
		body: `{"expires_after":{"anchor":"created_at","seconds":60},"session":{"type":"realtime","model":"gpt-realtime","instructions":"Be brief","audio":{"output":{"voice":"cedar"}}}}`,
		want: `{"session":{"type":"realtime","object":"realtime.session","model":"gpt-realtime","instructions":"Be brief"}}`,
	})
	value := field(t, body, "value")
	g := st.visit(t, "/v1/realtime", bearing(value))
	session, _ := g.until("session.created")
	shown := session["session"].(map[string]any)
	if shown["model"] != "gpt-realtime" || shown["audio"].(map[string]any)["output"].(map[string]any)["voice"] != "cedar" {
		t.Errorf("%v", session)
	}
	g.write("hello")
	if r, _ := g.until("response.done"); r["response"].(map[string]any)["audio"].(map[string]any)["output"].(map[string]any)["voice"] != "cedar" {
		t.Errorf("%v", r["raw"])
	}
	for name, bad := range map[string]string{
		"too short": `{"expires_after":{"seconds":1}}`, "no object": `{"session":5}`, "another type": `{"session":{"type":"transcription"}}`, "no JSON": `{`,
	} {
		st.run(scenario{name: name, method: "POST", path: "/v1/realtime/client_secrets", header: key, body: bad, status: 400, want: `{"error":{"type":"invalid_request_error"}}`})
	}
	st.run(scenario{
		name: "from a short-lived key", method: "POST", path: "/v1/realtime/client_secrets",
		header: map[string]string{"Authorization": "Bearer " + value}, status: 400, want: `{"error":{"code":"invalid_api_key"}}`,
	})
}

// A provider that breaks off under a client of the service is replaced: the
// conversation, the client's settings and its own tools, even one that is being
// called, are what they were.
func TestRealtimeSurvivesCuts(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{}, realtime.Options{}, sim.Options{Fault: func(m sim.Moment) sim.Fault {
		if m.Conversation == 1 && m.Event == "rate_limits.updated" || m.Conversation == 2 && m.Event == "response.output_audio.delta" {
			return sim.Drop // behind the calls of both sides, and within the answer to their results
		}
		return sim.None
	}})
	g := st.visit(t, "/v1/realtime?model=m&language=en", bearing("any"))
	g.until("session.created")
	g.say(`{"type":"session.update","session":{"type":"realtime","instructions":"Be brief.","tools":[{"type":"function","name":"get_weather","parameters":{"type":"object"}}]}}`)
	g.until("session.updated")
	g.write("call get_weather, get_store_info")
	call, _ := g.until("response.function_call_arguments.done")
	g.until("response.done")
	g.say(fmt.Sprintf(`{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":%q,"output":"{\"message\":\"Sunny\"}"}}`, call["call_id"]))
	g.say(`{"type":"response.create"}`)
	if cut, _ := g.until("response.done"); cut["response"].(map[string]any)["status"] != "cancelled" {
		t.Errorf("%v", cut["raw"])
	}
	if said, before := g.until("response.output_audio_transcript.done"); !strings.Contains(fmt.Sprint(said["transcript"]), "Sunny") || slices.Contains(before, "session.created") {
		t.Errorf("%v after %v", said["raw"], before)
	}
	g.until("response.done")
	g.write("call get_weather")
	if again, _ := g.until("response.function_call_arguments.done"); again["name"] != "get_weather" || again["call_id"] == call["call_id"] {
		t.Errorf("%v", again["raw"])
	}
	if n := st.sim.Opened(); n != 3 {
		t.Errorf("%d conversations", n)
	}
	st.tools.mu.Lock()
	defer st.tools.mu.Unlock()
	if len(st.tools.calls) != 1 {
		t.Errorf("the host's tool ran: %v", st.tools.calls)
	}
}

const offer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"

// Over WebRTC the media pass by; a connection beside them has the tools.
func TestVoiceCalls(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{}, realtime.Options{}, sim.Options{})
	asJSON, _ := json.Marshal(map[string]any{"sdp": offer, "language": "English", "voice": "alloy"})
	body := st.exchange(t, scenario{method: "POST", path: "/api/voice/calls", body: string(asJSON), status: 201})
	if !strings.HasPrefix(field(t, body, "sdp"), "v=0") || !strings.HasPrefix(field(t, body, "callId"), "rtc_") || field(t, body, "cartId") == "" {
		t.Errorf("%s", body)
	}
	sdp := map[string]string{"Content-Type": "application/sdp"}
	st.exchange(t, scenario{name: "SDP", method: "POST", path: "/api/voice/calls", header: sdp, body: offer, status: 201})
	rs := st.exchange(t, scenario{name: "the service's", method: "POST", path: "/v1/realtime/calls", header: sdp, body: offer, status: 201})
	if !bytes.HasPrefix(rs, []byte("v=0")) {
		t.Errorf("%s", rs)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("sdp", offer)
	_ = w.WriteField("session", `{"type":"realtime","audio":{"output":{"voice":"cedar"}}}`)
	_ = w.Close()
	st.exchange(t, scenario{
		name: "a form", method: "POST", path: "/v1/realtime/calls", header: map[string]string{"Content-Type": w.FormDataContentType()}, body: form.String(), status: 201,
	})
	for end := time.Now().Add(time.Minute); st.sim.Live() < 4; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections beside calls", st.sim.Live())
		}
	}
	st.run(
		scenario{name: "no offer", method: "POST", path: "/api/voice/calls", body: `{"sdp":"hello"}`, status: 400, want: `{"code":"invalid_request"}`},
		scenario{name: "no offer to the service", method: "POST", path: "/v1/realtime/calls", header: sdp, body: "hello", status: 400, want: `{"error":{"code":"invalid_offer"}}`},
	)
}

// A host that stops tells its clients and lets them finish.
func TestShutdownTellsSessions(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{}, realtime.Options{}, sim.Options{Think: 300 * time.Millisecond})
	g := st.visit(t, "/v1/realtime?model=m&language=en", bearing("any"))
	idle := st.visit(t, "/", nil)
	idle.until("connected")
	contract := st.visit(t, "/", nil)
	contract.until("connected")
	contract.say(`{"type":"start_voice_session"}`)
	contract.until("voice_session_started")
	g.until("session.created")
	g.write("hello")
	g.until("response.created")
	ended := make(chan error, 1)
	go func() { ended <- st.api.Shutdown(t.Context()) }()
	g.until("omakase.session.ending")
	g.until("response.done")
	_, err := g.read()
	for err == nil {
		_, err = g.read()
	}
	if websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("%v", err)
	}
	contract.until("voice_session_ended")
	if _, err := idle.read(); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("idle: %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

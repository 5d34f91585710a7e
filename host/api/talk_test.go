package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
	"github.com/omakase-ai/omakase/core/realtime/sim"
	"github.com/omakase-ai/omakase/host/api"
)

const upstreamKey = "sk-upstream-0123456789"

// studio is a host whose provider of voices is a simulator.
type studio struct {
	*host
	sim   *sim.Server
	tools *counter
}

func openStudio(t *testing.T, o api.Options, ro realtime.Options, so sim.Options) *studio {
	t.Helper()
	so.Keys = []string{upstreamKey}
	if so.Pace == 0 {
		so.Pace = -1
	}
	provider := sim.New(so)
	web := httptest.NewServer(provider)
	t.Cleanup(web.Close)
	t.Cleanup(func() {
		for end := time.Now().Add(time.Minute); provider.Live() > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("%d conversations are open at the provider", provider.Live())
				break
			}
		}
	})
	client, err := openai.New(openai.Options{BaseURL: web.URL + "/v1", Key: upstreamKey, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	o.Voice.Model, o.Voice.Calls = "gpt-realtime-2.1", placed{client}
	st := &studio{sim: provider, tools: &counter{}}
	st.host = listen(t, o)
	ro.Upstream, ro.Toolbox, ro.Ledger = client.Upstream(), st.tools, st.store
	ro.Times.Tick, ro.Times.Retry = 10*time.Millisecond, time.Millisecond
	st.voices = realtime.New(ro)
	st.attach()
	return st
}

type placed struct{ *openai.Client }

func (p placed) Beside(id string) realtime.Sideband { return p.Upstream().Beside(id) }

// counter is a toolbox that counts.
type counter struct {
	mu    sync.Mutex
	carts map[string]int
	calls []realtime.Call
}

func (c *counter) List(_ context.Context, workspace, language string) ([]realtime.Tool, error) {
	schema := json.RawMessage(`{"type":"object","properties":{"query":{"type":"string"},"product_id":{"type":"string"},"quantity":{"type":"integer"}}}`)
	names := agent.StandardTools()
	tools := make([]realtime.Tool, len(names))
	for i, name := range names {
		tools[i] = realtime.Tool{Name: name, Description: name, Parameters: schema}
	}
	tools[0].Description = "in " + language + " for " + workspace
	return tools, nil
}

func (c *counter) Call(_ context.Context, call realtime.Call) (json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call)
	if c.carts == nil {
		c.carts = map[string]int{}
	}
	switch call.Name {
	case "search_products":
		return json.RawMessage(`{"count":1,"products":[{"id":"p1","name":"Blue cup","price":1200}]}`), nil
	case "add_to_cart":
		c.carts[call.Cart]++
	}
	return json.RawMessage(fmt.Sprintf(`{"success":true,"message":"%d in the cart"}`, c.carts[call.Cart])), nil
}

// guest is a client of a socket.
type guest struct {
	t  *testing.T
	ws *websocket.Conn
}

func (h *host) dial(t *testing.T, path string, header http.Header, protocols ...string) (*guest, *http.Response, error) {
	ws, rs, err := websocket.Dial(t.Context(), h.url+path, &websocket.DialOptions{HTTPHeader: header, Subprotocols: protocols})
	if err != nil {
		return nil, rs, err
	}
	ws.SetReadLimit(-1)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &guest{t, ws}, rs, nil
}

func (h *host) visit(t *testing.T, path string, header http.Header, protocols ...string) *guest {
	t.Helper()
	g, rs, err := h.dial(t, path, header, protocols...)
	if err != nil {
		t.Fatalf("%v %+v", err, rs)
	}
	return g
}

func (g *guest) say(text string) {
	g.t.Helper()
	if err := g.ws.Write(g.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		g.t.Fatal(err)
	}
}

func (g *guest) write(text string) {
	g.say(fmt.Sprintf(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":%q}]}}`, text))
	g.say(`{"type":"response.create"}`)
}

func (g *guest) speak(text string) {
	for sound := append(sim.Words(text), sim.Silence(700*time.Millisecond)...); len(sound) > 0; {
		n := min(4800, len(sound))
		g.say(`{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(sound[:n]) + `"}`)
		sound = sound[n:]
	}
}

func (g *guest) read() (map[string]any, error) {
	ctx, stop := context.WithTimeout(g.t.Context(), time.Minute)
	defer stop()
	_, b, err := g.ws.Read(ctx)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		g.t.Fatalf("%v: %s", err, b)
	}
	m["raw"] = string(b)
	return m, nil
}

// until reads events up to the first of a type, and returns it with what came
// before.
func (g *guest) until(typ string) (found map[string]any, before []string) {
	g.t.Helper()
	for {
		m, err := g.read()
		if err != nil {
			g.t.Fatalf("no %s: %v after %v", typ, err, before)
		}
		if m["type"] == typ {
			return m, before
		}
		before = append(before, fmt.Sprint(m["type"]))
		if m["type"] == "error" && typ != "error" {
			g.t.Fatalf("error: %v", m["raw"])
		}
	}
}

func TestContractSocket(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{}, realtime.Options{}, sim.Options{})
	st.run(scenario{method: "POST", path: "/api/products", body: `{"name":"Cup","price":5}`, status: 201})
	for _, path := range []string{"/", "/any/path?x=1"} {
		g := st.visit(t, path, http.Header{"Origin": {"https://elsewhere.example"}})
		hello, _ := g.until("connected")
		config, _ := hello["config"].(map[string]any)
		if id, _ := hello["sessionId"].(string); len(id) < 4 || config["language"] != "Japanese" || len(config) != 8 {
			t.Errorf("%v", hello)
		}
		g.say("{")
		if e, _ := g.until("error"); e["message"] != "Invalid message format" {
			t.Errorf("%v", e)
		}
		g.say("null")
		g.until("error")
		g.say(`{"type":"update_config","config":{"language":"English","voice":"Haru (Japanese Male)","extra":1}}`)
		if c, _ := g.until("config_updated"); c["config"].(map[string]any)["extra"] != 1.0 {
			t.Errorf("%v", c)
		}
		g.say(`{"type":"get_products"}`)
		if p, _ := g.until("products"); len(p["products"].([]any)) != 1 {
			t.Errorf("%v", p)
		}
		g.say(`{"type":"response.create"}`) // without a session: nothing
		g.say(`{"type":"end_voice_session"}`)
		if _, before := g.until("voice_session_ended"); len(before) > 0 {
			t.Errorf("%v", before)
		}
		g.say(`{"type":"start_voice_session"}`)
		started, _ := g.until("voice_session_started")
		if started["voice"] != "echo" {
			t.Errorf("%v", started)
		}
		g.say(`{"type":"start_voice_session"}`) // again: it runs already
		g.until("voice_session_started")
		g.write("find a cup")
		result, _ := g.until("function_call_result")
		if result["name"] != "search_products" || result["result"].(map[string]any)["count"] != 1.0 {
			t.Errorf("%v", result)
		}
		_, before := g.until("response.audio_transcript.done")
		if got := strings.Join(before, " "); !strings.Contains(got, "response.audio.delta") || strings.Contains(got, "output_audio") || !strings.Contains(got, "response.function_call_arguments.done") || !strings.Contains(got, "conversation.item.created") {
			t.Errorf("%s", got)
		}
		g.until("response.done")
		g.say(`{"type":"end_voice_session"}`)
		g.until("voice_session_ended")
		g.say(`{"type":"get_products"}`)
		if _, before := g.until("products"); len(before) > 0 {
			t.Errorf("after the end: %v", before)
		}
	}
	if st.sim.Opened() != 2 {
		t.Errorf("%d conversations upstream", st.sim.Opened())
	}
}

// Defect 14: whatever order a client starts and ends in, it is told of an end
// once, and no conversation stays open upstream.
func TestContractSocketEndsOnce(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{}, realtime.Options{Times: realtime.Times{Vanish: 30 * time.Millisecond}}, sim.Options{})
	const start, end = `{"type":"start_voice_session"}`, `{"type":"end_voice_session"}`
	for name, says := range map[string][]string{
		"started twice": {start, start, end}, "ended at once": {start, end}, "again after the end": {start, end, start, end},
	} {
		g := st.visit(t, "/", nil)
		g.until("connected")
		ends := 0
		for _, m := range says {
			g.say(m)
			if m == end {
				ends++
			}
		}
		for range ends {
			g.until("voice_session_ended")
		}
		g.say(`{"type":"get_products"}`)
		if _, before := g.until("products"); slices.Contains(before, "voice_session_ended") || slices.Contains(before, "error") {
			t.Errorf("%s: after the end came %v", name, before)
		}
		_ = g.ws.CloseNow()
	}
	g := st.visit(t, "/", nil)
	g.until("connected")
	g.say(start)
	g.say(start)
	g.until("voice_session_started")
	_ = g.ws.CloseNow()
	for end := time.Now().Add(20 * time.Second); st.sim.Live() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d conversations are open upstream after everybody has gone", st.sim.Live())
		}
	}
}

// What a cut connection leaves behind, another takes up: the session, the cart
// and the conversation.
func TestContractSocketResumes(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{}, realtime.Options{Times: realtime.Times{Vanish: 30 * time.Millisecond}}, sim.Options{})
	g := st.visit(t, "/", nil)
	hello, _ := g.until("connected")
	g.say(`{"type":"update_config","config":{"language":"English"}}`)
	g.say(`{"type":"start_voice_session"}`)
	started, _ := g.until("voice_session_started")
	g.write("add a cup to the cart")
	g.until("response.done")
	g.until("response.done")
	g.until("response.done")
	_ = g.ws.CloseNow()
	for st.sim.Live() > 0 { // it is closed upstream
		time.Sleep(time.Millisecond)
	}
	again := st.visit(t, "/?resume="+fmt.Sprint(started["resumeToken"]), nil)
	back, _ := again.until("connected")
	if back["resumed"] != true || back["sessionId"] != hello["sessionId"] || back["config"].(map[string]any)["language"] != "English" {
		t.Errorf("%v", back)
	}
	again.until("voice_session_started")
	again.write("please add it to the cart")
	if r, _ := again.until("function_call_result"); r["result"].(map[string]any)["message"] != "2 in the cart" {
		t.Errorf("%v", r)
	}
	stranger := st.visit(t, "/?resume=nobody", nil)
	if back, _ := stranger.until("connected"); back["resumed"] != false {
		t.Errorf("%v", back)
	}
}

func TestContractSocketWithoutProvider(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{})
	g := h.visit(t, "/", nil)
	g.until("connected")
	g.say(`{"type":"start_voice_session"}`)
	if e, _ := g.until("error"); e["message"] != "OpenAI API key not configured" {
		t.Errorf("%v", e)
	}
}

func TestContractSocketRefusedUpstream(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{}, realtime.Options{Times: realtime.Times{Reconnect: 20 * time.Millisecond}}, sim.Options{
		Fault: func(m sim.Moment) sim.Fault {
			if m.Event == "open" {
				return sim.Refuse
			}
			return sim.None
		},
	})
	g := st.visit(t, "/", nil)
	g.until("connected")
	g.say(`{"type":"start_voice_session"}`)
	if e, _ := g.until("error"); e["message"] != "OpenAI connection error" {
		t.Errorf("%v", e)
	}
	g.until("voice_session_ended")
}

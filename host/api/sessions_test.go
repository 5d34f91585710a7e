package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/sim"
	"github.com/omakase-ai/omakase/host/api"
)

func TestVoiceSessions(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{Costs: api.Costs{Currency: "USD", Prices: realtime.PriceTable{"gpt-realtime": {TextIn: 4, CachedText: 0.4, AudioOut: 64}}}})
	ctx, at := t.Context(), time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	tenant := map[string]string{"X-Workspace-Id": "tenant"}
	for _, b := range []realtime.Begun{
		{Workspace: "default", Session: "vs_1", Cart: "c-1", Way: "socket", Agent: "shopping-guide", Language: "Japanese", Model: "gpt-realtime", Voice: "marin", At: at},
		{Workspace: "default", Session: "vs_2", Way: "webrtc", Model: "gpt-realtime", At: at},
		{Workspace: "tenant", Session: "vs_3", Way: "realtime", Model: "gpt-realtime", At: at},
	} {
		if err := h.store.Begin(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	err := h.store.Append(ctx, "default", "vs_1", []realtime.Entry{
		{At: at, Said: &realtime.Said{Item: "i1", Role: "user", Text: "湯呑をください"}},
		{At: at, Tool: &realtime.ToolCalled{Call: "call_1", Name: "place_order", Arguments: `{}`, Result: json.RawMessage(`{"success":true,"orderNumber":"AB12CD34"}`), Took: 1500 * time.Microsecond}},
		{At: at, Tool: &realtime.ToolCalled{Call: "call_2", Name: "broken", Arguments: `{`, Error: "timeout", Late: true}},
		{At: at, Usage: &realtime.Usage{Model: "gpt-realtime-2025-08-28", TextIn: 1_000_000, CachedText: 500_000, AudioOut: 250_000}},
		{At: at, Usage: &realtime.Usage{Model: "transcription", Seconds: 3}},
		{At: at, Timing: &realtime.Timing{What: "turn", Took: 310 * time.Millisecond}},
		{At: at, Said: &realtime.Said{Item: "i2", Role: "assistant", Text: "承りました", Heard: 2 * time.Second}},
	})
	if err == nil {
		err = h.store.End(ctx, "default", "vs_1", realtime.Ended{At: at.Add(time.Minute), Reason: "client", Responses: 2, ToolCalls: 2, Reconnects: 1})
	}
	if err != nil {
		t.Fatal(err)
	}
	const path = "/api/voice/sessions"
	const one = `{"id":"vs_1","way":"socket","agent":"shopping-guide","language":"Japanese","model":"gpt-realtime","voice":"marin","cartId":"c-1",
		"startedAt":"2026-01-31T12:00:00.000Z","endedAt":"2026-01-31T12:01:00.000Z","durationMs":60000,"reason":"client","transcriptCount":2,"toolCallCount":2,
		"responses":2,"reconnects":1,"orders":["AB12CD34"],
		"usage":[{"model":"gpt-realtime-2025-08-28","textIn":1000000,"cachedText":500000,"audioOut":250000},{"model":"transcription","seconds":3}],
		"cost":{"amount":18.2,"currency":"USD","unpriced":["transcription"]}}`
	h.run(
		scenario{path: path, status: 200, want: `{"success":true,"count":2,"sessions":[{"id":"vs_2","usage":[],"orders":[],"cost":{"amount":0}},` + one + `]}`, lacks: []string{"nextCursor"}},
		scenario{path: path, header: tenant, status: 200, want: `{"count":1,"sessions":[{"id":"vs_3"}]}`},
		scenario{path: path + "/vs_1", status: 200, want: `{"success":true,"session":` + one + `,
			"transcript":[{"at":"2026-01-31T12:00:00.000Z","itemId":"i1","role":"user","text":"湯呑をください"},{"role":"assistant","text":"承りました","heardMs":2000}],
			"toolCalls":[{"callId":"call_1","name":"place_order","arguments":"{}","result":{"success":true,"orderNumber":"AB12CD34"},"tookMs":1.5},
				{"callId":"call_2","arguments":"{","result":null,"error":"timeout","late":true}],
			"timings":[{"what":"turn","tookMs":310}]}`, lacks: []string{"nextCursor"}},
		scenario{path: path + "/vs_2", status: 200, want: `{"session":{"id":"vs_2"},"transcript":[],"toolCalls":[],"timings":[]}`},
		scenario{name: "of another workspace", path: path + "/vs_1", header: tenant, status: 404, want: `{"error":"Session not found","code":"not_found"}`},
		scenario{name: "deleted by another workspace", method: http.MethodDelete, path: path + "/vs_1", header: tenant, status: 404},
		scenario{path: path + "?limit=x", status: 400},
		scenario{path: path + "/vs_1?cursor=x&limit=1", status: 400},
	)
	first := h.exchange(t, scenario{path: path + "?limit=1", status: 200, want: `{"count":1,"sessions":[{"id":"vs_2"}]}`})
	entries := h.exchange(t, scenario{path: path + "/vs_1?limit=6", status: 200, want: `{"transcript":[{"text":"湯呑をください"}]}`})
	h.run(
		scenario{name: "the next page", path: path + "?limit=1&cursor=" + field(t, first, "nextCursor"), status: 200, want: `{"sessions":[{"id":"vs_1"}],"nextCursor":null}`},
		scenario{name: "the rest of it", path: path + "/vs_1?limit=6&cursor=" + field(t, entries, "nextCursor"), status: 200, want: `{"transcript":[{"text":"承りました"}],"nextCursor":null}`},
		scenario{method: http.MethodDelete, path: path + "/vs_1", status: 200, want: `{"success":true,"message":"Session deleted"}`},
		scenario{path: path + "/vs_1", status: 404},
		scenario{method: http.MethodDelete, path: path + "/vs_1", status: 404},
	)
	h.wantKeyed(http.MethodGet, path, path+"/x")
	h.wantKeyed(http.MethodDelete, path+"/x")
}

// What a customer and the agent did is there to be read when the session has
// ended.
func TestVoiceSessionIsKept(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{}, realtime.Options{}, sim.Options{})
	g := st.visit(t, "/", nil)
	g.say(`{"type":"start_voice_session"}`)
	g.until("voice_session_started")
	g.write("find a cup")
	g.until("function_call_result")
	g.until("response.audio_transcript.done")
	g.until("response.done")
	g.say(`{"type":"end_voice_session"}`)
	g.until("voice_session_ended")
	var body []byte
	var id string
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		var list struct {
			Sessions []struct{ ID, EndedAt string }
		}
		if err := json.Unmarshal(st.exchange(t, scenario{path: "/api/voice/sessions", status: 200}), &list); err != nil {
			t.Fatal(err)
		}
		if len(list.Sessions) == 1 && list.Sessions[0].EndedAt != "" {
			id = list.Sessions[0].ID
			break
		}
		if time.Now().After(end) {
			t.Fatalf("sessions are %+v", list)
		}
	}
	body = st.exchange(t, scenario{path: "/api/voice/sessions/" + id, status: 200, want: `{"session":{"way":"socket","reason":"client","toolCallCount":1}}`})
	var got struct {
		Session    struct{ Usage []realtime.Usage }
		Transcript []struct{ Role, Text string }
		ToolCalls  []struct{ Name string }
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, e := range got.Transcript {
		said[e.Role] = said[e.Role] || e.Text != ""
	}
	if !said["user"] || !said["assistant"] || len(got.ToolCalls) != 1 || got.ToolCalls[0].Name != "search_products" || len(got.Session.Usage) == 0 {
		t.Errorf("it is kept as %s", body)
	}
}

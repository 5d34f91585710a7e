package api_test

import (
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/sim"
	"github.com/omakase-ai/omakase/host/api"
)

// A session that has cost its budget takes its leave: the client is told, the
// answer is given, the model says goodbye, and only then the socket closes, or
// the session on it ends.
func TestBudgetEndsPolitely(t *testing.T) {
	t.Parallel()
	st := openStudio(t, api.Options{}, realtime.Options{Limits: realtime.Limits{
		Budget: 0.000001, Prices: realtime.PriceTable{"": {AudioOut: 100}},
	}}, sim.Options{})
	farewell := func(g *guest, transcript string) {
		t.Helper()
		g.write("hello")
		first, before := g.until("omakase.session.ending")
		if first["reason"] != "budget" {
			t.Errorf("%v", first)
		}
		if got := strings.Join(before, " "); !strings.Contains(got, transcript) {
			t.Errorf("what was paid for was not said: %s", got)
		}
		if _, before = g.until(transcript); strings.Contains(strings.Join(before, " "), "function_call") {
			t.Errorf("%v", before)
		}
		g.until("response.done")
	}

	service := st.visit(t, "/v1/realtime?model=m&language=en", bearing("any"))
	service.until("session.created")
	farewell(service, "response.output_audio_transcript.done")
	told, _ := service.until("error")
	problem, _ := told["error"].(map[string]any)
	if text, _ := problem["message"].(string); problem["code"] != "session_expired" || !strings.Contains(text, "budget") {
		t.Errorf("%v", problem)
	}
	if _, err := service.read(); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("%v", err)
	}

	contract := st.visit(t, "/", nil)
	contract.until("connected")
	contract.say(`{"type":"start_voice_session"}`)
	contract.until("voice_session_started")
	farewell(contract, "response.audio_transcript.done")
	if ended, _ := contract.until("voice_session_ended"); ended["reason"] != "budget" {
		t.Errorf("%v", ended)
	}
	contract.say(`{"type":"get_products"}`) // the socket stays
	contract.until("products")
}

package server

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
	"github.com/omakase-ai/omakase/core/realtime/sim"
)

// heard is a client that listens.
type heard chan []byte

func (h heard) Write(events [][]byte) error {
	for _, e := range events {
		h <- append([]byte(nil), e...)
	}
	return nil
}

func (heard) Close(string, error) {}

// until returns the next event of a type.
func (h heard) until(t *testing.T, kind string) map[string]any {
	t.Helper()
	var before []string
	for {
		select {
		case text := <-h:
			var e map[string]any
			if err := json.Unmarshal(text, &e); err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			if e["type"] == kind {
				return e
			}
			before = append(before, string(text[:min(len(text), 200)]))
		case <-time.After(30 * time.Second):
			t.Fatalf("no %s came, but\n%s", kind, strings.Join(before, "\n"))
		}
	}
}

// Defect 12, the whole way: the model writes arguments that break off. The
// commerce plugin's tool answers what is wrong with them, the model speaks, and
// the customer's next words are served.
func TestConversationOutlastsBrokenArguments(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.add(t, catalog.Product{Name: "Blue cup"})
	calls := 0
	provider := sim.New(sim.Options{Pace: -1, Fault: func(m sim.Moment) sim.Fault {
		if m.Event == "arguments" {
			if calls++; calls == 1 {
				return sim.Garble
			}
		}
		return sim.None
	}})
	web := httptest.NewServer(provider)
	t.Cleanup(web.Close)
	client, err := openai.New(openai.Options{BaseURL: web.URL + "/v1", Key: "sk-test", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	m := realtime.New(realtime.Options{Upstream: client.Upstream(), Toolbox: c.tools})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := m.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	h := make(heard, 4096)
	s, err := m.Open(t.Context(), realtime.Config{Workspace: "default", Language: "en", Model: "gpt-realtime-2.1", ShowTools: true, Client: h})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(words string) (arguments string, result map[string]any) {
		t.Helper()
		for _, e := range []any{
			map[string]any{"type": "conversation.item.create", "item": map[string]any{
				"type": "message", "role": "user", "content": []any{map[string]any{"type": "input_text", "text": words}},
			}},
			map[string]any{"type": "response.create"},
		} {
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			s.Receive(text)
		}
		call := h.until(t, "response.function_call_arguments.done")
		arguments, _ = call["arguments"].(string)
		for {
			added := h.until(t, "conversation.item.added")
			item, _ := added["item"].(map[string]any)
			if output, ok := item["output"].(string); ok && item["call_id"] == call["call_id"] {
				if err := json.Unmarshal([]byte(output), &result); err != nil {
					t.Fatalf("%v in %s", err, output)
				}
				break
			}
		}
		// What is said of it, which the original never had.
		if said, _ := h.until(t, "response.output_audio_transcript.done")["transcript"].(string); said == "" {
			t.Errorf("nothing is said of %s", arguments)
		}
		h.until(t, "response.done")
		return arguments, result
	}
	arguments, result := ask("find a cup")
	if json.Valid([]byte(arguments)) || result["code"] != "invalid_arguments" {
		t.Errorf("for %s the model is told %v", arguments, result)
	}
	arguments, result = ask("find a cup")
	if !json.Valid([]byte(arguments)) || result["count"] != 1.0 || !strings.Contains(arguments, "cup") {
		t.Errorf("then for %s the model is told %v", arguments, result)
	}
}

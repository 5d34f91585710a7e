package api_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
	"github.com/omakase-ai/omakase/core/realtime/sim"
	"github.com/omakase-ai/omakase/host/api"
	"github.com/omakase-ai/omakase/host/auth"
)

func TestVoiceConfig(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{Voice: api.Voice{Model: "some-model"}})
	h.run(scenario{
		path: "/api/voice/config", status: 200, lacks: []string{"success"},
		want: `{"voices":["alloy","ash","ballad","coral","echo","sage","shimmer","verse","marin","cedar"],"defaultVoice":"shimmer","model":"some-model",
			"turnDetection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":500}}`,
	})
}

// minter stands for the provider of voices.
type minter struct {
	mu     sync.Mutex
	opened []openai.Session
	err    error
}

func (m *minter) CreateSecret(_ context.Context, s *openai.Session) (openai.Secret, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opened = append(m.opened, *s)
	secret := openai.Secret{Value: "ek_1", ExpiresAt: 1900000000}
	secret.Session.ID = "sess_1"
	secret.Session.Audio.Output.Voice = s.Voice
	return secret, m.err
}

func (m *minter) last() openai.Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.opened[len(m.opened)-1]
}

func TestVoiceSession(t *testing.T) {
	t.Parallel()
	m := &minter{}
	h := openStudio(t, api.Options{Voice: api.Voice{Transcription: "writes", Secrets: m}}, realtime.Options{}, sim.Options{})
	const path = "/api/voice/session"
	h.run(scenario{
		name: "no body", method: "POST", path: path, status: 200, headers: map[string]string{"Cache-Control": "no-store"},
		want: `{"id":"sess_1","object":"realtime.session","model":"gpt-realtime-2.1","voice":"shimmer","expires_at":0,"client_secret":{"value":"ek_1","expires_at":1900000000}}`,
	})
	if s := m.last(); s.Model != "gpt-realtime-2.1" || s.Transcription != "writes" || len(s.Tools) != 13 || s.Instructions != "dynamic shopping-guide as アヤ 🍵" || s.Turns == nil {
		t.Errorf("opened %+v", s)
	}
	for _, tt := range []struct {
		name, body, voice, instructions string
		tools                           int
	}{
		{"dashboard", `{"voice":"Yuumi (Japanese Female)","useDynamicPrompt":true,"agentType":"product-sales","name":"Yuumi","language":"English"}`, "shimmer", "dynamic product-sales as Yuumi 🍵", 13},
		{"static", `{"useDynamicPrompt":false,"agentType":"onboarding","language":"English"}`, "shimmer", "static onboarding-guide as ", 13},
		{"voice that is none of Realtime", `{"voice":"Ken (Japanese Male)"}`, "cedar", "", 13},
		{"voice that is not known", `{"voice":"invalid-voice"}`, "invalid-voice", "", 13},
		{"sales manager", `{"agentType":"sales-manager"}`, "shimmer", "dynamic sales-manager as ", 0},
		{"own instructions", `{"instructions":"only this","voice":"alloy"}`, "alloy", "only this", 13},
	} {
		h.run(scenario{name: tt.name, method: "POST", path: path, body: tt.body, status: 200, want: `{"client_secret":{"value":"ek_1"}}`})
		if s := m.last(); s.Voice != tt.voice || !strings.HasPrefix(s.Instructions, tt.instructions) || len(s.Tools) != tt.tools {
			t.Errorf("%s: opened %+v", tt.name, s)
		}
	}
	h.run(
		scenario{name: "store context", method: "PUT", path: "/api/prompts/store-context", body: `{"storeName":"Theirs"}`, header: map[string]string{"X-Workspace-Id": "b"}, status: 200},
		scenario{name: "of the workspace", method: "POST", path: path, header: map[string]string{"X-Workspace-Id": "b"}, status: 200},
		scenario{name: "unknown language", method: "POST", path: path, body: `{"language":"French"}`, status: 400, want: `{"code":"invalid_request"}`},
		scenario{name: "wrong type", method: "POST", path: path, body: `{"voice":5}`, status: 400, want: `{"error":"voice must be a string"}`},
	)
	for _, tt := range []struct{ body, workspace, want string }{
		{`{"language":"English"}`, "default", "in en for default"},
		{`{"language":"Korean","instructions":"mine"}`, "b", "in ko for b"},
		{`{}`, "default", "in ja for default"},
	} {
		h.run(scenario{name: "tools " + tt.want, method: "POST", path: path, body: tt.body, header: map[string]string{"X-Workspace-Id": tt.workspace}, status: 200})
		if s := m.last(); len(s.Tools) != 13 || s.Tools[0].Description != tt.want {
			t.Errorf("tools are %+v, want the toolbox's %q", s.Tools, tt.want)
		}
	}
	h.run(scenario{name: "store context again", method: "POST", path: path, header: map[string]string{"X-Workspace-Id": "b"}, status: 200})
	if told, _ := h.writer.last(); told.Workspace != "b" || told.Store == nil || told.Store.Name != "Theirs" {
		t.Errorf("the prompt was made of %+v", told)
	}
}

func TestVoiceSessionFails(t *testing.T) {
	t.Parallel()
	m := &minter{}
	h := start(t, api.Options{Voice: api.Voice{Model: "m", Secrets: m}})
	for name, tt := range map[string]struct {
		err    error
		status int
		want   string
	}{
		"refused":     {&openai.RefusedError{Status: 400, Text: `{"error":{"message":"Invalid voice"}}`}, 400, `{"error":"Failed to create session","details":"{\"error\":{\"message\":\"Invalid voice\"}}","code":"upstream_refused"}`},
		"redirected":  {&openai.RefusedError{Status: 307}, 502, `{"error":"Failed to create session","details":""}`},
		"no key":      {openai.ErrNoKey, 500, `{"error":"OpenAI API key not configured","hint":"set OPENAI_API_KEY"}`},
		"unreachable": {errs.New(errs.Timeout, "it takes too long"), 500, `{"error":"Failed to create voice session","message":"it takes too long","code":"timeout"}`},
		"our fault":   {errors.New("a secret of ours"), 500, `{"error":"Failed to create voice session","message":"internal error"}`},
	} {
		m.err = tt.err
		h.run(scenario{name: name, method: "POST", path: "/api/voice/session", status: tt.status, want: tt.want})
	}
}

func TestVoiceSessionsAreLimited(t *testing.T) {
	t.Parallel()
	h := start(t, api.Options{Voice: api.Voice{Model: "m", Secrets: &minter{}, PerMinute: 2}})
	once := scenario{method: "POST", path: "/api/voice/session", status: 200}
	refused := scenario{name: "third", method: "POST", path: "/api/voice/session", status: 429, want: `{"code":"rate_limited"}`}
	h.run(once, once, refused)
	h.run(scenario{name: "others are not", path: "/api/voice/config", status: 200})
	closed := start(t, api.Options{Auth: auth.New([]string{"k"}), Voice: api.Voice{Model: "m", Secrets: &minter{}}})
	closed.run(scenario{method: "POST", path: "/api/voice/session", status: 401, want: `{"code":"unauthorized"}`})
}

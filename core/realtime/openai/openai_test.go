package openai_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
)

const key = "sk-proj-abcdefghijklmnopqrstuvwxyz"

// client asks a provider that h plays, with time enough unless a limit is given.
func client(t *testing.T, h http.HandlerFunc, limit ...time.Duration) *openai.Client {
	t.Helper()
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // else the handler would not see the client go
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	}))
	t.Cleanup(provider.Close)
	c, err := openai.New(openai.Options{BaseURL: provider.URL + "/v1/", Key: key, Timeout: append(limit, time.Minute)[0]})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The provider refuses a session for one field that it does not know, and the
// beta's header above all.
func TestCreateSecretSpeaksGA(t *testing.T) {
	t.Parallel()
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/realtime/client_secrets" || r.Method != http.MethodPost ||
			r.Header.Get("Authorization") != "Bearer "+key || r.Header.Get("OpenAI-Beta") != "" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		var got any
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		want := map[string]any{"session": map[string]any{
			"type": "realtime", "model": "m", "instructions": "be kind",
			"audio": map[string]any{
				"input": map[string]any{
					"transcription":  map[string]any{"model": "t"},
					"turn_detection": map[string]any{"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300.0, "silence_duration_ms": 500.0},
				},
				"output": map[string]any{"voice": "shimmer"},
			},
			"tools": []any{map[string]any{"type": "function", "name": "f", "description": "d", "parameters": map[string]any{"type": "object"}}},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		_, _ = io.WriteString(w, `{"value":"ek_1","expires_at":7,"session":{"id":"s","model":"m","audio":{"output":{"voice":"shimmer"}},"new":{}}}`)
	})
	got, err := c.CreateSecret(t.Context(), &openai.Session{
		Model: "m", Instructions: "be kind", Voice: "shimmer", Transcription: "t", Turns: openai.StandardTurns(),
		Tools: []realtime.Tool{{Name: "f", Description: "d", Parameters: json.RawMessage(`{"type":"object"}`)}},
	})
	if err != nil || got.Value != "ek_1" || got.ExpiresAt != 7 || got.Session.ID != "s" || got.Session.Audio.Output.Voice != "shimmer" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRefusalsNameNoKey(t *testing.T) {
	t.Parallel()
	for _, said := range []string{
		`{"error":{"message":"Incorrect API key provided: ` + key + `."}}`,
		`{"error":{"message":"Incorrect API key provided: sk-proj-********************wxyz."}}`,
		`{"error":{"message":"ek_0123456789 has expired"}}`,
	} {
		c := client(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, said)
		})
		_, err := c.CreateSecret(t.Context(), &openai.Session{})
		var refused *openai.RefusedError
		if !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized {
			t.Fatalf("%v", err)
		}
		if !strings.Contains(refused.Text, "[key]") || strings.Contains(refused.Text+err.Error(), "sk-") || strings.Contains(refused.Text, "wxyz") || strings.Contains(refused.Text, "ek_") {
			t.Errorf("%s", refused.Text)
		}
	}
}

func TestCreateSecretFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		kind    errs.Kind
	}{
		"late":       {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, errs.Timeout},
		"hung up":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, errs.Unavailable},
		"no JSON":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<p>") }, errs.BadData},
		"no key":     {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }, errs.BadData},
		"wrong type": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"value":5}`) }, errs.BadData},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"value":"`+strings.Repeat("x", 2<<20)+`"}`)
		}, errs.BadData},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := time.Minute
			if tt.kind == errs.Timeout {
				limit = 100 * time.Millisecond
			}
			_, err := client(t, tt.handler, limit).CreateSecret(t.Context(), &openai.Session{})
			if !errs.Is(err, tt.kind) || strings.Contains(err.Error(), "127.0.0.1:") && tt.kind == errs.Timeout {
				t.Errorf("%v: %s, want %s", err, errs.KindOf(err), tt.kind)
			}
		})
	}
}

// Whoever answers for the provider gets neither the key nor the prompt sent on
// to somebody else.
func TestRedirectsAreRefusals(t *testing.T) {
	t.Parallel()
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/realtime/client_secrets" {
			t.Errorf("followed to %s", r.URL)
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	_, err := c.CreateSecret(t.Context(), &openai.Session{})
	var refused *openai.RefusedError
	if !errors.As(err, &refused) || refused.Status != http.StatusTemporaryRedirect {
		t.Error(err)
	}
}

func TestWithoutKeyNothingIsSent(t *testing.T) {
	t.Parallel()
	c, err := openai.New(openai.Options{BaseURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateSecret(t.Context(), &openai.Session{}); !errors.Is(err, openai.ErrNoKey) {
		t.Error(err)
	}
	for _, bad := range []string{"", "nowhere", "ftp://x", "http://"} {
		if _, err := openai.New(openai.Options{BaseURL: bad}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

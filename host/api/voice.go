package api

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
)

// Voice is how voice sessions are opened.
type Voice struct {
	Model         string
	Transcription string // the model that writes down what customers say
	// Secrets mints keys for sessions; nil: there are none.
	Secrets Secrets
	// PerMinute is how many keys one caller may mint; 0: any number.
	PerMinute int
	// Calls places calls over WebRTC; nil: there are none.
	Calls Calls
}

// Calls places calls over WebRTC.
type Calls interface {
	CreateCall(ctx context.Context, offer string, session []byte) (openai.Call, error)
	// Beside is where the session of a call is told of.
	Beside(callID string) realtime.Sideband
}

// Secrets mints the short-lived keys of voice sessions; openai.Client does.
type Secrets interface {
	CreateSecret(ctx context.Context, s *openai.Session) (openai.Secret, error)
}

func (s *Server) voiceConfig(c *fiber.Ctx, _ *Backend) error {
	return writeValue(c, fiber.StatusOK, struct {
		Voices  []string              `json:"voices"`
		Default string                `json:"defaultVoice"`
		Model   string                `json:"model"`
		Turns   *openai.TurnDetection `json:"turnDetection"`
	}{agent.Voices(), agent.DefaultVoice, s.o.Voice.Model, openai.StandardTurns()})
}

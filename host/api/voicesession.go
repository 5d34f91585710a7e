package api

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime/openai"
)

const (
	voiceFailed     = "Failed to create voice session"
	voiceRefused    = "Failed to create session"
	maxVoice        = 200
	maxInstructions = 64 << 10 // bytes; a model takes about a quarter as tokens
)

// voiceInput is a request for a voice session.
type voiceInput struct {
	promptInput
	voice        string // as it is called upstream
	instructions string // "": a prompt is made
	agent        *agent.Agent
}

func readVoice(c *fiber.Ctx, agents *agent.Agents) (in voiceInput, err error) {
	f, err := optionalFields(c)
	if err != nil {
		return in, err
	}
	in.promptInput = readPrompt(f, "name")
	name, _ := f.text("voice", maxVoice)
	in.voice, _ = agent.Voice(name) // one that is not known is the provider's to refuse
	in.instructions, _ = f.text("instructions", maxInstructions)
	if dynamic, p := f.flag("useDynamicPrompt"); p == given && !dynamic {
		in.request.Mode = agent.Static
	}
	in.agent = agents.For(in.agentType)
	return in, f.err
}

// voiceSession mints a key with which a browser opens a conversation of its
// own. Whoever has the key may change what the session was opened with; what
// orders and carts hold is checked where they are kept.
func (s *Server) voiceSession(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	in, err := readVoice(c, b.Prompts.Agents())
	if err != nil {
		return err
	}
	if s.o.Voice.Secrets == nil {
		return s.voiceError(c, openai.ErrNoKey)
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	session := &openai.Session{
		Model: s.o.Voice.Model, Voice: in.voice, Transcription: s.o.Voice.Transcription,
		Turns: openai.StandardTurns(), Instructions: in.instructions,
	}
	if in.agent.Sells && b.Voices != nil {
		if session.Tools, err = b.Voices.Tools(ctx, workspace, in.request.Language.Tag()); err != nil {
			return err
		}
	}
	if session.Instructions == "" {
		p, err := b.Prompts.Compose(ctx, workspace, in.request)
		if err != nil {
			return err
		}
		session.Instructions = p.Text
	}
	return s.mint(ctx, c, session)
}

func (s *Server) mint(ctx context.Context, c *fiber.Ctx, session *openai.Session) error {
	secret, err := s.o.Voice.Secrets.CreateSecret(ctx, session)
	if err != nil {
		return s.voiceError(c, err)
	}
	tools := make([]string, len(session.Tools))
	for i := range tools {
		tools[i] = session.Tools[i].Name
	}
	opened := &secret.Session
	type key struct {
		Value     string `json:"value"`
		ExpiresAt int64  `json:"expires_at"`
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return writeValue(c, fiber.StatusOK, struct {
		ID        string   `json:"id"`
		Object    string   `json:"object"`
		Model     string   `json:"model"`
		Voice     string   `json:"voice"`
		ExpiresAt int64    `json:"expires_at"`
		Tools     []string `json:"tools"`
		Secret    key      `json:"client_secret"`
	}{
		opened.ID, "realtime.session", either(opened.Model, session.Model), either(opened.Audio.Output.Voice, session.Voice),
		opened.ExpiresAt, tools,
		key{secret.Value, secret.ExpiresAt},
	})
}

func either(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// voiceError answers as the contract has it: a refusal with the provider's own
// status and words, anything else with status 500.
func (s *Server) voiceError(c *fiber.Ctx, err error) error {
	var refused *openai.RefusedError
	if errors.As(err, &refused) {
		status := refused.Status
		if status < fiber.StatusBadRequest {
			status = fiber.StatusBadGateway // a redirect would lead the client astray
		}
		s.log.Warn("voice session refused", "request", requestID(c), "status", refused.Status)
		b := appendProblem(nil, problem{text: voiceRefused, code: codeRefused})
		b = catalog.AppendString(append(b, `,"details":`...), refused.Text)
		return writeJSON(c, status, append(b, '}'))
	}
	p := problem{text: voiceFailed, code: string(errs.KindOf(err)), hint: errs.HintOf(err), request: requestID(c)}
	s.log.Error("voice session failed", "request", p.request, "err", err)
	if errors.Is(err, openai.ErrNoKey) {
		p.text = openai.ErrNoKey.Error()
		return writeJSON(c, fiber.StatusInternalServerError, append(appendProblem(nil, p), '}'))
	}
	message := err.Error()
	if errs.Is(err, errs.Internal) {
		message = "internal error"
	}
	b := catalog.AppendString(append(appendProblem(nil, p), `,"message":`...), message)
	return writeJSON(c, fiber.StatusInternalServerError, append(b, '}'))
}

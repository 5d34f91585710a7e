package api

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/coder/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/omakase-ai/omakase/core/agent"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
)

// realtimePath is where this server answers as the service does, so that the
// service's own client libraries work with it.
const realtimePath = "/v1/realtime"

// The service's words and codes for those whom it turns away.
const (
	closeKey     websocket.StatusCode = 3000
	closeInvalid websocket.StatusCode = 4000
	serviceError                      = "invalid_request_error"
)

// keyless answers a socket without a key where one is needed, as the service
// does: before the handshake.
func (s *Server) keyless(ctx *fasthttp.RequestCtx, k *knock) bool {
	if !s.o.Auth.Required() || keyOf(k) != "" {
		return false
	}
	writeServiceError(ctx, fiber.StatusUnauthorized, realtime.Problem{
		Type: serviceError, Message: "Missing bearer or basic authentication in header",
	})
	return true
}

// writeServiceError answers in the service's form.
func writeServiceError(ctx *fasthttp.RequestCtx, status int, p realtime.Problem) {
	body, err := encode(members{"error": members{"message": p.Message, "type": p.Type, "param": nullable(p.Param), "code": nullable(p.Code)}})
	if err != nil {
		body = []byte(`{}`)
	}
	ctx.Response.ResetBody()
	ctx.Response.SetStatusCode(status)
	ctx.Response.Header.SetContentType(mimeJSON)
	ctx.Response.SetBodyRaw(body)
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// admit finds out who a key is: the session that it was made for, if it is a
// short-lived one.
func (s *Server) admit(key string) (secret issued, ok bool) {
	if secret, ok := s.issued.take(key); ok {
		return secret, true
	}
	return issued{}, !s.o.Auth.Required() || s.o.Auth.Allows([]byte(key))
}

func wrongKey(key string) *realtime.Problem {
	return &realtime.Problem{
		Type: serviceError, Code: "invalid_api_key",
		Message: "Incorrect API key provided: " + masked(key) + ". Keys of this server are those of OMAKASE_API_KEYS.",
	}
}

// masked is a key as the service quotes it.
func masked(key string) string {
	if len(key) < 12 {
		return "***"
	}
	return key[:3] + strings.Repeat("*", min(len(key)-7, 40)) + key[len(key)-4:]
}

// serveRealtime serves a client of the service until either side ends.
func (s *Server) serveRealtime(sock *socket, k *knock) {
	turnAway := func(code websocket.StatusCode, p *realtime.Problem) {
		_ = sock.write(p.Event("event_" + newSocketID()))
		sock.close(code, serviceError+"."+p.Code)
	}
	key := keyOf(k)
	secret, ok := s.admit(key)
	switch {
	case k.header.Get("OpenAI-Beta") != "" || strings.Contains(k.header.Get("Sec-WebSocket-Protocol"), "openai-beta"):
		turnAway(closeInvalid, &realtime.Problem{
			Type: serviceError, Code: "beta_api_shape_disabled",
			Message: "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
		})
		return
	case !ok:
		turnAway(closeKey, wrongKey(key))
		return
	case k.query["call_id"] != "" || k.query["intent"] == "transcription":
		turnAway(closeInvalid, &realtime.Problem{
			Type: serviceError, Code: "invalid_value", Message: "This server answers conversations only: give a model, and neither call_id nor intent.",
		})
		return
	}
	session, err := s.openRealtime(sock, k, key, &secret)
	if err != nil {
		code := websocket.StatusInternalError
		if errs.Is(err, errs.Busy) || errs.Is(err, errs.Unavailable) {
			code = websocket.StatusTryAgainLater
		}
		turnAway(code, s.serviceProblem(err))
		return
	}
	for {
		message, text, err := sock.read()
		if err != nil {
			break
		}
		if !text {
			message = []byte(`0`) // which is no event, as the session will say
		}
		session.Receive(message)
	}
	session.Detach()
}

// serviceProblem is why a session did not begin.
func (s *Server) serviceProblem(err error) *realtime.Problem {
	switch errs.KindOf(err) {
	case errs.Busy, errs.RateLimited:
		return &realtime.Problem{Type: serviceError, Code: "rate_limit_exceeded", Message: err.Error()}
	case errs.Invalid:
		return &realtime.Problem{Type: serviceError, Code: "invalid_value", Message: err.Error()}
	}
	s.log.Error("realtime session not opened", "err", err)
	return &realtime.Problem{Type: "server_error", Code: "server_error", Message: "The session could not be opened."}
}

func (s *Server) openRealtime(sock *socket, k *knock, key string, secret *issued) (*realtime.Session, error) {
	workspace := k.workspace
	if secret.workspace != "" {
		workspace = secret.workspace
	}
	config, err := s.realtimeConfig(workspace, k.query["agent"], k.query["language"], secret.session)
	if err != nil {
		return nil, err
	}
	if model := k.query["model"]; model != "" && secret.session == nil {
		config.Model = model
	}
	config.Way, config.Key, config.CutsItself = "realtime", either(key, k.remote), true
	config.Client = &realtimeLeg{sock: sock}
	ctx, cancel := s.storeContext()
	defer cancel()
	return s.backend.Load().Voices.Open(ctx, config)
}

// realtimeConfig is a session as the service's clients begin one: the agent's,
// with what was asked for over it.
func (s *Server) realtimeConfig(workspace, agentType, language string, asked json.RawMessage) (realtime.Config, error) {
	b, err := s.await()
	if err != nil {
		return realtime.Config{}, err
	}
	if b.Voices == nil {
		return realtime.Config{}, openai.ErrNoKey
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	config, err := s.voiceSetup(ctx, b, workspace, agent.Request{AgentType: agentType, Language: tagged(language)}, agent.DefaultVoice)
	if err != nil || asked == nil {
		return config, err
	}
	var base, over members
	if err := errors.Join(json.Unmarshal(config.Session, &base), json.Unmarshal(asked, &over)); err != nil {
		return config, errs.New(errs.Invalid, "the session is no JSON object")
	}
	if model, ok := over["model"].(string); ok && model != "" {
		config.Model = model
	}
	overlay(base, over)
	config.Session, err = json.Marshal(base)
	return config, err
}

// overlay replaces members, and within audio those of its parts.
func overlay(to, from members) {
	for name, v := range from {
		part, ok := v.(members)
		if ok && (name == "audio" || name == "input" || name == "output") {
			overlay(inner(to, name), part)
			continue
		}
		to[name] = v
	}
}

// tagged is a language by its BCP 47 tag or by its name.
func tagged(language string) agent.Language {
	for _, l := range agent.Languages() {
		if strings.EqualFold(language, l.Tag()) || strings.EqualFold(language, string(l)) {
			return l
		}
	}
	return agent.Japanese
}

// realtimeLeg is the leg of a session to a client of the service.
type realtimeLeg struct{ sock *socket }

// Write implements realtime.Client.
func (l *realtimeLeg) Write(events [][]byte) error { return l.sock.write(events...) }

// Close implements realtime.Client.
func (l *realtimeLeg) Close(reason string, err error) {
	event := func(p *realtime.Problem) { _ = l.sock.write(p.Event("event_" + newSocketID())) }
	switch {
	case err != nil:
		event(realtime.ProblemOf(err))
		l.sock.close(websocket.StatusInternalError, "the voice service is gone")
	case reason == "length" || reason == "idle" || reason == "budget":
		event(&realtime.Problem{Type: serviceError, Code: "session_expired", Message: "The session has reached its limit: " + reason + "."})
		l.sock.close(websocket.StatusGoingAway, "session_expired")
	case reason == "shutdown":
		l.sock.close(websocket.StatusGoingAway, "the server is stopping")
	default:
		_ = l.sock.ws.CloseNow()
	}
}

// voices are the sessions of the host; nil while there are none.
func (s *Server) voices() *realtime.Manager {
	if b := s.backend.Load(); b != nil {
		return b.Voices
	}
	return nil
}

// endVoices tells sessions that the server stops, and waits for their turns.
func (s *Server) endVoices(ctx context.Context) error {
	if v := s.voices(); v != nil {
		return v.Shutdown(ctx)
	}
	return nil
}

// realtimeNeedsSocket answers a request for a conversation that does not ask
// for a socket.
func (s *Server) realtimeNeedsSocket(c *fiber.Ctx, _ *Backend) error {
	c.Set(fiber.HeaderUpgrade, "websocket")
	writeServiceError(c.Context(), fiber.StatusUpgradeRequired, realtime.Problem{
		Type: serviceError, Message: "A conversation is held over a WebSocket: send Upgrade: websocket.",
	})
	return nil
}

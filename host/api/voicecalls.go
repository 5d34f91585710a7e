package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/realtime"
	"github.com/omakase-ai/omakase/core/realtime/openai"
)

// mimeSDP is that of offers and answers.
const mimeSDP = "application/sdp"

// maxSDP is the largest offer, in bytes.
const maxSDP = 256 << 10

// voiceCall takes a browser's offer of WebRTC: media go between the browser
// and the provider, and the host's tools run beside them.
func (s *Server) voiceCall(c *fiber.Ctx, b *Backend) error {
	workspace, err := workspaceOf(c)
	if err != nil {
		return err
	}
	bare := bytes.HasPrefix(c.Request().Header.ContentType(), []byte(mimeSDP))
	var in voiceInput
	var offer string
	if bare {
		offer = string(c.Context().PostBody())
		in.agent = b.Prompts.Agents().For("")
		in.request.Language = tagged(c.Query("language"))
		in.voice = "shimmer"
	} else {
		if in, err = readVoice(c, b.Prompts.Agents()); err != nil {
			return err
		}
		f, err := optionalFields(c)
		if err != nil {
			return err
		}
		if offer, _ = f.text("sdp", maxSDP); f.err != nil {
			return f.err
		}
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	config, err := s.voiceSetup(ctx, b, workspace, in.request, in.voice)
	if err != nil {
		return err
	}
	call, session, err := s.place(c, b, offer, config)
	if err != nil {
		if errs.Is(err, errs.Invalid) {
			return err
		}
		return s.voiceError(c, err)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderLocation, "/v1/realtime/calls/"+call.ID)
	if bare {
		return sendSDP(c, call.Answer)
	}
	return writeValue(c, fiber.StatusCreated, members{"sdp": call.Answer, "callId": call.ID, "sessionId": session.ID(), "cartId": session.Cart()})
}

func sendSDP(c *fiber.Ctx, answer string) error {
	c.Response().Header.SetContentType(mimeSDP)
	c.Response().SetStatusCode(fiber.StatusCreated)
	c.Response().SetBodyString(answer)
	return nil
}

// place opens a call and the session beside it.
func (s *Server) place(c *fiber.Ctx, b *Backend, offer string, config realtime.Config) (openai.Call, *realtime.Session, error) {
	if !strings.HasPrefix(offer, "v=0") {
		return openai.Call{}, nil, errs.New(errs.Invalid, "the offer is no SDP").WithHint("send what RTCPeerConnection.createOffer returned")
	}
	if s.o.Voice.Calls == nil || b.Voices == nil {
		return openai.Call{}, nil, openai.ErrNoKey
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	var told members
	if err := json.Unmarshal(config.Session, &told); err != nil {
		return openai.Call{}, nil, errs.New(errs.Invalid, "the session is no JSON object")
	}
	told["type"], told["model"] = "realtime", config.Model
	asked, err := encode(told)
	if err != nil {
		return openai.Call{}, nil, err
	}
	call, err := s.o.Voice.Calls.CreateCall(ctx, offer, asked)
	if err != nil {
		return call, nil, err
	}
	config.Way, config.Key = "webrtc", c.IP()
	config.Beside, config.Client = s.o.Voice.Calls.Beside(call.ID), beside{}
	session, err := b.Voices.Open(ctx, config)
	if err != nil { // nobody would look after it
		if gone := config.Beside.Hangup(ctx); gone != nil {
			s.log.Warn("a call was not ended", "err", gone)
		}
	}
	return call, session, err
}

// beside is the leg of a session whose client hears the provider itself.
type beside struct{}

// Write implements realtime.Client.
func (beside) Write([][]byte) error { return nil }

// Close implements realtime.Client.
func (beside) Close(string, error) {}

// serviceCall is voiceCall as the service has it: an offer as SDP, or a form
// with the session beside it.
func (s *Server) serviceCall(c *fiber.Ctx, b *Backend) error {
	key, ok := s.serviceKey(c)
	if !ok {
		return nil
	}
	secret, _ := s.issued.take(key)
	workspace := secret.workspace
	if workspace == "" {
		var err error
		if workspace, err = workspaceOf(c); err != nil {
			return badService(c, "invalid_value", err.Error(), headerWorkspace)
		}
	}
	offer, asked := string(c.Context().PostBody()), secret.session
	if !bytes.HasPrefix(c.Request().Header.ContentType(), []byte(mimeSDP)) {
		form, err := c.MultipartForm()
		if err != nil || len(form.Value["sdp"]) != 1 {
			return badService(c, "invalid_offer", "Send the offer as application/sdp, or as the part sdp of a form.", "sdp")
		}
		if offer = form.Value["sdp"][0]; len(form.Value["session"]) == 1 {
			asked = json.RawMessage(form.Value["session"][0])
		}
	}
	config, err := s.realtimeConfig(workspace, c.Query("agent"), c.Query("language"), asked)
	var call openai.Call
	if err == nil {
		call, _, err = s.place(c, b, offer, config)
	}
	var refused *openai.RefusedError
	switch {
	case err == nil:
		c.Set(fiber.HeaderLocation, "/v1/realtime/calls/"+call.ID)
		return sendSDP(c, call.Answer)
	case errors.As(err, &refused) && refused.Status < fiber.StatusInternalServerError && refused.Status >= fiber.StatusBadRequest && refused.Status != fiber.StatusUnauthorized:
		return badService(c, codeRefused, refused.Text, "")
	case errs.Is(err, errs.Invalid):
		return badService(c, "invalid_offer", err.Error(), "sdp")
	}
	writeServiceError(c.Context(), fiber.StatusServiceUnavailable, *s.serviceProblem(err))
	return nil
}

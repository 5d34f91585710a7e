package api

import (
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/hashicorp/go-hclog"
	"github.com/valyala/fasthttp"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/core/shop"
)

// Codes of answers that are no errs.Kind.
const (
	codeUnauthorized = "unauthorized"           // an API key is missing or wrong
	codeMediaType    = "unsupported_media_type" // the body is not JSON in UTF-8
	codeShortStock   = "insufficient_stock"     // less in stock than asked for
	codeRefused      = "upstream_refused"       // the provider of voices said no
)

// statusOf is the one place where kinds become HTTP statuses.
func statusOf(kind errs.Kind) int {
	switch kind {
	case errs.Invalid:
		return fiber.StatusBadRequest
	case errs.NotFound:
		return fiber.StatusNotFound
	case errs.Conflict, errs.Cancelled:
		return fiber.StatusConflict
	case errs.Denied:
		return fiber.StatusForbidden
	case errs.TooLarge:
		return fiber.StatusRequestEntityTooLarge
	case errs.Unsupported, errs.Robots, errs.Password, errs.Closed, errs.NotAShop:
		return fiber.StatusUnprocessableEntity
	case errs.BadData, errs.Blocked, errs.RateLimited:
		return fiber.StatusBadGateway
	case errs.Timeout:
		return fiber.StatusGatewayTimeout
	case errs.Busy, errs.Unavailable:
		return fiber.StatusServiceUnavailable
	}
	return fiber.StatusInternalServerError
}

// problem is an error as clients see it.
type problem struct {
	text, code, hint, request string
}

// fail answers with err. What an internal error says is for the log only.
func (s *Server) fail(c *fiber.Ctx, err error) {
	var media *mediaError
	if errors.As(err, &media) {
		writeError(c.Context(), fiber.StatusUnsupportedMediaType, problem{
			text: media.text, code: codeMediaType, hint: "send JSON in UTF-8 with Content-Type: application/json",
		})
		return
	}
	if s.failTarget(c, err) {
		return
	}
	var limited *rateError
	if errors.As(err, &limited) {
		limited.write(c)
		return
	}
	var refused *shop.Refusal
	if errors.As(err, &refused) && s.failRefused(c, refused) == nil {
		return
	}
	kind := errs.KindOf(err)
	status := statusOf(kind)
	p := problem{text: err.Error(), code: string(kind), hint: errs.HintOf(err)}
	if kind == errs.Internal {
		p.text, p.hint = "internal error", "the server's log says more under this request id"
	}
	if status >= fiber.StatusInternalServerError {
		p.request = requestID(c)
		level := hclog.Error
		if errors.Is(err, errOpening) {
			level = hclog.Debug
		}
		s.log.Log(level, "request failed", "request", p.request, "method", c.Method(), "path", c.Path(), "err", err)
	}
	if status == fiber.StatusServiceUnavailable {
		c.Response().Header.Set(fiber.HeaderRetryAfter, strconv.Itoa(retryAfter(err)))
	}
	writeError(c.Context(), status, p)
}

// retryAfter is in how many seconds another try may do better, where the error
// knows.
func retryAfter(err error) int {
	var known interface{ RetryAfter() time.Duration }
	if errors.As(err, &known) {
		return max(int(math.Ceil(known.RetryAfter().Seconds())), 1)
	}
	return 1
}

// unauthorized answers a missing or wrong key as RFC 6750 has it.
func unauthorized(c *fiber.Ctx, given bool) {
	challenge, text := `Bearer realm="omakase"`, "an API key is needed"
	if given {
		challenge, text = challenge+`, error="invalid_token"`, "the API key is wrong"
	}
	c.Response().Header.Set(fiber.HeaderWWWAuthenticate, challenge)
	writeError(c.Context(), fiber.StatusUnauthorized, problem{
		text: text, code: codeUnauthorized, hint: "send a key of OMAKASE_API_KEYS as: Authorization: Bearer KEY",
	})
}

func writeError(ctx *fasthttp.RequestCtx, status int, p problem) {
	b := appendProblem(make([]byte, 0, 256), p)
	ctx.Response.ResetBody()
	ctx.Response.SetStatusCode(status)
	ctx.Response.Header.SetContentType(mimeJSON)
	ctx.Response.SetBodyRaw(append(b, '}'))
}

// appendProblem leaves the object open, so that a caller can add keys.
func appendProblem(b []byte, p problem) []byte {
	b = catalog.AppendString(append(b, `{"error":`...), p.text)
	b = catalog.AppendString(append(b, `,"code":`...), p.code)
	if p.hint != "" {
		b = catalog.AppendString(append(b, `,"hint":`...), p.hint)
	}
	if p.request != "" {
		b = catalog.AppendString(append(b, `,"requestId":`...), p.request)
	}
	return b
}

// named gives a missing thing the text that the contract has for it.
func named(err error, text string) error {
	if errs.Is(err, errs.NotFound) {
		return errs.New(errs.NotFound, "%s", text)
	}
	return err
}

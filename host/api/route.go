package api

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/omakase-ai/omakase/core/errs"
	"github.com/omakase-ai/omakase/host/auth"
)

// handler answers one request. b is nil for routes that need none. An error
// becomes the JSON answer of its kind.
type handler func(c *fiber.Ctx, b *Backend) error

// needs are what a route asks for before its handler runs.
type needs int

const (
	needBackend needs = 1 << iota
	needKey           // an API key, where keys are set
)

func (s *Server) route(method, path string, n needs, h handler) {
	serve := s.serve(method, path, n, h)
	s.app.Add(method, path, serve)
	if method == fiber.MethodGet {
		s.app.Add(fiber.MethodHead, path, serve)
	}
}

func unknownRoute(c *fiber.Ctx, _ *Backend) error {
	return errs.New(errs.NotFound, "no route for %s %.200s", c.Method(), c.Path()).
		WithHint("see /docs for what this server answers")
}

// serve is everything between Fiber and a handler, in one step: a chain of
// middleware costs more than most of the answers.
func (s *Server) serve(method, path string, n needs, h handler) fiber.Handler {
	counters := s.o.Metrics.Route(method, path)
	return func(c *fiber.Ctx) error {
		start := time.Now()
		counters.Begin()
		s.answer(c, n, h)
		took := time.Since(start)
		counters.Done(c.Response().StatusCode(), took)
		if s.log.IsDebug() {
			s.log.Debug("answered", "method", c.Method(), "path", c.Path(),
				"status", c.Response().StatusCode(), "took", took, "request", requestID(c))
		}
		return nil
	}
}

// answer runs the handler; whatever goes wrong becomes a JSON answer.
func (s *Server) answer(c *fiber.Ctx, n needs, h handler) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic", "request", requestID(c), "method", c.Method(), "path", c.Path(),
				"panic", p, "stack", string(debug.Stack()))
			s.fail(c, errs.New(errs.Internal, "panic: %v", p))
		}
	}()
	s.ids.put(c)
	s.allowOrigin(c)
	if n&needKey != 0 && s.o.Auth.Required() {
		key, ok := auth.Bearer(c.Request().Header.Peek(fiber.HeaderAuthorization))
		if !ok || !s.o.Auth.Allows(key) {
			unauthorized(c, ok)
			return
		}
	}
	var b *Backend
	if n&needBackend != 0 {
		var err error
		if b, err = s.await(); err != nil {
			s.fail(c, err)
			return
		}
	}
	if err := h(c, b); err != nil {
		s.fail(c, err)
	}
}

// await returns the backend, and waits for it while the process starts.
func (s *Server) await() (*Backend, error) {
	if b := s.backend.Load(); b != nil {
		return b, nil
	}
	timer := time.NewTimer(attachWait)
	defer timer.Stop()
	select {
	case <-s.attached:
		return s.backend.Load(), nil
	case <-s.stopping.Done():
		return nil, errs.New(errs.Unavailable, "the server is stopping")
	case <-timer.C:
		return nil, errs.New(errs.Unavailable, "the store is still opening").WithHint("try again in a moment")
	}
}

// storeContext bounds a request's work in the store. It is not Fiber's
// context, which is reused while database/sql may still look at it.
func (s *Server) storeContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.base, storeTimeout)
}

// knownMethods answers made-up methods like any unknown route; Fiber would
// answer them with plain text.
func (s *Server) knownMethods(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		switch string(ctx.Method()) {
		case fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodPut, fiber.MethodDelete,
			fiber.MethodConnect, fiber.MethodOptions, fiber.MethodTrace, fiber.MethodPatch:
			next(ctx)
		default:
			writeError(ctx, fiber.StatusNotFound, problem{text: "unknown method", code: string(errs.NotFound)})
		}
	}
}

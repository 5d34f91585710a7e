package api

import (
	"bytes"
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/catalog"
	"github.com/omakase-ai/omakase/core/errs"
)

// health says that the process lives. It asks nobody.
func (s *Server) health(c *fiber.Ctx, _ *Backend) error {
	body := append(make([]byte, 0, 64), `{"status":"ok","timestamp":`...)
	body = appendTime(body, time.Now())
	return writeJSON(c, fiber.StatusOK, append(body, '}'))
}

// errOpening is how every start begins, and no failure.
var errOpening = errs.New(errs.Unavailable, "the store is still opening").WithHint("try again in a moment")

// readyTimeout is how long the store may take to answer a readiness check.
const readyTimeout = 2 * time.Second

// ready says whether requests would be served: the store is open and answers,
// and the server is not stopping.
func (s *Server) ready(c *fiber.Ctx, _ *Backend) error {
	b := s.backend.Load()
	switch {
	case s.stopping.Err() != nil:
		return errs.New(errs.Unavailable, "the server is stopping")
	case b == nil:
		return errOpening
	}
	ctx, cancel := context.WithTimeout(s.base, readyTimeout)
	defer cancel()
	if err := b.Store.Ping(ctx); err != nil {
		s.log.Warn("not ready", "err", err)
		return errs.New(errs.Unavailable, "the store does not answer")
	}
	body := catalog.AppendString([]byte(`{"status":"ready","store":`), b.Store.Engine())
	body = catalog.AppendString(append(body, `,"version":`...), s.o.Version)
	return writeJSON(c, fiber.StatusOK, append(body, '}'))
}

func (s *Server) metricsText(c *fiber.Ctx, _ *Backend) error {
	if s.o.Metrics == nil {
		return errs.New(errs.NotFound, "metrics are off")
	}
	var text bytes.Buffer
	if err := s.o.Metrics.WriteText(&text); err != nil {
		return err
	}
	c.Response().Header.SetContentType("text/plain; version=0.0.4; charset=utf-8")
	c.Response().SetBodyRaw(text.Bytes())
	return nil
}

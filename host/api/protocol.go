package api

import (
	"errors"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/omakase-ai/omakase/core/errs"
)

// protocolError answers what fails before a route is found: broken requests,
// headers and bodies over the limit.
func (s *Server) protocolError(c *fiber.Ctx, err error) error {
	p := problem{text: "malformed request", code: string(errs.Invalid)}
	status := fiber.StatusBadRequest
	var known *fiber.Error
	if errors.As(err, &known) {
		switch known.Code {
		case fiber.StatusRequestEntityTooLarge:
			status = known.Code
			p = problem{text: "Request body is too large", code: string(errs.TooLarge), hint: "send at most 1 MiB, or 32 MiB to /api/products/bulk and to imports of files"}
		case fiber.StatusRequestHeaderFieldsTooLarge:
			status = known.Code
			p = problem{text: "request headers are too large", code: string(errs.TooLarge), hint: "send at most 8 KiB"}
		case fiber.StatusRequestTimeout:
			status = known.Code
			p = problem{text: "the request did not arrive in time", code: string(errs.Timeout)}
		}
	}
	if status != fiber.StatusRequestTimeout {
		drain(c.Context().Conn(), c.Request().Header.ContentLength())
	}
	writeError(c.Context(), status, p)
	return nil
}

// How long and how much drain reads.
const (
	drainMost  = 64 << 20
	drainTime  = 5 * time.Second
	drainPause = 20 * time.Millisecond
)

// drain reads what the client is still sending. The connection is closed after
// such an answer, and closing it on unread bytes resets it, so that many
// clients would never see the answer.
func drain(conn net.Conn, size int) {
	end := time.Now().Add(drainTime)
	buf := make([]byte, 32<<10)
	for read := 0; read < drainMost; {
		wait := time.Now().Add(drainPause)
		// Some of the body may have been read with the headers already.
		if size-read > headerLimit || wait.After(end) {
			wait = end
		}
		if conn.SetReadDeadline(wait) != nil {
			return
		}
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		read += n
	}
}
